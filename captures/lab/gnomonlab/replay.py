"""How a recorded body leaves: cut into events, put into flushes, held to a pace."""

import re
from random import Random

from officeday.dialects import shaped

# (events in a flush, weight); the share of flushes that leave in two pieces stands beside.
FLUSHES = {
    "single": (((1, 1.0),), 0.0),
    "pairs": (shaped.OPENAI.groups, shaped.OPENAI.split_share),
    "ragged": (((1, 45), (2, 25), (3, 12), (4, 8), (6, 6), (9, 4)), 0.1),
    "coalesced": (tuple((count, 1) for count in range(6, 25)), 0.0),
    "records": (((2, 3), (3, 1)), 0.0),  # a record for each event, but several to a flush
}
_BY_PROVIDER = {"openai": "pairs", "groq": "ragged", "openrouter": "ragged",
                "huggingface": "ragged"}


def flush_pattern(provider: str, stated: str) -> str:
    return stated or _BY_PROVIDER.get(provider, "single")


def events(body: bytes, content_type: str) -> list[bytes]:
    """Server-sent events with the blank line that ends them; lines where there are none.

    What follows the last blank line stays with the last event: the pieces add up to the body.
    """
    if "ndjson" in content_type:
        return [line for line in re.split(rb"(?<=\n)", body) if line]
    parts = re.split(rb"(\r\n\r\n|\n\n)", body)
    pieces = [b"".join(parts[index:index + 2]) for index in range(0, len(parts), 2)]
    result: list[bytes] = []
    for piece in pieces:
        if piece.strip() or not result:
            result.append(piece)
        else:
            result[-1] += piece
    return [piece for piece in result if piece]


def messages(pieces: list[bytes]) -> list[bytes]:
    """What the events of a stream say, without the fields around it: a text message each."""
    texts = []
    for piece in pieces:
        lines = piece.replace(b"\r\n", b"\n").split(b"\n")
        data = [line[5:].removeprefix(b" ") for line in lines if line.startswith(b"data:")]
        if data:
            texts.append(b"\n".join(data))
    return texts


def flushes(pieces: list[bytes], pattern: str, random: Random) -> list[list[bytes]]:
    """The pieces in groups that leave together; what is a list of several is several records."""
    sizes, weights = zip(*FLUSHES[pattern][0])
    split_share, result, index = FLUSHES[pattern][1], [], 0
    while index < len(pieces):
        group = pieces[index:index + random.choices(sizes, weights)[0]]
        index += len(group)
        whole = b"".join(group)
        if pattern == "records":
            result.append(group)
        elif len(whole) > 200 and random.random() < split_share:
            result += [[whole[:27]], [whole[27:]]]
        else:
            result.append([whole])
    return result
