"""Which profiles there are, and what each is fitted on."""

import math
from dataclasses import replace
from functools import partial

from . import attachments, dialects, fit, intervals, prompts

# Compressed text takes 1.8 to 3.3 octets to a token, and the recordings hold few long replies.
UNARY_FLOOR = 0.2
# The recordings hold few replies of Gemini above 20 tokens, all with tools of the server. Known: 372 to 440 octets around
# the text of a chunk and 3.5 to 5.3 octets to a token; and older streams with some 640 octets around it, which look like
# longer texts.
STATED, STATED_BY_OCTETS = (20, -1.7, 0.8), (20, -1.1, 1.1)
LINE_OFFSETS = [-30, -24, -18, -14, -11, -9, -7, -5, -3, -1, 0]

# Of unary replies, whose octets are compressed or not: a curve between the two.
UNARY_POWERS = [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.2, 1.4, 1.7, 2]

# Octets of unary replies that are told apart below the curve.
UNARY_EDGES = {
    "openai": (450, 600, 750, 900, 1100, 1500, 2000, 3000),
    "anthropic": (400, 500, 700, 1000),
    "gemini": (650, 750, 850, 1500),
    None: (450, 600, 900, 1500),
}

# Median, 90th percentile and total that a class of turns is held to.
STREAM_BAR, TOOLS_BAR = (0.01, 0.05, 0.01), (0.08, 0.30, 0.05)
ANTHROPIC_BAR, GEMINI_BAR = (0.10, 0.25, 0.04), (0.20, 0.50, 0.10)


def text_class(bar=None):
    return ("text, 50 tokens up", lambda row: not row.tools and not row.thinks and row.truth >= 50, bar)


def tools_class(bar=None):
    return ("tools offered, 50 up", lambda row: row.tools and row.truth >= 50, bar)


def by_size(truth):
    """Larger turns weigh more: they carry the totals."""
    return math.log(1 + truth) ** 2


def by_length(truth):
    """Larger turns weigh more, but short ones are right too: totals have their own factor."""
    return math.log(1 + truth)


alike = fit.alike


class Fitter:
    """Fits each profile once, from recordings and the real gpt-4o streams."""

    def __init__(self, recordings, ciphertext):
        self.recordings = recordings
        self.ciphertext = ciphertext

    def of(self, *dialects_):
        return [r for r in self.recordings if r.dialect in dialects_]

    def events_profile(self, name, parent=None, dialects_=None):
        """A profile that counts events; `parent` is one that its intervals are borrowed from where data lacks."""
        own = self.of(*(dialects_ or (name,)))
        # A model that shows its reasoning says nothing of those that do not.
        plain = own if name in dialects.REASONING_FROM else [r for r in own if not r.reasoning]
        rows, reasoning = fit.lattice_rows(name, plain)
        known = fit.reply_rows(name, own) if name in dialects.REPLIES else []
        octets = fit.body_rows(own)
        kind = "recorded bodies"
        if not rows:
            return {
                "kind": "borrowed",
                "method": "events",
                "leastRecords": 2,
                "lattice": dialects.LATTICES[name],
                "byEvents": fit.widened(parent["byEvents"]),
                "byOctets": fit.widened(parent["byOctets"]),
                "note": "events of recorded bodies; intervals and rows are the parent's",
            }
        if name == "openai-chat-stream":
            # The real streams, the first 40 in time to fit on and the rest to test on, weigh as much as the replayed.
            fitted, tested = self.ciphertext[:40], self.ciphertext[40:]
            for mine, index in ((known, 0), (rows, 1)):
                mine += [
                    fit.Row(value, truth, f"fit/{number % 10}", False)
                    for number, (value, truth) in enumerate(fit.ciphertext_rows(name, fitted)[index])
                    for _ in range(fit.VARIANTS // 3)
                ]
                mine += [
                    fit.Row(value, truth, "test", False)
                    for value, truth in fit.ciphertext_rows(name, tested)[index]
                    for _ in range(fit.VARIANTS // 3)
                ]
            kind = "real ciphertext and recorded bodies"
        classes = (text_class(STREAM_BAR), tools_class(TOOLS_BAR))
        # Opening and closing events are as many in short and long turns; the long ones show them apart from odd ones.
        long = lambda row: row.truth >= 30
        usual = dialects.LATTICES[name].usual
        line = fit.by_grid(LINE_OFFSETS, [round(usual * share / 100) for share in range(60, 145, 5)])
        of = lambda key: parent and parent[key]
        more = {}
        if known:
            more["byReply"] = fit.calibrate(known, fit.by_difference, 0.01, alike, classes, None, 0.005, may_narrow=True)
        if reasoning:
            more["byReasoning"] = fit.stated(
                reasoning, dialects.REASONING_OFFSET, dialects.REASONING_PER_TOKEN, dialects.REASONING_BANDS
            )
        return {
            "id": name,
            "kind": kind,
            "method": "events",
            "leastRecords": 2,
            "lattice": dialects.LATTICES[name],
            **more,
            "byEvents": fit.calibrate(rows, fit.by_difference, 0.01, by_size, classes, of("byEvents"), 0.005, long, may_narrow=True),
            "byOctets": fit.calibrate(octets, line, 0.2, by_size, (), of("byOctets")),
        }

    def blocks_profile(self, name):
        """A stream of content blocks whose opening and closing events have known sizes, plain or compressed."""
        own = self.of(name)
        line = fit.by_grid(range(0, 10), [4, 4.25, 4.5, 4.75, 5, 5.25, 5.5, 6])
        shape, rows = fit.choose_shape(
            fit.shapes(dialects.TEXTS[name], per_event=(0, 2, 3, 4, 5, 6, 8)),
            lambda shape: fit.text_rows(name, own, shape),
            line,
            by_length,
        )
        small = fit.by_grid(range(-10, 15, 2), [2, 2.5, 3, 3.5, 4, 4.5, 5, 6])
        compressed, compressed_rows = fit.choose_shape(
            fit.shapes(dialects.COMPRESSED[name], per_event=(0, 2, 4, 6, 8)),
            lambda compressed: fit.text_rows(name, own, shape, compressed),
            small,
            by_size,
        )
        body = fit.by_grid(LINE_OFFSETS, [20, 25, 30, 35, 40, 50, 60])
        classes = (text_class(ANTHROPIC_BAR), tools_class())
        plain = lambda row: not row.thinks
        return {
            "kind": "recorded bodies",
            "method": "text",
            "leastRecords": dialects.LEAST_RECORDS[name],
            "text": shape,
            "blocks": dialects.BLOCKS[name],
            "compressed": compressed,
            "byText": fit.calibrate(rows, line, 0.1, by_length, classes, fitted=plain),
            "byCompressedOctets": fit.calibrate(
                compressed_rows, small, 0.15, by_size, (text_class(ANTHROPIC_BAR),), fitted=plain,
            ),
            "byOctets": fit.calibrate(fit.body_rows(own), body, 0.2, by_size, ()),
        }

    def chunks_profile(self, name):
        """A stream of a few large chunks, each with its metadata."""
        own = self.of(name)
        line = fit.by_grid((0, 1, 2), [4, 4.25, 4.5])
        # The recordings are too few to fit the overhead on: it is read off them.
        shape = dialects.TEXTS[name]
        rows = fit.text_rows(name, own, shape)
        body = fit.by_grid(LINE_OFFSETS, [10, 15, 20, 30, 40, 50, 60])
        return {
            "kind": "recorded bodies",
            "method": "text",
            "leastRecords": dialects.LEAST_RECORDS[name],
            "text": shape,
            "byText": fit.calibrate(
                rows, line, 0.05, by_size, (("text, 20 tokens up", lambda row: not row.tools and row.truth >= 20, GEMINI_BAR),),
                most_factor=0.05, stated=STATED,
            ),
            "byOctets": fit.calibrate(fit.body_rows(own), body, 0.2, by_size, (), stated=STATED_BY_OCTETS),
            "note": "intervals above 20 tokens stated",
        }

    def unary_profile(self, prefixes=None, parent=None):
        # A stream of Gemini often is one event, and then nothing tells it from a unary reply.
        own = [r for r in self.recordings if r.dialect.endswith("unary") or prefixes == "gemini"]
        if prefixes:
            own = [r for r in own if r.dialect.startswith(prefixes)]
        # What a short reply has around its text differs by more than the text.
        line = fit.by_power(UNARY_POWERS)
        rows = fit.unary_rows(own)
        above = fit.calibrate(
                rows, line, UNARY_FLOOR, alike if prefixes == "gemini" else by_size, (text_class(),), parent and parent["byOctets"], 0.9, pooled=True,
                binned=True,
        )
        return {
            "kind": "recorded bodies",
            "method": "octets",
            "leastRecords": 1,
            "mostRecords": 12,
            "byOctets": fit.stepped(rows, UNARY_EDGES.get(prefixes, UNARY_EDGES[None]), above, UNARY_FLOOR, (text_class(),)),
        }

    def azure_profile(self, name, compatible):
        """Events of several tokens, which no recording states."""
        events = fit.widened(compatible["byEvents"], [(None, *dialects.AZURE_SPREAD)])
        octets = fit.widened(compatible["byOctets"], [(None, *dialects.AZURE_SPREAD)])
        shape = dialects.LATTICES[name]
        return {
            "kind": "borrowed",
            "method": "events",
            "leastRecords": 2,
            "lattice": shape,
            "byEvents": replace(events, offset=0, per_token=round(1 / dialects.AZURE_TOKENS, 4)),
            "byOctets": replace(octets, offset=0, per_token=round(shape.usual / dialects.AZURE_TOKENS, 1)),
            "note": "tokens an event stated; rows are the parent's",
        }

    def unknown_profile(self, parent):
        """Replies that nothing is known of: the estimator abstains."""
        return {
            "kind": "borrowed",
            "method": "octets",
            "leastRecords": 1,
            "unknown": True,
            "byOctets": fit.widened(parent["byOctets"]),
            "note": "abstains from replies; rows are the parent's",
        }

    def global_profile(self):
        own = [r for r in self.recordings if r.events]
        line = fit.by_grid(LINE_OFFSETS, [40, 60, 90, 130, 180, 250, 300])
        return {
            "kind": "recorded bodies",
            "method": "octets",
            "leastRecords": 1,
            "byOctets": fit.calibrate(fit.body_rows(own), line, 0.2, alike, ()),
        }

    def all(self):
        """`(id, family, parent, completion, prompt)` of every profile, in order of id."""
        asked = partial(prompts.profile, self.recordings, attachments.Without(self.recordings))
        every = asked("other")
        shaped = asked("other", "openai-chat", "azure", "deepseek", "groq", "mistral")
        anthropic = asked("anthropic", "anthropic")
        anthropic_stream = asked("anthropic", "anthropic", shows_calls=True)
        chat_prompt = asked("openai", "openai-chat", focus="openai-chat-stream")
        chat = self.events_profile("openai-chat-stream")
        compatible = self.events_profile("openai-compatible-stream", None, dialects.COMPATIBLE)
        unary = self.unary_profile(("openai-chat", "azure", "deepseek", "groq", "mistral"))
        whole = self.global_profile()
        unknown = self.unknown_profile(whole)
        guessed = prompts.widened(every)
        openrouter = self.events_profile("openrouter-chat-stream", compatible)
        openrouter["byOctets"] = fit.widened(openrouter["byOctets"], [(None, -intervals.WIDEST, intervals.WIDEST)])
        return [
            ("anthropic-messages", "anthropic", "global", self.blocks_profile("anthropic-messages"), anthropic_stream),
            ("anthropic-unary-json", "anthropic", "unary-json",
             self.unary_profile("anthropic", unary), anthropic),
            ("azure-chat-stream", "azure", "openai-compatible-stream",
             self.azure_profile("azure-chat-stream", compatible), shaped),
            ("bedrock-event-stream", "bedrock", "global", unknown, guessed),
            ("chatgpt-web", "web", "global", unknown, None),
            ("claude-web", "web", "global", unknown, None),
            ("code-assistant", "code", "global", unknown, guessed),
            ("cohere-chat-stream", "cohere", "openai-compatible-stream",
             self.events_profile("cohere-chat-stream", compatible), asked("other", "cohere", parent=shaped, everything=True)),
            ("deepseek-chat-stream", "deepseek", "openai-compatible-stream",
             self.events_profile("deepseek-chat-stream", compatible), asked("other", "deepseek", parent=shaped)),
            ("gemini-stream", "gemini", "global",
             self.chunks_profile("gemini-stream"), asked("gemini", "gemini")),
            ("gemini-unary-json", "gemini", "unary-json",
             self.unary_profile("gemini", unary), asked("gemini", "gemini")),
            ("gemini-web", "web", "global", unknown, None),
            ("global", "global", None, whole, every),
            ("groq-chat-stream", "groq", "openai-compatible-stream",
             self.events_profile("groq-chat-stream", compatible), shaped),
            ("mistral-chat-stream", "mistral", "openai-compatible-stream",
             self.events_profile("mistral-chat-stream", compatible), asked("other", "mistral", parent=shaped)),
            ("openai-chat-stream", "openai", "global", chat, chat_prompt),
            ("openai-compatible-stream", "compatible", "global", compatible, shaped),
            ("openai-responses-stream", "openai", "global",
             self.events_profile("openai-responses-stream"), asked("openai", "openai-responses", focus="openai-responses-stream")),
            ("openai-unary-json", "openai", "unary-json",
             self.unary_profile("openai", unary), asked("openai", "openai")),
            ("openrouter-chat-stream", "openrouter", "openai-compatible-stream",
             openrouter, asked("other", "openrouter", parent=shaped)),
            ("unary-json", "unary", "global", unary, every),
        ]
