"""What a model answers: text of a length that the question's last words ask for."""

from random import Random

from .prose import Prose
from .tokens import Tokenizer


def answer(question: str, tokenizer: Tokenizer, random: Random) -> list[tuple[str, int]]:
    """The pieces (text, tokens) of an answer to `question`, one token each as a rule."""
    wanted = _wanted_tokens(question.lower(), random)
    prose = Prose(random)
    if wanted < 8:
        text = random.choice(("Yes.", "No.", "Yes, it is.", "No, not yet.", "Probably not.",
                              "Only after the audit.", "Yes, since Friday."))
        return tokenizer.pieces(text)
    kind = _kind(question)
    text = prose.sentence("de" if kind == "german" else "en")
    while tokenizer.count(text) < wanted:
        gap = "\n\n" if wanted > 60 else " "
        text += gap + (prose.block(kind) if wanted > 60 else prose.sentence())
    return _shortened(tokenizer.pieces(text), wanted)


def _wanted_tokens(question: str, random: Random) -> int:
    cue = question[-120:]
    if "yes or no" in cue:
        return 4
    if "one sentence" in cue:
        return random.randint(14, 34)
    if "briefly" in cue:
        return random.randint(40, 110)
    if "in detail" in cue:
        return random.randint(330, 620)
    return max(50, min(420, round(random.lognormvariate(4.95, 0.45))))


def _kind(question: str) -> str:
    if "auf Deutsch" in question:
        return "german"
    if "code" in question[-160:]:
        return "code"
    return "mixed"


def _shortened(pieces: list[tuple[str, int]], wanted: int) -> list[tuple[str, int]]:
    """Cut at the end of the sentence that passes `wanted`, so that lengths vary freely."""
    for index, (text, _) in enumerate(pieces):
        if index + 1 >= wanted and text.rstrip().endswith((".", "`", ":")):
            return pieces[:index + 1]
    return pieces
