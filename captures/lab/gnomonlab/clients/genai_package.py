"""The `google-genai` package; its own client writes the JSON anew."""

import json

from google import genai

from . import common


def open_client(plan: dict) -> genai.Client:
    return genai.Client(api_key=common.key("AIza", 35), http_options={"api_version": "v1beta"})


def send(client: genai.Client, job: dict) -> None:
    path = job["target"].removeprefix("/v1beta/")
    if job.get("stream"):
        for _ in client._api_client.request_streamed("post", path, json.loads(job["body"])):
            pass
    else:
        client._api_client.request("post", path, json.loads(job["body"]))


if __name__ == "__main__":
    common.play(open_client, send)
