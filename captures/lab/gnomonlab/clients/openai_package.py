"""The `openai` package, for all whose API has its shape."""

import openai

from . import common


class _Clients(dict):
    def __missing__(self, base: str) -> openai.OpenAI:
        self[base] = openai.OpenAI(api_key=common.key("sk-proj-", 156), base_url=base,
                                   max_retries=0, timeout=60)
        return self[base]


def send(clients: _Clients, job: dict) -> None:
    base, path = common.base_address(job), job["target"]
    options = {"content": job["body"].encode(), "cast_to": object}
    if job.get("stream"):
        for _ in clients[base].post(path, stream=True, stream_cls=openai.Stream[object],
                                    **options):
            pass
    else:
        clients[base].post(path, **options)


if __name__ == "__main__":
    common.play(lambda plan: _Clients(), send)
