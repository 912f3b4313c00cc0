"""Fits the prompt side of a profile: tokens from the octets of requests.

A line goes through requests whose prompt is text and on the wire. Its intervals come from these and from those whose prompt
lies at the provider or is added to there: nothing on the wire tells them apart. Large requests with files or images are
another reading beside it (attachments.py). Fits are graded on repositories that they have not seen.
"""

import math
from collections import Counter, namedtuple
from functools import partial
from dataclasses import dataclass, field, replace

from . import attachments, dialects, fit, intervals, requests

VARIANTS = 6

# Tokens that a conversation takes beside its text; the power that the octets are raised to, as JSON weighs less the longer
# the text; the octets per token that long texts come to. The first three were chosen by the training part (`--inner`) for
# all dialects together, the last is what long requests in the recordings have (4.6 to 5.8).
OFFSET, POWER, DENSEST = 7.0, 1.15, 4.5
LEAST = 4.0  # no conversation is shorter

EDGES = (20, 50, 120, 300, 1000)
FLOOR = 0.1
# No end is farther out: with a higher upper end the estimator abstains.
LOWEST, HIGHEST = -5.0, 2.4
# How much farther out the ends may be put where repositories differ, and the share that is aimed at.
SCALES, AIM = tuple(round(1.05**step, 3) for step in range(8)), 0.9
# And how much where there are few repositories, whose turns say little of how far others are off. Chosen with the three of
# the recordings, each held out.
FEW_REPOSITORIES = {1: 2.0, 2: 1.6}
# And for a parent's intervals beside the turns of one repository.
BORROWED_OF_ONE = 1.5
# How much faster than a large turn's a small one's relative error grows; see intervals.SPREADS.
SPREADS = tuple((growth, power) for power in (0.5, 1.0) for growth in (0, 3, 10, 30))
MOST_FACTOR = 0.15  # by so much a sum may be corrected
BAR = (0.08, 0.20, 0.05)
# In a quarter of the lab's streams that call a tool nothing shows it: gzip, padding, events that share a record.
CALLS_UNSEEN = 0.25
CALL_FLOOR = 0.25  # the provider's own prompt for tools differs by model
# A family's own median error counts as much as this many sources of its parent's.
PRIOR_SOURCES = 4

# `value` octets, `known` whether the prompt is text and on the wire, `own` whether the profile is for its dialect, `share`
# how many of its like the estimator reads with this line, `attached` whether it is large because of a file or an image.
Row = namedtuple("Row", "value truth source repository tools known own share attached", defaults=(1.0, False))
# An estimate of one, by a fit that has not seen its repository, and how much it weighs.
Graded = namedtuple("Graded", "guess truth source weight")


@dataclass
class Line:
    """estimate = OFFSET + octets ** POWER / per_token, at most OFFSET + octets / DENSEST."""

    per_token: float
    offset: float = OFFSET
    power: float = POWER
    least: float = LEAST
    densest: float | None = DENSEST
    bands: list = field(default_factory=list)
    mean_factor: float = 1
    shared_variance: float = 0.5
    most: float = 0
    cards: list = field(default_factory=list)
    borrowed: bool = False

    def estimate(self, octets):
        octets = max(0.0, octets)
        tokens = octets**self.power / self.per_token
        return max(self.least, self.offset + min(tokens, octets / self.densest if self.densest else tokens))


def skeleton(dialect):
    """What a request of a dialect, or of the one that a profile is named for, has around its text."""
    named = dialects.PROFILE_SKELETONS.get(dialect)
    if named is not None:
        return named
    return next((octets for name, octets in dialects.SKELETONS if dialect.startswith(name)), dialects.OTHER_SKELETON)


def is_on_wire(recording):
    """Whether the prompt is text and crosses the wire whole. With tools Anthropic adds a prompt of its own."""
    return fit.is_fair(recording) and not (recording.dialect.startswith("anthropic") and recording.has_tools)


def rows(recordings, key, known, focus="", shows_calls=False):
    """Octets of bodies less what every body has around its text, where records show the body (`known`), or octets of
    requests less an allowance for the head too.

    Of requests that ask the same, the first counts, and one that the training part holds is not tested. Where a profile's
    streams show calls (`shows_calls`), few of those that do are read as all others.
    """
    result, seen = [], set()
    allowance = dialects.REQUEST_HEAD[key]
    most = dialects.ATTACHMENT.get(key, dialects.ATTACHMENT_OTHERWISE)
    for recording in sorted(recordings, key=lambda r: fit.is_test(r.source)):
        if not recording.prompt or not 40 <= recording.request_bytes <= most:
            continue
        if (recording.dialect, recording.asked) in seen:
            continue
        seen.add((recording.dialect, recording.asked))
        around = skeleton(recording.dialect)
        if known:
            values = [recording.request_bytes - around]
        else:
            values = []
            for variant in range(VARIANTS):
                request = requests.crossing(recording, variant, 1 if variant % 3 else 2, merged=True)
                values.append(request.octets - allowance[requests.place(request)] - around)
        for value in values:
            result.append(
                Row(
                    max(0, value), recording.prompt, recording.source, recording.source.split("/")[0],
                    recording.has_tools, is_on_wire(recording), recording.dialect.startswith(focus),
                    CALLS_UNSEEN if shows_calls and recording.calls else 1.0, recording.has_image,
                )
            )
    return result


def alike(truth):
    """Larger turns weigh more, as they carry the totals, but not by as much as their tokens."""
    return math.log(1 + truth)


def evened(members):
    """What a row's weight is multiplied by so that a profile's own dialect and the others that it is fitted with, where it
    has few recordings of its own, weigh the same."""
    own = {row.source for row in members if row.own}
    others = {row.source for row in members if not row.own}
    if not own or not others:
        return [1.0] * len(members)
    return [len(others) / len(own) if row.own else 1.0 for row in members]


def grade(cases):
    """`(row, estimate, …)` as `Graded`: a source of many turns counts more than one of few, but not by as much."""
    rows_ = [case[0] for case in cases]
    counts = Counter(row.source for row in rows_)
    return [
        Graded(case[1], row.truth, row.source, row.share * even / counts[row.source] ** 0.5)
        for case, row, even in zip(cases, rows_, evened(rows_))
    ]


def triples(graded):
    return [row[:3] for row in graded]


def slope(members):
    """The weighted median of octets to a token, of rows that are on the wire as text."""
    chosen = [row for row in members if row.known] or members
    weights = [weight * even * row.share for row, weight, even in zip(chosen, fit.weigh(chosen, alike), evened(chosen))]
    ratios = []
    for row in chosen:
        octets = max(1.0, row.value)
        tokens = max(1.0, row.truth - OFFSET)
        ratios.append(octets**POWER / tokens)
    return intervals.quantile(ratios, weights, 0.5)


def repositories(cases):
    return len({case[0].repository for case in cases})


def sources(members):
    return len({row.source for row in members})


def line(members, parent=None, everything=False):
    """The line through rows; drawn towards the parent's where there are few sources. `everything`: through those too that are
    not on the wire, where a provider adds to every prompt; nobody else's line says anything of that."""
    chosen = [row._replace(known=True) for row in members] if everything else members
    own = slope(chosen)
    if everything:
        return Line(own, densest=None)
    if parent is None:
        return Line(own)
    count = sources(chosen)
    share = count / (count + PRIOR_SOURCES)
    return Line(math.exp(share * math.log(own) + (1 - share) * math.log(parent.per_token)))


def parts(members):
    """`(kept, held)` with each repository held out; by source where there is but one."""
    names = sorted({row.repository for row in members})
    if len(names) < 2:
        yield from fit.folds(members)
        return
    for name in names:
        yield [row for row in members if row.repository != name], [row for row in members if row.repository == name]


def ends(graded, growth):
    """The shortest stretch of log ratios over their spread that holds nine of ten, with the correction of split-conformal
    prediction.

    Of ratios that are rare on one side and far out, equal tails would be as wide as the rarest.
    """
    ratios = sorted(
        (math.log(row.truth / row.guess) / intervals.spread(row.guess, growth), row.weight) for row in graded
    )
    count, whole = intervals.effective_count(triples(graded)), sum(row.weight for row in graded)
    asked = min(1.0, 0.9 * (count + 1) / count) * whole
    best, begin, held = None, 0, 0.0
    for value, weight in ratios:
        held += weight
        while held - ratios[begin][1] >= asked - 1e-9:
            held -= ratios[begin][1]
            begin += 1
        if held >= asked - 1e-9 and (best is None or value - ratios[begin][0] < best[1] - best[0] - 1e-9):
            best = (ratios[begin][0], value)
    return best


def growth_of(graded):
    """The growth that gives the shortest intervals, in the mean of their logarithms."""
    best = None
    for growth in SPREADS:
        low, high = ends(graded, growth)
        mean = sum(row.weight * math.log(intervals.spread(row.guess, growth)) for row in graded)
        mean /= sum(row.weight for row in graded)
        loss = mean + math.log(max(1e-6, high - low))
        if best is None or loss < best[0] - 1e-9:
            best = (loss, growth)
    return best[1]


def bands(graded):
    """`(up to, low, high)`: conformal with a spread that depends on the estimate."""
    growth = growth_of(graded)
    low, high = ends(graded, growth)
    result, begin = [], 8
    for edge in (*EDGES, None):
        factor = intervals.spread(math.sqrt(begin * edge) if edge is not None else 2 * begin, growth)
        result.append((edge, min(low * factor, -FLOOR), max(high * factor, FLOOR)))
        begin = edge
    return capped(result)


def rounded(chosen):
    return [(edge, round(low, 4), round(high, 4)) for edge, low, high in chosen]


def capped(chosen):
    return [(edge, max(LOWEST, low), min(HIGHEST, high)) for edge, low, high in chosen]


def scaled(chosen, scale):
    return capped([(edge, low * scale, high * scale) for edge, low, high in chosen])


def read(row, guess, chosen, factor, attached):
    """`(low, likely, high, mean)` of a request by the line's estimate, read as text and as an attachment."""
    low, high = intervals.bounds(guess, chosen)
    return attached.mixed((low, guess, high, guess * factor), row.value)


def scale_of(cases):
    """The least scale under which nine of ten sources' turns lie in intervals that have not seen their repository."""
    graded = grade(cases)
    for scale in SCALES:
        held = 0.0
        for (row, guess, chosen, factor, attached), one in zip(cases, graded):
            low, _, high, _ = read(row, guess, scaled(chosen, scale), factor, attached)
            held += one.weight * (low <= row.truth <= high)
        if held >= AIM * sum(one.weight for one in graded):
            return scale
    return SCALES[-1]


def calibrate(members, attached, parent=None, everything=False):
    """`attached` makes attachments by the repository that they leave out."""
    train = fit.training(members)
    few = parent is not None and sources(train) < intervals.LEAST_SOURCES
    texts = [row for row in train if not row.attached]
    graded = []  # (row, estimate by a fit that has not seen its repository, part)
    for number, (kept, held) in enumerate(parts(train)):
        trial = line([row for row in kept if not row.attached] or kept, parent, everything)
        graded += [(row, trial.estimate(row.value), number) for row in held]
    result = line(texts or train, parent, everything)
    result.per_token = round(result.per_token, 4)
    if not graded:
        graded = [(row, result.estimate(row.value), 0) for row in train]

    def spread_of(cases):
        cases = [case for case in cases if not case[0].attached] or cases
        if few:
            result.borrowed = True
            taken = capped(intervals.borrowed(parent.bands, triples(grade(cases))))
            return scaled(taken, BORROWED_OF_ONE) if repositories(cases) == 1 else taken
        return scaled(bands(grade(cases)), FEW_REPOSITORIES.get(repositories(cases), 1.0))

    def factor_of(cases):
        """Truth over estimate of sums by the line that is given out."""
        chosen = [(row, result.estimate(row.value)) for row, _, _ in cases if row.known or everything]
        weighed = grade(chosen)
        pairs = [(one.guess * one.weight, one.truth * one.weight) for one in weighed]
        return intervals.mean_factor(pairs, MOST_FACTOR) if pairs else 1.0

    numbers, unseen = sorted({number for _, _, number in graded}), []
    for number in numbers:
        others = [case for case in graded if case[2] != number] or graded
        chosen = spread_of(others)
        factor = factor_of(others)
        unseen += [
            (row, guess, chosen, factor, attached(row.repository)) for row, guess, part in graded if part == number
        ]
    # Repositories differ more from each other than the turns of the others show.
    scale = scale_of(unseen) if not few else 1.0
    unseen = [(row, guess, scaled(chosen, scale), factor, other) for row, guess, chosen, factor, other in unseen]
    result.bands = rounded(scaled(spread_of(graded), scale))
    result.mean_factor = round(factor_of(graded), 4)
    result.shared_variance = round(intervals.shared_variance(triples(grade(graded))), 3)
    result.most = math.ceil(max(row.truth for row in members))
    if fit.Mode.name == "unseen":
        unseen = [
            (row, result.estimate(row.value), result.bands, result.mean_factor, attached())
            for row in members
            if fit.is_test(row.source)
        ]
    classes = (
        ("text", lambda row: row.known and not row.tools, BAR),
        ("tools offered", lambda row: row.known and row.tools, None),
        ("files and images", lambda row: row.attached, None),
        ("not all on the wire", lambda row: not row.known and not row.attached, None),
    )
    tested = []
    for row, *fitted in unseen:
        low, likely, high, mean = read(row, *fitted)
        tested.append((row, likely, (low, high), mean / likely))
    result.cards = fit.cards(train, tested, classes)
    return result


def call_line(members):
    """Tokens of the provider's own prompt for tools, beside the request's."""
    extra = [row.truth - max(0, row.value) / DENSEST for row in members]
    return Line(DENSEST, round(intervals.quantile(extra, fit.weigh(members, alike), 0.5), 1), 1.0, 1.0, None)


def calibrate_calls(recordings):
    """Requests whose reply calls a tool: then tools were offered for sure, and the provider put in what tells a model of
    tools."""
    called = [r for r in recordings if r.calls and not r.server_tools]
    members = [row._replace(known=True, tools=True) for row in rows(called, "anthropic", True)]
    train = fit.training(members)
    graded = []
    for kept, held in parts(train):
        trial = call_line(kept)
        graded += [(row, trial.estimate(row.value)) for row in held]
    result = call_line(train)
    graded = graded or [(row, result.estimate(row.value)) for row in train]
    low, high = ends(grade(graded), (0, 1))
    # The provider's own prompt differs by model, and few repositories have few models.
    scale = FEW_REPOSITORIES.get(repositories(graded), 1.0)
    result.bands = rounded(scaled([(None, min(low, -CALL_FLOOR), max(high, CALL_FLOOR))], scale))
    pairs = [(result.estimate(row.value), row.truth) for row in train]
    result.mean_factor = round(intervals.mean_factor(pairs, MOST_FACTOR), 4)
    result.shared_variance = round(intervals.shared_variance(triples(grade(graded))), 3)
    result.most = math.ceil(max(row.truth for row in members))
    tested = [(row, guess, result.bands, result.mean_factor) for row, guess in graded]
    if fit.Mode.name == "unseen":
        tested = [
            (row, result.estimate(row.value), result.bands, result.mean_factor) for row in members if fit.is_test(row.source)
        ]
    result.cards = fit.cards(train, tested, ()) if tested else []
    return result


def widened(asked):
    """The same lines with intervals that are wider by half, where nothing is known of a family."""
    made = {
        name: replace(asked[name], bands=rounded(scaled(asked[name].bands, intervals.BORROWED)), borrowed=True)
        for name in ("byBody", "byBurst")
    }
    return {"key": asked["key"], "attached": asked["attached"], **made}


def profile(recordings, attached, key, *only, parent=None, everything=False, focus="", shows_calls=False):
    """Requests of some dialects, `only` these, or of all; a family with few of them borrows its intervals. `focus` is the
    dialect that the profile is for, where others stand in."""
    own = [r for r in recordings if not only or r.dialect.startswith(only)]
    if shows_calls:
        own = [r for r in own if not r.server_tools]
    if parent is not None and not rows(own, key, True):
        return {**widened(parent), "key": key}
    made = {
        name: calibrate(rows(own, key, known, focus, shows_calls), partial(attached.of, key), parent and parent[name], everything)
        for name, known in (("byBody", True), ("byBurst", False))
    }
    calls = {"byCall": calibrate_calls(own)} if shows_calls else {}
    return {"key": key, "attached": attached.of(key), **made, **calls}
