"""Recorded calls with true token counts, one meaning of "tokens" for all providers."""

import hashlib
import json
import re
import zlib
from dataclasses import dataclass
from pathlib import Path


# Who counts reasoning within the completion.
REASONING_WITHIN = ("openai", "azure", "deepseek", "groq", "openrouter", "huggingface", "mistral")
VARIANT = re.compile(r"_(legacy|with_events_with_(no_)?content|async|sync|stream_manager)(?=[_./]|$)")


@dataclass(frozen=True)
class Recording:
    """One call. Sizes are octets of HTTP bodies inside TLS, after content encoding."""

    dialect: str
    source: str  # repository and test: the unit of every split
    request_bytes: int
    response_bytes: int
    events: tuple  # octets of each event with its blank line; empty for a unary reply
    completion: int | None  # tokens whose text crosses the wire
    prompt: int | None  # every input token
    counted: bool  # completion was counted from the deltas, not stated by the provider
    reasoning: int  # tokens beside the completion that no reply holds
    gzip: bool
    has_image: bool
    has_tools: bool
    thinks: bool  # the reply may begin with thoughts, of which some or none cross the wire
    asked: str  # what was asked, without the model and its settings: near-duplicates have the same
    server_history: bool
    calls: bool  # the reply, where it is known, calls a tool
    server_tools: bool  # tools of the provider's ran, and added what they found to the prompt
    model: str  # as the request names it, empty where it does not
    compressed_events: tuple  # the same events as gzip with a sync flush after each would send them

    @property
    def seed(self):
        """A number that stays the same from run to run and machine to machine."""
        text = f"{self.dialect}|{self.source}|{self.request_bytes}|{self.response_bytes}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def dialect(call):
    """The profile that ought to read this call, or None."""
    host, path, streamed = call["host"], call["path"], call["events"] is not None
    if host == "api.openai.com":
        if path.endswith("/chat/completions"):
            return "openai-chat-stream" if streamed else "openai-chat-unary"
        if path.endswith("/responses"):
            return "openai-responses-stream" if streamed else "openai-responses-unary"
        return None
    if host.endswith("azure.com") and path.endswith("/chat/completions"):
        return "azure-chat-stream" if streamed else "azure-chat-unary"
    if host == "api.anthropic.com" and path.endswith("/messages"):
        return "anthropic-messages" if streamed else "anthropic-unary"
    if host == "generativelanguage.googleapis.com":
        if ":streamGenerateContent" in path:
            return "gemini-stream" if streamed else None
        if ":generateContent" in path:
            return "gemini-unary"
        return None
    if host == "api.cohere.com" and path.endswith("/v2/chat"):
        return "cohere-chat-stream" if streamed else None
    for name in ("openrouter.ai", "router.huggingface.co"):
        if host == name and path.endswith("/chat/completions"):
            return f"{name.replace('router.', '').split('.')[0]}-chat-stream" if streamed else None
    for name in ("mistral", "deepseek", "groq"):
        if host == f"api.{name}.{'ai' if name == 'mistral' else 'com'}":
            if "/chat/completions" in path:
                return f"{name}-chat-stream" if streamed else f"{name}-unary"
            return None
    return None


def family(path):
    """The test that a call was recorded by: its variants ask the same question and get much the same answer."""
    return VARIANT.sub("", path.rsplit(".", 1)[0])


def event_octets(body):
    """Each server-sent event with its blank line."""
    parts = re.split(rb"(\r\n\r\n|\n\n)", body.encode())
    pairs = zip(parts[::2], (*parts[1::2], b""))
    return [text + blank for text, blank in pairs if len(text + blank) > 2]


def compressed_sizes(events):
    """Octets that each event adds to a gzip stream (level 6) that is flushed after it."""
    stream, sizes = zlib.compressobj(6, zlib.DEFLATED, 31), []
    for event in events:
        sizes.append(len(stream.compress(event)) + len(stream.flush(zlib.Z_SYNC_FLUSH)))
    return tuple(sizes)


def count_deltas(body):
    """Tokens of an OpenAI-shaped stream that states no usage: one for each delta that bears text or arguments."""
    count = 0
    for line in body.splitlines():
        if not line.startswith("data: {"):
            continue
        try:
            choices = json.loads(line[6:]).get("choices") or []
        except ValueError:
            return None
        for choice in choices:
            delta = choice.get("delta") or {}
            calls = delta.get("tool_calls") or []
            if delta.get("content") or any(
                (call.get("function") or {}).get("arguments") for call in calls
            ):
                count += 1
    return count or None


def load(path):
    """Every usable call of a file, near-duplicates by body or by request and usage left out."""
    seen, recordings = set(), []
    for line in Path(path).read_text().splitlines():
        call = json.loads(line)
        name = dialect(call)
        if name is None:
            continue
        usage, body = call["usage"] or {}, call["body"]
        key = body if body is not None else (call["req"], call["resp_bytes"], str(usage))
        if key in seen:
            continue
        seen.add(key)
        recordings.append(recording(name, call, usage, body))
    return recordings


def recording(name, call, usage, body):
    completion, counted = usage.get("completion"), False
    if completion is not None and name.startswith(REASONING_WITHIN):
        completion -= usage.get("reasoning", 0)
    if completion is None and body and name == "openai-chat-stream":
        completion, counted = count_deltas(body), True
    prompt = usage.get("prompt")
    if prompt is not None and name.startswith("anthropic"):
        prompt += usage.get("cached", 0) + usage.get("cache_w", 0)
    events = event_octets(body) if body and call["events"] is not None else []
    request = call["req"] or ""
    return Recording(
        dialect=name,
        source=family(f"{call['repo']}/{call['file']}"),
        request_bytes=call["req_bytes"] or 0,
        response_bytes=call["resp_wire_bytes"] or call["resp_bytes"] or 0,
        events=tuple(len(event) for event in events),
        compressed_events=compressed_sizes(events),
        completion=completion if completion and completion > 0 else None,
        prompt=prompt if prompt and prompt > 0 else None,
        counted=counted,
        reasoning=usage.get("reasoning", 0),
        gzip=call["enc"] == "gzip",
        has_image=bool(call["has_image"]),
        has_tools=offers_tools(request),
        thinks=name.startswith("anthropic") and bool(field(request, "thinking")),
        asked=asked(request),
        calls=bool(body) and 'tool_use"' in body,
        server_tools=bool(body) and "server_tool_use" in body,
        server_history='"previous_response_id"' in request,
        model=call["model"] or "",
    )


def field(request, name):
    """A field of a request, None where it has none or is no JSON."""
    try:
        fields = json.loads(request)
    except ValueError:
        return None
    return fields.get(name) if isinstance(fields, dict) else None


def offers_tools(request):
    return bool(field(request, "tools") or field(request, "functions"))


def asked(request):
    """The messages and tools of a request; the request itself where it is no JSON."""
    try:
        fields = json.loads(request)
    except ValueError:
        return request
    keys = ("messages", "input", "contents", "system", "instructions", "systemInstruction", "tools")
    return json.dumps([fields.get(key) for key in keys]) if isinstance(fields, dict) else request


def load_ciphertext(path):
    """The real gpt-4o streams, in order of time: `(record sizes, tokens)` of each.

    `data_lengths` are frames: 66 octets of Ethernet, IPv4 and TCP with timestamps over the TLS records. A frame that
    is a multiple of the common two-event flush holds several records (22 octets each in TLS 1.3); any other is taken
    as one. The first frame is the server's handshake flight.
    """
    turns = []
    for stream in json.loads(Path(path).read_text()):
        sizes = []
        for frame in stream["data_lengths"][1:]:
            payload = frame - 66
            while payload > 0 and payload % 655 == 0:
                sizes.append(633)
                payload -= 655
            if payload > 22:
                sizes.append(payload - 22)
        turns.append((sizes, int(stream["response_token_count"])))
    return turns
