"""Names that look like AI and that no rule knows, from the wire to the report."""
from . import traffic
from .program import OK, POLICY

SIGNS = '''\
schema: 1
signs:
  - {in: top, strength: weak, reason: r, words: [ai]}
  - {in: part, strength: strong, reason: r, words: [llm]}
'''
HEADING = 'Unknown, looks like AI'


def unknown_names(bench):
    kept = bench.rules
    bench.rules = rules = bench.write_rules('rules-unknown')
    (rules / 'signs.yaml').write_text(SIGNS)
    capture = bench.write('unknown.pcap', traffic.pcap(traffic.exchanges(3, name='llm.some.test') + [
        (time + 60, frame) for time, frame in traffic.exchanges(1, name='www.some.test', client='10.20.1.12')]))
    database = bench.fresh_database()
    bench.case('a name that looks like AI').expect(bench.analyze(capture, database=database), OK, lines=0)
    report = bench.report(database)
    bench.equal([(name['name'], name['flows'], name['hosts']) for name in report['unknown_names']], [('llm.some.test', 3, 1)], 'unknown names')
    bench.equal(report['unknown_names_lost'], 0, 'names that found no place')
    bench.equal([report['records'], report['groups'], report['contacts'], report['totals']['hosts']], [[], [], [], 0], 'records of it')
    bench.expect(bench.run('report', '--database', database), OK, lines=0, out=rf'{HEADING}\n(.*\n)+  llm\.some\.test  \(“llm” as a word\)')

    bench.case('a policy that ends the list')
    (rules / 'policy.yaml').write_text(POLICY + 'unknown_names_days: 0\n')
    bench.expect(bench.analyze(capture, database=bench.fresh_database()), OK, lines=0)
    bench.equal(bench.report()['unknown_names'], [], 'unknown names')
    done = bench.run('report', '--database', bench.folder / 'check.db')
    bench.true(HEADING.encode() not in done.stdout and b'some.test' not in done.stdout, done.stdout)
    (rules / 'policy.yaml').write_text(POLICY)

    bench.case('more names than there are places for')
    many = bench.write('names.pcap', traffic.pcap([item for number in range(2_500) for item in traffic.exchanges(
        1, name=f'n{number}.ai', start=traffic.NINE + 1 + number / 1_000, client=f'10.1.{number >> 8}.{number & 255}')]))
    bench.expect(bench.analyze(many, database=bench.fresh_database()), OK, lines=0)
    report = bench.report()
    listed, lost = len(report['unknown_names']), report['unknown_names_lost']
    bench.true(0 < lost and listed + lost == 2_500, f'{listed} names listed and {lost} lost of 2,500')
    for form in [], ['--format', 'html']:
        bench.expect(bench.run('report', '--database', bench.folder / 'check.db', *form), OK, lines=0, out=f'{lost} further names\\s+found')
    bench.rules = kept
