"""Command lines, output that cannot be written, and users who may not."""
import os
import shutil
import subprocess

from . import traffic
from .program import IO_ERROR, IS_ROOT, NO_INPUT, NO_PERMISSION, NOBODY, OK, USAGE



def output(bench):
    capture, database = bench.write('a.pcap', traffic.GOOD), bench.fresh_database()
    bench.analyze(capture, database=database)
    many = bench.write('many.pcap', traffic.pcap(
        [item for number in range(3000) for item in traffic.exchanges(1, name=f'n{number}.test', client=f'10.1.{number >> 8}.{number & 255}')]))
    commands = {'report': ['report', '--database', database, '--format', 'html'], 'names': ['names', many],
                'turns': ['turns', capture], 'profiles': ['profiles'], 'analyze': ['analyze', capture, '--stats']}
    for name, arguments in commands.items():
        bench.case(f'{name} to a full disk')
        with open('/dev/full', 'wb') as full:
            done = bench.run(*arguments, stdout=full)
            if name != 'profiles':
                bench.expect(done, IO_ERROR, 'standard output: No space left')
        bench.case(f'{name} with standard error closed')
        done = bench.run(arguments[0], '/no/such/file' if name in ('names', 'turns', 'analyze') else '--database',
                         *([] if name in ('names', 'turns', 'analyze') else ['/no/such/file']), stderr=None,
                         preexec_fn=lambda: os.close(2))
        bench.true(0 < done.returncode < 128, f'status {done.returncode}')
    bench.case('a reader that has enough').true(
        subprocess.run(f'"{bench.program}" names "{many}" | head -n 1', shell=True, capture_output=True,
                       text=True).stdout.count('\n') == 1, 'not one line')
    piped = subprocess.run(['bash', '-c', f'"{bench.program}" names "{many}" | head -n 1 >/dev/null; echo ${{PIPESTATUS[0]}}'],
                           capture_output=True, text=True)
    bench.true(piped.stdout.strip() in ('0', '141') and not piped.stderr, f'a closed pipe: {piped.stdout} {piped.stderr}')
    bench.case('a report into no folder')
    bench.expect(bench.run('report', '--database', database, '-o', 'no/such/r.html'), IO_ERROR, 'no/such/r.html: No such file')


def command_lines(bench):
    for arguments in (['analyze'], ['analyze', 'a.pcap', '--window', '0'], ['analyze', 'a.pcap', '--window', 'x'],
                      ['names', 'a.pcap', '--format', 'xml'], ['watch'], ['watch', '-i', 'lo', '--snaplen', '3'],
                      ['report', '--since', 'soon'], ['report', '--verdict', 'good'], ['report', '--until', '2026-02-30'],
                      ['nonsense'], ['--nonsense']):
        done = bench.case(' '.join(arguments)).run(*arguments)
        bench.equal(done.returncode, USAGE, 'status')
        bench.true(done.stderr, 'says nothing')
    for said, *arguments in (
            ('--ring-size must be from 1 to 1024 MiB', '--ring-size', '0'),
            ('--block-size must be from 128 to 8192 KiB', '--block-size', '64'),
            ('--block-size must be a multiple of 4 KiB', '--block-size', '130'),
            ('--block-timeout must be from 1 to 1000 ms', '--block-timeout', '0'),
            ('--busy-poll must be from 0 to 100000', '--busy-poll=-1'),
            ('--readers must be from 1 to 16', '--readers', '17'),
            ('--ring-size 4 MiB is less than 4 blocks of 2048 KiB', '--ring-size', '4', '--block-size', '2048'),
            ('--capture libpcap has none', '--capture', 'libpcap', '--readers', '2'),
            ("'dpdk' is invalid for '--capture", '--capture', 'dpdk')):
        done = bench.case(' '.join(arguments)).run('watch', '-i', 'lo', *arguments)
        bench.equal(done.returncode, USAGE, 'status')
        bench.true(said in done.stderr.decode(), f'does not say "{said}": {done.stderr.decode()[:300]}')
    for threads in '0', '17', 'two':
        done = bench.case(f'--threads {threads}').run('analyze', 'a.pcap', '--threads', threads)
        bench.equal(done.returncode, USAGE, 'status')
        bench.true('--threads' in done.stderr.decode(), f'does not name --threads: {done.stderr.decode()[:300]}')
    database = bench.fresh_database()
    bench.analyze(bench.write('a.pcap', traffic.GOOD), database=database)
    for span in '99999w', '99999d', '0m':
        bench.case(f'--since {span}').expect(bench.run('report', '--database', database, '--since', span), OK, lines=0)
    bench.case('an unknown interface').expect(
        bench.run('watch', '-i', 'nosuch0', '--database', database), NO_INPUT, 'nosuch0: no such interface')


def other_users(bench):
    bench.case('as another user')
    if not IS_ROOT or not shutil.which('setpriv'):
        return bench.skip('needs root and setpriv')
    if subprocess.run([*NOBODY, bench.program, '--help'], capture_output=True).returncode:
        return bench.skip(f'another user cannot run {bench.program}')
    bench.fresh_database()
    secret = bench.case('an unreadable file').write('secret.pcap', traffic.GOOD)
    secret.chmod(0o600)
    own = bench.folder / 'nobody'
    own.mkdir()
    os.chown(own, 65534, 65534)
    for arguments in (['names', secret], ['turns', secret], ['analyze', secret, '--database', own / 'a.db']):
        bench.expect(bench.run(*arguments, user='nobody'), NO_INPUT, f'{secret}.*Permission denied')
    bench.case('an unreadable rule file')
    policy = bench.write('secret.yaml', b'schema: 1\ndefault: unapproved\n')
    policy.chmod(0o600)
    capture = bench.write('a.pcap', traffic.GOOD)
    bench.expect(bench.run('analyze', capture, '--policy', policy, '--database', own / 'a.db', user='nobody'),
                 NO_INPUT, 'secret.yaml: Permission denied')
    bench.case('an unreadable rules folder')
    rules = bench.rules
    bench.rules = bench.write_rules('secret-rules')
    (bench.rules / 'providers').chmod(0o700)
    bench.expect(bench.run('analyze', capture, '--database', own / 'a.db', user='nobody'), NO_INPUT, 'secret-rules/providers: Permission denied')
    bench.rules = rules
    bench.case('no right to capture').expect(
        bench.run('watch', '-i', 'lo', '--database', own / 'a.db', user='nobody'), NO_PERMISSION, 'lo: no permission')
    bench.case('a folder that may not be written').expect(
        bench.run('analyze', capture, '--database', bench.folder / 'other.db', user='nobody'), NO_INPUT,
        'other.db: cannot be opened: Permission denied')
    database = bench.folder / 'check.db'
    bench.analyze(capture, database=database)
    before = bench.report()
    bench.case('a report of the database of somebody else').expect(
        bench.run('report', '--database', database, user='nobody'), NO_INPUT,
        'check.db: cannot be opened: Permission denied')
    for part in bench.folder.glob('check.db*'):
        part.chmod(0o644)
    bench.case('a database that may not be written')
    bench.expect(bench.run('analyze', capture, '--database', database, user='nobody'), IO_ERROR, 'check.db: may not be written')
    bench.equal(bench.report()['records'], before['records'], 'the records')
    done = bench.case('a report of a database that may only be read').run('report', '--database', database, user='nobody')
    bench.expect(done, OK, lines=0, out='OpenAI')


def filters(bench):
    bench.case('a bad filter')
    if not IS_ROOT:
        return bench.skip('needs root')
    done = bench.run('watch', '-i', 'lo', '--filter', 'tcp prot 443', '--database', bench.fresh_database())
    if done.returncode == NO_PERMISSION:
        return bench.skip('this root may not capture')
    bench.expect(done, USAGE, 'lo: bad capture filter.*tcp prot 443')
