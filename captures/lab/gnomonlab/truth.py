"""From the servers' log and the capture to the truth: when each turn began and ended."""

import dataclasses
import json
import socket
import struct
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from pathlib import Path

from officeday.truth.pcapng import Packet

from .circumstances import Recipe

Endpoint = tuple[str, int]


@dataclass
class Segment:
    start: int  # offset of its first octet in the stream, from the SYN on
    end: int
    time: int  # nanoseconds


class Records:
    """The octets of one direction, for the heads of its TLS records."""

    def __init__(self):
        self._octets = bytearray()

    def add(self, start: int, octets: bytes) -> None:
        missing = start + len(octets) - len(self._octets)
        if missing > 0:
            self._octets.extend(bytes(missing))
        self._octets[start:start + len(octets)] = octets

    def walk(self):
        """(offset, content type, length) of each record, as far as they follow each other."""
        start = 0
        while start + 5 <= len(self._octets):
            kind, length = self._octets[start], int.from_bytes(self._octets[start + 3:start + 5], "big")
            if not 20 <= kind <= 24:
                return
            yield start, kind, length
            start += 5 + length


class Sightings:
    """Which octets of each TCP stream, and which datagrams, the capture saw, and when."""

    def __init__(self, packets: list[Packet]):
        self._origins: dict[tuple[Endpoint, Endpoint], int] = {}
        self._segments: dict[tuple[Endpoint, Endpoint], list[Segment]] = {}
        self._datagrams: dict[tuple[Endpoint, Endpoint], list[int]] = {}
        self._records: dict[tuple[Endpoint, Endpoint], Records] = {}
        for packet in packets:
            self._add(packet)

    def time_of_octet(self, source: Endpoint, destination: Endpoint, offset: int) -> int | None:
        """When the capture first saw octet `offset`; None when it never did."""
        for segment in self._segments.get((source, destination), ()):
            if segment.start <= offset < segment.end:
                return segment.time
        return None

    def offset_at(self, source: Endpoint, destination: Endpoint, time: int) -> int:
        """How many octets of the stream had passed by `time`."""
        return max((segment.end for segment in self._segments.get((source, destination), ())
                    if segment.time <= time), default=0)

    def without_renegotiation(self, source: Endpoint, destination: Endpoint, offset: int) -> int:
        """Where the last record of application data before `offset` ends, if handshake records follow it.

        They are a renegotiation's: what comes after a request's head, and before the server behind has it.
        """
        end, last_is_data = offset, True
        for start, kind, length in self._records.get((source, destination), Records()).walk():
            if start + 5 + length > offset:
                break
            if kind == 23:
                end, last_is_data = start + 5 + length, True
            elif kind in (20, 22):
                last_is_data = False
        return offset if last_is_data else end

    def saw_beginning(self, client: Endpoint, server: Endpoint) -> bool:
        """Whether the capture holds the SYN, or the first of at least two datagrams."""
        return (client, server) in self._origins or (client, server) in self._datagrams

    def first_datagram(self, source: Endpoint, destination: Endpoint, time: int) -> int | None:
        times = self._datagrams.get((source, destination), [])
        index = bisect_left(times, time)
        return times[index] if index < len(times) else None

    def last_datagram(self, source: Endpoint, destination: Endpoint, time: int) -> int | None:
        times = self._datagrams.get((source, destination), [])
        index = bisect_right(times, time)
        return times[index - 1] if index else None

    def _add(self, packet: Packet) -> None:
        data = packet.data
        if len(data) < 34 or data[12:14] != b"\x08\x00":
            return
        header = 14 + (data[14] & 15) * 4
        length = struct.unpack_from("!H", data, 16)[0] - (header - 14)
        ports = struct.unpack_from("!HH", data, header)
        way = ((socket.inet_ntoa(data[26:30]), ports[0]), (socket.inet_ntoa(data[30:34]), ports[1]))
        if data[23] == socket.IPPROTO_UDP:
            self._datagrams.setdefault(way, []).append(packet.time)
        elif data[23] == socket.IPPROTO_TCP:
            sequence = struct.unpack_from("!I", data, header + 4)[0]
            payload = length - (data[header + 12] >> 4) * 4
            if data[header + 13] & 2:
                self._origins.setdefault(way, sequence + 1)
                self._segments.setdefault(way, [])
            elif payload > 0 and way in self._origins:
                start = (sequence - self._origins[way]) & 0xFFFFFFFF
                self._segments[way].append(Segment(start, start + payload, packet.time))
                octets = data[header + (data[header + 12] >> 4) * 4:][:payload]
                self._records.setdefault(way, Records()).add(start, octets)


def located(line: dict, sightings: Sightings, marks: dict) -> tuple[int, int] | None:
    """(start, end) of a request and its answer at the capture point, in nanoseconds."""
    client, server = tuple(line["client"]), tuple(line["server"])
    if line["transport"] == "quic":
        mark = marks.get((client[1], line["stream_id"]))
        if mark is None:
            return None
        start = sightings.first_datagram(client, server, _nanoseconds(mark["sent"]))
        end = sightings.last_datagram(server, client, _nanoseconds(mark["received"]))
    elif line.get("behind_front"):
        start, end = _behind_front(line, client, server, sightings)
    else:
        if not line["last_offset"]:
            return None
        start = sightings.time_of_octet(client, server, line["first_offset"])
        end = sightings.time_of_octet(server, client, line["last_offset"] - 1)
    return None if start is None or end is None else (start, end)


def _behind_front(line, client, server, sightings) -> tuple[int | None, int | None]:
    """Where nginx or Apache stands in front, the server knows times, not offsets.

    When it had the request, the request's octets had just passed; what came after its last
    octet within the way back is the end of the answer.
    """
    passed = sightings.offset_at(client, server, _nanoseconds(line["first_time"]))
    passed = sightings.without_renegotiation(client, server, passed)
    start = sightings.time_of_octet(client, server,
                                    max(0, passed - line["request_body_bytes"] - 22))
    last = sightings.offset_at(server, client, _nanoseconds(line["last_time"] + line["slack"]))
    return start, sightings.time_of_octet(server, client, last - 1)


def turns(log: Path, sightings: Sightings, marks: Path, slack: float):
    """(turns, non-turns, requests that went wrong) of a recipe."""
    stamps = {(mark["port"], mark["stream"]): mark for mark in _lines(marks)}
    good, others, wrong = [], [], []
    for line in _lines(log):
        line["slack"] = slack
        place = located(line, sightings, stamps)
        what = line.get("what")
        if what in ("unknown", None) and (what or place is None or not line["finished"]):
            wrong.append(f"{line['name']}{line['path']}: "
                         + (what or ("not in the capture" if line["finished"] else "broken off")))
        elif place and what:
            others.append({"client": line["client"], "server": line["server"],
                           "start": _seconds(place[0]), "name": line["name"],
                           "path": line["path"], "what": what})
        elif place:
            good.append(_turn(line, *place))
    good.sort(key=lambda turn: turn["start"])
    _end_before_next(good, sightings)
    others.sort(key=lambda entry: entry["start"])
    return good, others, wrong


def _end_before_next(good: list[dict], sightings: Sightings) -> None:
    """Behind a front, what comes down after the next request of a connection is not of the turn before.

    A renegotiation begins with a message of the server as soon as it has the request's head.
    """
    following = {}
    for turn in reversed(good):
        behind_front = turn.pop("behind_front")
        way = (tuple(turn["client"]), tuple(turn["server"]))
        after = following.get(way)
        if behind_front and after is not None and after < turn["end"]:
            passed = sightings.offset_at(way[1], way[0], _nanoseconds(after))
            last = sightings.time_of_octet(way[1], way[0], passed - 1)
            if last is not None:
                turn["end"] = max(turn["start"], _seconds(last))
        following[way] = turn["start"]


def _turn(line: dict, start: int, end: int) -> dict:
    turn = line["turn"]
    return {
        "start": _seconds(start), "end": _seconds(end),
        "client": line["client"], "server": line["server"],
        "transport": line["transport"], "http": line["http"], "stream_id": line["stream_id"],
        "name": line["name"], "path": line["path"],
        **{key: turn[key] for key in ("provider", "service", "model", "stream", "tools", "images",
                                      "encoding")},
        "request_body_bytes": line["request_body_bytes"],
        "response_body_bytes": line["response_body_bytes"], "events": turn["events"],
        "usage": turn["usage"], "cut": None, "source": turn["source"],
        **({"websocket": True} if turn.get("websocket") else {}),
        "behind_front": line.get("behind_front", False),
        "answered": round(line["answer_time"] + line["slack"], 6),
    }


def document(name: str, capture: str, recipe: Recipe, client: str, turns, non_turns) -> dict:
    mac = "02:4c:" + ":".join(f"{int(part):02x}" for part in client.split("."))
    return {"schema": 2, "capture": capture, "kind": recipe.kind, "recipe": name,
            "made_with": made_with(recipe),
            "hosts": [{"address": client, "mac": mac, "name": "lab-" + client.split(".")[3],
                       "group": "lab"}],
            "turns": turns, "non_turns": non_turns}


def made_with(recipe: Recipe) -> dict:
    """What of the recipe is not the default."""
    result = {"client": recipe.client, "http": recipe.http, "server": recipe.server}
    for field in dataclasses.fields(recipe):
        value = getattr(recipe, field.name)
        if field.name in ("tls", "line"):
            value = {part.name: getattr(value, part.name) for part in dataclasses.fields(value)
                     if getattr(value, part.name) != part.default}
            if value:
                result[field.name] = value
        elif field.name not in ("mix", "turns", "stated") and value != field.default:
            result[field.name] = value
    return result


def _lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def _nanoseconds(seconds: float) -> int:
    return int(seconds * 1e9)


def _seconds(nanoseconds: int) -> float:
    return round(nanoseconds / 1e9, 6)
