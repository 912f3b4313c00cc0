"""Captures that are none, damaged, odd, or several."""
import gzip
import random
import shutil
import struct
import subprocess

from . import traffic
from .program import DATA, NO_INPUT, OK



def zstd(octets):
    return subprocess.run(['zstd', '-q', '-c'], input=octets, capture_output=True, check=True).stdout


def not_captures(bench):
    cases = [('empty file', b''), ('text', b'This is no capture, it is a letter to a friend.\n'),
             ('one octet', b'\xd4'), ('a JPEG', b'\xff\xd8\xff\xe0\0\x10JFIF' + bytes(100)), ('zeros', bytes(4096)),
             ('half a file header', traffic.GOOD[:17]), ('gzip of nothing', gzip.compress(b'')),
             ('gzip of text', gzip.compress(b'hello' * 100)), ('gzip in gzip', gzip.compress(gzip.compress(traffic.GOOD)))]
    for name, octets in cases:
        path = bench.case(name).write('thing.bin', octets)
        bench.expect(bench.analyze(path), DATA, str(path))
        bench.expect(bench.analyze('-', stdin=octets), DATA, 'standard input')
        for command in 'names', 'turns':
            bench.expect(bench.run(command, path), DATA, str(path))
    bench.case('a file that is not there')
    for arguments in ['analyze', 'x.pcap', '--database', bench.fresh_database()], ['names', 'x.pcap'], ['turns', 'x.pcap']:
        bench.expect(bench.run(*arguments), NO_INPUT, 'x.pcap.*No such file')
    folder = bench.case('a folder without captures').folder / 'empty folder'
    folder.mkdir()
    bench.expect(bench.analyze(folder), DATA, f'{folder}.*no capture')
    bench.case('a folder as a capture').expect(bench.run('names', folder), NO_INPUT, str(folder))


def damaged_captures(bench):
    """Damage after two whole exchanges: their records must be kept."""
    whole = len(traffic.pcap(traffic.exchanges(2)))
    number = len(traffic.exchanges(2)) + 1
    at = lambda line: rf'byte \d+ \(packet {line}\)'
    head, tail = traffic.GOOD[:whole], traffic.GOOD[whole:]
    cases = [
        ('pcap cut in a header', 'a.pcap', traffic.GOOD[:whole + 7], at(number)),
        ('pcap cut in a packet', 'a.pcap', traffic.GOOD[:whole + 30], at(number)),
        ('a packet longer than any', 'a.pcap', head + struct.pack('<IIII', traffic.NINE, 0, 300_000, 300_000) + bytes(300_000),
         at(number)),
        ('a packet of 4 GB', 'a.pcap', head + struct.pack('<IIII', traffic.NINE, 0, 0xffffffff, 60) + tail, at(number)),
        ('a record in the other byte order', 'a.pcap', head + traffic.pcap_record(traffic.NINE, bytes(60), '>') + tail,
         at(number)),
    ]
    for order in '<>':
        ng, whole_ng = traffic.pcapng(traffic.FRAMES, order), len(traffic.pcapng(traffic.exchanges(2), order))
        head_ng, other = ng[:whole_ng], '>' if order == '<' else '<'
        block = traffic.packet(traffic.NINE + 60, bytes(60), order)
        cases += [
            (f'pcapng {order} cut in a block', 'a.pcapng', ng[:whole_ng + 33], at(number)),
            (f'pcapng {order}: a block in the other byte order', 'a.pcapng',
             head_ng + traffic.packet(traffic.NINE + 60, bytes(60), other) + ng[whole_ng:], at(number)),
            (f'pcapng {order}: lengths that differ', 'a.pcapng', head_ng + block[:-4] + b'\x44\x44\0\0', at(number)),
            (f'pcapng {order}: a block of 3 octets', 'a.pcapng', head_ng + struct.pack(order + 'II', 6, 3) + bytes(60), at(number)),
            (f'pcapng {order}: a block of 4 GB', 'a.pcapng', head_ng + struct.pack(order + 'II', 6, 0xfffffffc) + bytes(60),
             at(number)),
        ]
    for name, file, octets, said in cases:
        path = bench.case(name).write(file, octets)
        bench.expect(bench.analyze(path), DATA, str(path), said)
        bench.equal(bench.flows(), 2, 'flows kept')
        bench.expect(bench.analyze('-', stdin=octets), DATA, 'standard input', said)
        bench.equal(bench.flows(), 2, 'flows kept from standard input')
        bench.expect(bench.run('names', path), DATA, str(path), said, out='api.openai.com')
    # Compressed captures: enough of them that some comes out before the damage.
    long = traffic.pcap(traffic.exchanges(2) + [(traffic.NINE + 100, random.Random(1).randbytes(1000))] * 300)
    long += random.Random(2).randbytes(200_000)
    packed = [('gzip', 'a.pcap.gz', gzip.compress(long))]
    if shutil.which('zstd'):
        packed.append(('zstd', 'a.pcap.zst', zstd(long)))
    else:
        bench.case('zstd').skip('there is no zstd')
    for name, file, octets in packed:
        middle = len(octets) * 2 // 3
        broken = octets[:middle] + bytes(64) + octets[middle + 64:]
        for what, damaged in ('cut short', octets[:middle]), ('broken', broken), ('without its end', octets[:-3]):
            path = bench.case(f'{name} {what}').write(file, damaged)
            bench.expect(bench.analyze(path), DATA, str(path), r'byte \d+ \(packet \d+\)')
            bench.equal(bench.flows(), 2, 'flows kept')


def odd_captures(bench):
    """Nothing here is an error."""
    cut = [(time, frame[:96]) for time, frame in traffic.FRAMES]
    cases = [
        ('no packets', traffic.pcap([]), 0), ('no packets, pcapng', traffic.pcapng([]), 0),
        ('an empty packet', traffic.GOOD + traffic.pcap_record(traffic.NINE + 90, b''), 3),
        ('a packet of 262,144 octets', traffic.GOOD + traffic.pcap_record(traffic.NINE + 90, bytes(262_144)), 3),
        ('another link type', traffic.pcap_header(link_type=147) + traffic.pcap_record(traffic.NINE, bytes(60)), 0),
        ('packets cut by the snaplen', traffic.pcap_header() + b''.join(
            traffic.pcap_record(time, short, original=len(frame)) for (time, short), (_, frame) in zip(cut, traffic.FRAMES)), None),
        ('the last day of all', traffic.section() + traffic.interface() + b''.join(
            traffic.packet(time, frame) for time, frame in traffic.FRAMES) + traffic.block(
                6, struct.pack('<IIIII', 0, 0xffffffff, 0xffffffff, 60, 60) + bytes(60)), 3),
        ('a time zone of minus 292 years', traffic.section() + traffic.interface(
            options=struct.pack('<HHqHH', 14, 8, -9_223_372_036, 0, 0)) + traffic.packet(0, bytes(60)) + traffic.section() +
         traffic.GOOD_NG[len(traffic.section()):], 3),
    ]
    for name, octets, flows in cases:
        path = bench.case(name).write('odd.cap', octets)
        # A capture that the snaplen has cut is worth a line.
        bench.expect(bench.analyze(path), OK, *(['snaplen'] if flows is None else []), lines=1 if flows is None else 0)
        if flows is not None:
            bench.equal(bench.flows(), flows, 'flows')
    path = bench.case('drops that a capture states').write('a.pcapng', traffic.GOOD_NG + traffic.statistics(17))
    bench.expect(bench.analyze(path), OK, lines=0)
    bench.equal(bench.report()['capture'].get('dropped_packets'), 17, 'dropped packets')


def several_captures(bench):
    first, second = bench.write('1.pcap', traffic.GOOD), bench.write('2.pcap', traffic.pcap(traffic.exchanges(2, start=traffic.NINE + 600)))
    bench.case('several files').expect(bench.analyze(first, second), OK, lines=0, out='2 captures')
    bench.equal(bench.flows(), 5, 'flows')
    bench.case('one file twice').expect(bench.analyze(first, first), OK, 'left out', out='1 capture,')
    bench.equal(bench.flows(), 3, 'flows')
    packed = bench.case('one capture packed and plain').write('1.pcap.gz', gzip.compress(traffic.GOOD))
    bench.expect(bench.analyze(first, packed), OK, 'left out')
    bench.equal(bench.flows(), 3, 'flows')
    bench.case('damage in the second of three').write('b.pcap', traffic.GOOD[:-40])
    bench.expect(bench.analyze(second, 'b.pcap', first), DATA, 'b.pcap')
    bench.equal(bench.flows(), 5, 'flows of the first and of the damaged one')
    folder = bench.case('a folder').folder / 'captures'
    folder.mkdir()
    shutil.copy(second, folder / 'a.pcap')
    shutil.copy(packed, folder / 'b.pcap.gz')
    (folder / 'notes.txt').write_text('nothing')
    bench.expect(bench.analyze(folder), OK, 'notes.txt', out='2 captures')
    bench.equal(bench.flows(), 5, 'flows')
    bench.case('an earlier capture after a later one').expect(bench.analyze(second, first), OK, lines=0)
    bench.equal([record['turns'] for record in bench.report()['records']], [3, 2], 'turns by window')

    bench.case('the same again')
    database = bench.fresh_database()
    bench.analyze(first, second, database=database)
    once = bench.report()
    for paths in [first, second], [second, first], [folder], [first], [second]:
        bench.analyze(*paths, database=database)
        again = bench.report()
        differing = [key for key in once if again[key] != once[key] and key != 'generated_at']
        bench.equal(differing, [], f'what differs in the report after {[path.name for path in paths]}')
