"""Fits one profile: parameters and intervals from the training sources, the card from sources never seen."""

import hashlib
import math
from dataclasses import dataclass, field, replace

from . import dialects, intervals, selection, wire
from . import estimators as est

VARIANTS = 6
TEST_SHARE = 0.35
DENSEST_TEXT = 2.0  # octets to a token; columns of numbers in JSON have 2.2


@dataclass
class Calibration:
    """estimate = offset + statistic / per_token, and how far the truth may be from it."""

    offset: float
    per_token: float
    bands: list = field(default_factory=list)
    mean_factor: float = 1
    shared_variance: float = 0.5
    most: float = 0  # tokens of the longest calibrated turn
    card: dict = field(default_factory=dict)

    def estimate(self, statistic):
        return max(1.0, self.offset + statistic / self.per_token)


def is_test(source):
    if source == "test" or source.startswith("fit/"):
        return source == "test"
    digest = hashlib.sha256(source.encode()).digest()
    return digest[0] / 256 < TEST_SHARE


def median_fit(rows, offsets, slopes, weight=lambda truth: 1.0):
    """Offset and slope with the least absolute log ratio, by grid: `rows` are `(statistic, truth, source)`."""
    best = None
    for slope in slopes:
        for offset in offsets:
            loss = sum(
                weight(truth) * abs(math.log(max(1.0, offset + value / slope) / truth))
                for value, truth, _ in rows
            )
            if best is None or loss < best[0] - 1e-9:
                best = (loss, offset, slope)
    return best[1], best[2], best[0]


def median_difference(rows, weight):
    """The offset that counts events right most often: the weighted median of truth less events."""
    differences = sorted((truth - value, weight(truth)) for value, truth, _ in rows)
    half, reached = sum(share for _, share in differences) / 2, 0.0
    for difference, share in differences:
        reached += share
        if reached >= half:
            return round(difference * 2) / 2
    return 0.0


def fit_line(rows, offsets, slopes, weight):
    """Offset and slope; with no offsets to choose from, the statistic is a count of events."""
    if offsets is None:
        return median_difference(rows, weight), 1.0
    offset, slope, _ = median_fit(rows, offsets, slopes, weight)
    return offset, slope


def folds(rows, count=5):
    for index in range(count):
        inside = lambda row: int(hashlib.sha256(row[2].encode()).hexdigest()[4:10], 16) % count == index
        held = [row for row in rows if inside(row)]
        kept = [row for row in rows if not inside(row)]
        if held and kept:
            yield kept, held


def calibrate(rows, offsets, slopes, floor, weight=lambda truth: 1.0, widen=1.0, most_factor=0.15):
    """Cross-conformal on the training rows, the card on the test rows: all `(statistic, truth, source)`."""
    train = [row for row in rows if not is_test(row[2])]
    test = [row for row in rows if is_test(row[2])]
    if len({row[2] for row in train}) < 4 or not test:
        train = rows
    outside = []
    for kept, held in folds(train):
        offset, slope = fit_line(kept, offsets, slopes, weight)
        trial = Calibration(offset, slope)
        outside += [(trial.estimate(value), truth, source) for value, truth, source in held]
    offset, slope = fit_line(train, offsets, slopes, weight)
    result = Calibration(round(offset, 3), round(slope, 4))
    if not outside:
        outside = [(result.estimate(value), truth, source) for value, truth, source in train]
    pairs = [(guess, truth) for guess, truth, _ in outside]
    result.bands = intervals.bands(outside, floor, widen)
    result.mean_factor = round(intervals.mean_factor(pairs, most_factor), 4)
    result.shared_variance = round(intervals.shared_variance(outside), 3)
    result.most = math.ceil(max(truth for _, truth, _ in rows))
    graded = [(result.estimate(value), truth) for value, truth, _ in test] or pairs
    result.card = intervals.scores(graded, result.bands)
    result.card["bias"] = (
        sum(guess * result.mean_factor for guess, _ in graded) / sum(truth for _, truth in graded) - 1
    )
    result.card["fitted"] = len(train)
    result.card["tested"] = len(test)
    return result


def is_fair(recording):
    """Turns whose prompt is on the wire and is text; the others are scored in a row of their own."""
    hidden = recording.prompt and recording.prompt > recording.request_bytes / 1.5
    return not hidden and not recording.has_image and not recording.server_history


def turns(recordings, compressed=False):
    for recording in recordings:
        if recording.completion and is_fair(recording):
            for variant in range(VARIANTS):
                yield recording, wire.simulate(recording, variant, compressed)


def lattice_rows(name, recordings):
    """Rows for turns with a lattice, rows for those without, and how many of all were read as unary."""
    shape = dialects.LATTICES[name]
    on, off, lost = [], [], 0
    for recording, turn in turns(recordings):
        _, records = est.split_head(turn.sizes, turn.http)
        lattice = est.detect_lattice(records, est.framing(turn.http), shape)
        if est.is_trusted(lattice):
            on.append((lattice.events, recording.completion, recording.source))
        elif selection.reads_as_unary(turn.sizes, turn.http):
            lost += 1
        else:
            octets = est.body_octets(turn.sizes, turn.http, dialects.RESPONSE_HEAD[turn.http])
            off.append((octets, recording.completion, recording.source))
    return on, off, lost


def text_rows(name, recordings, shape, compressed):
    """Rows of plain or of compressed streams, and how many were read as something else."""
    least_records = dialects.TEXTS[name][1]
    rows, lost = [], 0
    for recording, turn in turns(recordings, compressed):
        head = dialects.RESPONSE_HEAD[turn.http]
        if selection.reads_as_unary(turn.sizes, turn.http, least_records):
            lost += 1
        elif selection.reads_as_compressed(turn.sizes, turn.http, shape.overhead) != compressed:
            lost += 1
        else:
            octets = (
                est.body_octets(turn.sizes, turn.http, head)
                if compressed
                else est.text_octets(turn.sizes, turn.http, head, shape)
            )
            rows.append((octets, recording.completion, recording.source))
    return rows, lost


def fit_text(name, recordings, overheads, offsets, slopes, weight):
    """The overhead is fitted with the slope, on the training sources alone."""
    best = None
    for overhead in overheads:
        shape = replace(dialects.TEXTS[name][0], overhead=overhead)
        rows, lost = text_rows(name, recordings, shape, False)
        train = [row for row in rows if not is_test(row[2])]
        _, _, loss = median_fit(train, offsets, slopes, weight)
        loss /= sum(weight(truth) for _, truth, _ in train)
        if best is None or loss < best[0] - 1e-9:
            best = (loss, shape, rows, lost)
    _, shape, rows, lost = best
    return shape, calibrate(rows, offsets, slopes, 0.12, weight), lost


def body_rows(recordings):
    """Octets of whole streamed bodies, for when nothing but their sum is known."""
    return [
        (
            est.body_octets(turn.sizes, turn.http, dialects.RESPONSE_HEAD[turn.http]),
            recording.completion,
            recording.source,
        )
        for recording, turn in turns(recordings)
    ]


def unary_rows(recordings):
    """Octets of unary bodies as they were on the wire.

    Clients ask for gzip and get it; where a recording shows none, the recorder undid it and the size is not the wire's.
    """
    rows = []
    for recording, turn in turns([r for r in recordings if r.gzip]):
        if est.split_head(turn.sizes, turn.http)[0] is None:
            continue  # the estimator widens the interval of such a turn
        octets = est.body_octets(turn.sizes, turn.http, 0)
        rows.append((octets, recording.completion, recording.source))
    return rows


def ciphertext_rows(name, streams):
    """`(statistic, tokens)` of the real streams in order of time."""
    rows = []
    for sizes, tokens in streams:
        _, records = est.split_head(sizes, 1)
        lattice = est.detect_lattice(records, est.framing(1), dialects.LATTICES[name])
        if est.is_trusted(lattice):
            rows.append((lattice.events, tokens))
    return rows


def prompt_rows(recordings, key, known):
    """Octets upstream less the head, when the first record shows it (`known`) or when an allowance must do."""
    rows = []
    for recording in recordings:
        if not recording.prompt or not is_fair(recording) or recording.request_bytes < 40:
            continue
        if recording.prompt > recording.request_bytes / DENSEST_TEXT:
            continue  # the provider added a prompt of its own, for tools: reported as hidden, not estimated
        for variant in range(VARIANTS):
            turn = wire.simulate(recording, variant)
            apart = len(turn.upstream_sizes) >= 2 and turn.upstream_sizes[0] <= 1200
            if known and not apart:
                continue
            head = turn.upstream_sizes[0] if known else dialects.REQUEST_HEAD[key][turn.http]
            rows.append((max(0, turn.upstream_bytes - head), recording.prompt, recording.source))
    return rows
