"""Joins the scenes to one capture, and the servers' logs with it to the truth."""

import json
from pathlib import Path

from .. import plan, scenes
from ..net.wan import DELAY_SECONDS
from . import pcapng
from .packets import Connections

_RECIPE = ("Real clients and servers in network namespaces; answers made up by the script in each "
           "provider's event format and counted with a true tokenizer. Scenes of some seconds "
           "were recorded one after the other; all packets of a scene were moved by one whole "
           "number of seconds ('scenes'), nothing else was altered.")


def write(work: Path, recorded: list[dict], capture: Path, truth: Path) -> None:
    packets, connections, summary = [], {}, []
    for scene in recorded:
        own, dropped = pcapng.read(scene["path"])
        if dropped:
            raise RuntimeError(f"the kernel dropped {dropped} packets of scene {scene['number']}")
        connections[scene["number"]] = Connections(own)
        shift = scene["shift"]
        for packet in own:
            packet.time += shift * 1_000_000_000
        packets += own
        plan_scene = scenes.DAY[scene["number"] - 1]
        summary.append({"number": scene["number"],
                        "hour": f"{plan_scene.hour:02}:{plan_scene.minute:02}",
                        "shift_seconds": shift, "packets": len(own)})
    packets.sort(key=lambda packet: packet.time)
    pcapng.write(capture, packets, "An office day made in a laboratory: see captures/README.md")
    shifts = {scene["number"]: scene["shift"] for scene in recorded}
    requests = [line for line in _requests(work) if line["scene"] in shifts]
    document = {
        "schema": 2, "capture": capture.name, "kind": "synthetic", "recipe": _RECIPE,
        "scenes": summary, "hosts": _hosts(), "turns": [], "non_turns": [],
        "names": _names(work, requests), "verdicts": [], "policy": plan.POLICY,
    }
    marks = _marks(work)
    for line in requests:
        located = _located(line, connections[line["scene"]], marks, shifts[line["scene"]])
        if located is None:
            continue
        if "turn" in line:
            document["turns"].append(_turn(line, *located))
        else:
            document["non_turns"].append({
                "client": line["client"], "server": line["server"], "start": located[0],
                "name": line["name"], "path": line["path"].split("?")[0], "what": line["what"]})
    for part in ("turns", "non_turns"):
        document[part].sort(key=lambda entry: entry["start"])
    _mark_interleaved(document["turns"])
    document["verdicts"] = _verdicts(document["turns"])
    truth.write_text(_compact(document))


def _requests(work: Path) -> list[dict]:
    lines = []
    for path in sorted(work.glob("*.requests")):
        lines += [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines:
        line["client"], line["server"] = tuple(line["client"]), tuple(line["server"])
    return lines


def _marks(work: Path) -> dict[tuple[int, int], dict]:
    """(client port, stream) → when a QUIC client sent a request and had its whole answer."""
    path = work / "quic.marks"
    lines = path.read_text().splitlines() if path.exists() else ()
    return {(mark["port"], mark["stream"]): mark for mark in map(json.loads, lines)}


def _located(line: dict, connections: Connections, marks: dict, shift: int):
    """(start, end, cut) at the capture point; None when the capture holds nothing of it."""
    client, server = line["client"], line["server"]
    cut = None
    if line["transport"] == "quic":
        mark = marks.get((client[1], line["stream_id"]))
        if "turn" in line and mark is None:
            raise RuntimeError(f"{client[0]} noted no times of a turn with {line['name']}")
        mark = mark or {"sent": line["first_time"] - DELAY_SECONDS,
                        "received": line["last_time"] + DELAY_SECONDS}
        start = connections.first_datagram(client, server, _nanoseconds(mark["sent"]))
        end = connections.last_datagram(server, client, _nanoseconds(mark["received"]))
    else:
        start = connections.time_of_byte(client, server, line["first_offset"])
        end = line["last_offset"] and connections.time_of_byte(server, client,
                                                               line["last_offset"] - 1)
        if start is not None and not end:
            end, cut = connections.last_time(server, client), "end"
    if start is None:
        return None
    if not line["finished"] and not cut and "turn" in line:
        raise RuntimeError(f"{client[0]} broke off a turn with {line['name']}: record again")
    return round(start / 1e9 + shift, 6), round((end or start) / 1e9 + shift, 6), cut


def _turn(line: dict, start: float, end: float, cut: str | None) -> dict:
    turn = line["turn"]
    return {
        "start": start, "end": end,
        "client": line["client"], "server": line["server"],
        "transport": line["transport"], "http": line["http"], "stream_id": line["stream_id"],
        "name": line["name"], "path": line["path"],
        "provider": turn["provider"], "service": turn["service"], "model": turn["model"],
        "stream": turn["stream"], "tools": turn["tools"], "images": False,
        "encoding": turn["encoding"], "request_body_bytes": line["request_body_bytes"],
        "response_body_bytes": line["response_body_bytes"], "events": turn["events"],
        "usage": {"prompt_total": turn["prompt_total"], "prompt_cached": turn["prompt_cached"],
                  "completion_visible": turn["completion_visible"],
                  "reasoning": turn["reasoning"]},
        "cut": cut, "source": "office-day", "scene": line["scene"],
    }


def _mark_interleaved(turns: list[dict]) -> None:
    """`interleaved` where another turn ran on the same connection at the same time."""
    for turn in turns:
        turn["interleaved"] = any(
            other is not turn and other["client"] == turn["client"]
            and other["start"] < turn["end"] and turn["start"] < other["end"] for other in turns)


def _hosts() -> list[dict]:
    hosts = []
    for host in plan.HOSTS.values():
        entry = {"address": host.address, "mac": host.mac, "name": host.name, "group": host.group}
        if host.group in plan.POLICY["excluded"]:
            entry["excluded"] = True
        hosts.append(entry)
    return hosts


def _names(work: Path, requests: list[dict]) -> list[dict]:
    """Each name that a client's TLS, QUIC or HTTP connection bears, and how it can be known."""
    seen = set()
    for line in requests:
        if line["transport"] == "http":
            seen.add((line["client"][0], line["name"], "http"))
        else:
            how = "quic" if line["transport"] == "quic" else "sni" if line["sni"] else "dns"
            seen.add((line["client"][0], line["name"], how))
    for line in (work / "nginx-access.log").read_text().splitlines():
        entry = json.loads(line)
        how = "sni" if entry["sni"] else "http"
        seen.add((entry["client"], entry["sni"] or entry["host"], how))
    return [{"client": client, "name": name, "how": how} for client, name, how in sorted(seen)]


def _verdicts(turns: list[dict]) -> list[dict]:
    groups = {host.address: host.group for host in plan.HOSTS.values()}
    counts: dict[tuple[str, str, str], int] = {}
    for turn in turns:
        key = (turn["client"][0], turn["provider"], turn["service"])
        counts[key] = counts.get(key, 0) + 1
    return [{"client": client, "provider": provider, "service": service,
             "verdict": plan.verdict(groups[client], provider, service), "turns": count}
            for (client, provider, service), count in sorted(counts.items())]


def _compact(document: dict) -> str:
    """JSON with one line per entry of the lists, so that a change shows as a line."""
    parts = []
    for key, value in document.items():
        if isinstance(value, list):
            lines = ",\n    ".join(json.dumps(entry) for entry in value)
            parts.append(f'  {json.dumps(key)}: [\n    {lines}\n  ]')
        else:
            parts.append(f"  {json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _nanoseconds(seconds: float) -> int:
    return int(seconds * 1e9)
