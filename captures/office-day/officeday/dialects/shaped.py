"""Chat completions as OpenAI answers them, and those who took over its shape.

One event per token. How events are grouped into flushes follows what can be seen on the
wire of gpt-4o: mostly two to a chunk, now and then one, three or four, and about one chunk
in five goes out as a short piece and its rest.
"""

import gzip
import json
from dataclasses import dataclass

from ..text.answers import answer
from ..text.tokens import tokenizer
from . import heads
from .pace import Pace
from .tools import arguments, tool_tokens


@dataclass(frozen=True)
class Shape:
    """What sets one provider's events apart."""

    provider: str
    service: str
    tokenizer: str
    head: object  # (turn, content type, encoding) → headers
    padding: str | None = None  # obfuscation | p
    fingerprint: str | None = None
    tier: bool = False
    logprobs: bool = True
    usage_in_last: bool = False  # in the finishing event; otherwise only if asked for
    groups: tuple[tuple[int, float], ...] = ((1, 1.0),)
    split_share: float = 0.0
    rate: tuple[float, float] = (60, 110)


OPENAI = Shape("openai", "openai-api", "o200k", heads.openai, padding="obfuscation",
               fingerprint="fp_", tier=True,
               groups=((2, 0.84), (4, 0.06), (1, 0.06), (3, 0.04)), split_share=0.19,
               rate=(70, 140))
MISTRAL = Shape("mistral", "mistral-api", "tekken", heads.plain_edge, padding="p",
                logprobs=False, usage_in_last=True, groups=((1, 0.9), (2, 0.1)))
DEEPSEEK = Shape("deepseek", "deepseek-api", "deepseek", heads.deepseek,
                 fingerprint="fp_{}_prod0820_fp8_kvcache", usage_in_last=True,
                 groups=((1, 0.85), (2, 0.15)))
GROQ = Shape("groq", "groq-api", "cl100k", heads.plain_edge, fingerprint="fp_",
             usage_in_last=True, groups=((1, 0.4), (2, 0.3), (3, 0.2), (6, 0.1)),
             rate=(220, 380))


async def chat(exchange, turn, shape: Shape) -> None:
    request = json.loads(exchange.body)
    counter = tokenizer(shape.tokenizer)
    turn.model, turn.stream = request["model"], bool(request.get("stream"))
    turn.tools = bool(request.get("tools"))
    turn.prompt_total = prompt_tokens(request, counter)
    turn.prompt_cached = turn.extra["cache"](request["messages"], counter)
    question = _text(request["messages"][-1]["content"])
    calls = turn.tools and "look up" in question[-160:]
    pieces = arguments(request["tools"], counter, turn.random) if calls \
        else answer(question, counter, turn.random)
    silence = turn.random.uniform(0.25, 0.7)
    if turn.model.startswith("o4"):
        turn.reasoning = 64 * turn.random.randint(2, 7)
        silence += turn.reasoning / 160
    writer = _Writer(turn, shape, request, calls)
    rate = turn.random.uniform(*shape.rate)
    if turn.stream:
        await _stream(exchange, turn, shape, writer, pieces, Pace(turn.random, rate, silence))
    else:
        total = sum(tokens for _, tokens in pieces)
        await Pace(turn.random, rate, silence + total / 260).first()
        body = writer.unary(pieces).encode()
        if exchange.accepts("gzip"):
            turn.encoding, body = "gzip", gzip.compress(body, 6)
        await exchange.respond_in_chunks(shape.head(turn, heads.JSON, turn.compression), body)


def prompt_tokens(request: dict, counter) -> int:
    """As the provider bills: three per message, one for the role, three to open the answer."""
    total = 3
    for message in request["messages"]:
        total += 4 + counter.count(_text(message.get("content")))
        for call in message.get("tool_calls") or ():
            function = call["function"]
            total += 3 + counter.count(function["name"]) + counter.count(function["arguments"])
    if request.get("tools"):
        total += tool_tokens(request["tools"], counter)
    return total


async def _stream(exchange, turn, shape, writer, pieces, pace) -> None:
    turn.events = 0

    async def flush(data: str, events: int) -> None:
        raw = data.encode()
        if len(raw) > 200 and turn.random.random() < shape.split_share:
            await exchange.send(raw[:27])
            await exchange.send(raw[27:])
        else:
            await exchange.send(raw)
        turn.events += events

    await pace.first()
    await exchange.start(200, shape.head(turn, heads.SSE, None))
    await flush(writer.opening(), 1)
    index = 0
    sizes, weights = zip(*shape.groups)
    while index < len(pieces):
        group = pieces[index:index + turn.random.choices(sizes, weights)[0]]
        index += len(group)
        count = sum(tokens for _, tokens in group)
        await pace.tokens(count)
        await flush("".join(writer.delta(text) for text, _ in group), len(group))
        turn.completion_visible += count
    await flush(writer.closing(), writer.closing_events)
    await flush("data: [DONE]\n\n", 1)
    await exchange.end()


# What the API answers to these names.
_DATED = {"gpt-4o": "gpt-4o-2024-08-06", "gpt-4o-mini": "gpt-4o-mini-2024-07-18",
          "o4-mini": "o4-mini-2025-04-16"}


class _Writer:
    """Writes the events of one answer."""

    def __init__(self, turn, shape: Shape, request: dict, calls: bool):
        self._turn, self._shape, self._calls = turn, shape, calls
        self._wants_usage = bool((request.get("stream_options") or {}).get("include_usage"))
        self._common = {"id": self._identity(), "object": "chat.completion.chunk",
                        "created": int(turn.clock()),
                        "model": _DATED.get(turn.model, turn.model)}
        if shape.tier:
            self._common["service_tier"] = "default"
        if shape.fingerprint:
            mark = turn.hexadecimal(10)
            self._common["system_fingerprint"] = shape.fingerprint.format(mark) \
                if "{}" in shape.fingerprint else shape.fingerprint + mark
        self._tool = request["tools"][0]["function"]["name"] if calls else None
        self.closing_events = 2 if self._wants_usage and not shape.usage_in_last else 1

    def opening(self) -> str:
        delta = {"role": "assistant", "content": "" if not self._calls else None}
        if self._calls:
            delta["tool_calls"] = [{"index": 0, "id": "call_" + self._turn.letters(24),
                                    "type": "function",
                                    "function": {"name": self._tool, "arguments": ""}}]
        if self._shape is OPENAI:
            delta["refusal"] = None
        return self._event(delta, None)

    def delta(self, text: str) -> str:
        if self._calls:
            return self._event({"tool_calls": [{"index": 0, "function": {"arguments": text}}]},
                               None)
        return self._event({"content": text}, None)

    def closing(self) -> str:
        reason = "tool_calls" if self._calls else "stop"
        if self._shape.usage_in_last:
            delta = {} if self._shape is GROQ else {"content": ""}
            return self._event(delta, reason, usage=self._usage())
        data = self._event({}, reason)
        if self._wants_usage:
            data += self._event(None, None, usage=self._usage())
        return data

    def unary(self, pieces) -> str:
        text = "".join(text for text, _ in pieces)
        self._turn.completion_visible = sum(tokens for _, tokens in pieces)
        message = {"role": "assistant", "content": text, "refusal": None, "annotations": []}
        if self._calls:
            message["content"] = None
            message["tool_calls"] = [{"id": "call_" + self._turn.letters(24), "type": "function",
                                      "function": {"name": self._tool, "arguments": text}}]
        reply = dict(self._common, object="chat.completion", usage=self._usage(), choices=[
            {"index": 0, "message": message, "logprobs": None,
             "finish_reason": "tool_calls" if self._calls else "stop"}])
        return json.dumps(reply, indent=2, ensure_ascii=False)

    def _event(self, delta, reason, usage=None) -> str:
        choices = []
        if delta is not None:
            choice = {"index": 0, "delta": delta}
            if self._shape.logprobs:
                choice["logprobs"] = None
            choices.append(dict(choice, finish_reason=reason))
        event = dict(self._common, choices=choices)
        if usage is not None:
            event["usage"] = usage
        elif self._wants_usage and not self._shape.usage_in_last:
            event["usage"] = None
        return "data: " + self._padded(event) + "\n\n"

    def _padded(self, event: dict) -> str:
        text = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
        if self._shape.padding == "obfuscation":
            bare = len(text) + len(',"obfuscation":""')
            text = text[:-1] + f',"obfuscation":"{self._turn.letters((1 - bare) % 16)}"}}'
        elif self._shape.padding == "p":
            alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
            text = text[:-1] + f',"p":"{alphabet[:self._turn.random.randint(1, 36)]}"}}'
        return text

    def _usage(self) -> dict:
        turn = self._turn
        completion = turn.completion_visible + turn.reasoning
        usage = {"prompt_tokens": turn.prompt_total, "completion_tokens": completion,
                 "total_tokens": turn.prompt_total + completion}
        if self._shape is OPENAI:
            usage["prompt_tokens_details"] = {"cached_tokens": turn.prompt_cached,
                                              "audio_tokens": 0}
            usage["completion_tokens_details"] = {
                "reasoning_tokens": turn.reasoning, "audio_tokens": 0,
                "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0}
        return usage

    def _identity(self) -> str:
        if self._shape is MISTRAL:
            return self._turn.hexadecimal(32)
        if self._shape is DEEPSEEK:
            return self._turn.uuid()
        if self._shape is GROQ:
            return "chatcmpl-" + self._turn.uuid()
        return "chatcmpl-" + self._turn.letters(29)


def _text(content) -> str:
    if isinstance(content, list):
        return "\n".join(part.get("text", "") for part in content)
    return content or ""
