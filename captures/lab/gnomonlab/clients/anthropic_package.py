"""The `anthropic` package."""

import anthropic

from . import common


def open_client(plan: dict) -> anthropic.Anthropic:
    return anthropic.Anthropic(api_key=common.key("sk-ant-api03-", 95), max_retries=0, timeout=60)


def send(client: anthropic.Anthropic, job: dict) -> None:
    options = {"content": job["body"].encode(), "cast_to": object}
    if job.get("stream"):
        for _ in client.post(job["target"], stream=True, stream_cls=anthropic.Stream[object],
                             **options):
            pass
    else:
        client.post(job["target"], **options)


if __name__ == "__main__":
    common.play(open_client, send)
