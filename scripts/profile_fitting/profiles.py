"""Which profiles there are, and what each is fitted on."""

import math

from . import dialects, fit

# Octets of UTF-8 to a token: English 5.3, Python 4.9, German 4.8, Chinese 4.0. The recordings hold little of the latter.
PROMPT_FLOOR = 0.25
STATED_MOST = 1000  # tokens up to which a stated spread is taken for calibrated
# Compressed text takes 1.8 to 3.3 octets to a token, and the recordings hold few long replies.
UNARY_FLOOR = 0.45
LINE_OFFSETS = [-30, -24, -18, -14, -11, -9, -7, -5, -3, -1, 0]


def by_size(truth):
    """Larger turns weigh more: they carry the totals."""
    return math.log(1 + truth) ** 2


def by_length(truth):
    """The same, and the shortest turns do not count: what they hold beside text says nothing of longer ones."""
    return by_size(truth) if truth >= 15 else 0.0


def stated(bands, edge, spread):
    """The fitted bands up to `edge` tokens, and a spread that is known from elsewhere beyond it."""
    kept = [band for band in bands if band[0] is not None and band[0] < edge]
    return kept + [(edge, bands[-1][1], bands[-1][2]), (None, -spread, spread)]


def alike(truth):
    return 1.0


class Fitter:
    """Fits each profile once, from recordings and the real gpt-4o streams."""

    def __init__(self, recordings, ciphertext):
        self.recordings = recordings
        self.ciphertext = ciphertext

    def of(self, dialect):
        return [r for r in self.recordings if r.dialect == dialect]

    def events_profile(self, name, borrowed=None):
        """A profile that counts events; `borrowed` widens what the parent's data says."""
        shape = dialects.LATTICES[name]
        data = name if borrowed is None else borrowed
        widen = 1.0 if borrowed is None else 1.5
        rows, _, unary = fit.lattice_rows(data, self.of(data))
        kind = "recorded bodies" if borrowed is None else "borrowed"
        octets = fit.body_rows(self.of(data))
        if name == "openai-chat-stream":
            real = fit.ciphertext_rows(name, self.ciphertext)
            # The real streams, the first 40 in time to fit on and the rest to test on, weigh as much as the replayed.
            rows += [(value, truth, f"fit/{index % 10}") for index, (value, truth) in enumerate(real[:40]) for _ in range(2)]
            rows += [(value, truth, "test") for value, truth in real[40:] for _ in range(2)]
            kind = "real ciphertext and recorded bodies"
        counted = fit.calibrate(rows, None, None, 0.01, by_size, widen)
        body = fit.calibrate(octets, LINE_OFFSETS, range(180, 420, 20), 0.2, by_size, widen)
        return {
            "kind": kind,
            "method": "events",
            "leastRecords": 2,
            "lattice": shape,
            "byEvents": counted,
            "byOctets": body,
            "unary": unary,
        }

    def text_profile(self, name, overheads, offsets, slopes, octet_slopes):
        own = self.of(name)
        shape, text, unary = fit.fit_text(name, own, overheads, offsets, slopes, by_length)
        result = {
            "kind": "recorded bodies",
            "method": "text",
            "leastRecords": dialects.TEXTS[name][1],
            "text": shape,
            "byText": text,
            "byOctets": fit.calibrate(fit.body_rows(own), LINE_OFFSETS, octet_slopes, 0.2, by_size),
            "unary": unary,
        }
        if name in dialects.STATED_SPREAD:
            edge, below, of_text, of_octets = dialects.STATED_SPREAD[name]
            text.bands = [(edge, -below, below), (None, -of_text, of_text)]
            result["byOctets"].bands = stated(result["byOctets"].bands, edge, of_octets)
            text.most = result["byOctets"].most = STATED_MOST
        compressed, _ = fit.text_rows(name, own, shape, True)
        if len({row[2] for row in compressed}) >= 8:
            result["byCompressedOctets"] = fit.calibrate(
                compressed, range(-60, 10, 4), [4, 5, 6, 7, 8, 9, 10, 12], 0.15, by_length
            )
        return result

    def unary_profile(self, prefixes=None):
        own = [r for r in self.recordings if r.dialect.endswith("unary")]
        if prefixes:
            own = [r for r in own if r.dialect.startswith(prefixes)]
        slopes, offsets = [1.8, 2, 2.2, 2.4, 2.6], range(-300, 5, 5)
        return {
            "kind": "recorded bodies",
            "method": "octets",
            "leastRecords": 1,
            "mostRecords": 12,
            "byOctets": fit.calibrate(fit.unary_rows(own), offsets, slopes, UNARY_FLOOR, by_length),
        }

    def global_profile(self):
        own = [r for r in self.recordings if r.events]
        rows = fit.body_rows(own)
        return {
            "kind": "recorded bodies",
            "method": "octets",
            "leastRecords": 1,
            "byOctets": fit.calibrate(rows, LINE_OFFSETS, [40, 60, 90, 130, 180, 250, 300], 0.2, alike),
        }

    def prompt(self, key):
        """Requests of one family; a family with few of them borrows from all."""
        own = [r for r in self.recordings if key == "other" or r.dialect.startswith(key)]
        # The recordings lean to tools, whose JSON is lighter than text: slopes are held to those of text.
        line = (range(-60, 15, 5), [4, 4.25, 4.5, 4.75, 5], PROMPT_FLOOR, by_size, 1.0, 0.05)
        return {
            "key": key,
            "byBody": fit.calibrate(fit.prompt_rows(own, key, True), *line),
            "byBurst": fit.calibrate(fit.prompt_rows(own, key, False), *line),
        }

    def all(self):
        """`(id, family, parent, completion, prompt)` of every profile, in order of id."""
        openai, anthropic, other = (self.prompt(key) for key in ("openai", "anthropic", "other"))
        chat = self.events_profile("openai-chat-stream")
        return [
            ("anthropic-messages", "anthropic", "global",
             self.text_profile("anthropic-messages", range(114, 130, 1), range(-15, 25, 5),
                               [2.5, 3, 3.5, 4, 4.5, 5, 6], [20, 30, 40, 50, 60, 75]),
             anthropic),
            ("anthropic-unary-json", "anthropic", "unary-json",
             self.unary_profile("anthropic"), anthropic),
            ("deepseek-chat-stream", "deepseek", "openai-chat-stream",
             self.events_profile("deepseek-chat-stream"), other),
            ("gemini-stream", "gemini", "global",
             self.text_profile("gemini-stream", range(380, 441, 10), range(-10, 15, 5),
                               [3, 3.5, 4, 4.5, 5], [40, 45, 50]),
             self.prompt("gemini")),
            ("global", "global", None, self.global_profile(), other),
            ("groq-chat-stream", "groq", "openai-chat-stream",
             self.events_profile("groq-chat-stream", borrowed="openai-chat-stream"), other),
            ("mistral-chat-stream", "mistral", "openai-chat-stream",
             self.events_profile("mistral-chat-stream"), self.prompt("mistral")),
            ("openai-chat-stream", "openai", "global", chat, openai),
            ("openai-responses-stream", "openai", "global",
             self.events_profile("openai-responses-stream"), openai),
            ("openai-unary-json", "openai", "unary-json", self.unary_profile("openai"), openai),
            ("unary-json", "unary", "global", self.unary_profile(), other),
        ]
