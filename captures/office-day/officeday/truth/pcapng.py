"""The little of pcapng that is needed: reading what dumpcap writes, writing one section.

Blocks as in draft-ietf-opsawg-pcapng: Section Header, Interface Description, Enhanced Packet.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

_SECTION, _INTERFACE, _PACKET, _STATISTICS = 0x0A0D0D0A, 1, 6, 5
_NANOSECONDS = 9


@dataclass
class Packet:
    time: int  # nanoseconds since 1970
    data: bytes
    length: int  # on the wire


def read(path: Path) -> tuple[list[Packet], int]:
    """The packets of a little-endian capture on one interface, and the drops it reports."""
    data, position, unit, dropped, packets = path.read_bytes(), 0, 1000, 0, []
    while position + 12 <= len(data):
        kind, size = struct.unpack_from("<II", data, position)
        body = data[position + 8:position + size - 4]
        if kind == _INTERFACE:
            resolution = _options(body[8:]).get(_NANOSECONDS, b"\x06")[0]
            unit = 10 ** (9 - resolution)
        elif kind == _PACKET:
            _, high, low, captured, length = struct.unpack_from("<IIIII", body)
            packets.append(Packet(((high << 32) + low) * unit, body[20:20 + captured], length))
        elif kind == _STATISTICS:
            drops = _options(body[12:]).get(5)
            dropped = struct.unpack("<Q", drops)[0] if drops else dropped
        position += size
    return packets, dropped


def write(path: Path, packets: list[Packet], comment: str) -> None:
    """One section, one Ethernet interface, nanoseconds."""
    section = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + _option(1, comment.encode()) \
        + _option(4, b"office-day") + _option(0, b"")
    interface = struct.pack("<HHI", 1, 0, 262144) + _option(2, b"lan0") \
        + _option(9, bytes([_NANOSECONDS])) + _option(0, b"")
    with path.open("wb") as file:
        file.write(_block(_SECTION, section))
        file.write(_block(_INTERFACE, interface))
        for packet in packets:
            head = struct.pack("<IIIII", 0, packet.time >> 32, packet.time & 0xFFFFFFFF,
                               len(packet.data), packet.length)
            file.write(_block(_PACKET, head + packet.data + bytes(-len(packet.data) % 4)))


def _block(kind: int, body: bytes) -> bytes:
    size = len(body) + 12
    return struct.pack("<II", kind, size) + body + struct.pack("<I", size)


def _option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)


def _options(data: bytes) -> dict[int, bytes]:
    options, position = {}, 0
    while position + 4 <= len(data):
        code, size = struct.unpack_from("<HH", data, position)
        if code == 0:
            break
        options[code] = data[position + 4:position + 4 + size]
        position += 4 + size + -size % 4
    return options
