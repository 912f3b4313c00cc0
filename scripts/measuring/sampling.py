"""Where the time of a run goes, by perf: samples of the processor's clock, each put to a part of gnomon."""

import collections
import pathlib
import re
import shutil
import struct
import subprocess
import tempfile

from . import groups

SAMPLES_A_SECOND = 3_999
SAMPLE = re.compile(r'\s*([0-9a-f]+) (.*?)(?:\+0x([0-9a-f]+))? \((.*)\)$')
FIRST_PACKETS = 1_000


def parts(gnomon, capture, root):
    """Samples by part of a run on a capture, less those of a run on its first packets, which is its start.

    - Throws: RuntimeError where perf or gnomon fails.
    """
    with tempfile.TemporaryDirectory(prefix='gnomon-perf-') as folder:
        folder = pathlib.Path(folder)
        first = folder / 'first.pcap'
        write_first(capture, FIRST_PACKETS, first)
        # One start is few samples.
        starts = [read(record(gnomon, first, root, folder), gnomon) for _ in range(3)]
        whole = read(record(gnomon, capture, root, folder), gnomon)
    for start in starts:
        for part, count in start.items():
            whole[part] -= count / len(starts)
    return collections.Counter({part: max(0.0, count) for part, count in whole.items()})


def write_first(capture, count, to):
    with open(capture, 'rb') as source, open(to, 'wb') as first:
        first.write(source.read(24))
        for _ in range(count):
            header = source.read(16)
            if len(header) < 16:
                return
            first.write(header + source.read(struct.unpack_from('<I', header, 8)[0]))


def record(gnomon, capture, root, folder):
    """The samples of a run, a line each."""
    database, samples = folder / 'records.db', folder / 'perf.data'
    for file in folder.glob('records.db*'):
        file.unlink()
    command = ['perf', 'record', '-q', '-e', 'cpu-clock', '-F', str(SAMPLES_A_SECOND), '-o', samples, '--', gnomon, 'analyze', capture, '--threads', '1',
               '--rules', root / 'rules', '--database', database]
    done = subprocess.run(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors='replace')
    if done.returncode != 0:
        raise RuntimeError(f'perf record ended with {done.returncode}: {done.stderr.strip()[-200:]}')
    shown = subprocess.run(['perf', 'script', '-i', samples, '-F', 'ip,sym,symoff,dso'], stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL, text=True, errors='replace', check=True)
    return shown.stdout.splitlines()


def read(lines, gnomon):
    """Samples by part. Those in gnomon are put to a place in its source, and to those that the code was put into."""
    elsewhere, inside = collections.Counter(), collections.Counter()
    begins = symbols(gnomon)
    for line in lines:
        match = SAMPLE.match(line)
        if not match:
            continue
        _, symbol, offset, library = match.groups()
        if pathlib.Path(library).name == gnomon.name and symbol in begins:
            inside[begins[symbol] + int(offset or '0', 16), symbol] += 1
        else:
            elsewhere[groups.part([], symbol, library)] += 1
    for (_, symbol), count, files in zip(inside, inside.values(), source_files(gnomon, [address for address, _ in inside])):
        elsewhere[groups.part(files, symbol, gnomon.name)] += count
    return elsewhere


def symbols(gnomon):
    shown = subprocess.run(['nm', '--defined-only', gnomon], stdout=subprocess.PIPE, text=True, errors='replace', check=True).stdout
    fields = (line.split(' ', 2) for line in shown.splitlines())
    return {parts[2]: int(parts[0], 16) for parts in fields if len(parts) == 3}


def source_files(gnomon, addresses):
    """For each address the source files of its code, the innermost first."""
    symbolizer = shutil.which('llvm-symbolizer')
    if symbolizer is None:
        raise RuntimeError('no llvm-symbolizer in PATH: it comes with the Swift toolchain')
    asked = ''.join(f'0x{address:x}\n' for address in addresses)
    shown = subprocess.run([symbolizer, f'--obj={gnomon}', '--inlining', '--functions=none'], input=asked, stdout=subprocess.PIPE, text=True,
                           errors='replace', check=True).stdout
    for block in shown.split('\n\n')[:len(addresses)]:
        yield [line.rsplit(':', 2)[0] for line in block.splitlines()]
