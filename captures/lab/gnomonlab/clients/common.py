"""What all clients share: the script of a recipe, and threads that play it."""

import json
import sys
import threading
import time
from pathlib import Path

from officeday.clients.conversation import key

_AUTHORIZATION = {
    "api.anthropic.com": lambda: {"x-api-key": key("sk-ant-api03-", 95),
                                  "anthropic-version": "2023-06-01"},
    "generativelanguage.googleapis.com": lambda: {"x-goog-api-key": key("AIza", 35)},
}


def headers(job: dict) -> dict[str, str]:
    """What an API call carries beside its body."""
    bearer = {"authorization": "Bearer " + key("sk-proj-", 156)}
    own = _AUTHORIZATION.get(job["name"], lambda: bearer)()
    return {"content-type": "application/json", **own}


def script() -> dict:
    return json.loads(Path(sys.argv[1]).read_text())


def base_address(job: dict) -> str:
    return ("http://" + job["name"] + ":11434" if "ollama" in job["name"]
            else "https://" + job["name"])


def play(open_client, send) -> None:
    """Plays the script, each worker in a thread of its own.

    - Parameter open_client: (script) → what `send` wants; called once per worker, and for
      every job where the script says `reconnect`.
    - Parameter send: (client, job) → None, when the answer is complete.
    """
    plan = script()
    failures = []

    def work(jobs: list[dict]) -> None:
        try:
            client = open_client(plan)
            for job in jobs:
                time.sleep(job["pause"])
                if plan["reconnect"]:
                    client = open_client(plan)
                send(client, job)
        except Exception as error:  # reported by the main thread
            failures.append(error)

    threads = [threading.Thread(target=work, args=(jobs,)) for jobs in plan["workers"]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
