"""Which of a service's dialects a turn speaks: the same decisions as `DialectChoice` in Sources/TokenEstimation."""

from . import estimators as est


def is_cut_to_size(records):
    """One long body in records of the largest size that the sender makes, and a rest."""
    largest = max(records)
    full = sum(1 for size in records if size == largest)
    return largest >= 1300 and len(records) - full <= 1


def bearing(records, http):
    overhead = est.framing(http)
    return [size for size in records if size > overhead + 16]


def reads_as_unary(sizes, http, least_records=2):
    """Fewer records than a stream has, or one body cut to size. Servers write a unary body whole, streams in flushes."""
    _, records = est.split_head(sizes, http)
    records = bearing(records, http)
    return len(records) < least_records or is_cut_to_size(records)


def median(values):
    return sorted(values)[len(values) // 2]


def reads_as_compressed(sizes, http, overhead_octets, start):
    """Events smaller than the JSON around their text. In a short plain stream most are; but it starts with a large one."""
    _, records = est.split_head(sizes, http)
    overhead = est.framing(http)
    records = [size - overhead for size in records if size > overhead]
    if len(records) < 6 or median(records) >= 0.75 * overhead_octets:
        return False
    return records[0] < 0.7 * start or median(records) < 0.25 * overhead_octets
