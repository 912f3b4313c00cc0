"""The `openai` package with its Responses API over WebSocket: one connection, a message for every request."""

import json

import openai

from . import common

ENDS = {"response.completed", "response.incomplete", "response.failed"}
PING_EVERY = 0.7  # seconds; the package's own is 20, longer than a lab's turn


def open_client(plan: dict):
    client = openai.OpenAI(api_key=common.key("sk-proj-", 156), max_retries=0, timeout=60)
    options = {"ping_interval": PING_EVERY, **plan["stated"]}
    return client.responses.connect(websocket_connection_options=options).enter()


def send(connection, job: dict) -> None:
    connection.send_raw(json.dumps(message(job)))
    for event in connection:
        if event.type == "error":
            raise RuntimeError(f"the server says {event}")
        if event.type in ENDS:
            return


def message(job: dict) -> dict:
    """The request as an event: the stream is the connection itself."""
    body = json.loads(job["body"])
    body.pop("stream", None)
    return {"type": "response.create", **body}


if __name__ == "__main__":
    common.play(open_client, send)
