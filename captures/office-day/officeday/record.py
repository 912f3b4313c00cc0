"""Records the office day: `python -m officeday.record CAPTURE TRUTH [--scenes 1,2]`."""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from . import plan, scenes
from .net import office, shell, sites
from .net.authority import Authority
from .truth import assemble

_TOKENIZERS = ("o200k", "cl100k", "anthropic", "tekken", "deepseek")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("capture", type=Path)
    parser.add_argument("truth", type=Path)
    parser.add_argument("--scenes", help="only these, counted from 1")
    parser.add_argument("--keep", type=Path, help="keep logs and keys in this folder")
    options = parser.parse_args()
    chosen = {int(number) for number in options.scenes.split(",")} if options.scenes else None
    for number in (signal.SIGTERM, signal.SIGHUP):  # so that the network is taken down
        signal.signal(number, lambda received, _: sys.exit(128 + received))
    with tempfile.TemporaryDirectory(prefix="office-day-") as folder:
        work = options.keep.resolve() if options.keep else Path(folder)
        work.mkdir(parents=True, exist_ok=True)
        recorder = Recorder(work)
        recorder.record([(number, scene) for number, scene in enumerate(scenes.DAY, 1)
                         if chosen is None or number in chosen])
        assemble.write(work, recorder.recorded, options.capture, options.truth)


class Recorder:
    """Builds the office, plays the scenes in it, and captures each at the gateway's LAN port."""

    def __init__(self, work: Path):
        self._work = work
        self._scene_file = work / "scene.json"
        self.recorded: list[dict] = []

    def record(self, day: list[tuple[int, scenes.Scene]]) -> None:
        self._authority = Authority(self._work / "certificates")
        for names in (*plan.SERVICES.values(), plan.SITES, plan.QUIC_SERVICES.values()):
            for name in names:
                self._authority.issue(name)
        self._scene_file.write_text(json.dumps({"number": 0, "shift": 0}))
        with office.Office(self._work) as network:
            self._network = network
            self._start_servers()
            present: set[str] = set()
            for number, scene in day:
                joining = {host for _, earlier in enumerate(scenes.DAY, 1) if _ <= number
                           for host in earlier.arrivals} - present
                self._play(number, scene, sorted(joining))
                present |= joining

    def _start_servers(self) -> None:
        certificates = self._authority.folder
        shared = {"certificates": str(certificates), "scene": str(self._scene_file),
                  "keys": str(self._work / "office-day.keys")}
        settings = {
            office.INTERNET: {"tls": plan.SERVICES, "quic": plan.QUIC_SERVICES,
                              "tokenizers": _TOKENIZERS},
            office.SERVERS: {"plain": [plan.OLLAMA[1:]], "tokenizers": ["cl100k"]},
        }
        for namespace, own in settings.items():
            ready = self._work / f"{namespace}.ready"
            path = self._work / f"{namespace}.json"
            path.write_text(json.dumps({**shared, **own, "ready": str(ready),
                                        "log": str(self._work / f"{namespace}.requests"),
                                        "seed": f"{plan.SEED}/{namespace}"}))
            self._background(namespace, sys.executable, "-m", "officeday.servers.run", str(path))
        configuration = sites.write(self._work, certificates)
        self._background(office.INTERNET, "nginx", "-c", str(configuration))
        self._background(office.INTERNET, sys.executable, "-m", "officeday.net.clock",
                         plan.TIME_SERVER[1])
        for namespace in settings:
            office.wait_for(self._work / f"{namespace}.ready", f"the servers in {namespace}")

    def _background(self, namespace: str, *command: str) -> None:
        name = f"{namespace}-{Path(command[0]).name}"
        self._network.keep(shell.start(namespace, *command, log=self._network.log(name)))

    def _play(self, number: int, scene: scenes.Scene, joining: list[str]) -> None:
        begin = time.time()
        shift = plan.DAY + scene.start - int(begin)
        self._scene_file.write_text(json.dumps({"number": number, "shift": shift}))
        path = self._work / f"scene-{number}.pcapng"
        print(f"office-day: scene {number} of {len(scenes.DAY)}, "
              f"{scene.hour:02}:{scene.minute:02}", flush=True)
        capture = subprocess.Popen(
            shell.inside(office.GATEWAY, "dumpcap", "-q", "-i", "lan0", "-B", "32",
                         "-w", str(path)),
            stdout=subprocess.DEVNULL, stderr=self._network.log("dumpcap"))
        try:
            office.wait_for(path, "dumpcap")
            time.sleep(0.7)
            for name in joining:
                self._network.join(plan.HOSTS[name])
            self._perform(number, scene, capture)
        finally:
            shell.stop(capture)
        self.recorded.append({"number": number, "path": path, "shift": shift,
                              "live_seconds": round(time.time() - begin, 1)})

    def _perform(self, number: int, scene: scenes.Scene, capture) -> None:
        started, running = time.monotonic(), []
        for index, act in sorted(enumerate(scene.acts), key=lambda pair: pair[1].after):
            if act.cut:
                continue
            time.sleep(max(0.0, started + act.after - time.monotonic()))
            running.append((act, self._start(number, index, act)))
        for act, process in running:
            if process.wait(120):
                words = (self._work / f"{_log_name(number, act)}.log").read_text()
                raise RuntimeError(f"{act.client} on {act.host} failed:\n{words[-3000:]}")
        time.sleep(0.8)  # the last packets of closing connections
        for index, act in enumerate(scene.acts):
            if act.cut:
                process = self._start(number, index, act)
                time.sleep(2.6)
                shell.stop(capture)
                os.killpg(process.pid, signal.SIGTERM)
                process.wait()
                time.sleep(0.5)

    def _start(self, number: int, index: int, act: scenes.Act) -> subprocess.Popen:
        authority = str(self._authority.root_path)
        arguments = list(act.arguments)
        if act.client not in ("openai_chat", "anthropic_chat", "ollama_chat"):
            arguments += ["--authority", authority]
        if act.client not in ("browser", "ordinary"):
            arguments += ["--seed", f"{plan.SEED}/{number}/{index}"]
        if act.client == "gemini_quic":
            arguments += ["--marks", str(self._work / "quic.marks")]
        if "--quic" in arguments:
            arguments += ["--spki", self._authority.key_hash("video.townhall.example")]
        return shell.start(plan.HOSTS[act.host].namespace, sys.executable, "-m",
                           f"officeday.clients.{act.client}", *arguments,
                           log=self._network.log(_log_name(number, act)),
                           environment={"SSL_CERT_FILE": authority})


def _log_name(scene: int, act: scenes.Act) -> str:
    return f"client-{scene}-{act.host}-{act.client}"


if __name__ == "__main__":
    main()
