"""Rule files with mistakes, and commands that add to them."""
import os
import shutil
import socket

from . import traffic
from .program import CONFIGURATION, DATA, IO_ERROR, IS_ROOT, NO_INPUT, OK, ROOT, USAGE



def rule_mistakes(bench):
    capture = bench.write('a.pcap', traffic.GOOD)
    profile = (ROOT / 'rules/profiles/global.yaml').read_text()
    cases = [
        ('providers/openai.yaml', 'evidence: usage', 'evidence: usgae', r'13:\d+: error: expected .*usage'),
        ('providers/openai.yaml', 'suffix: api.openai.com', 'suffix: com', r'13:\d+: error: expected'),
        ('providers/openai.yaml', '  - id:', '  id:', r'\d+:\d+: error: expected'),
        ('providers/openai.yaml', 'status: active', 'status: active\nstatus: active', r'6:\d+: error: expected'),
        ('providers/openai.yaml', '[api.openai.com]', '[www.openai.com]', r'17:\d+: error: expected'),
        ('policy.yaml', 'unapproved', 'forbidden', r'2:10: error: expected'),
        ('policy.yaml', 'schema: 1', 'schema: [1', r'\d+:\d+: error: expected'),
        ('policy.yaml', 'schema: 1', '\tschema: 1', r'\d+:\d+: error: expected'),
        ('policy.yaml', 'schema: 1', '\xff', r'1:1: error: expected UTF-8'),
        ('prices.yaml', 'USD', 'dollars', r'4:15: error: expected'),
        ('profiles/global.yaml', 'version: ', 'version: no. ', r'4:10: error: expected'),
        ('traps.yaml', '', 'schema: 1\ntraps: none\n', r'2:8: error: expected'),
    ]
    kept = bench.rules
    for number, (file, old, new, said) in enumerate(cases):
        bench.case(f'a mistake in {file}: {new!r}')
        bench.rules = bench.write_rules(f'rules-{number}')
        path = bench.rules / file
        path.parent.mkdir(exist_ok=True)
        text = path.read_text() if path.exists() else profile if 'profiles' in file else ''
        if old not in text:
            bench.fail(f'{file} holds no {old!r} to make a mistake of')
            continue
        path.write_text(text.replace(old, new, 1) if old else new, encoding='latin-1')
        bench.expect(bench.analyze(capture), CONFIGURATION, f'{path}:{said}')
        bench.true(not (bench.folder / 'check.db').exists(), 'a database was made all the same')
        for arguments in (['turns', capture], ['profiles'], ['watch', '--interface', 'lo', '--database', 'check.db']):
            bench.expect(bench.run(*arguments), CONFIGURATION, f'{path}:{said}')
    bench.case('two mistakes')
    bench.rules = bench.write_rules('rules-two')
    (bench.rules / 'policy.yaml').write_text('schema: 1\ndefault: maybe\ngroups: 7\n')
    (bench.rules / 'prices.yaml').write_text('schema: 3\nproviders: []\n')
    bench.expect(bench.analyze(capture), CONFIGURATION, 'policy.yaml:2:10', 'policy.yaml:3:9', 'prices.yaml:1:9', lines=3)
    bench.case('no rules')
    bench.rules = bench.folder / 'no rules'
    bench.expect(bench.analyze(capture), NO_INPUT, 'no rules/providers')
    bench.rules = kept
    bench.case('no policy').expect(bench.analyze(capture, '--policy', 'no.yaml'), NO_INPUT, 'no.yaml: No such file')


def no_files(bench):
    """What is no regular file and stands where a rule file is expected: named, and nobody waits for it."""
    kept, capture = bench.rules, bench.write('a.pcap', traffic.GOOD)

    def bind(path):
        # The path of a socket is short.
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(os.path.relpath(path))

    kinds = {'pipe': os.mkfifo, 'folder': os.mkdir, 'socket': bind, 'device': lambda path: os.symlink('/dev/zero', path)}
    for number, (name, (kind, make)) in enumerate((name, kind) for name in (
            'providers/d.yaml', 'local/d.yaml', 'profiles/d.yaml', 'traps.yaml', 'prices.yaml', 'signs.yaml', 'policy.yaml')
            for kind in kinds.items()):
        bench.case(f'a {kind} in the place of {name}')
        bench.rules = bench.write_rules(f'kinds-{number}')
        path = bench.rules / name
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        make(path)
        for arguments in (['analyze', capture, '--database', 'kinds.db'], ['rules', 'lint'], ['rules', 'stats']):
            bench.expect(bench.run(*arguments, timeout=20), NO_INPUT, f'{path}: is no regular file$')
    bench.rules = kept
    for kind, make in kinds.items():
        path = bench.case(f'a {kind} as a policy').folder / f'policy.{kind}'
        make(path)
        for arguments in ['policy', 'list'], ['rules', 'lint'], ['policy', 'revoke', 'openai']:
            bench.expect(bench.run(*arguments, '--policy', path, timeout=20), NO_INPUT, f'{path}: is no regular file$')
    for folder in 'providers', 'local':
        bench.case(f'a pipe in the place of {folder}')
        bench.rules = bench.write_rules(f'kinds-{folder}')
        shutil.rmtree(bench.rules / folder, ignore_errors=True)
        os.mkfifo(bench.rules / folder)
        bench.expect(bench.run('rules', 'stats', timeout=20), NO_INPUT, f'{bench.rules}/{folder}: Not a directory')
    bench.rules = kept


def explanations(bench):
    """What explain says of names that are nobody's use."""
    kept = bench.rules
    bench.rules = rules = bench.write_rules('rules-explained')
    provider = rules / 'providers/openai.yaml'
    provider.write_text(provider.read_text().replace(
        'evidence: usage}\n', 'evidence: usage}\n        - {exact: www.openai.com, evidence: website}\n', 1))
    (rules / 'signs.yaml').write_text('schema: 1\nsigns:\n  - {in: part, strength: strong, reason: r, words: [llm]}\n')
    explain = lambda name: bench.run('rules', 'explain', name)
    bench.case('explain: a website').expect(explain('www.openai.com'), OK, lines=0, out=(
        r'verdict +none: traffic to this name alone does not count\n +on use +unapproved for all hosts'))
    done = bench.case('explain: use').run('rules', 'explain', 'api.openai.com')
    bench.expect(done, OK, lines=0, out='verdict +unapproved for all hosts')
    bench.true(b'does not count' not in done.stdout, done.stdout)
    bench.case('explain: a name that looks like AI').expect(explain('llm.some.test'), OK, lines=0, out=(
        r'matches no rule.*\n +looks like +AI by signs\.yaml \(“llm” as a word\): listed among unknown names'))
    done = bench.case('explain: a name that looks like nothing').run('rules', 'explain', 'www.some.test')
    bench.expect(done, OK, lines=0, out='matches no rule')
    bench.true(b'looks like' not in done.stdout, done.stdout)
    bench.case('what a bundle holds, in its help').expect(
        bench.run('rules', 'bundle', '--help'), OK, lines=0, out=r'profiles,\s+traps,\s+prices\s+and\s+signs')
    bench.rules = kept


def local_rules(bench):
    kept = bench.rules
    bench.rules = rules = bench.write_rules('rules-local')
    (rules / 'traps.yaml').write_text(
        'schema: 1\ntraps:\n  - kind: shared-root\n    reason: of everybody\n    names: [{suffix: shared.test}]\n')
    suffixes = bench.write('psl.dat', b'test\nsite.test\n// ===BEGIN PRIVATE DOMAINS===\nhost.test\n')
    new = ['--provider', 'new', '--name', 'New', '--category', 'chat-web']

    def add(domain, *arguments, **options):
        return bench.run('rules', 'add', domain, *arguments, '--public-suffixes', suffixes, **options)

    def take(text, *arguments, **options):
        return bench.run('rules', 'import', bench.write('list.txt', text), *(arguments or new), '--public-suffixes', suffixes, **options)

    cases = [
        ('two words', 'chat bot', new, 'expected a host name'), ('an address', '10.0.0.1', new, r'10\.0\.0\.1: expected a host name, found an address$'),
        ('an address on the web', 'https://a.test/x', new, 'expected a host name'), ('one label', 'localhost', new, 'at least two labels'),
        ('a registry', 'co.uk', new, 'anybody can register'), ('a suffix of the list', 'site.test', new, 'anybody can register'),
        ('a hosting suffix', 'host.test', new, 'a hosting service lets anybody have names'),
        ('a trap', 'shared.test', new, r'rules-local/traps\.yaml:5: shared\.test is a trap .*--over-trap with --reason'),
        ('above a trap', 'test.shared.test', ['--provider', 'nobody'], 'expected a provider that there is, found nobody'),
        ('a name that is known', 'api.openai.com', ['--provider', 'openai'], r'providers/openai\.yaml:13: api\.openai\.com is usage of openai-api'),
        ('an unknown provider', 'a.test', ['--provider', 'opnai'], r'did you mean openai\? A new one needs --name and --category'),
        ('an unknown service', 'a.test', ['--provider', 'openai', '--service', 'openai-app'], r'did you mean openai-api\? There are openai-api'),
        ('an unknown category', 'a.test', ['--provider', 'new', '--name', 'N', '--category', 'chat'], '--category: expected one of'),
        ('an unknown evidence', 'a.test', [*new, '--evidence', 'usgae'], r'--evidence: .*did you mean usage\?'),
        ('an unknown match', 'a.test', [*new, '--match', 'regex'], '--match: expected one of exact, suffix'),
        ('a reason of two lines', 'a.test', [*new, '--reason', 'a\nb'], '--reason: expected a line of text'),
    ]
    for name, domain, arguments, said in cases:
        bench.case(f'rules add: {name}').expect(add(domain, *arguments), USAGE, said)
        bench.true(not (rules / 'local').exists(), 'something was written')
    done = bench.case('rules add: --over-trap alone').run('rules', 'add', 'shared.test', *new, '--over-trap')
    bench.true(done.returncode == USAGE and b'--over-trap needs --reason' in done.stderr, done.stderr)
    bench.case('rules add: over a trap').expect(add('shared.test', *new, '--over-trap', '--reason', 'ours'), OK, lines=0, out='new.yaml:14')
    bench.case('rules add: the same again').expect(
        add('shared.test', '--provider', 'new', '--over-trap', '--reason', 'ours'), USAGE, r'local/new\.yaml:14: .*stands there already')
    bench.case('rules add: a form that cannot be added to')
    local = rules / 'local/new.yaml'
    good_file = local.read_bytes()
    local.write_bytes(good_file.replace(b'\n', b'\r\n', 3))
    bench.expect(add('b.test', '--provider', 'new'), CONFIGURATION, r'local/new\.yaml: expected `services:`')
    bench.case('rules add: a local file with a mistake')
    local.write_bytes(good_file.replace(b'id: new', b'id: New', 1))
    bench.expect(add('b.test', '--provider', 'openai'), CONFIGURATION, r'local/new\.yaml:2:5: error: expected an id')
    local.write_bytes(good_file)
    bench.case('rules add: what it extends is gone')
    local.write_text(local.read_text() + 'x: y\n')
    bench.expect(add('b.test', '--provider', 'openai'), CONFIGURATION, r'local/new\.yaml:\d+:1: error: expected a key of a provider')
    local.write_text('schema: 1\nextends: opnai\nservices:\n  - adds_to: x\n    match: {domains: [{exact: b.test, evidence: cdn}]}\n'
                     '    verified: {date: 2026-11-01, by: docs}\n    sources: [a]\n    examples: {hit: [b.test]}\n')
    bench.expect(bench.run('rules', 'stats'), CONFIGURATION, r'local/new\.yaml:2:10: error: expected a provider that there is.*did you mean `openai`')
    local.unlink()
    local.parent.rmdir()
    bench.case('rules add: a folder that cannot be made')
    (rules / 'local').write_text('no folder')
    bench.expect(add('b.test', '--provider', 'openai'), NO_INPUT, 'rules-local/local: ')
    (rules / 'local').unlink()

    bench.case('rules import: no list').expect(bench.run('rules', 'import', 'none.txt', *new), NO_INPUT, 'none.txt: No such file')
    bench.case('rules import: a folder').expect(bench.run('rules', 'import', bench.folder, *new), NO_INPUT, 'Is a directory')
    for name, text in [('HTML', b'<html>\n'), ('nothing', b''), ('two forms', b'domain:a.test\n||b.test^\n'), ('octets', bytes(range(256)) * 50)]:
        bench.case(f'rules import: {name}').expect(take(text), DATA, 'list.txt: the first lines do not tell', lines=1)
    bench.case('rules import: an unknown form').expect(take(b'a.test\n', *new, '--format', 'abp'), USAGE, '--format: expected one of v2fly')
    bench.case('rules import: for nobody').expect(take(b'a.test\n', '--match', 'exact'), USAGE, 'expected --provider, --into, or both')
    bench.case('rules import: into a file that is there').expect(
        take(b'a.test\n', *new, '--into', bench.write('there.yaml', b'')), USAGE, 'there.yaml: is there already')
    bench.case('rules import: into no folder').expect(take(b'a.test\n', *new, '--into', 'no/such/a.yaml'), IO_ERROR, 'a.yaml: No such file')
    bench.case('rules import: without an end').expect(
        bench.run('rules', 'import', '/dev/zero', *new, '--format', 'plain'), DATA, '/dev/zero: expected at most 67108864 octets')
    bench.case('rules import: too many names').expect(
        take(b''.join(b'n%d.test\n' % number for number in range(20_001))), DATA, r'list\.txt:20001: expected at most 20000 new names')
    bench.case('rules import: a line without an end').expect(
        take(b'x.test\n' + b'a' * 9_000_000, *new, '--format', 'plain', '--dry-run'), OK, r'list\.txt:2: expected a line of less than', lines=None)
    bench.case('rules import: what cannot be used').expect(
        take(b'domain:a.test\nkeyword:gpt\ninclude:x\nshared.test\napi.openai.com\n', *new, '--dry-run'), OK,
        r'list\.txt:2: a keyword', r'list\.txt:3: another list', r'list\.txt:4: shared\.test is a trap at traps\.yaml:5',
        r'list\.txt:5: api\.openai\.com is openai-api usage', '1 trap, left out', lines=None, out='suffix: a.test')
    bench.true(not (rules / 'local').exists(), 'something was written')
    if IS_ROOT and shutil.which('setpriv'):
        for command in ['add', 'b.test'], ['import', bench.write('list.txt', b'b.test\n')]:
            bench.case(f'rules {command[0]}: a folder that may not be written').expect(
                bench.run('rules', *command, '--provider', 'openai', '--public-suffixes', suffixes, user='nobody'), IO_ERROR,
                'rules-local/local: Permission denied')
    else:
        bench.case('a rules folder that may not be written').skip('needs root and setpriv')
    bench.rules = kept
