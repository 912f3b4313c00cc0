"""Octets that nobody chose."""
import gzip
import random
import shutil

from . import traffic
from .captures import zstd
from .program import DATA, OK



def random_input(bench, seeds):
    """Random octets behind every kind of head, and good captures with some octets changed."""
    heads = {'nothing': b'', 'pcap': traffic.GOOD[:24], 'pcap, big-endian': traffic.pcap_header('>'),
             'pcap, nanoseconds': traffic.pcap_header(magic=0xa1b23c4d), 'pcapng': traffic.section() + traffic.interface(),
             'pcapng, big-endian': traffic.section('>') + traffic.interface('>'), 'gzip': b'\x1f\x8b\x08\0\0\0\0\0\0\x03',
             'zstd': b'\x28\xb5\x2f\xfd'}
    wholes = {'a good pcap': traffic.GOOD, 'a good pcapng': traffic.GOOD_NG,
              'a good pcap.gz': gzip.compress(traffic.GOOD, mtime=0)}
    if shutil.which('zstd'):
        wholes['a good pcap.zst'] = zstd(traffic.GOOD)
    database = bench.fresh_database()
    for seed in range(seeds):
        source = random.Random(seed)
        inputs = [(name, head + source.randbytes(source.choice([1, 16, 300, 5000]))) for name, head in heads.items()]
        for name, octets in wholes.items():
            changed = bytearray(octets)
            for _ in range(source.choice([1, 3, 30])):
                changed[source.randrange(len(changed))] = source.randrange(256)
            inputs.append((name, changed))
        # Frames of random octets: what a capture may hold behind lengths that are right.
        noise = [(source.uniform(0, 2**32 - 1), mutated(source, frame)) for _, frame in traffic.FRAMES]
        inputs.append(('noise in frames', traffic.pcap(noise)))
        name, octets = inputs[seed % len(inputs)]
        for name, octets in [inputs[seed % len(inputs)], inputs[-1 - seed % 5]]:
            bench.case(f'seed {seed}, {name}')
            path = bench.write('random.bin', octets)
            for command in (['analyze', '--database', database], ['names'], ['turns']):
                from_input = source.random() < .3
                done = bench.run(*command, '-' if from_input else path, stdin=octets if from_input else b'')
                told = done.stderr.decode(errors='replace').splitlines()
                shown = 'standard input' if from_input else str(path)
                bench.true(done.returncode in (OK, DATA), f'{command[0]}: status {done.returncode}: {told[:1]}')
                bench.true(len(told) <= 3 and all(shown in line for line in told), f'{command[0]}: {told[:3]}')
                bench.true(done.returncode == OK or told, f'{command[0]}: says nothing')
    bench.case('after all that').true(bench.run('report', '--database', database).returncode == OK, 'no report')


def mutated(source, frame):
    octets = bytearray(frame)
    for _ in range(source.choice([0, 1, 4, 40])):
        octets[source.randrange(len(octets))] = source.randrange(256)
    return bytes(octets[:source.randrange(1, len(octets) + 1)]) if source.random() < .2 else bytes(octets)
