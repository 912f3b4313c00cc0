"""Recorded calls, ready to be sent and answered again: requests, bodies, and usage in one meaning.

The recordings hold the bodies of streams. Of unary replies they hold sizes only: those are
answered by a body in the provider's form with the recorded usage, filled up to the recorded size,
and, where it was compressed, to the recorded size on the wire.
"""

import gzip
import json
import os
import re
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from random import Random

RECORDINGS = "recorded-calls.jsonl"

# host → (provider, service) as in rules/providers
SERVICES = {
    "api.openai.com": ("openai", "openai-api"),
    "api.anthropic.com": ("anthropic", "anthropic-api"),
    "generativelanguage.googleapis.com": ("google-gemini", "gemini-api"),
    "api.mistral.ai": ("mistral", "mistral-api"),
    "api.deepseek.com": ("deepseek", "deepseek-api"),
    "api.groq.com": ("groq", "groq-api"),
    "api.cohere.com": ("cohere", "cohere-api"),
    "openrouter.ai": ("openrouter", "openrouter"),
    "router.huggingface.co": ("huggingface", "huggingface-inference"),
    "traceloop-stg.openai.azure.com": ("azure-openai", "azure-openai"),
    "127.0.0.1:11434": ("ollama", "ollama-local"),
}
OLLAMA = "ollama.office.example"
# Providers that count reasoning within the completion.
_REASONING_WITHIN = {"openai", "azure-openai", "deepseek", "groq", "openrouter", "huggingface",
                     "mistral"}
_PATHS = re.compile(r"/(chat/completions|responses|messages|v2/chat|api/chat)$"
                    r"|:(stream)?[gG]enerateContent$")


@dataclass(frozen=True)
class Call:
    identity: int
    host: str
    path: str  # without a query
    query: str
    model: str
    request: bytes
    body: bytes | None  # of a stream, before content encoding
    content_type: str
    unary_bytes: int
    unary_wire_bytes: int | None  # where the reply was compressed
    prompt_total: int
    prompt_cached: int
    completion_visible: int
    reasoning: int
    tools: bool
    images: bool
    source: str

    @property
    def provider(self) -> str:
        return SERVICES[self.host][0]

    @property
    def service(self) -> str:
        return SERVICES[self.host][1]

    @property
    def name(self) -> str:
        return OLLAMA if self.provider == "ollama" else self.host

    @property
    def stream(self) -> bool:
        return self.body is not None

    @property
    def dialect(self) -> str:
        """What `Mix.wanted` chooses by, such as openai-chat, anthropic or gemini."""
        if self.provider == "openai":
            return "openai-responses" if self.path.endswith("/responses") else "openai-chat"
        return {"google-gemini": "gemini", "azure-openai": "azure"}.get(self.provider,
                                                                       self.provider)

    @property
    def target(self) -> str:
        return self.path + self.query


def load(folder: Path) -> list[Call]:
    """Every call that can be replayed and whose usage is known; duplicates are left out."""
    calls, seen = [], set()
    for identity, line in enumerate((folder / RECORDINGS).read_text().splitlines()):
        call = _call(identity, json.loads(line))
        if call is None:
            continue
        keys = {request_key(call.host, call.path, call.request)}
        if call.body:
            keys.add(call.body)
        if seen.isdisjoint(keys):
            calls.append(call)
        seen |= keys
    return calls


def _call(identity: int, row: dict) -> Call | None:
    path = row["path"].split("?")[0].split("#")[0]
    request, usage, host = row["req"], row["usage"] or {}, row["host"]
    if host not in SERVICES or not _PATHS.search(path) or not request:
        return None
    try:
        body = json.loads(request)
    except ValueError:
        return None  # the recording was cut
    counts = usage_in_one_meaning(SERVICES[host][0], usage)
    if counts is None or not isinstance(body, dict):
        return None
    stream = row["body"] is not None and row["events"] is not None
    is_gemini = host.startswith("generativelanguage")
    if not stream and (body.get("stream") or ":stream" in path or not row["resp_bytes"]):
        return None
    return Call(
        identity, host, path, "?alt=sse" if is_gemini and stream else "", row["model"] or "",
        request.encode(), row["body"].encode() if stream else None,
        row["ctype"] or "application/json", row["resp_bytes"] or 0,
        row["resp_wire_bytes"] if row["enc"] == "gzip" else None, *counts,
        bool(body.get("tools")), bool(row["has_image"]), row["repo"].replace("+", "/"))


def usage_in_one_meaning(provider: str, usage: dict) -> tuple[int, int, int, int] | None:
    """(prompt_total, prompt_cached, completion_visible, reasoning); None when not stated."""
    prompt, completion = usage.get("prompt"), usage.get("completion")
    if not prompt or not completion:
        return None
    cached, reasoning = usage.get("cached") or 0, usage.get("reasoning") or 0
    if provider == "anthropic":
        prompt += cached + (usage.get("cache_w") or 0)
    if provider in _REASONING_WITHIN:
        completion -= reasoning
    return (prompt, cached, completion, reasoning) if completion > 0 else None


def request_key(host: str, path: str, body: bytes) -> str:
    """By what a request is known again though a client wrote its JSON in its own way."""
    return f"{host} {path} " + json.dumps(_bare(json.loads(body)), sort_keys=True)


def event_as_request(text: bytes) -> bytes:
    """The request that an event `response.create` stands for, which would be answered by a stream.

    Raises ValueError for what is none.
    """
    event = json.loads(text)
    if not isinstance(event, dict) or event.pop("type", None) != "response.create":
        raise ValueError("no response.create")
    return json.dumps({**event, "stream": True}).encode()


def _bare(value):
    """Without what clients add or leave out at will: members that say nothing."""
    if isinstance(value, dict):
        return {key: _bare(part) for key, part in value.items() if part not in (None, [], {}, False)}
    if isinstance(value, list):
        return [_bare(part) for part in value]
    return value


def unary_body(call: Call) -> bytes:
    """A reply in the provider's form with the recorded usage and the recorded size."""
    def reply(filler: str) -> bytes:
        return json.dumps(_REPLIES.get(call.dialect, _openai_chat)(call, filler)).encode()

    return reply("n" * max(0, call.unary_bytes - len(reply(""))))


def gzip_of_size(data: bytes, size: int) -> bytes:
    """`data` in gzip, made `size` octets long by an extra field in its head (RFC 1952)."""
    packed = gzip.compress(data, 9, mtime=0)
    spare = size - len(packed) - 6
    if spare < 0:
        return packed
    spare = min(spare, 65531)
    extra = struct.pack("<H2sH", spare + 4, b"la", spare) + Random(size).randbytes(spare)
    return packed[:3] + b"\x04" + packed[4:10] + extra + packed[10:]


def squeezed(pieces: list[bytes], coding: str = "gzip") -> list[bytes]:
    """Pieces of one stream, with a flush after each and the end at last.

    gzip has level 6, Brotli ("br") quality 4.
    """
    if coding == "br":
        import brotli

        packer = brotli.Compressor(quality=4)
        return [packer.process(piece) + packer.flush() for piece in pieces] + [packer.finish()]
    stream = zlib.compressobj(6, zlib.DEFLATED, 31)
    result = [stream.compress(piece) + stream.flush(zlib.Z_SYNC_FLUSH) for piece in pieces]
    return result + [stream.flush()]


def _openai_chat(call: Call, text: str) -> dict:
    completion = call.completion_visible + call.reasoning
    return {"id": "chatcmpl-0", "object": "chat.completion", "created": 1795132800,
            "model": call.model,
            "choices": [{"index": 0, "message": {"role": "assistant", "content": text},
                         "finish_reason": "stop"}],
            "usage": {"prompt_tokens": call.prompt_total, "completion_tokens": completion,
                      "total_tokens": call.prompt_total + completion,
                      "prompt_tokens_details": {"cached_tokens": call.prompt_cached},
                      "completion_tokens_details": {"reasoning_tokens": call.reasoning}}}


def _openai_responses(call: Call, text: str) -> dict:
    completion = call.completion_visible + call.reasoning
    return {"id": "resp_0", "object": "response", "status": "completed", "model": call.model,
            "output": [{"id": "msg_0", "type": "message", "role": "assistant",
                        "content": [{"type": "output_text", "text": text, "annotations": []}]}],
            "usage": {"input_tokens": call.prompt_total, "output_tokens": completion,
                      "input_tokens_details": {"cached_tokens": call.prompt_cached},
                      "output_tokens_details": {"reasoning_tokens": call.reasoning},
                      "total_tokens": call.prompt_total + completion}}


def _anthropic(call: Call, text: str) -> dict:
    return {"id": "msg_0", "type": "message", "role": "assistant", "model": call.model,
            "content": [{"type": "text", "text": text}], "stop_reason": "end_turn",
            "usage": {"input_tokens": call.prompt_total - call.prompt_cached,
                      "cache_creation_input_tokens": 0,
                      "cache_read_input_tokens": call.prompt_cached,
                      "output_tokens": call.completion_visible}}


def _gemini(call: Call, text: str) -> dict:
    total = call.prompt_total + call.completion_visible + call.reasoning
    return {"candidates": [{"content": {"parts": [{"text": text}], "role": "model"},
                            "finishReason": "STOP", "index": 0}],
            "usageMetadata": {"promptTokenCount": call.prompt_total,
                              "candidatesTokenCount": call.completion_visible,
                              "thoughtsTokenCount": call.reasoning, "totalTokenCount": total},
            "modelVersion": call.model}


def _cohere(call: Call, text: str) -> dict:
    return {"id": "0", "finish_reason": "COMPLETE",
            "message": {"role": "assistant", "content": [{"type": "text", "text": text}]},
            "usage": {"tokens": {"input_tokens": call.prompt_total,
                                 "output_tokens": call.completion_visible}}}


def _ollama(call: Call, text: str) -> dict:
    return {"model": call.model, "created_at": "2026-11-20T10:00:00Z",
            "message": {"role": "assistant", "content": text}, "done": True,
            "done_reason": "stop", "prompt_eval_count": call.prompt_total,
            "eval_count": call.completion_visible}


_REPLIES = {"openai-responses": _openai_responses, "anthropic": _anthropic, "gemini": _gemini,
            "cohere": _cohere, "ollama": _ollama}


def recordings_folder() -> Path:
    return Path(os.environ["LAB_RECORDINGS"])
