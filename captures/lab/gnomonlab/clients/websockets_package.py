"""The `websockets` package, which names HTTP/1.1 by ALPN as browsers do."""

import json
import ssl

from websockets.sync.client import connect

from . import common
from .openai_websocket import ENDS, PING_EVERY, message


def open_client(plan: dict):
    job = next(job for jobs in plan["workers"] for job in jobs)
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    fields = {name: value for name, value in common.headers(job).items() if name != "content-type"}
    return connect(f"wss://{job['name']}{job['target']}", ssl=context, additional_headers=fields,
                   ping_interval=PING_EVERY, max_size=None)


def send(connection, job: dict) -> None:
    connection.send(json.dumps(message(job)))
    for text in connection:
        kind = json.loads(text)["type"]
        if kind == "error":
            raise RuntimeError("the server says " + text)
        if kind in ENDS:
            return


if __name__ == "__main__":
    common.play(open_client, send)
