"""How bodies become TLS records: framing, flushing and headers.

What providers really do is known for one model and one client (two events to a flush, 1,692 octets of response
headers). Everything else here is an assumption, drawn wide on purpose so that the intervals carry it.
"""

import random
from dataclasses import dataclass

@dataclass(frozen=True)
class WireTurn:
    """Net octets of TLS records: what the meter would hand over."""

    http: int  # 1 or 2
    sizes: tuple


def frame(length, http):
    """Octets of a chunk (RFC 9112, section 7.1) or of DATA frames (RFC 9113, section 6.1) around `length` octets."""
    if http == 2:
        return length + 9 * max(1, -(-length // 16384))
    return length + len(f"{length:x}") + 4


# How often events leave one by one, mostly in pairs, in ragged groups, in large ones. Gemini's are a tenth of a second
# and more apart, and seldom meet in a flush.
PATTERNS = ("single", "pairs", "ragged", "coalesced")
USUAL_FLUSHES, SLOW_FLUSHES = (46, 34, 16, 4), (85, 8, 6, 1)


def flush(events, rng, weights=USUAL_FLUSHES):
    """Groups of events that are written together, in one of the patterns that the real traces show."""
    pattern = rng.choices(PATTERNS, weights)[0]
    groups, index = [], 0
    while index < len(events):
        if pattern == "single":
            count = 1
        elif pattern == "pairs":
            count = rng.choices((1, 2, 4, 3), (4, 85, 6, 5))[0]
        elif pattern == "ragged":
            count = rng.choices((1, 2, 3, 4, 6, 9), (45, 25, 12, 8, 6, 4))[0]
        else:
            count = rng.randint(6, 24)
        groups.append(events[index : index + count])
        index += count
    return groups


def response_records(events, http, rng, weights=USUAL_FLUSHES):
    """Net sizes of the downstream records of a streamed response."""
    head = rng.choice((160, 240, 320, 460, 620, 900, 1250, 1692))
    if http == 2:
        head = 9 + int(head * 0.55)
    per_event = rng.random() < 0.25  # a chunk or frame for each event of a flush
    cut = rng.random() < 0.25  # some flushes are cut in two near their beginning
    merged = rng.random() < 0.12  # headers leave with the first flush
    records = []
    for group in flush(events, rng, weights):
        if per_event:
            records.append(sum(frame(size, http) for size in group))
        else:
            total = sum(group)
            if cut and total > 60 and rng.random() < 0.2:
                records.append(frame(27, http))
                total -= 27
            records.append(frame(total, http))
    if merged:
        records[0] += head
    else:
        records.insert(0, head)
    ending = 5 if http == 1 else 9
    if rng.random() < 0.4:
        records[-1] += ending
    else:
        records.append(ending)
    return tuple(part for size in records for part in fragments(size))


def unary_records(length, http, rng):
    """Net sizes of the downstream records of one JSON reply."""
    head = rng.choice((160, 240, 320, 460, 620, 900, 1250, 1692))
    if http == 2:
        head = 9 + int(head * 0.55)
    body = frame(length, http) if rng.random() < 0.7 else length
    records = [head + body] if rng.random() < 0.3 else [head, body]
    if http == 1 and rng.random() < 0.5:
        records.append(5)
    return tuple(part for size in records for part in fragments(size))


def fragments(size):
    """A record holds at most 2^14 octets (RFC 8446, section 5.1)."""
    while size > 16384:
        yield 16384
        size -= 16384
    yield size


def simulate(recording, variant, compressed=False):
    """One of several ways in which this call could have crossed the wire; the same for the same variant."""
    rng = random.Random(recording.seed * 64 + variant)
    http = 1 if rng.random() < 0.75 else 2
    if recording.events:
        events = recording.compressed_events if compressed else recording.events
        weights = SLOW_FLUSHES if recording.dialect.startswith("gemini") else USUAL_FLUSHES
        sizes = response_records(events, http, rng, weights)
    else:
        sizes = unary_records(recording.response_bytes, http, rng)
    return WireTurn(http=http, sizes=sizes)
