"""What a person at a laptop asks: a chat of several messages that is sent anew each turn."""

import os
import time
from random import Random

from ..text.prose import Prose

_ASKS = (
    ("Answer yes or no.", 1), ("Answer in one sentence.", 2), ("Answer briefly.", 3),
    ("What do you make of it?", 4), ("Explain this in detail.", 1.5),
    ("Please write the code for it.", 1.5), ("Bitte antworte auf Deutsch.", 1),
)
_SYSTEM = ("You help the people of a trading company with their daily work. Keep to the facts in "
           "the question, write plainly, use Markdown where a list or a table helps, and say so "
           "when something cannot be known from what you were given.")


class Conversation:
    """Messages in the form {"role", "content"}; the caller adds each answer.

    - Parameter size: how long the pasted material is: note, mail, report or dossier.
    """

    def __init__(self, seed: str, size: str = "mail", system: bool = True):
        self.random = Random(seed)
        self._prose = Prose(self.random)
        self._size = size
        self.messages = [{"role": "system", "content": _SYSTEM}] if system else []

    def ask(self, ending: str | None = None) -> list[dict]:
        """The history with the next question; the first one carries the pasted material."""
        parts = []
        if not any(message["role"] == "user" for message in self.messages):
            parts.append(self._material())
        parts.append(self._prose.sentence())
        if ending is None:
            texts, weights = zip(*_ASKS)
            ending = self.random.choices(texts, weights)[0]
        text = "\n\n".join(part for part in parts if part) + " " + ending
        self.messages.append({"role": "user", "content": text})
        return self.messages

    def answered(self, text: str) -> None:
        self.messages.append({"role": "assistant", "content": text})

    def think(self, low: float = 0.6, high: float = 2.2) -> None:
        """The person reads and types, in the hurry of a recording."""
        time.sleep(self.random.uniform(low, high))

    def _material(self) -> str:
        blocks = {"none": 0, "note": 1, "mail": 5, "report": 28, "dossier": 78}[self._size]
        kinds = ("prose", "prose", "list", "german", "code")
        return "\n\n".join(self._prose.block(self.random.choice(kinds)) for _ in range(blocks))


def key(prefix: str, length: int) -> str:
    """A made-up secret of the right length; it opens nothing."""
    random = Random(prefix + os.uname().nodename)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
    return prefix + "".join(random.choice(alphabet) for _ in range(length))


TOOLS = [
    {"type": "function", "function": {
        "name": "find_records",
        "description": "Looks up business records by kind, text and date and returns the best.",
        "parameters": {"type": "object", "properties": {
            "kind": {"type": "string", "enum": ["invoice", "order", "contract", "ticket"]},
            "text": {"type": "string", "description": "Words that the record must contain."},
            "since": {"type": "string", "description": "First day, as YYYY-MM-DD."},
            "limit": {"type": "integer", "description": "At most so many records."}},
            "required": ["kind", "text"], "additionalProperties": False}}},
    {"type": "function", "function": {
        "name": "convert_amount",
        "description": "Converts an amount of money between two currencies at a day's rate.",
        "parameters": {"type": "object", "properties": {
            "amount": {"type": "integer", "description": "The amount in cents."},
            "source": {"type": "string", "description": "Three letters, such as EUR."},
            "target": {"type": "string", "description": "Three letters, such as CHF."}},
            "required": ["amount", "source", "target"], "additionalProperties": False}}},
]
