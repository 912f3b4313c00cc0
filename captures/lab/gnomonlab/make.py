"""Makes labelled captures: `python -m gnomonlab.make INTO [RECIPE…] [--turns N]`."""

import argparse
import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from officeday.net.authority import Authority
from officeday.net.office import wait_for
from officeday.net.shell import inside, run, stop
from officeday.truth import pcapng
from officeday.truth.assemble import _compact as compact

from . import apache, corpus, cutting, front, script, truth
from .circumstances import Recipe
from .network import CLIENT, GATE, NET, Network
from .recipes import RECIPES

_TOKENIZERS = {"openai-chat": "o200k", "openai-responses": "o200k", "gemini": "o200k",
               "anthropic": "anthropic", "mistral": "tekken", "deepseek": "deepseek",
               "groq": "cl100k"}
SECONDS = 150  # that a client may take


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("into", type=Path)
    parser.add_argument("recipes", nargs="*")
    parser.add_argument("--turns", type=int)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_intermixed_args()
    for number in (signal.SIGTERM, signal.SIGHUP):  # so that the network is taken down
        signal.signal(number, lambda received, _: sys.exit(128 + received))
    unknown = [name for name in options.recipes if name not in RECIPES]
    if unknown:
        sys.exit(f"lab: no recipe {', '.join(unknown)} (try --list)")
    chosen = options.recipes or list(RECIPES)
    if options.jobs > 1 and len(chosen) > 1:
        failed = make_side_by_side(chosen, options)
    else:
        failed = make_in_turn(chosen, options)
    if failed:
        raise SystemExit(f"lab: not made: {', '.join(sorted(failed))}" if len(chosen) > 1 else 1)


def make_in_turn(chosen: list[str], options) -> list[str]:
    """The names of the recipes that failed."""
    failed = []
    for name in chosen:
        recipe = RECIPES[name]
        if options.turns:
            recipe = dataclasses.replace(recipe, turns=options.turns)
        try:
            make(name, recipe, options.into, options.keep)
        except (RuntimeError, subprocess.TimeoutExpired) as error:
            failed.append(name)
            print(f"lab: {name} failed: {error}", file=sys.stderr, flush=True)
    return failed


def make_side_by_side(chosen: list[str], options) -> list[str]:
    """A program for each recipe, some at a time, each in a slot of its own."""
    common = [str(part) for flag, value in (("--turns", options.turns), ("--keep", options.keep))
              if value is not None for part in (flag, value)]
    left, running, failed = list(chosen), {}, []
    try:
        while left or running:
            for slot in range(options.jobs):
                if slot not in running and left:
                    name = left.pop(0)
                    running[slot] = name, subprocess.Popen(
                        [sys.executable, "-m", "gnomonlab.make", str(options.into), name, *common],
                        env={**os.environ, "LAB_SLOT": str(slot)}, start_new_session=True)
            for slot, (name, process) in list(running.items()):
                if process.poll() is not None:
                    del running[slot]
                    failed += [name] if process.returncode else []
            time.sleep(0.1)
    finally:
        for _, process in running.values():
            process.terminate()
        for _, process in running.values():
            process.wait()
    return failed


def make(name: str, recipe: Recipe, into: Path, keep: Path | None) -> None:
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gnomon-lab-") as folder:
        work = Path(folder)
        try:
            turns, others = Recording(name, recipe, work).make(into)
        finally:
            if keep:
                shutil.copytree(work, keep / name, dirs_exist_ok=True)
    print(f"lab: {name}: {turns} turns, {others} others, {time.monotonic() - started:.0f} s",
          flush=True)


class Recording:
    """One recipe, from the network to the files."""

    def __init__(self, name: str, recipe: Recipe, work: Path):
        self._name, self._recipe, self._work = name, recipe, work
        number = list(RECIPES).index(name)
        self._client = f"10.40.{number // 200}.{10 + number % 200}"
        self._calls = script.chosen(recipe, name)
        if not self._calls and not recipe.mix.made:
            raise RuntimeError("no recorded call fits")
        self._names = script.names(recipe, self._calls)
        self._addresses = {host: f"203.0.113.{10 + index}"
                           for index, host in enumerate(self._names)}

    def make(self, into: Path) -> tuple[int, int]:
        authority = Authority(self._work / "certificates")
        for host in self._names:
            authority.issue(host)
        self._root = authority.root_path
        self._settings()
        raw = self._work / "raw.pcapng"
        with Network(self._work, self._recipe.line, self._client, self._addresses) as network:
            self._start_servers(network)
            capture = subprocess.Popen(
                inside(GATE, "dumpcap", "-q", "-i", "lan0", "-B", "64", "-w", str(raw)),
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                wait_for(raw, "dumpcap")
                time.sleep(0.7)
                self._play(network)
                time.sleep(0.6 + 4 * self._recipe.line.delay / 1e3)
            finally:
                stop(capture)
        return self._write(raw, into)

    def _settings(self) -> None:
        recipe = self._recipe
        addresses = {address: host for host, address in self._addresses.items()
                     if host != corpus.OLLAMA}
        (self._work / "server.json").write_text(json.dumps({
            "addresses": addresses, "names": list(addresses.values()), "seed": self._name,
            "made": recipe.mix.made, "compressed": recipe.mix.compressed,
            "coding": recipe.mix.coding, "flush": recipe.flush,
            "http": recipe.http, "tls": dataclasses.asdict(recipe.tls), "websocket": recipe.websocket,
            "front": recipe.server != "own",
            "plain": [(self._addresses[corpus.OLLAMA], 11434)]
            if corpus.OLLAMA in self._addresses else [],
            "tokenizers": sorted({_TOKENIZERS[dialect] for dialect in recipe.mix.wanted})
            if recipe.mix.made else []}))
        (self._work / "script.json").write_text(json.dumps({
            "authority": str(self._root), "http": recipe.http, "together": recipe.together,
            "reconnect": recipe.reconnect, "marks": str(self._work / "quic.marks"),
            "stated": recipe.stated or {}, "websocket": recipe.websocket,
            "workers": script.jobs(recipe, self._calls, self._name)}))

    def _start_servers(self, network: Network) -> None:
        tls, environment = self._recipe.tls, {}
        if tls.version == "1.3" and (tls.cipher or tls.padding):
            lines = ["openssl_conf = conf", "[conf]", "ssl_conf = ssl", "[ssl]",
                     "system_default = tls", "[tls]"]
            lines += [f"Ciphersuites = {tls.cipher}"] if tls.cipher else []
            lines += [f"RecordPadding = {tls.padding}"] if tls.padding else []
            path = self._work / "openssl.cnf"
            path.write_text("\n".join(lines) + "\n")
            environment["OPENSSL_CONF"] = str(path)
        network.background(NET, sys.executable, "-m", "gnomonlab.server", str(self._work),
                           environment=environment)
        wait_for(self._work / "server.ready", "the server")
        hosts = {host: address for host, address in self._addresses.items()
                 if host != corpus.OLLAMA}
        if self._recipe.server.startswith("apache"):
            path = apache.write(self._work, hosts, self._recipe, self._root)
            network.background(NET, "apache2", "-D", "FOREGROUND", "-f", str(path))
            wait_for(self._work / "apache.pid", "apache")
        if self._recipe.server == "nginx":
            path = front.write(self._work, hosts, self._recipe)
            network.background(NET, "nginx", "-c", str(path))
            wait_for(self._work / "nginx.pid", "nginx")

    def _play(self, network: Network) -> None:
        command = self._command()
        environment = {"SSL_CERT_FILE": str(self._root), "REQUESTS_CA_BUNDLE": str(self._root),
                       "NODE_EXTRA_CA_CERTS": str(self._root), "NO_PROXY": "*",
                       "SSLKEYLOGFILE": str(self._work / "client.keys")}
        process = network.background(CLIENT, *command, environment=environment)
        try:
            status = process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"the client took more than {SECONDS} s") from None
        if status:
            log = self._work / f"{Path(command[0]).name}-{CLIENT}.log"
            raise RuntimeError("the client failed: " + log.read_text()[-1500:])

    def _command(self) -> list[str]:
        script_path, client = str(self._work / "script.json"), self._recipe.client
        if client == "node":
            return ["node", str(Path(__file__).parent / "clients" / "fetch.mjs"), script_path]
        if client == "go":
            return [str(go_client()), script_path]
        return [sys.executable, "-m", f"gnomonlab.clients.{client}", script_path]

    def _write(self, raw: Path, into: Path) -> tuple[int, int]:
        packets, dropped = pcapng.read(raw)
        if dropped:
            raise RuntimeError(f"the kernel dropped {dropped} packets")
        sightings = truth.Sightings(packets)
        turns, others, wrong = truth.turns(self._work / "server.requests", sightings,
                                           self._work / "quic.marks",
                                           self._recipe.line.delay / 1e3 + 0.03)
        if wrong:
            print(f"lab: {self._name}: left out of the truth: {'; '.join(sorted(set(wrong)))}",
                  file=sys.stderr, flush=True)
        if not turns:
            raise RuntimeError("no turn came about")
        folder = into / self._recipe.kind
        folder.mkdir(exist_ok=True)
        path = folder / f"{self._name}.pcapng"
        packets, turns, others = cutting.cut(self._recipe.cut, packets, turns, others)
        held = truth.Sightings(packets)
        for turn in turns:
            del turn["answered"]
            turn["named"] = held.saw_beginning(tuple(turn["client"]), tuple(turn["server"]))
        pcapng.write(path, packets, f"gnomon lab, recipe {self._name}")
        keys = self._work / ("client.keys" if self._recipe.server != "own" else "tls.keys")
        if keys.exists():
            shutil.copyfile(keys, path.with_suffix(".keys"))
        path.with_suffix(".truth.json").write_text(compact(truth.document(
            self._name, path.name, self._recipe, self._client, turns, others)))
        return len(turns), len(others)


def go_client() -> Path:
    """The program in go/, compiled once into the cache."""
    source = Path(__file__).parent.parent / "go"
    cache = Path(os.environ["LAB_CACHE"])
    program, mark = cache / "client", cache / "client.source"
    text = (source / "main.go").read_text()
    if not program.exists() or not mark.exists() or mark.read_text() != text:
        run("go", "build", "-o", str(program), ".", cwd=str(source),
            env={**os.environ, "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local",
                 "GOCACHE": str(cache / "go-build")})
        mark.write_text(text)
    return program


if __name__ == "__main__":
    main()
