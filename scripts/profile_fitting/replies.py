"""Replies of OpenAI's two dialects, read by what their events are known to look like: `PaddedChat.swift`, `ResponseStream.swift`.

The numbers here are those of the recordings of 2025 and 2026, and the same stand in the Swift files.
"""

from dataclasses import dataclass, replace

from . import estimators as est


def chunk_content(size, http):
    """Octets of the one chunk (RFC 9112, section 7.1) or DATA frame (RFC 9113, section 6.1) that a record holds."""
    if http != 1:
        return max(0, size - 9)
    for digits in (1, 2, 3, 4):
        content = size - 4 - digits
        if content >= 0 and len(f"{content:x}") == digits:
            return content
    return max(0, size - 7)


def pieces(records, http):
    """Contents of the records in order, beginnings of cut flushes put to what follows, empty ones left out."""
    contents, carried = [], 0
    for size in records:
        content = chunk_content(size, http)
        if content <= 0:
            continue
        if 16 < content <= est.CUT_LIMIT:
            carried += content
        else:
            contents.append(content + carried)
            carried = 0
    return contents


@dataclass(frozen=True)
class Reply:
    """What a stream was found to hold."""

    deltas: float  # that bear text or arguments
    more: float  # tokens beside those
    is_sure: bool  # every event was told apart, or counted on the lattice
    is_text: bool = True

    @property
    def tokens(self):
        return max(1.0, self.deltas + self.more)


# Chat completions.

STEP, REST = 16, 9  # an event is padded to a multiple of 16 octets and 9 more
DONE = 14  # `data: [DONE]` and a blank line
LEAST, MOST, MOST_EDGE = 281, 440, 540  # octets of an event; of the first and the last of a stream
MOST_EVENTS = 32  # in a record; the size of a larger one fits some number of events whatever it holds
USUAL_FLUSH = 2  # events in the first flush, when it left with the headers
ROLE = 32  # what the first event of a text has more than the others
WHOLE_OVER = 208  # what a whole stream has more than its events, usage with it
LEAST_USAGE = 72  # the last events have so much more when usage is among them
CALL, MOST_CALL = 338, 400  # octets of an event of a call's arguments
CALL_OPENING, CALL_FLUSH = 400, 353  # the mean event in the first record, of one and of several, when a call begins in it
BARE_CALL = 96  # the first record has less than this more than its events when the role came before the call
NEXT_CALL = 40  # a record has so much more when another call begins in it
CALL_MARKUP = 48  # what an event of a call has more than one of text
UNSENT_BELOW, UNSENT = 305, 3.0  # events of models that name no fingerprint are small: they count three tokens more
CALL_TOKENS, SIDE_BY_SIDE = 9.0, 10.0  # a call beside its arguments; and when it is not the only one


def on_grid(content, most, extras):
    """`(events, octets over them)` of a record that holds whole padded events, or None."""
    for extra in extras:
        count = (content - extra) * 9 % STEP or STEP  # 9 is its own inverse modulo 16
        while content > most * count:
            count += STEP
        if content >= LEAST * count and count <= MOST_EVENTS:
            return count, extra
    return None


def padded_chat(records, http, head_is_apart):
    """The reply in a stream of chat completions with padded events; None when it is not such a stream.

    The size of a record tells how many events are in it, by its rest modulo 16.
    """
    contents = pieces(records, http)
    closed = bool(contents) and contents[-1] <= STEP
    while contents and contents[-1] <= STEP:
        contents.pop()
    if len(contents) + closed < 2 or not contents:
        return None
    last = len(contents) - 1
    counts, octets = [], list(contents)
    for index, content in enumerate(contents):
        found = None
        if index == 0 and not head_is_apart:
            pass
        elif index < last:
            found = on_grid(content, MOST_EDGE if index == 0 else MOST, (0,) if index == 0 else (0, 2, 1, 3, 4))
        else:
            for tail in (0,) if closed else (DONE, DONE + (5 if http == 1 else 9)):
                found = on_grid(content - tail, MOST_EDGE, (0,))
                if found:
                    octets[index] = content - tail
                    break
        counts.append(found)
    judged = counts if head_is_apart else counts[1:]
    found = sum(1 for count in judged if count)
    clean = sum(1 for count in judged if count and count[1] == 0)
    if found == 0 or len(judged) - found > 0.2 * len(judged) or clean < 0.6 * len(judged):
        return None

    first = counts[0]
    inner = [octets[i] / counts[i][0] for i in range(1, last) if counts[i] for _ in range(counts[i][0])]
    opens_call = first is not None and octets[0] >= first[0] * (CALL_OPENING if first[0] == 1 else CALL_FLUSH)
    if last == 0:
        unit = (octets[0] - WHOLE_OVER) / first[0] if first else 313
    elif inner:
        unit = sorted(inner)[len(inner) // 2]
    elif opens_call:
        unit = 345
    elif first is not None:
        unit = (octets[0] - ROLE) / first[0]
    else:
        unit = 313
    unit = STEP * int((unit - REST) / STEP + 0.5) + REST
    is_call = unit <= MOST_CALL and (opens_call and last > 0 or unit >= CALL)
    if is_call and unit < CALL:
        unit = 345

    events = 0
    for index, count in enumerate(counts):
        if count:
            events += count[0]
        elif index == 0 and not head_is_apart:
            events += USUAL_FLUSH
        else:
            events += max(1, int(octets[index] / unit + 0.5))
    over = [octets[i] - counts[i][0] * unit if counts[i] else 0 for i in range(len(counts))]
    usage = over[last] >= LEAST_USAGE
    if head_is_apart and first is not None and not is_call and -8 < over[0] < 8 and last > 0:
        events += USUAL_FLUSH  # no role: the first flush left with the headers
    text_unit = unit - CALL_MARKUP if is_call else unit
    more = UNSENT if usage and text_unit <= UNSENT_BELOW else 0.0
    deltas = float(events) - 1 - usage  # all but the end and the usage
    is_sure = found == len(counts)
    if not is_call:
        return Reply(max(0.0, deltas - 1), more, is_sure)
    calls, role = 1, 0
    if first is not None and first[0] == 1 and octets[0] < CALL_OPENING:
        calls, role = 0, 1
    elif first is not None and over[0] < BARE_CALL:
        role = 1
    calls += sum(1 for value in over[1:last] if value >= NEXT_CALL)
    calls = max(1, calls)
    more += calls * (CALL_TOKENS + (SIDE_BY_SIDE if calls > 1 else 0))
    return Reply(max(0.0, deltas - calls - role), more, is_sure, False)


# Responses.

LEAST_ECHO = 720  # octets of `response.created`, which repeats the request; `response.in_progress` has 8 more
PROGRESS = 8
ITEM, PHASED_ITEM = 259.0, 282.0  # the event that opens a text, of older models and of those that name a phase
PART = 274.0  # `response.content_part.added`
DELTA, ARGUMENTS = 259.6, 249.8  # a delta of text, of arguments
CALL_ITEM = 310.0
ARGUMENTS_DONE = 219.0  # of the shortest call
ITEM_DONE = 303.0
CALL_END_SPREAD = (-3.0, 25.0)
ONE_CALL = 1085.0  # the shortest call as a whole
OLD_ITEM, OLD_PART = 257.0, 272.0  # in streams with two octets less to an event
NEAR = 2.0  # so far a record may be from whole events, and as much again for each of them
LEAST_COMPLETED = 320.0  # what the last event has more than the echo
CALL_SPREAD = (-15.0, 45.0)  # names and identifiers of calls differ in length
OPENING_WEIGHT = 1.5  # records of whole deltas that the opening outweighs when it says otherwise
TEXT_FIXED, PHASED_FIXED, TEXT_EACH = 1686.0, 1732.0, 277.0  # octets of a text beside its deltas, and of each with what repeats it
CALL_FIXED, CALL_EACH = 1190.0, 258.0
WHOLE_CALL, CALLS_FIXED, CALL_TOLERANCE = 1380.0, 70.0, 60.0  # of a call whose arguments are in one delta, and beside all of them
TEXT_TOKENS, PHASED_TOKENS, CALL_OVERHEAD, PARALLEL_TOKENS = 1.0, 4.0, 12.0, 23.5
MOST_CALLS = 4
LEAST_TEXT = 1900.0  # fewer octets after the echo are one call
CLOSING_SHARE = 0.25  # of the records in between, those that hold whole deltas, for a usual reply
FEW_OCTETS = 4000.0


def multiple(octets, unit, most=8):
    """How many units a record holds; 0 when it does not hold a whole number of them."""
    count = int(octets / unit + 0.5)
    return count if 1 <= count <= most and abs(octets - count * unit) <= NEAR + NEAR * count else 0


def opens_text(octets, items=(ITEM, PHASED_ITEM)):
    """A record opens a text: its item, perhaps with the part and deltas."""
    for item, part in ((ITEM, PART), (OLD_ITEM, OLD_PART), (PHASED_ITEM, PART)):
        over = octets - item - part
        if (item in items or item == OLD_ITEM and ITEM in items) and (
            abs(octets - item) <= 1 or abs(over) <= 1 or multiple(over, DELTA)
        ):
            return True
    return False


def opens_call(octets):
    """A record opens a call: its item, perhaps with deltas."""
    low, high = CALL_SPREAD
    begun = CALL_ITEM + ARGUMENTS
    return any(
        low <= octets - start <= high
        for start in (CALL_ITEM, begun, begun + ARGUMENTS, begun + 2 * ARGUMENTS, begun + ARGUMENTS_DONE, ONE_CALL)
    )


def goes_on_text(octets):
    """A record after the item of a text: the part, perhaps with deltas."""
    return abs(octets - PART) <= 1 or multiple(octets - PART, DELTA) > 0


def openings(contents):
    """`(echo, contents after it, octets of the opening that left with the echo, its text's item or None)`, likely ones first."""
    if len(contents) < 2 or contents[0] < LEAST_ECHO:
        return
    first, second = float(contents[0]), float(contents[1])
    rest = contents[1:]
    more = second - first - PROGRESS
    if abs(more) <= NEAR and len(contents) > 2:
        first, second, rest = (first + PROGRESS / 2) * 2, float(contents[2]), contents[2:]
    elif opens_text(more) or opens_call(more):
        first, second, rest = (first + PROGRESS / 2) * 2, more, [more, *contents[2:]]
    both = first - PROGRESS
    if opens_text(second, (ITEM,)):
        yield both / 2, rest, 0.0, ITEM
    if opens_text(second, (PHASED_ITEM,)):
        yield both / 2, rest, 0.0, PHASED_ITEM
    if opens_call(second):
        yield both / 2, rest, 0.0, None
    odd = contents[0] % 2 == 1
    item = ITEM if odd else PHASED_ITEM
    if goes_on_text(second):
        yield (both - item) / 2, rest, item, item
    if multiple(second, DELTA):
        yield (both - item - PART) / 2, rest, item + PART, item
    if multiple(second, ARGUMENTS):
        yield (both - CALL_ITEM) / 2, rest, CALL_ITEM, None
    low, high = CALL_END_SPREAD
    if low <= second - ARGUMENTS - ARGUMENTS_DONE <= high:
        yield (both - CALL_ITEM) / 2, rest, CALL_ITEM, None
    if opens_call(second) or low <= second - ARGUMENTS_DONE - ITEM_DONE <= high:
        yield (both - CALL_ITEM - ARGUMENTS) / 2, rest, CALL_ITEM + ARGUMENTS, None


def response(records, http, head_is_apart):
    """The reply in a stream of the Responses API; None when it is not such a stream.

    Its first two events and its last repeat the request, and the closing ones repeat the text three times more: what is left
    of the octets tells the deltas.
    """
    if not head_is_apart:
        return None
    contents = pieces(records, http)
    while contents and contents[-1] <= STEP:
        contents.pop()
    for echo, rest, with_echo, item in openings(contents):
        if echo >= LEAST_ECHO and max(rest[-3:]) >= echo + LEAST_COMPLETED:
            break
    else:
        return None
    octets = float(sum(rest)) + with_echo - echo
    between = rest[1:-1]
    texts = sum(1 for value in between if multiple(value, DELTA) and not multiple(value, ARGUMENTS))
    calls = sum(1 for value in between if multiple(value, ARGUMENTS) and not multiple(value, DELTA))
    doubtful = octets > FEW_OCTETS and max(texts, calls) < CLOSING_SHARE * len(between)
    opening = OPENING_WEIGHT if item is not None else -OPENING_WEIGHT
    count = max(1, int((octets - CALLS_FIXED) / WHOLE_CALL + 0.5))
    are_whole = count <= MOST_CALLS and abs(octets - CALLS_FIXED - count * WHOLE_CALL) <= CALL_TOLERANCE * count
    side_by_side = calls == 0 and count > 1 and are_whole and item is None
    if octets >= LEAST_TEXT and not side_by_side and (texts - calls + opening > 0 or calls == 0):
        phased = item == PHASED_ITEM
        fixed, more = (PHASED_FIXED, PHASED_TOKENS) if phased else (TEXT_FIXED, TEXT_TOKENS)
        return Reply(max(1.0, (octets - fixed) / TEXT_EACH), more, not doubtful)
    if side_by_side:
        return Reply(float(count), count * (PARALLEL_TOKENS - 1), not doubtful, False)
    return Reply(max(1.0, (octets - CALL_FIXED) / CALL_EACH), CALL_OVERHEAD, not doubtful, False)


# Where events are counted on a lattice as well.

SHORT = 30.0  # fewer deltas are told by their octets no worse
AGREEING = 0.1  # how far the counts may be from each other
OPENING_EVENTS = 2.0  # of a text: the role and the end, or the item and the part


def refined(reply, lattice, is_response):
    """The reply with its deltas counted on the lattice, where that is the better count."""
    if not est.is_trusted(lattice):
        return reply
    deltas = max(0.0, lattice.events - (OPENING_EVENTS if reply.is_text else 0.0))
    if is_response:
        better = reply.deltas >= SHORT and abs(deltas / reply.deltas - 1) <= AGREEING
    else:
        better = reply.is_text and not reply.is_sure
    return replace(reply, deltas=deltas, is_sure=True) if better else reply


def read(sizes, http, shapes):
    """`(dialect, reply)` of a stream of OpenAI, None when it is in neither form; `shapes` are the lattices of the two."""
    head, records = est.split_head(sizes, http)
    for name, reply in (
        ("openai-responses-stream", response(records, http, head is not None)),
        ("openai-chat-stream", padded_chat(records, http, head is not None)),
    ):
        if reply is not None:
            lattice = est.detect_lattice(records, est.framing(http), shapes[name])
            return name, refined(reply, lattice, name == "openai-responses-stream")
    return None
