"""Running commands, here and in a network namespace."""

import os
import subprocess


def run(*command: str, **options) -> subprocess.CompletedProcess:
    """Runs to the end; raises with the command's own words when it fails."""
    result = subprocess.run(command, capture_output=True, text=True, **options)
    if result.returncode:
        raise RuntimeError(f"{' '.join(command)}: {result.stderr.strip() or result.stdout.strip()}")
    return result


def inside(namespace: str, *command: str) -> list[str]:
    return ["ip", "netns", "exec", namespace, *command]


def start(namespace: str, *command: str, log, environment: dict | None = None) -> subprocess.Popen:
    """Starts a process in a namespace, its words going to `log`, in a session of its own."""
    return subprocess.Popen(inside(namespace, *command), stdin=subprocess.DEVNULL, stdout=log,
                            stderr=subprocess.STDOUT, start_new_session=True,
                            env={**os.environ, **(environment or {})})


def stop(process: subprocess.Popen, seconds: float = 5) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
