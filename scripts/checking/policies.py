"""Policies with mistakes, and the commands that change them."""
from . import traffic
from .program import CONFIGURATION, NO_INPUT, OK, USAGE



def policies(bench):
    """Lines, tenants and budgets that are wrong, and the commands that change them."""
    capture, database = bench.write('a.pcap', traffic.GOOD), bench.fresh_database()
    bench.analyze(capture, database=database)
    line = "verdicts:\n  - {group: '*', provider: openai, verdict: approved, owner: o, reason: r%s}\n"
    budget = "budgets:\n  - {group: '*', %s, owner: o, reason: r}\n"
    group = 'groups:\n  - {id: one, cidrs: [10.1.0.7/32]}\n  - {id: out, cidrs: [10.9.0.0/16], excluded: true}\n'
    cases = [
        (line % ', tenant: "*"', r'4:84: error: expected one label of a host name .*no pattern, found `\*`'),
        (line % ', tenant: ours', r'4:84: error: expected no tenant: names of `openai` tell none'),
        (line % ', expires: 2026-02-30', r'4:85: error: expected a date as YYYY-MM-DD'),
        ('expiry_notice_days: soon\n', r'3:21: error: expected a whole number from 0 to 366'),
        (budget % 'per: day', r'4:5: error: expected one of tokens, octets or cost'),
        (budget % 'provider: opneai, per: day, tokens: 1', r'4:28: error: expected the id of a provider, found `opneai`; did you mean `openai`'),
        (budget % 'service: openai-ap, per: day, tokens: 1', r'4:27: error: expected the id of a service, found `openai-ap`; did you mean'),
        (budget % 'per: dya, tokens: 1', r'4:23: error: expected one of day, week, month \(did you mean `day`'),
        (budget % 'per: day, tokens: -1', r'4:36: error: expected a whole number from 1'),
        (budget % 'per: day, cost: 1, currency: euros', r'4:47: error: expected a currency code'),
        (budget % 'host: 10.1.0.5, per: day, tokens: 1', r'4:18: error: expected a key of a budget, found unknown key `host`'),
        (group + "budgets:\n  - {group: one, per: day, tokens: 1, owner: o, reason: r}\n",
         r"7:13: error: expected a group of more than one address: a budget of `one` would be a person's"),
        (group + "budgets:\n  - {group: out, per: day, tokens: 1, owner: o, reason: r}\n",
         r'7:13: error: expected a group that leaves records, found `out`'),
        (group + "budgets:\n  - {group: oen, per: day, tokens: 1, owner: o, reason: r}\n",
         r'7:13: error: expected the id of a group, found `oen`; did you mean `one`'),
    ]
    for text, said in cases:
        path = bench.case(f'a policy with {text!r}').write('site.yaml', ('schema: 1\ndefault: unapproved\n' + text).encode())
        for arguments in (['analyze', capture, '--database', bench.folder / 'other.db'], ['policy', 'list'],
                          ['policy', 'budgets', '--database', database]):
            bench.expect(bench.run(*arguments, '--policy', path), CONFIGURATION, f'{path}:{said}')
    path = bench.case('an approval for an excluded group').write('site.yaml', ('schema: 1\ndefault: unapproved\n' + group).encode())
    owned = ['--owner', 'o', '--reason', 'r', '--policy', path]
    commands = [
        (['approve', 'openai', '--group', 'out', *owned], 'out is excluded: its hosts leave no record'),
        (['approve', 'opneai', *owned], 'expected a provider or a service, found opneai; did you mean openai'),
        (['approve', 'openai', '--service', 'openai-ap', *owned], 'did you mean openai-api'),
        (['approve', 'openai', '--group', 'oen', *owned], 'did you mean one'),
        (['approve', 'openai', '--tenant', 'ours', *owned], '--tenant: names of openai tell no tenant'),
        (['approve', 'openai', '--verdict', 'maybe', *owned], '--verdict: expected one of approved, tolerated, unapproved, found maybe'),
        (['approve', 'openai', '--verdict', 'aproved', *owned], 'found aproved; did you mean approved'),
        (['approve', 'openai', '--expires', '2020-01-01', *owned], '--expires: 2020-01-01 has passed'),
        (['revoke', 'openai', '--policy', path], 'no line speaks of openai for \\*'),
        (['list', '--at', 'soon', '--policy', path], '--at: expected a date'),
        (['budgets', '--at', '2026-02-30', '--database', database, '--policy', path], '--at: expected a date'),
    ]
    before = path.read_bytes()
    for arguments, said in commands:
        bench.case('policy ' + ' '.join(map(str, arguments)))
        bench.expect(bench.run('policy', *arguments), USAGE, said)
        bench.equal(path.read_bytes(), before, 'the policy')
    bench.case('policy budgets of no database').expect(
        bench.run('policy', 'budgets', '--database', 'none.db', '--policy', path), NO_INPUT, 'none.db.*No such file')
    bench.case('policy approve, and back')
    bench.expect(bench.run('policy', 'approve', 'openai', *owned), OK, lines=0, out='but out, excluded from all records')
    bench.expect(bench.run('policy', 'list', '--policy', path), OK, lines=0, out='in force +.*approved for all hosts, provider openai')
    bench.expect(bench.run('policy', 'revoke', 'openai', '--policy', path), OK, lines=0, out='is gone')
    bench.case('a line that lapses by the time of the capture')
    path.write_text('schema: 1\ndefault: unapproved\n' + line % ', expires: 2020-01-01')
    bench.expect(bench.run('analyze', capture, '--database', bench.folder / 'other.db', '--policy', path), OK,
                 f'{path}:4:5: warning: expected a line that holds, found one that lapsed after 2020-01-01')
    bench.case('a budget that is over')
    path.write_text('schema: 1\ndefault: unapproved\n' + budget % 'per: month, octets: 1')
    bench.expect(bench.run('policy', 'budgets', '--database', database, '--policy', path), 1, lines=0, out='^over: all hosts')
