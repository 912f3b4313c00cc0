"""The estimators of Sources/TokenEstimation, in Python, step for step the same (the tests compare them)."""

import math
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
    least_text: float | None = None  # text of the smallest event of a turn, where the overhead differs by model
    skips_last: bool = False  # the last event never bears text
    per_event: float = 0.0  # octets of text that each event counts for beside its own
    closing: float | None = None  # octets that the last event has more than the others; much larger ones hold no text
    rated: float | None = None  # octets around the text of one event of models that rate each for its safety


FEW_RECORDS = 3  # in so few, one much larger than an event is one with a signature, not several
ENOUGH_EVENTS = 3  # so many events show their own overhead
MOST_OVERHEAD = 1.2  # and it is at most so many times the profile's
LEAST_RATED = 0.95  # of several events the smallest has hardly any text
LAST_MARGIN = 100  # the last event is larger than the others by less than a signature
LEAST_PAD = 8.0  # an event's text counts for no less than minus this: padding is random, its mean in the overhead


def contents_of(sizes, http, head_allowance):
    """Octets of each record that bears some, pieces of cut flushes put together."""
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
    return contents


def turn_overhead(octets, shape):
    """Octets around the text of one event: the profile's, or what the turn's smallest event shows."""
    if shape.least_text is None:
        return shape.overhead
    events = [value for value in octets if value >= 0.75 * shape.overhead]
    if len(events) < ENOUGH_EVENTS:
        return shape.overhead
    if shape.rated is not None and min(events) >= LEAST_RATED * shape.rated:
        return shape.rated
    return min(MOST_OVERHEAD * shape.overhead, max(shape.overhead, min(events) - shape.least_text))


def text_octets(sizes, http, head_allowance, shape):
    """Octets of text in events that each bear so much JSON around it.

    A record holds as many events as its size in units of the usual one says. Where the last event has more around it,
    it counts when it is about as large as the largest of the others: what is much larger is a signature. So is an event
    with more than the most text, mostly beside a call; it counts for three of the least.
    """
    contents = contents_of(sizes, http, head_allowance)
    if shape.skips_last and len(contents) > 1:
        contents.pop()
    last = None
    if shape.closing is not None and len(contents) > 1:
        last = contents.pop()
    overhead = turn_overhead(contents, shape)
    usual = shape.usual + (overhead - shape.overhead)
    if last is not None and last - shape.closing <= max(contents) + LAST_MARGIN:
        contents.append(last - shape.closing)
    text = 0.0
    are_few = shape.least_text is not None and len(contents) <= FEW_RECORDS
    for octets in contents:
        events = 1 if are_few else max(1, int(octets / usual + 0.5))
        rest = octets - events * overhead
        if shape.least_text is not None and rest > events * shape.most_text:
            rest = events * 3 * shape.least_text
        text += min(max(-LEAST_PAD * events, rest), events * shape.most_text) + shape.per_event * events
    return max(0.0, text)


@dataclass(frozen=True)
class BlockShape:
    """Octets of the events of a stream of content blocks, each with its mean padding."""

    start: float  # message_start
    block: float  # content_block_start of text
    ping: float
    stop: float  # content_block_stop
    delta: float  # message_delta, with the usage
    end: float  # message_stop
    text: float  # text of a usual event
    tool: float  # what a call's name and markup weigh, in octets of text


PRIOR_EVENTS = 6  # what a turn's own events say of their text weighs as theirs number against this


FOREIGN_EVENTS, USUAL_EVENTS = 30, 8


def foreign_size(contents, unit):
    """A larger record holds no text (search results, a file's content), unless the usual one is large too."""
    median = sorted(contents)[len(contents) // 2]
    return FOREIGN_EVENTS * unit if median <= USUAL_EVENTS * unit else math.inf


def nearest(octets, unit):
    return abs(octets - max(1, int(octets / unit + 0.5)) * unit)


def without_closing(contents, shape):
    """The contents before the closing events, and the octets of closing events that the last of them still holds."""
    last = contents[-1]
    whole = shape.stop + shape.delta + shape.end
    if last <= 1.2 * shape.end:
        kept, left = contents[:-1], shape.stop + shape.delta
        if kept and 0.58 * shape.delta <= kept[-1] <= 1.16 * shape.delta:
            kept, left = kept[:-1], shape.stop
        elif kept and 1.16 * shape.delta < kept[-1] <= 1.13 * (shape.stop + shape.delta):
            return kept[:-1], 0.0
    elif 0.65 * (shape.delta + shape.end) <= last <= 1.1 * (shape.delta + shape.end):
        kept, left = contents[:-1], shape.stop
    elif 1.1 * (shape.delta + shape.end) < last <= 1.1 * whole:
        return contents[:-1], 0.0
    else:
        return contents, whole
    if left == shape.stop and kept and is_stop(kept[-1], shape):
        return kept[:-1], 0.0
    return kept, left


def is_stop(octets, shape):
    return 0.85 * shape.stop <= octets <= 1.15 * shape.stop


def is_tool_start(octets, shape):
    """A block that starts a call bears its name and identifier."""
    return 1.44 * shape.block <= octets <= 1.76 * shape.block


def without_opening(contents, shape):
    """The contents after the opening events, and the calls that begin among the latter."""
    first = contents[0]
    if 0.9 * shape.block <= first <= 1.37 * shape.block:
        return contents[1:], 0  # the message start left with the headers
    if first < 0.74 * shape.start:
        return contents, 0
    if first > 1.48 * shape.start:
        return [first - shape.start - shape.block, *contents[1:]], 0
    rest = contents[1:]
    if first > 1.19 * shape.start or not rest:
        return rest, 0
    if 0.9 * shape.block <= rest[0] <= 1.37 * shape.block:
        return rest[1:], 0
    if is_tool_start(rest[0], shape):
        return rest[1:], 1
    return [rest[0] - shape.block, *rest[1:]], 0


def block_text(contents, shape, blocks):
    """Octets of text in a stream of content blocks: opening and closing events told apart by their known sizes.

    Each event counts for `per_event` beside its text: the fewer octets an event bears, the more tokens they are, and
    random padding averages out over events only slowly.
    """
    if not contents:
        return 0.0
    contents, left = without_closing(contents, blocks)
    if not contents:
        return 0.0
    contents, calls = without_opening(contents, blocks)
    if not contents:
        return calls * blocks.tool
    overhead = shape.overhead
    # What the small records of this turn say of the text in an event.
    text, events = PRIOR_EVENTS * blocks.text, float(PRIOR_EVENTS)
    for octets in contents:
        if octets > 0.82 * overhead:
            count = max(1, int(octets / (overhead + blocks.text) + 0.5))
            if count <= 3:
                text += octets - count * overhead
                events += count
    unit = overhead + max(0.0, text) / events
    last = contents[-1]
    if left == blocks.stop and last > 1.6 * overhead and nearest(last, unit) < nearest(last - left, unit):
        left = 0.0
    contents[-1] = last - left
    singles = sum(1 for octets in contents if 0.9 * overhead <= octets <= 1.63 * overhead)
    single = singles >= 0.5 * len(contents)
    total, pings, after_stop = 0.0, 0, False
    foreign = foreign_size(contents, unit)
    for octets in contents:
        if octets > foreign:
            continue
        if after_stop and single and 0.9 * blocks.block <= octets <= 1.76 * blocks.block:
            after_stop = False
            calls += is_tool_start(octets, blocks)
            continue
        after_stop = False
        if octets <= 0.82 * overhead:
            after_stop = is_stop(octets, blocks)
            pings += octets <= 1.25 * blocks.ping
            continue
        count = max(1, int(octets / unit + 0.5))
        rest = octets - count * overhead
        total += min(max(-LEAST_PAD * count, rest), count * shape.most_text) + shape.per_event * count
    if not single and pings == 0:
        total -= blocks.ping
    return max(0.0, total + calls * blocks.tool)


@dataclass(frozen=True)
class CompressedShape:
    """The same stream compressed with a flush for each event, octets of compressed text."""

    opening: float  # message_start, content_block_start, ping
    closing: float  # content_block_stop, message_delta, message_stop
    usual: float  # an event of text
    overhead: float  # what an event without text takes
    per_event: float


OPENING_EVENTS, CLOSING_EVENTS = 3, 3
LEAST_START = 0.35


def compressed_text(sizes, http, head_allowance, shape):
    """Octets of compressed text: those of the body less what opening, closing and each event take for themselves."""
    head, records = split_head(sizes, http)
    contents = [float(size - framing(http)) for size in records if size > framing(http)]
    if head is None and contents:
        contents[0] = max(0.0, contents[0] - head_allowance)
    if not contents:
        return 0.0
    # A small first record is no message start: that left with the headers.
    opening = shape.opening if contents[0] >= LEAST_START * shape.opening else 0
    foreign = max(shape.opening, foreign_size(contents, shape.usual))
    contents = [octets for octets in contents if octets <= foreign]
    octets = sum(contents) - opening - shape.closing
    if octets <= 0:
        return 0.0
    median = sorted(contents)[len(contents) // 2]
    if median <= 1.6 * shape.usual:
        events = max(1.0, float(len(contents) - (OPENING_EVENTS if opening else 0) - CLOSING_EVENTS))
    else:
        events = octets / shape.usual
    return max(0.0, octets - events * shape.overhead) + shape.per_event * events
