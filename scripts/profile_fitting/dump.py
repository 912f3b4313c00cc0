"""Turns for the tests of Sources/TokenEstimation, one JSON object a line."""

import json
import random

from . import dialects, fit, selection, wire
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
}


def held_out(recordings, ciphertext):
    """Turns of the sources that no fit has seen, as they might have crossed the wire, with their true tokens."""
    for recording in recordings:
        service = next((name for key, name in SERVICES.items() if recording.dialect.startswith(key)), None)
        unknown = not recording.events and not recording.gzip  # the recorder undid the compression
        if service is None or unknown or not fit.is_test(recording.source) or not fit.is_fair(recording):
            continue
        for variant in range(fit.VARIANTS):
            turn = wire.simulate(recording, variant)
            dense = recording.prompt and recording.prompt > recording.request_bytes / fit.DENSEST_TEXT
            yield {
                "kind": "recorded", "dialect": recording.dialect, "profile": service, "http": turn.http,
                "up": list(turn.upstream_sizes), "down": list(turn.sizes),
                "completion": recording.completion, "prompt": None if dense else recording.prompt,
            }
    for sizes, tokens in ciphertext[40:]:
        yield {
            "kind": "real", "dialect": "openai-chat-stream", "profile": "openai-chat-stream", "http": 1,
            "up": [], "down": sizes, "completion": tokens, "prompt": None,
        }


def vectors():
    """Invented record sizes and the statistics that this side finds in them; the Swift side must find the same."""
    rng = random.Random(7)
    texts = {"anthropic-messages": 119, "gemini-stream": 440}
    for number in range(60):
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
        _, records = est.split_head(sizes, http)
        case = {"http": http, "sizes": sizes, "body": est.body_octets(sizes, http, 450)}
        case["unary"] = selection.reads_as_unary(sizes, http)
        case["compressed"] = selection.reads_as_compressed(sizes, http, 119)
        case["lattices"], case["texts"] = {}, {}
        for name, shape in dialects.LATTICES.items():
            lattice = est.detect_lattice(records, est.framing(http), shape)
            if lattice:
                case["lattices"][name] = [lattice.unit, lattice.events, lattice.tight_records]
        for name, overhead in texts.items():
            shape = fit.replace(dialects.TEXTS[name][0], overhead=overhead)
            case["texts"][name] = est.text_octets(sizes, http, 450, shape)
        yield case


def write_lines(values):
    for value in values:
        print(json.dumps(value, separators=(",", ":")))
