"""How requests cross the wire, and where their bodies are found among the records that go up.

`body_octets` is `RequestBody` of Sources/TokenEstimation, step for step the same (the tests compare them).
"""

import random
from dataclasses import dataclass

from . import wire

# Records up to this size are HTTP/2 control frames (SETTINGS, WINDOW_UPDATE, PING, the end of a stream).
CONTROL = 64
# A first record up to this size before two others is the preface of a connection with its SETTINGS.
MOST_PREFACE = 130
# Request headers are not longer, as far as they are known by their record.
MOST_HEAD = 1200
# What Go's crypto/tls takes at once while a connection is young: 1,208 octets less what TLS adds, by cipher.
GO_FIRST_RECORDS = (1179, 1186, 1187)
FRAME, LARGEST_FRAME = 9, 16384
MOST_SIZES = 16  # what a turn keeps

# Heads in one record with the body or with its beginning: octets, and how often each is drawn. Measured on 2026-11-21
# with the lab's clients (curl, Go, Node; keys of the usual lengths), the larger ones for packages on top of them that
# describe themselves in a dozen headers. Over HTTP/1.1; over HTTP/2 with the preface; later on an HTTP/2 connection,
# where HPACK has most of them in its table.
HEADS = {
    "openai": (((345, 4), (430, 3), (570, 2), (690, 2), (230, 1), (880, 1)), ((240, 4), (255, 3), (340, 2), (480, 1)),
               ((182, 4), (195, 2), (110, 1), (260, 1))),
    "anthropic": (((315, 4), (390, 3), (640, 2), (690, 1), (850, 1)), ((212, 4), (226, 3), (330, 2), (450, 1)),
                  ((38, 4), (60, 2), (200, 2))),
    "gemini": (((285, 4), (360, 3), (450, 2), (700, 1)), ((176, 4), (195, 3), (260, 2), (400, 1)),
               ((69, 4), (90, 2), (40, 2))),
    "other": (((345, 4), (430, 3), (250, 1), (560, 2), (850, 1)), ((235, 4), (250, 3), (330, 2), (450, 1)),
              ((182, 4), (195, 2), (110, 1), (260, 1))),
}
HTTP11, HTTP2, HTTP2_LATER = range(3)


@dataclass(frozen=True)
class Request:
    """What a turn says of its request."""

    http: int | None  # 1, 2, or None where the hello offers both and the choice is encrypted
    sizes: tuple  # net octets of the first records
    octets: int  # of all
    is_first: bool  # on its connection
    follows_small: bool  # a record too small for a request, and larger than control frames, came right before


def heads_key(dialect):
    for name in ("openai", "anthropic", "gemini"):
        if dialect.startswith(name):
            return name
    return "other"


def is_http2(request):
    """On a new connection the client acknowledges the server's SETTINGS; a choice that nobody saw is told by that."""
    if request.http is not None:
        return request.http == 2
    return not request.is_first or any(size <= CONTROL for size in request.sizes)


def body_octets(request):
    """The octets of the body, where records show it apart from the headers; None where they do not."""
    bearing = [size for size in request.sizes if size > CONTROL]
    if not bearing:
        return None
    control = sum(size for size in request.sizes if size <= CONTROL)
    if not is_http2(request):
        head = request.sizes[0]
        if len(request.sizes) < 2 or not CONTROL < head <= MOST_HEAD or head in GO_FIRST_RECORDS:
            return None
        return request.octets - head if request.octets > head else None
    taken = control
    if not request.follows_small:
        if request.is_first and len(bearing) >= 3 and bearing[0] <= MOST_PREFACE:
            taken += bearing.pop(0)
        if len(bearing) < 2 or bearing[0] > MOST_HEAD or bearing[0] in GO_FIRST_RECORDS:
            return None
        taken += bearing[0]
    framed = request.octets - taken
    body = framed - FRAME * -(-framed // (LARGEST_FRAME + FRAME))
    return body if body > 0 else None


def place(request):
    """Which allowance for the head goes with a request whose records do not show it."""
    if not is_http2(request):
        return HTTP11
    return HTTP2 if request.is_first else HTTP2_LATER


def drawn(rng, heads):
    sizes, weights = zip(*heads)
    return rng.choices(sizes, weights)[0] + rng.randint(-12, 12)


def crossing(recording, variant, http, merged=None):
    """One of several ways in which this call's request could have gone up; `merged` forces head and body into one record,
    or apart."""
    rng = random.Random(f"{recording.seed}|{variant}|up")
    is_first, apart = rng.random() < 0.5, rng.random() < (0.6 if http == 1 else 0.8)
    if merged is not None:
        apart = not merged
    kinds = HEADS[heads_key(recording.dialect)]
    head = drawn(rng, kinds[HTTP11 if http == 1 else HTTP2 if is_first else HTTP2_LATER])
    body, known = recording.request_bytes, http == 1 or rng.random() < 0.2
    follows_small = False
    if http == 1:
        records = [head, *wire.fragments(body)] if apart else list(wire.fragments(head + body))
    else:
        framed = body + FRAME * max(1, -(-body // LARGEST_FRAME))
        preface, acknowledgement = ([82], [9]) if is_first else ([], [])
        if not apart:
            records = [*wire.fragments(head + framed), *acknowledgement]
        elif is_first and rng.random() < 0.5:
            records = [head, *wire.fragments(framed), *acknowledgement]
        elif is_first or head > CONTROL:
            records = [*preface, max(CONTROL + 1, head - sum(preface)), *wire.fragments(framed), *acknowledgement]
        else:
            records, follows_small = list(wire.fragments(framed)), True
    return Request(http if known else None, tuple(records[:MOST_SIZES]), sum(records), is_first, follows_small)


def vectors(rng):
    """Invented requests, odd ones too."""
    for _ in range(120):
        sizes = [rng.choice((9, 9, 13, 23, 82, 110, 190, 345, 690, 1179, 1186, 1187, 1200, 1201, rng.randint(1, 3000), 16384))
                 for _ in range(rng.choice((0, 1, 2, 2, 3, 3, 4, 6, 16)))]
        more = rng.choice((0, 0, 0, 20000)) if len(sizes) == MOST_SIZES else 0
        yield Request(
            rng.choice((1, 2, None, None)), tuple(sizes), sum(sizes) + more, rng.random() < 0.5, rng.random() < 0.25
        )
