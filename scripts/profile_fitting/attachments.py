"""Requests that carry files or images beside their text: how likely one is by its size, and what it takes.

Nothing on the wire tells base64 from text. A request of many octets is read both ways, and its interval holds what both
say. `AttachmentModel` of Sources/TokenEstimation does the same, step for step (the tests compare them).
"""

import math
from collections import Counter
from dataclasses import dataclass, replace
from itertools import product

from . import fit, intervals

# Octets of a body below which an attachment weighs no more than text: a reference to a file, an icon, a few lines.
LEAST = 3000
# No size makes an attachment likelier than text. The recordings alone would: they are of test suites, which send few long
# texts, while the conversations of agents, of which they hold none, come to hundreds of thousands of octets. Stated.
MOST = 0.5
# Anthropic's requests are for the most part those of agents that write programs, with tools and the files they have read.
MOST_OF = {"anthropic": 0.1}
EVENS, STEEPNESSES = (4000, 5000, 6000, 7000, 8000, 9000, 10_000, 12_000, 15_000, 20_000), (2, 3, 4, 6)
# Texts and attachments that stand beside those of the recordings, so that few of them make no steep curve: octets and how
# many sources each counts for. What is attached is seldom smaller than 10 kB: an icon, a page. Stated.
PRIOR = (
    (1000, False, 2), (5000, False, 4), (10_000, False, 2), (10_000, True, 1), (100_000, False, 1), (100_000, True, 1),
)
# Tokens grow with an image's area, less than its octets do, and are bounded for one. Stated, as the recordings hold too few.
GROWTH = 0.5
# The newest models count an image by patches of 28 or 32 pixels, as publicly documented, so that an icon takes a dozen
# tokens: the least end of the log ratio, as the recordings hold few images.
LOW = 3.25
# Of requests with so many octets around an address one in sixteen in the recordings names an image; larger and smaller ones
# hardly any. What the least detail takes, as publicly documented: OpenAI's, and a tile of Gemini's.
NAMED_FROM, NAMED_TO = 170, 560
NAMED_TOKENS, NAMED_TOKENS_OTHERWISE = {"gemini": 258}, 85
OPEN = 0.02  # a reading that is likelier lies within the interval


@dataclass
class Attachments:
    """share(octets) = most / (1 + (even / octets) ** steepness); tokens = octets ** power / per_token."""

    even: float
    steepness: float
    power: float
    per_token: float
    most: float = MOST
    low: float = -LOW  # a log ratio
    named: tuple = (0, 0, 0)
    mean_factor: float = 1

    def share(self, octets):
        return self.most / (1 + (self.even / octets) ** self.steepness) if octets > 0 else 0.0

    def estimate(self, octets):
        return max(1.0, max(0.0, octets) ** self.power / self.per_token)

    def mixed(self, text, octets):
        """`(low, likely, high, mean)` of a request of so many octets, by what they are read as as text.

        The interval holds both readings where neither is out of the question. The likely value is that of the likelier reading,
        as any value between the two would be right for neither; the mean is between them. No attachment in the recordings but
        one model's took more than its octets as text.
        """
        low, likely, high, mean = text
        if self.named[0] <= octets <= self.named[1]:
            high = max(high, likely + self.named[2])
        share = self.share(octets)
        if share <= 0:
            return low, likely, high, mean
        attached = self.estimate(octets)
        if share > 0.5:
            likely, high = attached, max(high, attached)
        if share >= OPEN:
            low = min(low, max(1.0, attached * math.exp(self.low)))
        return low, likely, high, (1 - share) * mean + share * attached * self.mean_factor


def is_attached(recording):
    """Whether the request is large because of what is attached to it."""
    return recording.has_image and recording.request_bytes >= LEAST


def distinct(recordings):
    seen = set()
    for recording in sorted(recordings, key=lambda r: fit.is_test(r.source)):
        key = (recording.dialect, recording.asked)
        if recording.prompt and recording.request_bytes > 0 and key not in seen:
            seen.add(key)
            yield recording


def weights(recordings):
    """A source of many turns counts more than one of few, but not by as much."""
    counts = Counter(recording.source for recording in recordings)
    return [1 / counts[recording.source] ** 0.5 for recording in recordings]


def curve(recordings):
    """The even octets and the steepness under which which of these are attachments is likeliest."""
    cases = [(r.request_bytes, is_attached(r), weight) for r, weight in zip(recordings, weights(recordings))] + list(PRIOR)
    best = None
    for even, steepness in product(EVENS, STEEPNESSES):
        trial, loss = Attachments(even, steepness, 1, 1), 0.0
        for octets, attached, weight in cases:
            share = trial.share(octets)
            loss -= weight * math.log(share if attached else 1 - share)
        if best is None or loss < best[0] - 1e-9:
            best = (loss, even, steepness)
    return best[1:]


def fitted(recordings):
    """Attachments as `recordings` have them; no size is likely to be one where they hold none."""
    train = [r for r in distinct(recordings) if fit.Mode.name == "shipped" or not fit.is_test(r.source)]
    attached = [r for r in train if is_attached(r)]
    even, steepness = curve(train)
    result = Attachments(even, steepness, GROWTH, 1)
    if not attached:
        result.most = 0
        return result
    weighed = weights(attached)
    ratios = [recording.request_bytes**GROWTH / recording.prompt for recording in attached]
    result.per_token = round(intervals.quantile(ratios, weighed, 0.5), 4)
    rows = [(result.estimate(r.request_bytes), r.prompt, r.source) for r in attached]
    result.low = round(min(intervals.ends(rows, (0, 1.0))[0], -LOW), 4)
    guessed = sum(weight * row[0] for row, weight in zip(rows, weighed))
    result.mean_factor = round(sum(weight * row[1] for row, weight in zip(rows, weighed)) / guessed, 4)
    return result


class Without:
    """Attachments as all repositories but one have them, fitted once for each, with the bound of each family."""

    def __init__(self, recordings):
        self.recordings, self.made = recordings, {}

    def of(self, key, repository=None):
        if repository not in self.made:
            kept = [r for r in self.recordings if r.source.split("/")[0] != repository]
            self.made[repository] = fitted(kept)
        found = self.made[repository]
        tokens = NAMED_TOKENS.get(key, NAMED_TOKENS_OTHERWISE)
        return replace(found, most=min(found.most, MOST_OF.get(key, MOST)), named=(NAMED_FROM, NAMED_TO, tokens))
