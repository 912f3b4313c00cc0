"""Captures that do not see everything: they begin late, end early, or miss packets."""

from random import Random

from officeday.truth.pcapng import Packet

MISSED = 0.01  # of the packets, where a capture misses some


def cut(how: str, packets: list[Packet], turns: list[dict], others: list[dict]):
    """(packets, turns, non-turns) that are left of a recording.

    - Parameter how: start, end or gaps; empty for everything.
    """
    if how == "start":
        begin = _middle(turns[len(turns) // 6])
        packets = [packet for packet in packets if packet.time >= begin * 1e9]
        return packets, cut_at_start(turns, begin), [entry for entry in others
                                                     if entry["start"] >= begin]
    if how == "end":
        end = _middle(turns[len(turns) * 5 // 6])
        packets = [packet for packet in packets if packet.time <= end * 1e9]
        return packets, cut_at_end(turns, end), [entry for entry in others
                                                 if entry["start"] <= end]
    if how == "gaps":
        random = Random(len(packets))
        packets = [packet for packet in packets if random.random() >= MISSED]
    return packets, turns, others


def _middle(turn: dict) -> float:
    return (turn["start"] + turn["end"]) / 2


def cut_at_start(turns: list[dict], begin: float) -> list[dict]:
    """The turns that a capture from `begin` on still holds; the one at its edge is marked."""
    kept = [dict(turn) for turn in turns if turn["end"] > begin]
    for turn in kept:
        if turn["start"] < begin:
            turn["start"], turn["cut"] = begin, "start"
    return kept


def cut_at_end(turns: list[dict], end: float) -> list[dict]:
    """The turns that a capture up to `end` holds something of the answer of; those at its edge are marked."""
    kept = [dict(turn) for turn in turns if turn["start"] < end and turn["answered"] < end]
    for turn in kept:
        if turn["end"] > end:
            turn["end"], turn["cut"] = end, "end"
    return kept
