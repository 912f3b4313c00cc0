"""Intervals by conformal prediction on the log ratio, totals, and the part of the error that turns share."""

import math
import random

EDGES = (8, 20, 50, 120, 300)
LEAST_SOURCES = 9  # fewer do not bear a 90 % quantile
BOTH_SIDES = 20  # so many turns bear a 5 % quantile on each side
MOST_SHARED = 0.6
ONE_TOKEN = 1.25  # no interval claims to know a count to the token
WIDEST = 4.0  # the estimator abstains long before
BORROWED = 1.5  # what a parent's interval is widened by


def source_weights(rows):
    """Each source weighs the same, however many variants of its turns there are."""
    counts = {}
    for _, _, source in rows:
        counts[source] = counts.get(source, 0) + 1
    return [1 / counts[source] for _, _, source in rows], len(counts)


def effective_count(rows):
    """How many independent turns the rows are worth: between their sources and the turns as they were recorded.

    The variants of a turn cross the wire in different ways and count once; the turns of a source are alike in part.
    """
    turns = len({(truth, source) for _, truth, source in rows})
    return math.sqrt(turns * len({source for _, _, source in rows}))


def quantile(values, weights, share):
    """The smallest value that `share` of the weight does not exceed; the largest when share is above 1."""
    ordered = sorted(zip(values, weights))
    half, reached = share * sum(weights), 0.0
    for value, weight in ordered:
        reached += weight
        if reached >= half - 1e-12:
            return value
    return ordered[-1][0]


# How much faster than a large turn's a small one's relative error grows, and how: as that of a sum of independent parts,
# or as that of a count that is a fixed number of tokens off.
SPREADS = tuple((growth, power) for power in (0.5, 1.0) for growth in (0, 3, 10, 30, 100, 300, 1000))


def spread(estimate, growth):
    """The relative error of a turn of so many tokens, as a multiple of that of a very large one."""
    return (1 + growth[0] / max(1.0, estimate)) ** growth[1]


def ends(rows, growth):
    """Log ratios over their spread that hold nine of ten, with the correction of split-conformal prediction.

    Sources are weighed alike. Few turns do not bear quantiles of 5 % on each side; theirs is one of 10 % around the
    median. `rows` are `(estimate, truth, source)`.
    """
    ratios = [math.log(truth / guess) / spread(guess, growth) for guess, truth, _ in rows]
    weights, _ = source_weights(rows)
    count = effective_count(rows)
    if count >= BOTH_SIDES:
        share = 0.95 * (count + 1) / count
        return -quantile([-ratio for ratio in ratios], weights, share), quantile(ratios, weights, share)
    middle = quantile(ratios, weights, 0.5)
    half = quantile([abs(ratio - middle) for ratio in ratios], weights, 0.9 * (count + 1) / count)
    return middle - half, middle + half


def growth_of(rows):
    """The growth that gives the narrowest intervals, in the mean of their logarithms."""
    best = None
    weights, _ = source_weights(rows)
    for growth in SPREADS:
        low, high = ends(rows, growth)
        scale = sum(w * math.log(spread(guess, growth)) for (guess, _, _), w in zip(rows, weights)) / sum(weights)
        loss = scale + math.log(max(1e-6, high - low))
        if best is None or loss < best[0] - 1e-9:
            best = (loss, growth)
    return best[1]


def bands(rows, floor, growth=None):
    """`(up to, low, high)`: for estimates up to so many tokens, the truth lies in estimate * exp(low … high).

    Conformal with a spread that depends on the estimate, since small turns are wider. The last band has no upper end.
    `rows` are `(estimate, truth, source)`.
    """
    growth = growth_of(rows) if growth is None else growth
    low, high = ends(rows, growth)
    result, begin = [], 4
    for edge in (*EDGES, None):
        middle = math.sqrt(begin * edge) if edge is not None else 1.5 * begin
        least = max(floor, ONE_TOKEN / begin)
        factor = spread(middle, growth)
        low_end, high_end = min(low * factor, -least), max(high * factor, least)
        result.append((edge, round(max(-WIDEST, low_end), 4), round(min(WIDEST, high_end), 4)))
        begin = edge
    return result


def binned(rows, floor):
    """Bands as above with quantiles of their own, where enough turns of enough sources are in them."""
    result, begin = [], 0
    for edge, low, high in bands(rows, floor):
        inside = [row for row in rows if begin < row[0] and (edge is None or row[0] <= edge)]
        if len({source for _, _, source in inside}) >= LEAST_SOURCES and effective_count(inside) >= BOTH_SIDES:
            low, high = ends(inside, (0, 1.0))
            low, high = max(-WIDEST, min(low, -floor)), min(WIDEST, max(high, floor))
        result.append((edge, round(low, 4), round(high, 4)))
        begin = edge or begin
    return result


def borrowed(parent, rows):
    """A parent's bands, widened, and wider still where the own turns ask for it; `rows` as in `bands`."""
    result, begin = [], 0
    for edge, low, high in parent:
        inside = [row for row in rows if begin < row[0] and (edge is None or row[0] <= edge)]
        ratios = [math.log(truth / guess) for guess, truth, _ in inside]
        low, high = low * BORROWED, high * BORROWED
        result.append((edge, round(min([low, *ratios]), 4), round(max([high, *ratios]), 4)))
        begin = edge
    return result


SCALES = tuple(round(1.05**step, 3) for step in range(19))  # never narrower: new sources are odder than known ones
AIM = 0.9


def scaled(chosen, scale):
    """Bands with ends that are so many times as far out."""
    return [
        (edge, round(max(-WIDEST, low * scale), 4), round(min(WIDEST, high * scale), 4)) for edge, low, high in chosen
    ]


NARROWER = tuple(round(1.05**step, 3) for step in range(-12, 0))  # where sources are many and alike
NARROW_AIM = 0.92  # and yet a little more than is asked for


def scale_of(cases, may_narrow=False):
    """The least scale under which nine of ten intervals hold, by `(estimate, truth, bands)` of sources that the bands have
    not seen: with few and uneven sources the quantiles alone fall short."""
    for scale in (*NARROWER, *SCALES) if may_narrow else SCALES:
        held = 0
        for guess, truth, chosen in cases:
            low, high = bounds(guess, scaled(chosen, scale))
            held += low <= truth <= high
        if held >= (NARROW_AIM if may_narrow else AIM) * len(cases):
            return scale
    return SCALES[-1]


def bounds(estimate, chosen):
    """The ends of the interval around `estimate`; `chosen` are bands, or the ends themselves."""
    if chosen and not isinstance(chosen[0], tuple):
        return chosen
    for edge, low, high in chosen:
        if edge is None or estimate <= edge:
            return max(min(1.0, estimate), estimate * math.exp(low)), estimate * math.exp(high)
    raise ValueError("the last band has an upper end")


def mean_factor(pairs, most):
    """Truth over estimate of sums, kept within `most`: a fit for small errors per turn biases sums."""
    factor = sum(truth for _, truth in pairs) / sum(guess for guess, _ in pairs)
    return min(1 + most, max(1 - most, factor))


def shared_variance(rows):
    """The part of the variance of the log ratio that lies between sources, not within them.

    `rows` are `(estimate, truth, source)`. Sources are resampled whole; with turns independent of each other the mean
    of a block would vary as 1/n of the variance of a turn, and what it varies more than that is shared. Sources here are
    test files full of near-duplicates, which overstates it, hence the bound.
    """
    blocks = {}
    for guess, truth, source in rows:
        blocks.setdefault(source, []).append(math.log(truth / guess))
    everything = [value for block in blocks.values() for value in block]
    if len(blocks) < 3 or len(everything) < 8:
        return 0.5
    mean = sum(everything) / len(everything)
    variance = sum((value - mean) ** 2 for value in everything) / len(everything)
    if variance < 1e-9:
        return 0.5
    rng, keys, means = random.Random(20261121), sorted(blocks), []
    for _ in range(400):
        drawn = [value for _ in keys for value in blocks[rng.choice(keys)]]
        means.append(sum(drawn) / len(drawn))
    centre = sum(means) / len(means)
    between = sum((value - centre) ** 2 for value in means) / len(means)
    return min(MOST_SHARED, max(0.05, between * len(keys) / variance))


def scores(cases):
    """Figures of the calibration card for `(estimate, truth, bands, factor of totals)`."""
    errors = sorted(abs(guess / truth - 1) for guess, truth, _, _ in cases)
    spans = [bounds(guess, chosen) for guess, _, chosen, _ in cases]
    held = sum(low <= case[1] <= high for (low, high), case in zip(spans, cases))
    widths = sorted(high / low for low, high in spans)
    total = sum(truth for _, truth, _, _ in cases)
    return {
        "median": errors[len(errors) // 2],
        "p90": errors[min(len(errors) - 1, int(0.9 * len(errors)))],
        "coverage": held / len(cases),
        "width": widths[len(widths) // 2],
        "bias": sum(guess * factor for guess, _, _, factor in cases) / total - 1,
    }
