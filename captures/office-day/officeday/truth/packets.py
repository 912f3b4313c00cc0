"""Finds the packets of a capture that carried given bytes of a connection."""

import socket
import struct
from bisect import bisect_left, bisect_right

from .pcapng import Packet

Endpoint = tuple[str, int]


class Connections:
    """Both directions of every TCP and UDP conversation over IPv4, by their endpoints."""

    def __init__(self, packets: list[Packet]):
        # (source, destination) → [(offset of the segment's end, time)], offsets from the SYN on
        self._segments: dict[tuple[Endpoint, Endpoint], list[tuple[int, int]]] = {}
        self._starts: dict[tuple[Endpoint, Endpoint], int] = {}
        self._datagrams: dict[tuple[Endpoint, Endpoint], list[int]] = {}
        for packet in packets:
            self._add(packet)

    def time_of_byte(self, source: Endpoint, destination: Endpoint, offset: int) -> int | None:
        """When byte `offset` of the TCP stream first passed; None when it did not."""
        for end, time in self._segments.get((source, destination), ()):
            if end > offset:
                return time
        return None

    def last_time(self, source: Endpoint, destination: Endpoint) -> int | None:
        segments = self._segments.get((source, destination))
        return segments[-1][1] if segments else None

    def last_datagram(self, source: Endpoint, destination: Endpoint, time: int) -> int | None:
        """When the last datagram up to `time` passed."""
        times = self._datagrams.get((source, destination), [])
        index = bisect_right(times, time)
        return times[index - 1] if index else None

    def first_datagram(self, source: Endpoint, destination: Endpoint, time: int) -> int | None:
        """When the first datagram from `time` on passed."""
        times = self._datagrams.get((source, destination), [])
        index = bisect_left(times, time)
        return times[index] if index < len(times) else None

    def _add(self, packet: Packet) -> None:
        data = packet.data
        if len(data) < 34 or data[12:14] != b"\x08\x00":
            return
        header = 14 + (data[14] & 15) * 4
        length = struct.unpack_from("!H", data, 16)[0] - (header - 14)
        source_port, destination_port = struct.unpack_from("!HH", data, header)
        key = ((socket.inet_ntoa(data[26:30]), source_port),
               (socket.inet_ntoa(data[30:34]), destination_port))
        if data[23] == 17:
            self._datagrams.setdefault(key, []).append(packet.time)
        elif data[23] == 6:
            sequence = struct.unpack_from("!I", data, header + 4)[0]
            payload = length - (data[header + 12] >> 4) * 4
            if data[header + 13] & 2:
                self._starts[key] = sequence + 1
                self._segments[key] = []
            elif payload > 0 and key in self._starts:
                end = ((sequence - self._starts[key]) & 0xFFFFFFFF) + payload
                self._segments[key].append((end, packet.time))
