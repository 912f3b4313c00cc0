"""curl: all calls of a worker in one command, on one connection while it lasts."""

import subprocess
import tempfile
from pathlib import Path

from . import common


def play(plan: dict, jobs: list[dict], folder: Path) -> list[subprocess.Popen]:
    """Commands run side by side; with `together` a worker's calls are multiplexed."""
    command = ["curl", "--silent", "--show-error", "--no-buffer", "--fail-early", "--fail"]
    if plan["together"] > 1:
        command += ["--parallel", "--parallel-max", str(plan["together"])]
    else:
        command += ["--rate", "80/m"]  # the least time between the beginnings of two calls
    for index, job in enumerate(jobs):
        if index:
            command.append("--next")
        body = folder / f"{index}.json"
        body.write_text(job["body"])
        command += ["--http2" if plan["http"] == "2" else "--http1.1", "--no-progress-meter",
                    "--cacert", plan["authority"], "--data-binary", f"@{body}", "--output",
                    str(folder / f"{index}.out"), *plan["stated"].get("options", [])]
        if not job.get("stream"):
            command.append("--compressed")
        for name, value in common.headers(job).items():
            command += ["--header", f"{name}: {value}"]
        if plan["reconnect"]:
            command += ["--header", "connection: close"]
        command.append(common.base_address(job) + job["target"])
    return subprocess.Popen(command)


def main() -> None:
    plan = common.script()
    with tempfile.TemporaryDirectory() as folder:
        running = []
        for index, jobs in enumerate(plan["workers"]):
            own = Path(folder) / str(index)
            own.mkdir()
            running.append(play(plan, jobs, own))
        status = [process.wait() for process in running]
    if any(status):
        raise SystemExit(f"curl ended with {status}")


if __name__ == "__main__":
    main()
