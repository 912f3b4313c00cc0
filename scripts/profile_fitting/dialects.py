"""What is known of each dialect before anything is fitted: shapes of events, allowances, what stays hidden."""

from .estimators import LatticeShape, TextShape

# Octets of response headers when they cannot be told from the body. One real figure: 1,692 over HTTP/1.1 (OpenAI).
RESPONSE_HEAD = {1: 600, 2: 300}
# Octets of request headers when they cannot be told from the body; see wire.REQUEST_HEADERS.
REQUEST_HEAD = {
    "openai": {1: 600, 2: 260},
    "anthropic": {1: 600, 2: 260},
    "gemini": {1: 380, 2: 190},
    "mistral": {1: 310, 2: 170},
    "other": {1: 470, 2: 220},
}
# Above so many octets upstream a request holds files or images more often than text.
ATTACHMENT = {"openai": 150_000, "anthropic": 600_000, "gemini": 150_000}
ATTACHMENT_OTHERWISE = 150_000

LATTICES = {
    "openai-chat-stream": LatticeShape(235, 315, 345, 3, 48, 4, 3),
    "openai-responses-stream": LatticeShape(225, 258, 275, 4, 20, 2, None),
    "mistral-chat-stream": LatticeShape(195, 221, 246, 14, 6, 4, 3),
    "deepseek-chat-stream": LatticeShape(265, 278, 345, 6, 6, 4, 3),
    "groq-chat-stream": LatticeShape(225, 267, 345, 6, 6, 4, 3),
}

# The overhead is fitted; the fewest records that make a stream stand beside the shape.
TEXTS = {
    "anthropic-messages": (TextShape(132, 0, 200, None, False), 2),
    "gemini-stream": (TextShape(620, 0, 260, 15, True), 2),
}

# Where the recordings are too few and too short: up to so many tokens the first log ratio stands in for the fitted bands
# (wide enough that the estimator abstains), beyond it the second by text, the third by octets. Gemini: events of 696
# octets with 10 to 17 tokens are known, and of 600 with 41; replies of one event are mostly signatures.
STATED_SPREAD = {"gemini-stream": (20, 2.0, 0.7, 1.1)}

# Profiles that a service's other replies are read with; the first that fits the turn's shape is taken.
SIBLINGS = {
    "openai-chat-stream": ("openai-responses-stream",),
    "openai-responses-stream": ("openai-chat-stream",),
}

# The profile of a stream's unary replies; Gemini's cannot be told from a stream of one event.
UNARY = {
    "gemini-stream": None,
    "openai-chat-stream": "openai-unary-json",
    "openai-responses-stream": "openai-unary-json",
    "anthropic-messages": "anthropic-unary-json",
}

HIDDEN = {
    "openai-chat-stream": ("reasoning",),
    "openai-responses-stream": ("reasoning", "server-side history"),
    "anthropic-messages": ("hidden prompt",),
    "gemini-stream": ("reasoning",),
    "mistral-chat-stream": (),
    "deepseek-chat-stream": (),
    "groq-chat-stream": ("reasoning",),
    "openai-unary-json": ("reasoning",),
    "anthropic-unary-json": ("hidden prompt",),
    "unary-json": ("reasoning", "hidden prompt"),
    "global": ("reasoning", "hidden prompt", "server-side history"),
}
