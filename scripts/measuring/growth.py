"""Captures in which one thing grows, and what gnomon spends on them."""

import pathlib
import random
import shutil
import statistics
import subprocess
import tempfile

# Connections of the captures in which flows grow, and of the others: the number of packets stays.
MANY, FEWER = 1_000_000, 250_000
# Connections of a capture that shows what a start costs.
FIRST_ONES = 2_000
OPEN, HOSTS, USERS = 30_000, 5_000, 500
# One window, however long a capture is: each host that uses AI is one record.
WINDOW = 86_400
# What --memory is where the default one fills a table.
LARGE_MEMORY = 1_024


class Point:
    """One place of a series: connections, how many of them are open at one time, hosts, those of them that use AI, and rules where they are
    made up."""

    def __init__(self, value, flows=FEWER, open=OPEN, hosts=HOSTS, users=USERS, rules=None, large=False):
        self.value, self.flows, self.open, self.hosts, self.rules = value, flows, open, hosts, rules
        self.users = min(users, hosts)
        # Whether to measure with more memory too.
        self.large = large


SERIES = {
    'flows': [Point(n, flows=MANY, open=n, large=True) for n in (10_000, 30_000, 100_000, 300_000, 1_000_000)],
    'hosts': [Point(n, hosts=n, large=n >= 10_000) for n in (10, 100, 1_000, 10_000, 30_000, 100_000)],
    'users': [Point(n, users=n) for n in (10, 100, 1_000, 5_000)],
    'rules': [Point(n, rules=n) for n in (100, 1_000, 10_000, 30_000, 100_000)],
}
GNOMON, LARGE, BARE = 'default', 'large', 'bare'


class Place:
    """The medians of a point: for each program nanoseconds a packet, peak MiB; for gnomon also its start, and counters."""

    def __init__(self, value):
        self.value, self.rounds = value, {}
        self.counters = {}

    def note(self, program, whole, first, packets):
        rounds = self.rounds.setdefault(program, {'ns': [], 'peak': [], 'start_ms': [], 'start_peak': []})
        rounds['ns'].append((whole.cpu - first.cpu) / packets * 1e9)
        rounds['peak'].append(whole.peak_kib / 1024)
        rounds['start_ms'].append(first.cpu * 1e3)
        rounds['start_peak'].append(first.peak_kib / 1024)

    def figures(self):
        return {'value': self.value, 'counters': self.counters,
                **{program: {figure: statistics.median(values) for figure, values in rounds.items()}
                   for program, rounds in self.rounds.items()}}


def make_rules(root, bench_rules, count, folder):
    """A rules folder with so many made-up rules, and names that the first hundred take; the rules of a smaller set are in a larger one."""
    shutil.copytree(root / 'rules', folder, ignore=shutil.ignore_patterns('providers', 'prices.yaml', 'policy.yaml', 'README.md'))
    (folder / 'policy.yaml').write_text('schema: 1\ndefault: unapproved\n')
    return bench_rules['make_rules'](folder / 'providers', count, bench_rules['Domains'](random.Random(1)))[:100]


def measure(series, rounds, programs, root, bench_rules, folder):
    """The figures of a series, point by point. Each round goes through all points, and makes each capture anew: one lies on disk at a time."""
    points = SERIES[series]
    places = [Place(point.value) for point in points]
    rules, names = {}, folder / 'names'
    for point in points:
        if point.rules:
            rules[point.rules] = folder / f'rules-{point.rules}'
            taken = make_rules(root, bench_rules, point.rules, rules[point.rules])
            names.write_text('\n'.join(taken) + '\n')
    for number in range(rounds):
        for point, place in zip(points, places):
            captures = [folder / 'whole.pcap', folder / 'first.pcap']
            for capture, flows in zip(captures, (point.flows, FIRST_ONES)):
                with open(capture, 'wb') as octets:
                    subprocess.run([programs.growth, str(flows), str(point.open), str(point.hosts), str(point.users),
                                    *([names] if point.rules else [])],
                                   stdout=octets, check=True)
            kinds = [GNOMON, BARE] + [LARGE] * point.large
            runs = {kind: [programs.run(kind, capture, rules.get(point.rules, root / 'rules')) for capture in captures]
                    for kind in kinds[number % len(kinds):] + kinds[:number % len(kinds)]}
            whole, first = (run.counters['packets'] for run in runs[GNOMON])
            for kind in kinds:
                place.note(kind, *runs[kind], whole - first)
                place.counters[kind] = runs[kind][0].counters
        print(f'  {series}: round {number + 1}: ' + ', '.join(
            f'{place.value:,} {place.rounds[GNOMON]["ns"][-1]:.0f} ns' for place in places), flush=True)
    (folder / 'whole.pcap').unlink()
    return [place.figures() for place in places]


class Programs:
    """gnomon, the bare loop, the maker of captures, and the one that measures."""

    def __init__(self, bench, gnomon, cache):
        self.bench, self.gnomon = bench, gnomon
        self.measure = bench['compile_c']('measure', cache)
        self.bare_loop = bench['compile_c']('bareloop', cache, '-lpcap')
        self.growth = bench['compile_c']('growth', cache)

    def run(self, kind, capture, rules):
        """One run with its counters.

        - Throws: the bench's Problem where it fails.
        """
        with tempfile.TemporaryDirectory(prefix='gnomon-bench-') as folder:
            folder = pathlib.Path(folder)
            command = [self.bare_loop, capture]
            if kind != BARE:
                command = [self.gnomon, 'analyze', capture, '--threads', '1', '--rules', rules, '--database', folder / 'records.db',
                           '--window', str(WINDOW), '--stats']
            if kind == LARGE:
                command += ['--memory', str(LARGE_MEMORY)]
            run = self.bench['Run'](command, self.measure, folder)
        if run.failure:
            raise self.bench['Problem'](f'{command[0]}: {run.failure}')
        return run
