"""Turns for the tests of Sources/TokenEstimation, one JSON object a line."""

import json
import random

from . import attachments, dialects, fit, prompts, replies, requests, selection, wire
from . import estimators as est

# The profile that a service names, by the beginning of the dialect.
SERVICES = {
    "openai-responses": "openai-responses-stream",
    "openai": "openai-chat-stream",
    "anthropic": "anthropic-messages",
    "gemini": "gemini-stream",
    "mistral": "mistral-chat-stream",
    "deepseek": "deepseek-chat-stream",
    "groq": "groq-chat-stream",
    "openrouter": "openrouter-chat-stream",
    "cohere": "cohere-chat-stream",
}


# Ways of crossing the wire that no fit has seen.
FIRST_VARIANT, VARIANTS = 100, 3


def replayed(recordings):
    """Recorded turns as they might have crossed the wire, with their true tokens."""
    for recording in recordings:
        service = next((name for key, name in SERVICES.items() if recording.dialect.startswith(key)), None)
        unknown = not recording.events and not recording.gzip  # the recorder undid the compression
        if service is None or unknown or not fit.is_fair(recording):
            continue
        for variant in range(FIRST_VARIANT, FIRST_VARIANT + VARIANTS):
            turn = wire.simulate(recording, variant)
            request = requests.crossing(recording, variant, turn.http)
            yield {
                "dialect": recording.dialect, "profile": service, "http": turn.http, "tools": recording.has_tools,
                "upHTTP": request.http or 0, "up": list(request.sizes), "upOctets": request.octets, "first": request.is_first,
                "followsSmall": request.follows_small, "down": list(turn.sizes),
                "completion": recording.completion if fit.is_stated(recording) else None, "prompt": recording.prompt,
            }


def block_stream(rng):
    """Octets of the events of an Anthropic stream, plain or about what they are compressed."""
    plain = rng.random() < 0.6
    pad = lambda: rng.randint(0, 15) if plain else rng.randint(0, 3)
    event = lambda large, small: (large if plain else small) + pad()
    events = [event(rng.choice((335, 438, 490)), 240), event(117, 50), event(36, 20) - 4]
    for block in range(rng.choice((1, 1, 2, 3))):
        if block:
            events.append(event(rng.choice((117, 185)), 50))
        events += [event(115 + rng.randint(1, 60), 12 + rng.randint(0, 30)) for _ in range(rng.choice((1, 4, 20)))]
        events.append(event(73, 20))
    if rng.random() < 0.15:
        events.append(rng.randint(5000, 30000))
    return events + [event(rng.choice((139, 216)), 45), event(51, 15)]


def padded_chat(rng):
    """Octets of the events of a chat completion whose events are padded, a text or calls."""
    unit, usage, deltas = rng.choice((297, 313, 329, 425)), rng.random() < 0.7, rng.choice((1, 3, 8, 40))
    if rng.random() < 0.6:
        events = [unit + 32] + [unit + (2 if rng.random() < 0.05 else 0) for _ in range(deltas)] + [unit - 16]
    else:
        calls = rng.choice((1, 1, 2, 3))
        events = [unit + 16] if rng.random() < 0.3 else []
        for call in range(calls):
            events += [unit + (160 if call == 0 and not events else 112)] + [unit + 48] * deltas
        events.append(unit)
    return events + ([unit + rng.choice((176, 192))] if usage else []) + [14]


def response_stream(rng):
    """Octets of the events of a stream of the Responses API, a text or calls."""
    echo, events = rng.randint(760, 2700), []
    if rng.random() < 0.6:
        item, deltas = rng.choice((259, 282)), rng.choice((1, 3, 8, 40))
        text = 4 * deltas
        events = [item, 274] + [259 + (number > 10) for number in range(deltas)]
        events += [222 + text, 271 + text, item + 58 + text]
    else:
        text = 0
        for _ in range(rng.choice((1, 1, 2, 3))):
            deltas = rng.choice((1, 1, 6, 20))
            octets = 4 * deltas
            events += [rng.randint(305, 318)] + [250] * deltas + [217 + octets, 303 + octets]
            text += 210 + octets
    return [echo, echo + 8, *events, echo + 345 + text]


def flushed(events, rng, http):
    """Record sizes of events that leave one by one, in pairs or in heaps, headers first."""
    most = rng.choice((1, 1, 2, 9))
    sizes = [rng.randint(150, 1750)] if rng.random() < 0.8 else []
    while events:
        count = rng.randint(1, most)
        sizes += wire.fragments(sum(events[:count]) + est.framing(http))
        events = events[count:]
    return [*sizes, 5]


def vectors():
    """Invented record sizes and the statistics that this side finds in them; the Swift side must find the same."""
    rng = random.Random(7)
    for number in range(170):
        http = rng.choice((1, 2))
        unit, spread = rng.choice(((313, 0), (258, 1), (277, 3), (222, 14), (135, 12), (690, 60)))
        sizes = [rng.randint(150, 1750)]
        for _ in range(rng.choice((2, 5, 20, 60))):
            count = rng.choice((1, 1, 2, 2, 3, 6))
            octets = sum(unit + rng.randint(-spread, spread) for _ in range(count))
            octets += 16 * (rng.random() < 0.1)
            if rng.random() < 0.1:
                sizes.append(27 + 6)
                octets -= 27
            sizes.append(octets + est.framing(http))
        sizes += [rng.randint(20, 900), est.framing(http) + 14, 5]
        if number >= 60:
            kind = block_stream if number < 90 else padded_chat if number < 130 else response_stream
            sizes = flushed(kind(rng), rng, http)
        _, records = est.split_head(sizes, http)
        case = {"http": http, "sizes": sizes, "body": est.body_octets(sizes, http, 450)}
        case["unary"] = selection.reads_as_unary(sizes, http)
        case["compressed"] = selection.reads_as_compressed(sizes, http, 122.5, 445)
        case["lattices"], case["texts"] = {}, {}
        for name, shape in dialects.LATTICES.items():
            lattice = est.detect_lattice(records, est.framing(http), shape)
            if lattice:
                case["lattices"][name] = [lattice.unit, lattice.events, lattice.tight_records]
        for name, shape in dialects.TEXTS.items():
            case["texts"][name] = est.text_octets(sizes, http, 450, fit.replace(shape, per_event=2))
        skipping = fit.replace(dialects.TEXTS["anthropic-messages"], per_event=2, skips_last=True)
        case["texts"]["without the last"] = est.text_octets(sizes, http, 450, skipping)
        shape = fit.replace(dialects.TEXTS["anthropic-messages"], per_event=3)
        contents = est.contents_of(sizes, http, 450)
        case["blocks"] = est.block_text(contents, shape, dialects.BLOCKS["anthropic-messages"])
        compressed = fit.replace(dialects.COMPRESSED["anthropic-messages"], per_event=3)
        case["compressedText"] = est.compressed_text(sizes, http, 450, compressed)
        found = replies.read(tuple(sizes), http, dialects.LATTICES)
        if found:
            case["reply"] = [found[0], found[1].deltas, found[1].more, found[1].is_sure, found[1].is_text]
        case["grown"] = fit.Calibration(0, 7.5, 1.15, least=30).estimate(case["body"])
        yield case


def request_vectors():
    """Invented requests, the octets of the body that this side finds in them, their tokens by a line, and what becomes of
    those where some may be an attachment's."""
    line, attached = prompts.Line(17.5), attachments.Attachments(7000, 6, 0.5, 0.2793, mean_factor=0.9, named=(170, 560, 85))
    for request in requests.vectors(random.Random(11)):
        body = requests.body_octets(request)
        octets = request.octets if body is None else body
        tokens = line.estimate(octets)
        low, _, high, mean = attached.mixed((tokens / 2, tokens, tokens * 2, tokens), octets)
        yield {
            "http": request.http or 0, "sizes": list(request.sizes), "octets": request.octets, "first": request.is_first,
            "followsSmall": request.follows_small, "body": body, "place": requests.place(request),
            "tokens": tokens, "mixedLow": low, "mixedHigh": high, "mixedMean": mean,
        }


def write_lines(values):
    for value in values:
        print(json.dumps(value, separators=(",", ":")))
