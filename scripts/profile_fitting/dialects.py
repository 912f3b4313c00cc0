"""What is known of each dialect before anything is fitted: shapes of events, allowances, what stays hidden."""

from .estimators import BlockShape, CompressedShape, LatticeShape, TextShape

# Octets of response headers when they cannot be told from the body. One real figure: 1,692 over HTTP/1.1 (OpenAI).
RESPONSE_HEAD = {1: 600, 2: 300}
# Octets of request headers when they cannot be told from the body, over HTTP/1.1, first and later on a connection of
# HTTP/2 or 3: about the medians of requests.HEADS.
REQUEST_HEAD = {
    "openai": (430, 250, 185),
    "anthropic": (390, 225, 60),
    "gemini": (320, 190, 70),
    "other": (400, 250, 185),
}
# Dialects whose calls the profiles of unary replies are fitted on.
UNARY_CALLS = {
    "openai-unary-json": ("openai-chat-unary", "openai-responses-unary"),
    "anthropic-unary-json": ("anthropic-unary",),
    "gemini-unary-json": ("gemini-unary",),
}

# What every request has around its text, in octets, by the beginning of the dialect: names of fields, the model, braces,
# and what asks for a stream.
SKELETONS = (
    ("openai-chat-stream", 90), ("openai-chat", 50), ("openai-responses-stream", 50), ("openai-responses", 35),
    ("anthropic-unary", 75), ("anthropic", 90), ("gemini", 45),
)
OTHER_SKELETON = 60
# The same of the profiles that have another name than their dialects; unary profiles read several.
PROFILE_SKELETONS = {"openai-unary-json": 45, "anthropic-unary-json": 75, "unary-json": 60}
# Replies that open with two events which repeat the request's settings: octets of the first, at least, and by how much the
# second is larger (`response.in_progress` after `response.created`, each named twice).
OPENINGS = {"openai-responses-stream": (890, 8)}
# Above so many octets upstream a request holds files or images more often than text.
ATTACHMENT = {"openai": 150_000, "anthropic": 600_000, "gemini": 150_000}
ATTACHMENT_OTHERWISE = 150_000

LATTICES = {
    "openai-chat-stream": LatticeShape(235, 315, 345, 3, 48, 4, 3),
    "openai-responses-stream": LatticeShape(225, 258, 275, 4, 20, 2, None),
    "mistral-chat-stream": LatticeShape(195, 221, 246, 14, 6, 4, 3),
    "deepseek-chat-stream": LatticeShape(265, 278, 345, 6, 6, 4, 3),
    "groq-chat-stream": LatticeShape(225, 267, 345, 6, 6, 4, 3),
    "openrouter-chat-stream": LatticeShape(300, 336, 380, 6, 6, 4, 3),
    "cohere-chat-stream": LatticeShape(86, 111, 145, 8, 6, 4, 3),
    # Whoever speaks like OpenAI: names of models and identifiers differ in length.
    "openai-compatible-stream": LatticeShape(205, 300, 400, 6, 16, 4, 3),
    "azure-chat-stream": LatticeShape(340, 391, 650, 24, 24, 4, 3),
}

# Profiles whose streams have a form that is known to the event (replies.py).
REPLIES = {"openai-chat-stream": "chat", "openai-responses-stream": "responses"}

# Events of so many octets and more have a field for reasoning: the model shows it, and it cannot be told from the reply.
REASONING_FROM = {"deepseek-chat-stream": 305}

# Of the events of such a model one in 3.5 is the reply's in the middle, from one in 25 to all of them; a call is one event of
# some 25 tokens. Stated, by 12 recordings.
REASONING_OFFSET, REASONING_PER_TOKEN = 3, 3.5
REASONING_BANDS = [(8, -2.0, 2.0), (None, -2.0, 1.4)]

# Who speaks like OpenAI, as far as it was recorded.
COMPATIBLE = tuple(f"{name}-chat-stream" for name in ("openai", "mistral", "deepseek", "groq", "openrouter", "huggingface"))

# Tokens in an event of Azure's: 4 to 7 in recordings that state no usage, 1 where its filter works after the fact.
AZURE_TOKENS, AZURE_SPREAD = 5.3, (-1.7, 0.5)

# Fewest records of a stream that is counted by its text.
LEAST_RECORDS = {"anthropic-messages": 2, "gemini-stream": 2}

# Anthropic: `event: content_block_delta`, its JSON and quotes are 115 octets, padding 0 to 15 more; the text of one event
# has 8 to 35 octets, by model. Gemini: 372 to 440 octets of metadata, by model, 46 more in the last chunk;
# at most 224 octets of text in one, and 312 at least in a signature. Models up to 2.0 rate each chunk for its safety in some
# 280 octets more, as publicly documented; no recording here is of them.
TEXTS = {
    "anthropic-messages": TextShape(136.5, 122.5, 200),
    "gemini-stream": TextShape(800, 373, 300, least_text=15, closing=46, rated=650),
}

# Octets of Anthropic's other events with their mean padding, those of 2025 and later; a call is some 37 tokens beside its
# arguments.
BLOCKS = {"anthropic-messages": BlockShape(445, 124.5, 36, 80.5, 225, 58, 14, 150)}
COMPRESSED = {"anthropic-messages": CompressedShape(333, 84, 20, 11, 0)}

# Profiles that a service's other replies are read with; the first that fits the turn's shape is taken.
SIBLINGS = {
    "openai-chat-stream": ("openai-responses-stream",),
    "openai-responses-stream": ("openai-chat-stream",),
}

# The profile of a stream's unary replies.
UNARY = {
    "gemini-stream": "gemini-unary-json",
    "openai-chat-stream": "openai-unary-json",
    "openai-responses-stream": "openai-unary-json",
    "anthropic-messages": "anthropic-unary-json",
    # Its site shares the name: what shows no events is no reply.
    "openrouter-chat-stream": None,
}

HIDDEN = {
    "openai-chat-stream": ("reasoning",),
    "openai-responses-stream": ("reasoning", "server-side history"),
    "anthropic-messages": ("reasoning", "hidden prompt"),
    "gemini-stream": ("reasoning",),
    "mistral-chat-stream": (),
    "deepseek-chat-stream": (),
    "groq-chat-stream": ("reasoning",),
    "openrouter-chat-stream": ("reasoning",),
    "openai-compatible-stream": ("reasoning",),
    "azure-chat-stream": ("reasoning",),
    "cohere-chat-stream": ("hidden prompt",),
    "bedrock-event-stream": ("reasoning", "hidden prompt"),
    "chatgpt-web": ("reasoning", "server-side history"),
    "claude-web": ("reasoning", "server-side history"),
    "gemini-web": ("reasoning", "server-side history"),
    "code-assistant": ("reasoning", "hidden prompt"),
    "openai-unary-json": ("reasoning",),
    "anthropic-unary-json": ("reasoning", "hidden prompt"),
    "gemini-unary-json": ("reasoning",),
    "unary-json": ("reasoning", "hidden prompt"),
    "global": ("reasoning", "hidden prompt", "server-side history"),
}
