"""What a service says of the turn it is serving: the part of the truth only it knows."""

from dataclasses import dataclass, field
from random import Random


@dataclass
class Turn:
    provider: str
    service: str
    random: Random
    clock: "object"  # () → seconds since 1970, shifted to the office day
    model: str = ""
    stream: bool = False
    tools: bool = False
    encoding: str = "identity"
    events: int | None = None
    prompt_total: int = 0
    prompt_cached: int = 0
    completion_visible: int = 0  # grows with each flush, so a cut turn says what was sent
    reasoning: int = 0
    extra: dict = field(default_factory=dict)

    @property
    def compression(self) -> str | None:
        """The content encoding as a header says it."""
        return None if self.encoding == "identity" else self.encoding

    def hexadecimal(self, length: int) -> str:
        return "".join(self.random.choice("0123456789abcdef") for _ in range(length))

    def letters(self, length: int) -> str:
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        return "".join(self.random.choice(alphabet) for _ in range(length))

    def uuid(self) -> str:
        digits = self.hexadecimal(32)
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
