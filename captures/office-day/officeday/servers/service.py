"""Which service answers a request, and the log line that each request leaves."""

import asyncio
import json
import sys
import time
import traceback
from pathlib import Path
from random import Random

from ..dialects import anthropic, chatgpt, gemini, ollama, other, shaped
from ..dialects.turn import Turn
from .exchange import ClientGone


class Service:
    """Serves all names of the "internet" that are not the ordinary web's.

    - Parameter addresses: address → the name it stands for when a client sends none.
    - Parameter scene: a file with the running scene: its number, and the seconds that its
      packets will be shifted by, so that dates in answers fall on the office day.
    """

    def __init__(self, addresses: dict[str, str], scene: Path, log: Path, seed: str):
        self._addresses, self._scene_file, self._seed = addresses, scene, seed
        self._log = log.open("a", buffering=1)
        self._counts: dict[tuple[str, str], int] = {}
        self._seen_prompts: dict[tuple, list] = {}
        self._histories: dict[str, int] = {}

    def name_of(self, address: str) -> str:
        return self._addresses.get(address, address)

    def note(self, text: str) -> None:
        print(f"server: {text}", file=sys.stderr, flush=True)

    async def serve(self, exchange) -> None:
        route, what = self._route(exchange)
        scene = json.loads(self._scene_file.read_text())
        turn = Turn(*(what if isinstance(what, tuple) else ("", "")),
                    random=Random(self._next_seed(exchange)),
                    clock=lambda: time.time() + scene["shift"])
        turn.extra["cache"] = lambda messages, counter: self._cached(exchange, messages, counter)
        turn.extra["history"] = lambda tokens: self._history(exchange, tokens)
        try:
            await route(exchange, turn)
        except (ClientGone, asyncio.CancelledError):
            pass
        except Exception:
            self.note(f"{exchange.name}{exchange.path}\n{traceback.format_exc()}")
        finally:
            if turn.stream and exchange.http == "2":
                self._histories[exchange.client[0]] = \
                    self._histories.get(exchange.client[0], 0) + turn.completion_visible
            self._write(exchange, turn, what, scene["number"])

    def _next_seed(self, exchange) -> str:
        """The same for the n-th request of a host to a name in every recording."""
        key = (exchange.client[0], exchange.name)
        self._counts[key] = self._counts.get(key, 0) + 1
        return f"{self._seed}/{key[0]}/{key[1]}/{self._counts[key]}"

    def _route(self, exchange):
        """(handler, what): `what` is (provider, service) for a turn, else words for the log."""
        name, path = exchange.name.split(":")[0], exchange.path.split("?")[0]
        post = exchange.method == "POST"
        if exchange.transport == "http":
            if post and path == "/api/chat":
                return ollama.chat, ("ollama", "ollama-local")
            return ollama.tags, "list of models"
        if post and path.endswith("/chat/completions"):
            for host, shape in (("api.openai.com", shaped.OPENAI), ("api.groq.com", shaped.GROQ),
                                ("api.mistral.ai", shaped.MISTRAL),
                                ("api.deepseek.com", shaped.DEEPSEEK)):
                if name == host:
                    return (lambda exchange, turn: shaped.chat(exchange, turn, shape),
                            (shape.provider, shape.service))
        if name == "api.anthropic.com" and path == "/v1/messages":
            return anthropic.messages, ("anthropic", "anthropic-api")
        if name == "api.anthropic.com" and path == "/v1/messages/count_tokens":
            return anthropic.count_tokens, "count of tokens"
        if name == "generativelanguage.googleapis.com" and post:
            return gemini.generate, ("google-gemini", "gemini-api")
        if name == "chatgpt.com":
            if path == "/backend-api/f/conversation":
                return chatgpt.conversation, ("openai", "chatgpt-web")
            if path == "/":
                return chatgpt.page, "page"
            if path.endswith(".css"):
                return chatgpt.style, "page asset"
            return chatgpt.telemetry, "telemetry post" if post else "page asset"
        if path.endswith("/models"):
            return other.models, "list of models"
        return other.anything, "background post" if post else "page"

    def _cached(self, exchange, messages, counter) -> int:
        """What a prompt cache would hold: the longest prefix seen before, from 1,024 tokens
        up, in steps of 128."""
        key = (exchange.client[0], exchange.name)
        common = 0
        for before, now in zip(self._seen_prompts.get(key, ()), messages):
            if before != now:
                break
            common += 4 + counter.count(str(now["content"]))
        self._seen_prompts[key] = messages
        return common // 128 * 128 if common >= 1024 else 0

    def _history(self, exchange, tokens: int) -> int:
        total = self._histories.get(exchange.client[0], 0) + tokens
        self._histories[exchange.client[0]] = total
        return total

    def _write(self, exchange, turn, what, scene: int) -> None:
        line = {
            "scene": scene, "finished": exchange.finished, "client": exchange.client,
            "server": exchange.server, "name": exchange.name, "sni": exchange.sni,
            "transport": exchange.transport, "http": exchange.http,
            "stream_id": exchange.stream_id, "method": exchange.method, "path": exchange.path,
            "first_time": exchange.first_time, "first_offset": exchange.first_offset,
            "last_time": exchange.last_time, "last_offset": exchange.last_offset,
            "request_body_bytes": len(exchange.body),
            "response_body_bytes": exchange.sent_body_bytes,
        }
        if isinstance(what, tuple):
            line["turn"] = {
                "provider": turn.provider, "service": turn.service, "model": turn.model,
                "stream": turn.stream, "tools": turn.tools, "encoding": turn.encoding,
                "events": turn.events, "prompt_total": turn.prompt_total,
                "prompt_cached": turn.prompt_cached,
                "completion_visible": turn.completion_visible, "reasoning": turn.reasoning}
        else:
            line["what"] = what
        self._log.write(json.dumps(line) + "\n")
