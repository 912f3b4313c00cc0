"""The mixes of scripts/bench, small, and one made up by Benchmarks/growth.c, which needs nothing of ../shared.

The same octets everywhere: what is drawn is drawn from a fixed seed.
"""

import pathlib
import struct
import subprocess

# As in shared/bench/make-mixes, which makes the large ones: which packets, octets, flows, seconds.
REAL = {
    'gateway': ('all', '60e6', '0', '60'),
    'tlsstorm': ('tls:12', '0', '10000', '30'),
    'manyflows': ('short:12', '0', '30000', '20'),
}
SEED = '42'
# Connections, those open at one time, hosts, and those of them that use AI.
MADE_UP = {'growth': ('12500', '3000', '500', '50')}
NAMES = [*REAL, *MADE_UP]


class Problem(Exception):
    """Something the user has to know; one line."""


def make(name, shared, folder, compile_c):
    """A small mix as a file in `folder`."""
    mix = folder / f'{name}.pcap'
    if name in MADE_UP:
        with open(mix, 'wb') as capture:
            made = subprocess.run([compile_c('growth', folder), *MADE_UP[name]], stdout=capture, stderr=subprocess.PIPE, text=True)
    else:
        maker = folder / 'mkmix'
        if not maker.exists():
            built = subprocess.run(['g++', '-O2', '-std=c++17', '-o', maker, shared / 'bench/mkmix.cc', '-lpcap'])
            if built.returncode != 0:
                raise Problem(f'{shared}/bench/mkmix.cc does not compile')
        sources = ''.join(f'{shared}/conformance/captures/{line}\n' for line in (shared / f'bench/{name}.list').read_text().splitlines())
        mode, octets, flows, seconds = REAL[name]
        made = subprocess.run([maker, mix, mode, octets, flows, seconds, SEED], input=sources, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True)
    if made.returncode != 0:
        raise Problem(f'the mix {name} could not be made: {made.stderr.strip()[-200:]}')
    return mix


class Cut:
    """A mix, its first fifth, and how many packets both have."""

    def __init__(self, whole, first, packets, first_packets):
        self.whole, self.first, self.packets, self.first_packets = whole, first, packets, first_packets


def cut(mix, folder):
    """Writes the first fifth of a mix beside it."""
    octets = mix.read_bytes()
    starts, at = [], 24
    while at < len(octets):
        starts.append(at)
        at += 16 + struct.unpack_from('<I', octets, at + 8)[0]
    first = folder / f'{mix.stem}-first.pcap'
    first.write_bytes(octets[:starts[len(starts) // 5]])
    return Cut(mix, first, len(starts), len(starts) // 5)


def costs(cuts, run):
    """What the packets of each mix cost after its first fifth, so without the start; and how many those are.

    - Parameter run: begins a run on a capture, and returns its future costs.
    """
    running = {name: (run(cut.whole), run(cut.first)) for name, cut in cuts.items()}
    return {name: (whole.result() - first.result(), cuts[name].packets - cuts[name].first_packets)
            for name, (whole, first) in running.items()}
