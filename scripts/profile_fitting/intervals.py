"""Intervals by conformal prediction on the log ratio, totals, and the part of the error that turns share."""

import math
import random

EDGES = (8, 20, 50, 120, 300)
LEAST_SOURCES = 5
CAUTIOUS_SOURCES = 6
MOST_SHARED = 0.6
ONE_TOKEN = 1.25  # no interval claims to know a count to the token


def quantile(values, share):
    """The order statistic that split-conformal prediction asks for: rank ceil(share * (n + 1))."""
    ordered = sorted(values)
    rank = math.ceil(share * (len(ordered) + 1)) - 1
    return ordered[min(max(rank, 0), len(ordered) - 1)]


def bands(rows, floor, widen=1.0):
    """`(up to, low, high)`: for estimates up to so many tokens, the truth lies in estimate * exp(low … high).

    Conformal in each band (Mondrian), since small turns are wider. `rows` are `(estimate, truth, source)`; a band with
    too few sources takes in the next. The last has no upper end. Rows of one source are alike, so the fewer sources a
    band has, the nearer its ends are to the extremes.
    """
    groups, current = [], []
    for edge, begin in zip((*EDGES, math.inf), (0, *EDGES)):
        current += [row for row in rows if begin < row[0] <= edge]
        if len({row[2] for row in current}) >= LEAST_SOURCES:
            groups.append([edge, current])
            current = []
    if current or not groups:
        if groups:
            groups[-1][1] = groups[-1][1] + current
        else:
            groups.append([math.inf, current])
    groups[-1][0] = math.inf
    result = []
    begin = 0
    for edge, members in groups:
        ratios = [math.log(truth / guess) for guess, truth, _ in members]
        share = 0.95 + 0.05 * min(1.0, CAUTIOUS_SOURCES / len({row[2] for row in members}))
        least = max(floor, ONE_TOKEN / max(begin, 4))
        low = min(-quantile([-ratio for ratio in ratios], share), -least) * widen
        high = max(quantile(ratios, share), least) * widen
        result.append((None if edge == math.inf else edge, round(low, 4), round(high, 4)))
        begin = edge
    return result


def bounds(estimate, chosen):
    """The ends of the interval around `estimate`."""
    for edge, low, high in chosen:
        if edge is None or estimate <= edge:
            return estimate * math.exp(low), estimate * math.exp(high)
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


def scores(rows, chosen):
    """Figures of the calibration card for `(estimate, truth)` rows."""
    errors = sorted(abs(guess / truth - 1) for guess, truth in rows)
    ends = [bounds(guess, chosen) for guess, _ in rows]
    held = sum(low <= truth <= high for (low, high), (_, truth) in zip(ends, rows))
    widths = sorted(high / low for low, high in ends)
    return {
        "median": errors[len(errors) // 2],
        "p90": errors[min(len(errors) - 1, int(0.9 * len(errors)))],
        "coverage": held / len(rows),
        "width": widths[len(widths) // 2],
    }
