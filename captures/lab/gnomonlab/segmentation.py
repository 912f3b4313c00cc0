"""How well turns are told apart: `python -m gnomonlab.segmentation GNOMON RULES SET…` prints a table.

A true turn is *right* when exactly one found turn overlaps it on its connection, that one overlaps
no other true turn, and its octets are near the bodies'. True turns that overlap each other on a
connection (streams of HTTP/2 and HTTP/3, pipelining) cannot be told apart: they are right *as one*
when exactly one found turn overlaps all of them and its octets are near the sum; further turns of the
connection may belong to it when less than a second lies between.
"""

import json
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

BAR = 95.0
PAUSE = 1.0  # seconds between groups of turns side by side that may still count as one
_TOUCH = 0.0005  # seconds by which neighbours may touch


@dataclass
class Score:
    turns: int = 0
    right: int = 0
    pooled: int = 0  # of them, right as one with others
    missed: list = field(default_factory=list)
    split: list = field(default_factory=list)
    merged: list = field(default_factory=list)
    octets: list = field(default_factory=list)
    invented: int = 0
    nameless: int = 0  # the capture began after their connections: nothing names them

    @property
    def share(self) -> float:
        return 100 * self.right / self.turns if self.turns else 100.0


def score(turns: list[dict], rows: list[dict], padding: int = 0) -> Score:
    """Compares true turns with the rows of `gnomon turns --format ndjson`.

    - Parameter padding: octets to a multiple of which TLS records were padded.
    """
    found, truth, result = defaultdict(list), defaultdict(list), Score()
    for row in rows:
        found[row["client"]].append(row)
    for turn in turns:
        truth["{}:{}".format(*turn["client"])].append(turn)
    for client in found.keys() | truth.keys():
        clusters = overlapping(truth[client])
        for cluster, near in _joined(clusters, found[client]):
            if cluster:
                _judge(cluster, near, padding, result)
            else:
                result.invented += len(near)
    return result


def _joined(clusters: list[list[list[dict]]], rows: list[dict]):
    """(groups of true turns, found turns) in parts that do not touch each other."""
    parts = [([cluster], [row for row in rows if any(_overlap(row, turn) for turn in cluster)])
             for cluster in clusters]
    joined: list[tuple[list, list]] = []
    for groups, near in parts:
        if joined and any(row is other for row in near for other in joined[-1][1]):
            joined[-1][0].extend(groups)
            joined[-1][1].extend(row for row in near if not any(row is other
                                                               for other in joined[-1][1]))
        else:
            joined.append((groups, near))
    used = [id(row) for _, near in joined for row in near]
    alone = [row for row in rows if id(row) not in used]
    return joined + [([], alone)]


def overlapping(turns: list[dict]) -> list[list[dict]]:
    """Turns of one connection in groups of those that overlap, one after the other."""
    groups: list[list[dict]] = []
    end = 0.0
    for turn in sorted(turns, key=lambda turn: turn["start"]):
        if groups and turn["start"] < end - _TOUCH:
            groups[-1].append(turn)
        else:
            groups.append([turn])
        end = max(end, turn["end"])
    return groups


def _judge(groups: list[list[dict]], near: list[dict], padding: int, result: Score) -> None:
    turns = [turn for group in groups for turn in group]
    if not near and not turns[0].get("named", True):
        result.nameless += len(turns)
        return
    result.turns += len(turns)
    if not near:
        result.missed += turns
    elif len(near) > 1:
        result.split += turns
    elif len(groups) > 1 and not _side_by_side(groups):
        result.merged += turns
    elif not octets_are_near(turns, near[0], padding):
        result.octets += turns
    else:
        result.right += len(turns)
        if len(turns) > 1:
            result.pooled += len(turns)


def _side_by_side(groups: list[list[dict]]) -> bool:
    """Whether these are requests that ran side by side, and no long pause lies between them."""
    pauses = [min(turn["start"] for turn in after) - max(turn["end"] for turn in before)
              for before, after in zip(groups, groups[1:])]
    return any(len(group) > 1 for group in groups) and max(pauses) <= PAUSE


def octets_are_near(cluster: list[dict], row: dict, padding: int = 0) -> bool:
    """Whether the octets are the bodies' and as much again as heads and frames can take."""
    if any(turn["cut"] for turn in cluster):
        return True
    is_quic = cluster[0]["transport"] == "quic"
    for way, key in (("up", "request_body_bytes"), ("down", "response_body_bytes")):
        body = sum(turn[key] for turn in cluster)
        events = sum(turn["events"] or 1 for turn in cluster) if way == "down" else 0
        low = (0.9 if is_quic else 0.995) * body - row["missed_bytes"]
        high = (body * (1.12 if is_quic else 1.02) + 2_300 * len(cluster) + 24 * events
                + padding * (events + 4))
        if not low <= row[f"bytes_{way}"] <= high:
            return False
    return True


def _overlap(row: dict, turn: dict) -> bool:
    return row["start"] < turn["end"] - _TOUCH and row["end"] > turn["start"] + _TOUCH


def found_turns(gnomon: str, rules: str, capture: Path) -> list[dict]:
    done = subprocess.run([gnomon, "turns", str(capture), "--format", "ndjson", "--rules", rules],
                          capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"gnomon turns {capture} ended with {done.returncode}: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def main() -> None:
    gnomon, rules = sys.argv[1:3]
    print(f"{'recipe':34} {'kind':9} turns  right  as one  missed  split  merged  octets  "
          "invented nameless  share")
    below, total = [], Score()
    for folder in map(Path, sys.argv[3:]):
        for path in sorted(folder.glob("*.truth.json")):
            truth = json.loads(path.read_text())
            padding = truth.get("made_with", {}).get("tls", {}).get("padding", 0)
            result = score(truth["turns"], found_turns(gnomon, rules, folder / truth["capture"]),
                           padding)
            name = truth["capture"].rsplit(".", 1)[0]
            print(f"{name:34} {truth['kind']:9} {result.turns:5} {result.right:6} "
                  f"{result.pooled:7} {len(result.missed):7} {len(result.split):6} "
                  f"{len(result.merged):7} {len(result.octets):7} {result.invented:9} "
                  f"{result.nameless:8} "
                  f"{result.share:5.1f}%{' *' if result.share < BAR else ''}")
            if result.share < BAR:
                below.append(name)
            total.turns, total.right = total.turns + result.turns, total.right + result.right
            total.invented += result.invented
    print(f"all: {total.right} of {total.turns} turns right ({total.share:.1f} %), "
          f"{total.invented} invented")
    if below:
        sys.exit(f"below {BAR:.0f} %: {', '.join(below)}")


if __name__ == "__main__":
    main()
