"""Ollama's /api/chat over plain HTTP: one JSON line per token, counts in the last."""

import json
from datetime import datetime, timezone
from email.utils import formatdate

from ..text.answers import answer
from ..text.tokens import tokenizer
from .pace import Pace


async def chat(exchange, turn) -> None:
    request = json.loads(exchange.body)
    counter = tokenizer("cl100k")
    turn.model, turn.stream = request["model"], request.get("stream", True)
    turn.prompt_total = 6 + sum(5 + counter.count(message["content"])
                                for message in request["messages"])
    pieces = answer(request["messages"][-1]["content"], counter, turn.random)
    total = sum(tokens for _, tokens in pieces)
    pace = Pace(turn.random, turn.random.uniform(60, 90), turn.random.uniform(0.3, 0.9))
    started = turn.clock()

    def line(text: str, done: bool) -> bytes:
        stamp = datetime.fromtimestamp(turn.clock(), timezone.utc)
        fields = {"model": turn.model,
                  "created_at": stamp.strftime("%Y-%m-%dT%H:%M:%S.%f") + "123Z",
                  "message": {"role": "assistant", "content": text}, "done": done}
        if done:
            elapsed = int((turn.clock() - started) * 1e9)
            fields = fields | {"done_reason": "stop", "total_duration": elapsed,
                               "load_duration": 41873922,
                               "prompt_eval_count": turn.prompt_total,
                               "prompt_eval_duration": elapsed // 9, "eval_count": total,
                               "eval_duration": elapsed // 9 * 8}
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

    await pace.first()
    if not turn.stream:
        turn.completion_visible = total
        body = line("".join(text for text, _ in pieces), True)
        await exchange.respond(200, _head(turn, "application/json; charset=utf-8"), body)
        return
    turn.events = 0
    await exchange.start(200, _head(turn, "application/x-ndjson"))
    for text, tokens in pieces:
        await pace.tokens(tokens)
        await exchange.send(line(text, False))
        turn.completion_visible += tokens
        turn.events += 1
    await exchange.send(line("", True))
    turn.events += 1
    await exchange.end()


async def tags(exchange, turn) -> None:
    """Not a turn: the list of models."""
    body = json.dumps({"models": [{"name": "llama3.1:8b", "size": 4920753328,
                                   "digest": turn.hexadecimal(64)}]}).encode()
    await exchange.respond(200, _head(turn, "application/json; charset=utf-8"), body)


def _head(turn, content_type: str) -> list[tuple[str, str]]:
    return [("Content-Type", content_type), ("Date", formatdate(turn.clock(), usegmt=True))]
