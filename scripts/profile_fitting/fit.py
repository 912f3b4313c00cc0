"""Fits one profile: parameters and intervals from the training sources, the card from sources never seen."""

import hashlib
import math
from collections import namedtuple
from dataclasses import dataclass, field, replace
from itertools import product

from . import dialects, intervals, replies, selection, wire
from . import estimators as est

VARIANTS = 15
TEST_SHARE = 0.35
LEAST_STEP_SOURCES = 7  # a step of so few holds all that they had
STATED_MOST = 1000  # tokens up to which a stated interval is taken for calibrated

# A statistic of one turn, its true tokens, the unit of every split, whether the request offers tools, whether the reply
# may hold thoughts.
Row = namedtuple("Row", "value truth source tools thinks", defaults=(False,))


@dataclass
class Calibration:
    """estimate = offset + statistic ** power / per_token, and how far the truth may be from it."""

    offset: float
    per_token: float
    power: float = 1.0
    least: float = 1.0  # fewer tokens cannot be told apart from each other
    bands: list = field(default_factory=list)
    mean_factor: float = 1
    shared_variance: float = 0.5
    most: float = 0  # tokens of the longest calibrated turn
    cards: list = field(default_factory=list)  # (class of turns, figures), all turns first
    outside: list = field(default_factory=list)  # (estimate, truth, source) by fits that did not see the source
    borrowed: bool = False  # the intervals are the parent's, widened
    steps: list = field(default_factory=list)  # `(statistic up to, likely, low, high, mean)`; the line is for what is above

    def estimate(self, statistic):
        grown = statistic if self.power == 1 else max(0.0, statistic) ** self.power
        return max(self.least, self.offset + grown / self.per_token)


def is_test(source):
    if source == "test" or source.startswith("fit/"):
        return source == "test"
    digest = hashlib.sha256(source.encode()).digest()
    return digest[0] / 256 < TEST_SHARE


# How the line is chosen, each by least absolute log ratio: a function of rows and weights to a Calibration.


def by_grid(offsets, slopes, leasts=(1.0,)):
    """Offset, slope and least from lists."""

    def choose(rows, weights):
        best = None
        for least, slope, offset in product(leasts, slopes, offsets):
            loss = sum(
                weight * abs(math.log(max(least, offset + row.value / slope) / row.truth))
                for row, weight in zip(rows, weights)
            )
            if best is None or loss < best[0] - 1e-9:
                best = (loss, offset, slope, least)
        return Calibration(best[1], best[2], least=best[3])

    return choose


def by_power(powers):
    """No offset; a power above 1 where long turns are denser. The slope is the weighted median."""

    def choose(rows, weights):
        best = None
        for power in powers:
            grown = [max(1.0, row.value) ** power for row in rows]
            slope = intervals.quantile([g / row.truth for g, row in zip(grown, rows)], weights, 0.5)
            loss = sum(
                weight * abs(math.log(max(1.0, g / slope) / row.truth))
                for g, row, weight in zip(grown, rows, weights)
            )
            if best is None or loss < best[0] - 1e-9:
                best = (loss, slope, power)
        return Calibration(0, best[1], best[2])

    return choose


FEWEST_BARE, MOST_BARE = -3, 1  # opening and closing events, which bear no token, and a token that bears no event


def by_difference(rows, weights):
    """The offset that counts events right most often: the weighted median of truth less events."""
    middle = intervals.quantile([row.truth - row.value for row in rows], weights, 0.5)
    return Calibration(min(MOST_BARE, max(FEWEST_BARE, round(middle * 2) / 2)), 1.0)


def weigh(rows, weight):
    """A source of many turns counts more than one of few, but not by as much."""
    counts = {}
    for row in rows:
        counts[row.source] = counts.get(row.source, 0) + 1
    return [weight(row.truth) / counts[row.source] ** 0.5 for row in rows]


def folds(rows, count=5):
    for index in range(count):
        inside = lambda row: int(hashlib.sha256(row.source.encode()).hexdigest()[4:10], 16) % count == index
        held = [row for row in rows if inside(row)]
        kept = [row for row in rows if not inside(row)]
        if held and kept:
            yield kept, held


class Mode:
    """What is fitted on and what is graded.

    `shipped`: all sources, each graded by a fit that has not seen it. `inner`: the same with the training sources alone, to
    choose forms by. `unseen`: fitted on the training sources, graded on the others, which no choice has seen.
    """

    name = "shipped"


def training(rows):
    """The rows to fit on. The real streams' later part is never fitted."""
    if Mode.name == "shipped":
        return [row for row in rows if row.source != "test"]
    return [row for row in rows if not is_test(row.source)] or rows


def calibrate(
    rows, choose, floor, weight, classes, parent=None, most_factor=0.15, fitted=lambda row: True, pooled=False,
    stated=None, binned=False, may_narrow=False,
):
    """A line, its intervals by cross-conformal prediction, and its card.

    `classes` are `(name, test of a row, bar)`; `parent` stands in with its intervals where there are too few sources;
    `fitted` says which rows the line goes through, where the others are known to hold more than the wire shows; with
    `pooled` the line too is the parent's where there are too few sources. `stated` is a number of tokens, and the log
    ratios that are known from elsewhere for longer turns than that. With `binned` each band has quantiles of its own, and with `may_narrow` the
    intervals are made narrower too where more than nine of ten held.
    """
    if not rows:
        return widened(parent)
    train = training(rows)

    def line(members):
        if pooled and parent is not None and len({row.source for row in members}) < intervals.LEAST_SOURCES:
            return Calibration(parent.offset, parent.per_token, parent.power, parent.least)
        chosen = [row for row in members if fitted(row)] or members
        return choose(chosen, weigh(chosen, weight))

    graded = []  # (row, estimate by a fit that has not seen its source, fold)
    for number, (kept, held) in enumerate(folds(train)):
        trial = line(kept)
        graded += [(row, trial.estimate(row.value), number) for row in held]
    result = line(train)
    result.offset, result.per_token = round(result.offset, 3), round(result.per_token, 4)
    if not graded:
        graded = [(row, result.estimate(row.value), 0) for row in train]
    result.outside = [(guess, row.truth, row.source) for row, guess, _ in graded]

    def spread_of(members):
        chosen = measured(members)
        if stated is None:
            return chosen
        return [
            (edge, *stated[1:]) if edge is None or edge > stated[0] else (edge, low, high)
            for edge, low, high in chosen
        ]

    def measured(members):
        if parent is not None and len({source for _, _, source in members}) < intervals.LEAST_SOURCES:
            result.borrowed = True
            return intervals.borrowed(parent.bands, members)
        make = intervals.binned if binned else intervals.bands
        return make(members or result.outside, floor)

    def factor_of(cases):
        pairs = [(guess, row.truth) for row, guess, _ in cases if fitted(row)]
        return round(intervals.mean_factor(pairs, most_factor), 4) if pairs else 1.0

    numbers = sorted({number for _, _, number in graded})
    unseen = []  # (row, estimate, bands, factor, fold), none of them of the row's own source
    for number in numbers:
        others = [case for case in graded if case[2] != number]
        chosen = spread_of([(guess, row.truth, row.source) for row, guess, _ in others])
        factor = factor_of(others)
        unseen += [(row, guess, chosen, factor, fold) for row, guess, fold in graded if fold == number]

    def scale_without(number):
        cases = [(guess, row.truth, chosen) for row, guess, chosen, _, fold in unseen if fold != number]
        return intervals.scale_of(cases, may_narrow) if cases and not result.borrowed and stated is None else 1.0

    result.bands = intervals.scaled(spread_of(result.outside), scale_without(None))
    result.mean_factor = factor_of(graded)
    result.shared_variance = round(intervals.shared_variance(result.outside), 3)
    result.most = max(math.ceil(max(row.truth for row in rows)), STATED_MOST if stated is not None else 0)
    finished = lambda row: (row, result.estimate(row.value), result.bands, result.mean_factor)
    if Mode.name == "unseen":
        tested = [finished(row) for row in rows if is_test(row.source)]
    else:
        scales = {number: scale_without(number) for number in numbers}
        tested = [
            (row, guess, intervals.scaled(chosen, scales[fold]), factor)
            for row, guess, chosen, factor, fold in unseen
        ]
        tested += [finished(row) for row in rows if row.source == "test" and Mode.name == "shipped"]
    result.cards = cards(train, tested, classes)
    return result


def stepped(rows, edges, line, floor, classes):
    """A table in the place of the line's beginning, for a statistic that tells little: what turns of about its size had.

    `edges` are of the statistic; a step needs turns of enough sources. `line` is for turns above the last of them.
    """
    train = training(rows)

    def table(members, scale=1.0):
        steps, begin, upper = [], 0.0, 1.0
        for edge in edges:
            inside = [row for row in members if begin < row.value <= edge]
            if len({row.source for row in inside}) >= LEAST_STEP_SOURCES:
                middle = intervals.quantile([row.truth for row in inside], weigh(inside, alike), 0.5)
                low, high = intervals.ends([(middle, row.truth, row.source) for row in inside], (0, 1.0))
                mean = sum(row.truth for row in inside) / len(inside)
                # What a smaller body can hold a larger one can.
                upper = max(upper, middle * math.exp(max(high, floor)))
                high = math.log(upper / middle)
                steps.append((
                    edge, round(float(middle), 1), round(max(-intervals.WIDEST, min(low, -floor) * scale), 4),
                    round(min(intervals.WIDEST, max(high, floor) * scale), 4), round(mean, 1),
                ))
                begin = edge
        return steps

    def case(row, steps):
        """`(row, estimate, bands, factor)` as the other cards have them."""
        for edge, likely, low, high, mean in steps:
            if row.value <= edge:
                return row, likely, [(None, low, high)], mean / likely
        return row, line.estimate(row.value), line.bands, line.mean_factor

    graded = []
    for kept, held in folds(train):
        steps = table(kept)
        graded += [case(row, steps) for row in held]
    scale = intervals.scale_of([(guess, row.truth, bands) for row, guess, bands, _ in graded])
    result = replace(line, steps=table(train, scale))
    if Mode.name == "unseen":
        graded = [case(row, result.steps) for row in rows if is_test(row.source)]
    else:
        graded = [
            (row, guess, intervals.scaled(bands, scale), factor) for row, guess, bands, factor in graded
        ]
    result.cards = cards(train, graded, classes)
    return result


def alike(truth):
    return 1.0


def stated(rows, offset, per_token, bands):
    """A line and its intervals that are known from elsewhere, and how they do."""
    most = max(math.ceil(max(row.truth for row in rows)), STATED_MOST)
    line = Calibration(offset, per_token, bands=bands, most=most)
    line.cards = cards(rows, [(row, line.estimate(row.value), bands, 1.0) for row in rows], ())
    return line


def cards(train, tested, classes):
    """One row of the card for all turns, one for each class that the tested turns hold."""
    rows = []
    for name, belongs, bar in (("", lambda row: True, None), *classes):
        graded = [case for case in tested if belongs(case[0])]
        if not graded:
            continue
        figures = intervals.scores([(guess, row.truth, bands, factor) for row, guess, bands, factor in graded])
        figures["fitted"] = sum(1 for row in train if belongs(row))
        figures["tested"] = len(graded)
        if bar is not None:
            kept = zip((figures["median"], figures["p90"], abs(figures["bias"])), bar)
            figures["bar"] = "met" if all(figure <= most for figure, most in kept) else "missed"
        rows.append((name, figures))
    return rows


def is_fair(recording):
    """Turns whose prompt is on the wire and is text; the others are scored in a row of their own."""
    hidden = recording.prompt and recording.prompt > recording.request_bytes / 1.5
    return not hidden and not recording.has_image and not recording.server_history


def is_stated(recording):
    """Deltas that were counted leave out what a call costs beside them."""
    return not (recording.counted and recording.has_tools)


def is_usable(recording):
    """Whether a line for replies may go through it."""
    return recording.completion and is_stated(recording) and not recording.has_image and not recording.server_history


def turns(recordings, compressed=False):
    for recording in recordings:
        if is_usable(recording):
            for variant in range(VARIANTS):
                yield recording, wire.simulate(recording, variant, compressed)


def row(value, recording):
    return Row(value, recording.completion, recording.source, recording.has_tools, recording.thinks)


def widened(calibration, bands=None):
    """The same line with intervals that are wider by half, or with `bands`; no card of its own."""
    chosen = bands or [
        (edge, round(low * intervals.BORROWED, 4), round(high * intervals.BORROWED, 4))
        for edge, low, high in calibration.bands
    ]
    return replace(calibration, bands=chosen, borrowed=True)


def lattice_rows(name, recordings):
    """Rows for turns with a lattice, and for those whose lattice is that of a model that shows its reasoning."""
    shape, least = dialects.LATTICES[name], dialects.REASONING_FROM.get(name, math.inf)
    on, reasoning = [], []
    for recording, turn in turns(recordings):
        if name in dialects.REPLIES and replies.read(turn.sizes, turn.http, dialects.LATTICES):
            continue
        _, records = est.split_head(turn.sizes, turn.http)
        lattice = est.detect_lattice(records, est.framing(turn.http), shape)
        if est.is_trusted(lattice):
            (on if lattice.unit < least else reasoning).append(row(lattice.events, recording))
    return on, reasoning


def reply_rows(name, recordings):
    """Tokens that the known form of a stream tells, where it tells them to the event."""
    rows = []
    for recording, turn in turns(recordings):
        found = replies.read(turn.sizes, turn.http, dialects.LATTICES)
        if found is not None and found[0] == name and found[1].is_sure:
            rows.append(row(found[1].tokens, recording))
    return rows


def text_rows(name, recordings, shape, compressed=None):
    """Rows of plain streams, or of compressed ones with the shape `compressed`."""
    least_records, blocks = dialects.LEAST_RECORDS[name], dialects.BLOCKS.get(name)
    rows = []
    for recording, turn in turns(recordings, compressed is not None):
        head = dialects.RESPONSE_HEAD[turn.http]
        if selection.reads_as_unary(turn.sizes, turn.http, least_records):
            continue
        if selection.reads_as_compressed(turn.sizes, turn.http, shape.overhead, blocks.start if blocks else 0) != (compressed is not None):
            continue
        if compressed is not None:
            octets = est.compressed_text(turn.sizes, turn.http, head, compressed)
        elif blocks is not None:
            octets = est.block_text(est.contents_of(turn.sizes, turn.http, head), shape, blocks)
        else:
            octets = est.text_octets(turn.sizes, turn.http, head, shape)
        rows.append(row(octets, recording))
    return rows


def choose_shape(shapes, rows_of, choose, weight):
    """The shape whose line fits the training sources best; `(shape, rows)`."""
    best = None
    for shape in shapes:
        rows = rows_of(shape)
        train = training(rows)
        weights = weigh(train, weight)
        line = choose(train, weights)
        loss = sum(
            weight * abs(math.log(line.estimate(member.value) / member.truth))
            for member, weight in zip(train, weights)
        ) / sum(weights)
        if best is None or loss < best[0] - 1e-9:
            best = (loss, shape, rows)
    return best[1:]


def shapes(shape, **fields):
    """Every combination of the fields' values."""
    for values in product(*fields.values()):
        yield replace(shape, **dict(zip(fields, values)))


def body_rows(recordings):
    """Octets of whole streamed bodies, for when nothing but their sum is known."""
    return [
        row(est.body_octets(turn.sizes, turn.http, dialects.RESPONSE_HEAD[turn.http]), recording)
        for recording, turn in turns(recordings)
    ]


def unary_rows(recordings):
    """Octets of unary bodies, compressed or not.

    Clients ask for gzip and mostly get it; where a recording shows none, either the recorder undid it or there was none.
    Nothing on the wire tells the two from each other, so that the intervals have to hold both.
    """
    rows = []
    for recording, turn in turns(recordings):
        if recording.events and not selection.reads_as_unary(turn.sizes, turn.http):
            continue
        if est.split_head(turn.sizes, turn.http)[0] is None:
            continue  # the estimator widens the interval of such a turn
        rows.append(row(est.body_octets(turn.sizes, turn.http, 0), recording))
    return rows


def ciphertext_rows(name, streams):
    """`(statistic, tokens)` of the real streams in order of time: by the form of their events, and by their lattice."""
    known, on = [], []
    for sizes, tokens in streams:
        found = replies.read(tuple(sizes), 1, dialects.LATTICES)
        if found is not None and found[0] == name:
            known.append((found[1].tokens, tokens))
            continue
        _, records = est.split_head(sizes, 1)
        lattice = est.detect_lattice(records, est.framing(1), dialects.LATTICES[name])
        if est.is_trusted(lattice):
            on.append((lattice.events, tokens))
    return known, on

