"""The estimators of Sources/TokenEstimation, in Python, step for step the same (the tests compare them)."""

from collections import Counter
from dataclasses import dataclass

HEAD_LIMIT = 1900  # a first record up to this size is taken for response headers when others follow
BEARING_MARGIN = 16  # a record bears body octets when it is this much larger than its framing
CUT_LIMIT = 32  # a piece up to this size is the beginning of a flush that was cut
CONTROL_LIMIT = 64  # leading HTTP/2 records up to this size are SETTINGS and their like


def framing(http):
    return 7 if http == 1 else 9


def bears_body(records, http):
    return any(size > framing(http) + BEARING_MARGIN for size in records)


def split_head(sizes, http):
    """The octets of the head record, or None when it cannot be told apart, and the records after it."""
    start = 0
    if http != 1:
        while start < len(sizes) and sizes[start] <= CONTROL_LIMIT:
            start += 1
    if len(sizes) > start and sizes[start] <= HEAD_LIMIT and bears_body(sizes[start + 1 :], http):
        return sizes[start], sizes[start + 1 :]
    return None, sizes[start:]


@dataclass(frozen=True)
class LatticeShape:
    """What a profile says of its events: octets of one, least, usual and most, and how much they vary."""

    least: float
    usual: float
    most: float
    tight: float  # a record of n events lies within `tight + n` octets of n times the unit
    slack: float  # or above it by up to this much more: padding to the next step
    burst: float  # a record holds at most this many times the usual count of events
    closing: float | None  # octets of the closing events, in units; None when they repeat the text


@dataclass(frozen=True)
class Lattice:
    unit: float
    events: int
    on_records: int
    records: int
    tight_records: int


def detect_lattice(records, overhead, shape):
    """The unit that most records are whole multiples of, within the shape's bounds; None when there is none."""
    sizes = [size - overhead for size in records if size - overhead >= shape.least * 0.9]
    if len(sizes) < 3:
        return None
    common = sorted(Counter(sizes).items(), key=lambda item: (-item[1], item[0]))
    best, best_key = None, None
    for size, _ in common[:12]:
        for n in range(1, 9):
            unit = size / n
            if unit < shape.least or unit > shape.most:
                continue
            score = sum(
                count for other, count in common[:256] if is_tight(other, unit, shape) is not None
            )
            key = (score, -abs(unit - shape.usual))
            if best_key is None or key > best_key:
                best, best_key = unit, key
    if best is None:
        return None
    # Least squares through the origin over the records that fit.
    octets = events = 0
    for other, count in common[:256]:
        n = is_tight(other, best, shape)
        if n is not None:
            octets += other * count
            events += n * count
    if events == 0:
        return None
    return decode(records, overhead, octets / events, shape)


def tight_tolerance(n, unit, shape):
    return min(shape.tight * n**0.5 + n, 0.25 * unit)


def is_tight(size, unit, shape):
    n = int(size / unit + 0.5)
    if n < 1 or abs(size - n * unit) > tight_tolerance(n, unit, shape):
        return None
    return n


def is_loose(size, unit, shape):
    n = int(size / unit + 0.5)
    if n < 1:
        return None
    below = tight_tolerance(n, unit, shape)
    return n if -below <= size - n * unit <= min(shape.slack + below, 0.45 * unit) else None


def decode(records, overhead, unit, shape):
    """Counts events record by record.

    What does not fit is carried into the next record (a flush cut in two), and failing that counts in proportion to
    its octets, unless it stands before the first or after the last record that fits: opening and closing events bear
    no text of their own. A tail beyond what the dialect's closing events take is the last flush, and counts.
    """
    singles = sorted(
        n for n in (is_tight(size - overhead, unit, shape) for size in records) if n is not None
    )
    usual_count = singles[len(singles) // 2] if singles else 1
    most = max(shape.burst * usual_count, 2)
    events = foreign_events = 0.0
    on_records = tight_records = 0
    carried = foreign = 0.0
    for size in records:
        octets = size - overhead
        if octets <= 0:
            continue
        found = None
        for candidate in (octets + carried, octets) if carried else (octets,):
            n = is_tight(candidate, unit, shape)
            tight = n is not None
            if not tight:
                n = is_loose(candidate, unit, shape)
            if n is not None and n > most:
                n = None
            if n is not None:
                found = n
                tight_records += tight
                if candidate == octets:
                    foreign += carried
                break
        if found is None:
            foreign += carried
            carried = octets
        else:
            if on_records:
                foreign_events += foreign / unit
            foreign = carried = 0.0
            events += found
            on_records += 1
    if shape.closing is not None and on_records:
        foreign_events += max(0.0, (foreign + carried) / unit - shape.closing)
    return Lattice(
        unit=unit,
        events=events + foreign_events,
        on_records=on_records,
        records=sum(1 for size in records if size > overhead),
        tight_records=tight_records,
    )


def is_trusted(lattice):
    return (
        lattice is not None
        and lattice.tight_records >= max(4, 0.25 * lattice.records)
        and lattice.on_records >= 0.4 * lattice.records
    )


def body_octets(sizes, http, head_allowance):
    """Octets of the body, framing taken off."""
    overhead = framing(http)
    head, records = split_head(sizes, http)
    octets = sum(max(0, size - overhead) for size in records)
    return max(0, octets - (head_allowance if head is None else 0))


@dataclass(frozen=True)
class TextShape:
    usual: float  # octets of an event
    overhead: float  # JSON, field names and mean padding around the text of one event
    most_text: float  # one event counts for at most so much: signatures and search results are not text
    least_text: float | None  # text of the smallest event of a turn, where the overhead differs by model
    skips_last: bool  # the last event bears signatures and usage rather than text


ENOUGH_EVENTS = 6  # so many events show their own overhead


def turn_overhead(octets, shape):
    """Octets around the text of one event: the profile's, or what the turn's smallest event shows."""
    if shape.least_text is None:
        return shape.overhead
    events = [value for value in octets if value >= 0.75 * shape.overhead]
    if len(events) < ENOUGH_EVENTS:
        return shape.overhead
    return max(shape.overhead, min(events) - shape.least_text)


def text_octets(sizes, http, head_allowance, shape):
    """Octets of text in events that each bear so much JSON around it.

    A record holds as many events as its size in units of the usual one says. No event counts for less than -16: padding
    is random, and its mean is part of the overhead. A small piece is the beginning of the next record.
    """
    head, records = split_head(sizes, http)
    contents, carried = [], 0.0
    for index, size in enumerate(records):
        octets = size - framing(http) - (head_allowance if index == 0 and head is None else 0)
        if octets <= BEARING_MARGIN:
            continue
        if octets <= CUT_LIMIT:
            carried += octets
            continue
        contents.append(octets + carried)
        carried = 0.0
    if shape.skips_last and len(contents) > 1:
        contents.pop()
    overhead = turn_overhead(contents, shape)
    usual = shape.usual + (overhead - shape.overhead)
    text = 0.0
    for octets in contents:
        events = max(1, int(octets / usual + 0.5))
        rest = octets - events * overhead
        text += min(max(-16.0 * events, rest), events * shape.most_text)
    return max(0.0, text)
