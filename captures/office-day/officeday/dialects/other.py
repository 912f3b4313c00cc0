"""Answers that are no turns: lists of models, telemetry, pages of sites that look like AI."""

import json

from ..text.prose import Prose
from . import heads


async def models(exchange, turn) -> None:
    names = [f"model-{turn.hexadecimal(6)}" for _ in range(40)]
    data = [{"id": name, "object": "model", "created": 1715367049, "owned_by": "system"}
            for name in names]
    body = json.dumps({"object": "list", "data": data}, indent=2).encode()
    await exchange.respond(200, heads.openai(turn, heads.JSON), body)


async def anything(exchange, turn) -> None:
    if exchange.method == "POST":
        await exchange.respond(200, heads.plain_edge(turn, heads.JSON), b'{"success":true}')
        return
    prose = Prose(turn.random)
    text = "".join(f"<p>{prose.paragraph()}</p>\n" for _ in range(turn.random.randint(6, 20)))
    body = f"<!doctype html><html><head><title>{exchange.name}</title></head><body>{text}".encode()
    await exchange.respond(200, heads.plain_edge(turn, "text/html; charset=utf-8"), body)
