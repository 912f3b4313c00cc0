"""Anthropic messages: named events of three or four tokens, padded with up to 15 spaces."""

import gzip
import json
import zlib

from ..text.answers import answer
from ..text.tokens import tokenizer
from . import heads
from .pace import Pace


async def messages(exchange, turn) -> None:
    request = json.loads(exchange.body)
    counter = tokenizer("anthropic")
    turn.model, turn.stream = request["model"], bool(request.get("stream"))
    turn.prompt_total = prompt_tokens(request, counter)
    pieces = answer(_text(request["messages"][-1]["content"]), counter, turn.random)
    rate = turn.random.uniform(70, 130)
    pace = Pace(turn.random, rate, turn.random.uniform(0.4, 0.9))
    if turn.stream:
        if "haiku" in turn.model and exchange.accepts("gzip"):
            turn.encoding = "gzip"  # a few streams come compressed; here those of one model
        await _stream(exchange, turn, pieces, pace)
    else:
        total = sum(tokens for _, tokens in pieces)
        await Pace(turn.random, rate, 0.3 + total / 260).first()
        reply = {"model": turn.model, "id": "msg_01" + turn.letters(22), "type": "message",
                 "role": "assistant",
                 "content": [{"type": "text", "text": "".join(text for text, _ in pieces)}],
                 "stop_reason": "end_turn", "stop_sequence": None,
                 "usage": _usage(turn, total)}
        turn.completion_visible = total
        body = json.dumps(reply, ensure_ascii=False, separators=(",", ":")).encode()
        if exchange.accepts("gzip"):
            turn.encoding, body = "gzip", gzip.compress(body, 6)
        await exchange.respond_in_chunks(heads.anthropic(turn, heads.JSON, turn.compression), body)


async def count_tokens(exchange, turn) -> None:
    """Not a turn: a client asks how long a prompt would be."""
    total = prompt_tokens(json.loads(exchange.body), tokenizer("anthropic"))
    body = json.dumps({"input_tokens": total}).encode()
    await exchange.respond(200, heads.anthropic(turn, heads.JSON), body)


def prompt_tokens(request: dict, counter) -> int:
    total = 4 + counter.count(_text(request.get("system")))
    return total + sum(4 + counter.count(_text(message["content"]))
                       for message in request["messages"])


async def _stream(exchange, turn, pieces, pace) -> None:
    turn.events = 0
    squeeze = zlib.compressobj(6, zlib.DEFLATED, 31) if turn.encoding == "gzip" else None

    async def flush(*events: str) -> None:
        data = "".join(events).encode()
        if squeeze:
            data = squeeze.compress(data) + squeeze.flush(zlib.Z_SYNC_FLUSH)
        await exchange.send(data)
        turn.events += len(events)

    def event(kind: str, fields: dict) -> str:
        data = json.dumps({"type": kind, **fields}, ensure_ascii=False, separators=(",", ":"))
        spaces = " " * turn.random.randint(0, 15)
        return f"event: {kind}\ndata: {data[:-1]}{spaces}}}\n\n"

    await pace.first()
    await exchange.start(200, heads.anthropic(turn, heads.SSE, turn.compression))
    message = {"model": turn.model, "id": "msg_01" + turn.letters(22), "type": "message",
               "role": "assistant", "content": [], "stop_reason": None, "stop_sequence": None,
               "usage": _usage(turn, 1)}
    await flush(event("message_start", {"message": message}),
                event("content_block_start", {"index": 0, "content_block":
                                              {"type": "text", "text": ""}}),
                'event: ping\ndata: {"type": "ping"}\n\n')
    for text, tokens in _grouped(pieces, turn.random):
        await pace.tokens(tokens)
        await flush(event("content_block_delta",
                          {"index": 0, "delta": {"type": "text_delta", "text": text}}))
        turn.completion_visible += tokens
    await flush(event("content_block_stop", {"index": 0}))
    await flush(event("message_delta", {"delta": {"stop_reason": "end_turn",
                                                  "stop_sequence": None},
                                        "usage": {"output_tokens": turn.completion_visible}}))
    await flush(event("message_stop", {}))
    if squeeze:
        await exchange.send(squeeze.flush())
    await exchange.end()


def _grouped(pieces, random) -> list[tuple[str, int]]:
    """The first event has one token, the others one to eight, three or four in the mean."""
    groups, index = [], 0
    while index < len(pieces):
        size = 1 if index == 0 else random.choices(range(1, 9), (12, 18, 22, 18, 13, 9, 5, 3))[0]
        part = pieces[index:index + size]
        groups.append(("".join(text for text, _ in part), sum(tokens for _, tokens in part)))
        index += size
    return groups


def _usage(turn, output: int) -> dict:
    return {"input_tokens": turn.prompt_total, "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0, "output_tokens": output, "service_tier": "standard"}


def _text(content) -> str:
    if isinstance(content, list):
        return "\n".join(part.get("text", "") for part in content)
    return content or ""
