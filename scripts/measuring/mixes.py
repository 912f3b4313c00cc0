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
# Connections, open at one time, hosts.
MADE_UP = {'growth': ('12500', '3000', '500')}
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


def part(mix, share, to):
    """Writes the first packets of a mix, a share of them. How many the part and the mix have."""
    octets = pathlib.Path(mix).read_bytes()
    starts, at = [], 24
    while at < len(octets):
        starts.append(at)
        at += 16 + struct.unpack_from('<I', octets, at + 8)[0]
    count = int(len(starts) * share)
    pathlib.Path(to).write_bytes(octets[:starts[count]])
    return count, len(starts)
