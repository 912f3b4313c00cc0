"""Sentences of an office, put together from templates and word lists of our own.

The text means little, but it is spread like real text over long and short words,
lists, headings, code and German, so that a tokenizer cuts it as it cuts real answers.
Everything is drawn from the ``random.Random`` that the caller hands in.
"""

from random import Random

from .words import ENGLISH, GERMAN

ENGLISH_SENTENCES = (
    "The {adjective} {thing} was {done} by the {team} before the {event}.",
    "{Name} asked whether the {thing} can be {done} without touching the {thing}.",
    "We {did} the {adjective} {thing} {number} times and the {measure} stayed at {number} percent.",
    "If the {thing} is {adjective}, then the {team} should {do} it {when}.",
    "There are {number} reasons to {do} the {thing}: the {measure}, the {measure} and the {event}.",
    "Compared with the {event}, the {measure} {rose} from {number} to {number}.",
    "Please note that {Name} has already {done} the {thing} for the {team}.",
    "It would be wise to {do} the {thing} {when}, because the {measure} {rose} again.",
    "The {team} keeps the {thing} in a {adjective} {place}, next to the {thing}.",
    "Nobody had {done} the {thing} since the {event}, so the {measure} was {adjective}.",
    "A {adjective} {thing} often hides a {adjective} {thing}, which is why we {did} both.",
    "In short, {do} the {thing} first and leave the {adjective} {place} for later.",
    "According to {Name}, the {event} moved to {when} and the {team} was told.",
    "You can {do} a {thing} by hand, but the {team} prefers a {adjective} {thing}.",
    "What remains open is the {measure} of the {thing} after the {event}.",
)

GERMAN_SENTENCES = (
    "Die {Abteilung} hat den {Gegenstand} {wann} {getan}.",
    "Bitte {tun} Sie den {Gegenstand}, bevor die {Abteilung} den Bericht abschließt.",
    "Der {Eigenschaft} {Gegenstand} wurde laut {Name} bereits {getan}.",
    "Im Vergleich zum Vorjahr stieg der {Wert} um {number} Prozent auf {number}.",
    "Falls der {Gegenstand} fehlt, sollte die {Abteilung} ihn {wann} nachreichen.",
    "{Name} fragt, ob der {Wert} auch ohne den {Gegenstand} stimmt.",
    "Über die Änderung am {Gegenstand} entscheidet die {Abteilung} {wann}.",
    "Für den {Gegenstand} gilt weiterhin ein {Wert} von {number} Euro.",
)

CODE_BLOCKS = (
    "def {verb}_{noun}({noun}s, limit={number}):\n"
    "    total = 0\n"
    "    for index, {noun} in enumerate({noun}s):\n"
    "        if {noun}.{field} > limit:\n"
    "            raise ValueError(f\"{noun} {{index}} is above {{limit}}\")\n"
    "        total += {noun}.{field}\n"
    "    return total\n",
    "class {Noun}Store:\n"
    "    def __init__(self, path):\n"
    "        self.path = path\n"
    "        self.{noun}s = {{}}\n\n"
    "    def {verb}(self, key, value):\n"
    "        self.{noun}s[key] = value\n"
    "        if len(self.{noun}s) > {number}:\n"
    "            self.flush()\n",
    "SELECT {noun}.id, {noun}.{field}, count(*) AS entries\n"
    "FROM {noun}s AS {noun}\n"
    "WHERE {noun}.{field} > {number}\n"
    "GROUP BY {noun}.id, {noun}.{field}\n"
    "ORDER BY entries DESC\nLIMIT {number};\n",
    "{noun}s:\n"
    "  - name: {noun}-{number}\n"
    "    {field}: {number}\n"
    "    retries: {number}\n"
    "  - name: {noun}-{number}\n"
    "    {field}: {number}\n",
)


class Prose:
    """A source of office text. Each call goes on where the random numbers stand."""

    def __init__(self, random: Random):
        self._random = random

    def sentence(self, language: str = "en") -> str:
        if language == "de":
            text = self._filled(self._random.choice(GERMAN_SENTENCES), GERMAN)
        else:
            text = self._filled(self._random.choice(ENGLISH_SENTENCES), ENGLISH)
        return text[0].upper() + text[1:]

    def paragraph(self, language: str = "en", sentences: int | None = None) -> str:
        count = sentences or self._random.randint(2, 5)
        return " ".join(self.sentence(language) for _ in range(count))

    def bullets(self, language: str = "en") -> str:
        ordered = self._random.random() < 0.5
        lines = []
        for index in range(self._random.randint(3, 6)):
            mark = f"{index + 1}." if ordered else "-"
            head = self._pick(GERMAN["Gegenstand"] if language == "de" else ENGLISH["thing"])
            lines.append(f"{mark} **{head.capitalize()}**: {self.sentence(language)}")
        return "\n".join(lines)

    def code(self) -> str:
        noun = self._pick(ENGLISH["noun"])
        values = {"noun": noun, "Noun": noun.capitalize(), "verb": self._pick(ENGLISH["do"]),
                  "field": self._pick(ENGLISH["field"])}
        text = self._random.choice(CODE_BLOCKS)
        while "{number}" in text:
            text = text.replace("{number}", str(self._random.randint(2, 900)), 1)
        return text.format(**values)

    def block(self, kind: str) -> str:
        """One block of an answer: `kind` is prose, list, code, german or mixed."""
        if kind == "mixed":
            kind = self._random.choice(("prose", "prose", "list", "heading", "code"))
        if kind == "german":
            return self.bullets("de") if self._random.random() < 0.25 else self.paragraph("de")
        if kind == "list":
            return self.paragraph(sentences=1) + "\n\n" + self.bullets()
        if kind == "heading":
            title = f"{self._pick(ENGLISH['adjective'])} {self._pick(ENGLISH['thing'])}"
            return "### " + title.capitalize()
        if kind == "code":
            return f"{self.sentence()}\n\n```python\n{self.code()}```"
        return self.paragraph()

    def _pick(self, words) -> str:
        return self._random.choice(words)

    def _filled(self, template: str, words: dict) -> str:
        """Each slot gets a word of its own, also when its name comes twice."""
        parts, rest = [], template
        while "{" in rest:
            before, _, rest = rest.partition("{")
            slot, _, rest = rest.partition("}")
            parts.append(before)
            parts.append(str(self._number()) if slot == "number" else self._pick(words[slot]))
        return "".join(parts) + rest

    def _number(self) -> int:
        return self._random.choice((self._random.randint(2, 12), self._random.randint(13, 4800)))
