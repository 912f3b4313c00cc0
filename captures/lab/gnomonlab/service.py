"""What the servers answer: a recorded body, a made-up one, or an acknowledgement."""

import asyncio
import json
from pathlib import Path

from officeday.dialects import heads
from officeday.dialects.pace import Pace
from officeday.dialects.turn import Turn
from officeday.servers.exchange import ClientGone
from officeday.servers.service import Service

from . import corpus, replay, responses

TELEMETRY = "/api/event_logging/batch"


class LabService(Service):
    """Answers requests it knows from the recordings, and leaves others to the office day's."""

    def __init__(self, settings: dict, work: Path):
        scene = work / "scene.json"
        scene.write_text(json.dumps({"number": 0, "shift": 0}))
        super().__init__(settings["addresses"], scene, work / "server.requests", settings["seed"])
        self._settings = settings
        self.websocket = settings["websocket"]
        self._calls = {}
        if not settings["made"]:
            for call in corpus.load(corpus.recordings_folder()):
                self._calls[corpus.request_key(call.name, call.path, call.request)] = call

    def _route(self, exchange):
        path = exchange.path.split("?")[0]
        if path == TELEMETRY:
            return _acknowledge, "telemetry post"
        if exchange.headers.get("x-lab-client"):  # nginx stands in front and says for whom
            address, port = exchange.headers["x-lab-client"].rsplit(":", 1)
            exchange.client = (address, int(port))
            exchange.name = exchange.headers["host"]
            exchange.server = (exchange.headers["x-lab-server"], 443)
            exchange.transport, exchange.http = "tls", exchange.headers["x-lab-http"]
        if exchange.method == "OPTIONS":
            return _permit, "preflight"
        if self._settings["made"] and self.websocket:
            return self._made_up, ("openai", "openai-api")
        if self._settings["made"]:
            return super()._route(exchange)
        try:
            body = corpus.event_as_request(exchange.body) if self.websocket else exchange.body
            call = self._calls.get(corpus.request_key(exchange.name, path, body))
        except ValueError:
            call = None
        if call is None:
            self.note(f"unknown request to {exchange.name}{exchange.path}")
            return _refuse, "unknown"
        return (lambda exchange, turn: self._replay(exchange, turn, call),
                (call.provider, call.service))

    async def _replay(self, exchange, turn: Turn, call: corpus.Call) -> None:
        turn.model, turn.stream, turn.tools = call.model, call.stream, call.tools
        turn.prompt_total, turn.prompt_cached = call.prompt_total, call.prompt_cached
        turn.completion_visible, turn.reasoning = call.completion_visible, call.reasoning
        turn.extra |= {"images": call.images, "source": call.source}
        exchange.lab_turn = turn
        tokens = call.completion_visible
        rate = turn.random.uniform(70, 150)
        silence = turn.random.uniform(0.3, 0.8) + min(1.2, call.reasoning / 400)
        if call.stream:
            await self._stream(exchange, turn, call, Pace(turn.random, rate, silence))
            return
        await Pace(turn.random, rate, silence + min(2.0, tokens / 260)).first()
        body = corpus.unary_body(call)
        if call.unary_wire_bytes and exchange.accepts("gzip"):
            turn.encoding, body = "gzip", corpus.gzip_of_size(body, call.unary_wire_bytes)
        await exchange.respond_in_chunks(_head(turn, call), body)
        exchange.lab_whole = True

    async def _stream(self, exchange, turn, call, pace: Pace) -> None:
        pieces = replay.events(call.body, call.content_type)
        if self.websocket:
            await self.say(exchange, turn, replay.messages(pieces), call.completion_visible, pace)
            return
        turn.events = len(pieces)
        tokens_each = call.completion_visible / len(pieces)
        groups = replay.flushes(pieces, replay.flush_pattern(call.provider,
                                                             self._settings["flush"]),
                                turn.random)
        coding = self._settings["coding"]
        if self._settings["compressed"] and exchange.accepts(coding):
            turn.encoding = coding
            groups = [[piece] for piece in corpus.squeezed([b"".join(group)
                                                            for group in groups], coding)]
        await pace.first()
        await exchange.start(200, _head(turn, call))
        exchange.lab_answer_time = exchange.last_time
        stream = getattr(exchange.connection, "_stream", None)
        for index, group in enumerate(groups):
            if index:
                await pace.tokens(max(0.2, len(group) * tokens_each))
            if len(group) > 1 and hasattr(stream, "cork"):
                stream.cork()
            for piece in group:
                await exchange.send(piece)
            if len(group) > 1 and hasattr(stream, "cork"):
                stream.uncork()
                exchange._mark()
        exchange.lab_whole = True
        await exchange.end()

    async def _made_up(self, exchange, turn: Turn) -> None:
        request = json.loads(corpus.event_as_request(exchange.body))
        texts = responses.reply(request, turn)
        pace = Pace(turn.random, turn.random.uniform(70, 140), turn.random.uniform(0.25, 0.7))
        await self.say(exchange, turn, texts, turn.completion_visible, pace)

    async def say(self, exchange, turn, texts: list[bytes], tokens: int, pace: Pace) -> None:
        """Sends messages at a pace, several at once where the flushes say so."""
        turn.events = len(texts)
        turn.encoding = "deflate" if self.websocket == "deflate" else "identity"
        sizes, weights = zip(*replay.FLUSHES[self._settings["flush"] or "single"][0])
        await pace.first()
        index = 0
        while index < len(texts):
            group = texts[index:index + turn.random.choices(sizes, weights)[0]]
            if index:
                await pace.tokens(max(0.2, len(group) * tokens / len(texts)))
            exchange.connection.cork()
            for text in group:
                await exchange.send(text)
            exchange.connection.uncork()
            exchange._mark()
            if not index:
                exchange.lab_answer_time = exchange.last_time
            index += len(group)
        exchange.lab_whole = exchange.finished = True

    def note_other(self, exchange, what: str) -> None:
        """Logs an exchange that is no turn and that no route has answered."""
        self._write(exchange, None, what, 0)

    def _write(self, exchange, turn, what, scene: int) -> None:
        line = {
            "finished": exchange.finished or getattr(exchange, "lab_whole", False),
            "client": exchange.client, "server": exchange.server, "name": exchange.name,
            "transport": exchange.transport, "http": exchange.http,
            "stream_id": exchange.stream_id, "path": exchange.path.split("?")[0],
            "first_time": exchange.first_time, "first_offset": exchange.first_offset,
            "answer_time": getattr(exchange, "lab_answer_time", None) or exchange.last_time,
            "last_time": exchange.last_time, "last_offset": exchange.last_offset,
            "request_body_bytes": getattr(exchange, "lab_request_octets", len(exchange.body)),
            "response_body_bytes": getattr(exchange, "lab_sent_octets", exchange.sent_body_bytes),
            "behind_front": "x-lab-client" in exchange.headers,
        }
        if not isinstance(what, tuple):
            line["what"] = what
        else:
            line["turn"] = {
                "provider": turn.provider, "service": turn.service, "model": turn.model,
                "stream": turn.stream, "tools": turn.tools,
                "images": turn.extra.get("images", False), "encoding": turn.encoding,
                "events": turn.events,
                "usage": {"prompt_total": turn.prompt_total, "prompt_cached": turn.prompt_cached,
                          "completion_visible": turn.completion_visible,
                          "reasoning": turn.reasoning},
                "source": turn.extra.get("source", "made-up")}
            if self.websocket:
                line["turn"]["websocket"] = True
        self._log.write(json.dumps(line) + "\n")


_HEADS = {"openai": heads.openai, "anthropic": heads.anthropic, "google-gemini": heads.google,
          "deepseek": heads.deepseek}


def _head(turn: Turn, call: corpus.Call) -> list[tuple[str, str]]:
    make = _HEADS.get(call.provider, heads.plain_edge)
    return make(turn, call.content_type, turn.compression) + _cross_origin()


def _cross_origin() -> list[tuple[str, str]]:
    return [("access-control-allow-origin", "*")]


async def _acknowledge(exchange, turn) -> None:
    await asyncio.sleep(turn.random.uniform(0.005, 0.04))
    await exchange.respond(200, [("Date", "Fri, 20 Nov 2026 10:00:00 GMT"),
                                 ("Content-Type", heads.JSON)], b'{"accepted":true}')


async def _permit(exchange, turn) -> None:
    await exchange.respond(204, [("Date", "Fri, 20 Nov 2026 10:00:00 GMT"),
                                 ("Content-Type", heads.JSON),
                                 ("access-control-allow-headers", "*"),
                                 ("access-control-allow-methods", "POST"),
                                 ("access-control-max-age", "600"), *_cross_origin()], b"")


async def _refuse(exchange, turn) -> None:
    await exchange.respond(404, [("Date", "Fri, 20 Nov 2026 10:00:00 GMT"),
                                 ("Content-Type", heads.JSON)], b'{"error":"unknown"}')
