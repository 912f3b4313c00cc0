"""Gemini's generateContent and streamGenerateContent: few large events, usage in each."""

import gzip
import json

from ..text.answers import answer
from ..text.tokens import tokenizer
from . import heads
from .pace import Pace

_HARMS = ("HARASSMENT", "HATE_SPEECH", "SEXUALLY_EXPLICIT", "DANGEROUS_CONTENT")


async def generate(exchange, turn) -> None:
    request = json.loads(exchange.body)
    counter = tokenizer("o200k")
    turn.model = exchange.path.split("/models/")[1].split(":")[0]
    turn.stream = ":streamGenerateContent" in exchange.path
    texts = [_text(content) for content in request["contents"]]
    if "systemInstruction" in request:
        texts.append(_text(request["systemInstruction"]))
    turn.prompt_total = sum(counter.count(text) for text in texts) + 1
    pieces = answer(_text(request["contents"][-1]), counter, turn.random)
    rate = turn.random.uniform(110, 190)
    pace = Pace(turn.random, rate, turn.random.uniform(0.4, 0.8))
    if turn.stream:
        await _stream(exchange, turn, pieces, pace)
    else:
        total = sum(tokens for _, tokens in pieces)
        await Pace(turn.random, rate, 0.4 + total / 300).first()
        turn.completion_visible = total
        reply = _chunk(turn, "".join(text for text, _ in pieces), "STOP", turn.letters(22))
        body = json.dumps(reply, indent=2, ensure_ascii=False).encode()
        if exchange.accepts("gzip"):
            turn.encoding, body = "gzip", gzip.compress(body, 6)
        head = heads.google(turn, "application/json; charset=UTF-8", turn.compression)
        await exchange.respond_in_chunks(head, body)


async def _stream(exchange, turn, pieces, pace) -> None:
    identity, index = turn.letters(22), 0
    turn.events = 0
    await pace.first()
    await exchange.start(200, heads.google(turn, "text/event-stream"))
    while index < len(pieces):
        size = turn.random.randint(2, 6) if index == 0 else turn.random.randint(10, 17)
        part = pieces[index:index + size]
        index += len(part)
        tokens = sum(count for _, count in part)
        await pace.tokens(tokens)
        turn.completion_visible += tokens
        reason = "STOP" if index >= len(pieces) else None
        chunk = _chunk(turn, "".join(text for text, _ in part), reason, identity)
        data = json.dumps(chunk, ensure_ascii=False)
        await exchange.send(f"data: {data}\r\n\r\n".encode())
        turn.events += 1
    await exchange.end()


def _chunk(turn, text: str, reason: str | None, identity: str) -> dict:
    candidate = {"content": {"parts": [{"text": text}], "role": "model"}}
    if reason:
        candidate["finishReason"] = reason
    candidate["index"] = 0
    candidate["safetyRatings"] = [{"category": f"HARM_CATEGORY_{harm}", "probability": "NEGLIGIBLE"}
                                  for harm in _HARMS]
    visible = turn.completion_visible
    return {"candidates": [candidate],
            "usageMetadata": {
                "promptTokenCount": turn.prompt_total, "candidatesTokenCount": visible,
                "totalTokenCount": turn.prompt_total + visible,
                "promptTokensDetails": [{"modality": "TEXT", "tokenCount": turn.prompt_total}]},
            "modelVersion": turn.model, "responseId": identity}


def _text(content: dict) -> str:
    return "\n".join(part.get("text", "") for part in content["parts"])
