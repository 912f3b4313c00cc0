"""Labelled sets, and what calibrate takes."""
import re

from . import traffic
from .program import DATA, NO_INPUT, ROOT, USAGE



def labelled_sets(bench):
    bench.case('a set that is not there').expect(bench.run('evaluate', 'none'), NO_INPUT, 'none: ')
    folder = bench.folder / 'labelled'
    folder.mkdir()
    bench.case('a folder without a set').expect(bench.run('evaluate', folder), NO_INPUT, 'truth.json')
    truth = (ROOT / 'captures/office-day.truth.json').read_text()
    lie = re.sub(r'"completion_visible": \d+', '"completion_visible": 1000000000000000', truth, count=1)
    bench.true(lie != truth, 'the truth of office-day states no completion')
    for name, text, said in [
            ('no JSON', '{"schema": 2, "turns": [}', r'\.truth\.json:1:25: error: '), ('a list', '[1, 2]', r'truth\.json:\d+:\d+: '),
            ('an absurd count', lie, r'\.truth\.json:\d+:\d+: error: `completion_visible`')]:
        path = bench.write('a.truth.json', text.encode())
        bench.write('office-day.pcapng', traffic.GOOD_NG)
        for command in 'evaluate', 'calibrate':
            bench.case(f'{command}: a truth that is {name}')
            done = bench.run(command, path) if command == 'evaluate' else bench.run(command, bench.write('a.pcap', traffic.GOOD))
            bench.expect(done, DATA, said)
        path.unlink()
    for name, text, said in [
            ('a column that is none', 'start,host,prompt\n', r':1:7: error: expected'),
            ('a negative count', 'start,client,service,prompt,completion\n2026-11-20T09:00:00Z,10.0.0.1,openai-api,-5,3\n', ':2:'),
            ('a time that is none', 'start,client,service,prompt,completion\nyesterday,10.0.0.1,openai-api,5,3\n', ':2:1:')]:
        table = bench.write('usage.csv', text.encode())
        bench.case(f'a table with {name}').expect(bench.run('calibrate', bench.write('a.pcap', traffic.GOOD), '--usage', table), DATA, said)
    bench.case('a cut capture').expect(
        bench.run('calibrate', bench.write('b.pcap', traffic.GOOD[:-40]), '--usage', bench.write(
            'usage.csv', b'start,client,service,prompt,completion\n2026-11-20T09:00:00Z,10.0.0.1,openai-api,5,3\n')),
        DATA, 'b.pcap: .* byte', lines=None)
    bench.case('a key log that is not there').expect(
        bench.run('calibrate', bench.write('a.pcap', traffic.GOOD), '--keys', 'none.keys'), NO_INPUT, 'none.keys')
    done = bench.run('calibrate', '--billing', 'bill.csv', '--out', 'new')
    bench.case('captures\' option with a bill').true(done.returncode == USAGE and b'--out' in done.stderr, done.stderr)
    bench.true(not (bench.folder / 'new').exists(), 'new profiles were written')
