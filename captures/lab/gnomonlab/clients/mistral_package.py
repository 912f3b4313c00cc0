"""The `mistralai` package; it reads the request into its own types and writes it anew."""

import json

from mistralai.client import Mistral

from . import common


def open_client(plan: dict) -> Mistral:
    return Mistral(api_key=common.key("", 32))


def send(client: Mistral, job: dict) -> None:
    request = json.loads(job["body"])
    request.pop("stream", None)
    if job.get("stream"):
        with client.chat.stream(**request) as events:
            for _ in events:
                pass
    else:
        client.chat.complete(**request)


if __name__ == "__main__":
    common.play(open_client, send)
