"""Sets of rules whose files somebody has changed."""
import os
import shutil

from .bundles import CALLS, Box, Maker, can_trace, killed_at, provider, traced
from .program import DATA, NO_INPUT, OK, USAGE


def repaired(bench):
    """Mended by the same bundle, or from the one that is kept."""
    maker = Maker(bench.folder, 'mender')
    box = Box(bench, 'mended', maker)
    numbers = range(10, 16)
    files = [(f'providers/p{number}.yaml', provider('a', number)) for number in numbers]
    prices = ('prices.yaml', b'schema: 1\nproviders: []\n')
    path = bench.write('whole.bundle', maker.bundle([prices, *files], version=5))
    names = [f'a.{number}.test' for number in numbers]
    set_5 = box.rules / 'sets/5'
    update = lambda: box.update(path)
    roll_back = lambda: bench.run('rules', 'roll-back', '--rules', box.rules, '--to', '5')
    bench.case('a set to be damaged').expect(update(), OK, lines=0)
    whole = {file: file.read_bytes() for file in set_5.rglob('*') if file.is_file()}
    damages = [
        ('a file changed', 'providers/p12.yaml', lambda file: file.write_bytes(provider('x', 12))),
        ('a file that is no YAML', 'providers/p12.yaml', lambda file: file.write_bytes(b'{[\xff')),
        ('a file deleted', 'prices.yaml', lambda file: file.unlink()),
        ('a file more', 'profiles/mine.yaml', lambda file: file.write_bytes(b'')),
        ('a pipe in the place of a file', 'providers/p10.yaml', lambda file: (file.unlink(), os.mkfifo(file))),
    ]
    for what, name, damage in damages:
        for how, mend in ('update', update), ('roll-back', roll_back):
            damage(set_5 / name)
            said = rf'sets/5/{name}: is not what its bundle holds: the set has been written anew\n'
            bench.case(f'{what}, {how}').expect(mend(), OK, lines=0, out=said + 'version 5 is in force')
            found = {file: file.read_bytes() for file in set_5.rglob('*') if file.is_file()}
            bench.true(found == whole, 'the set is not what it was')
            bench.equal(box.known(*names), names, 'names that are known')
            bench.expect(mend(), OK, lines=0, out='^version 5 is in force already$')

    bench.case('the kept bundle damaged too')
    (set_5 / 'providers/p12.yaml').unlink()
    (set_5 / 'bundle').write_bytes(b'no bundle')
    bench.expect(roll_back(), DATA, 'sets/5/bundle: is no rule bundle: .*; gnomon rules update writes the set anew from the same bundle')
    bench.expect(update(), OK, lines=0, out='sets/5/bundle: is no rule bundle: .*: the set has been written anew')
    bench.case('a set that is gone')
    shutil.rmtree(set_5)
    bench.expect(roll_back(), NO_INPUT, 'sets/5: there is no such set')
    bench.expect(update(), OK, lines=0, out='version 5 is in force')
    bench.equal(box.known(*names), names, 'names that are known')

    bench.case('a set beside the rules it is in force in')
    diff = lambda old, new: bench.run('rules', 'diff', old, new)
    bench.expect(diff(box.rules, set_5), OK, lines=0, out='policy and local/ are not compared: .*/sets/5 is a set, which has none')
    bench.expect(box.update(bench.write('later.bundle', maker.bundle([prices, *files[1:]], version=6))), OK, lines=0)
    bench.expect(diff(box.rules, set_5), 1, lines=0, out='added suffix a.10.test')
    bench.expect(diff(set_5, box.rules / 'sets/6'), 1, lines=0, out='policy is not compared: neither folder has one')
    bench.expect(bench.run('rules', 'diff', set_5, box.rules / 'sets/6', '--database', 'x.db'), USAGE, '--database needs --policy here')
    bench.expect(roll_back(), OK, lines=0, out='version 5 is in force again')

    bench.case('killed while a set in force is mended')
    if not can_trace():
        return bench.skip('there is no strace, or it may not trace')
    mended = 0
    bench.case('a file system that cannot exchange two folders')
    (set_5 / 'providers/p12.yaml').write_bytes(provider('x', 12))
    done = traced(bench, 'renameat2', 'error=EINVAL:when=1', ['rules', 'update', '--rules', box.rules, '--from', path])
    bench.expect(done, OK, lines=0, out='the set has been written anew\nversion 5 is in force')
    bench.equal(box.known(*names), names, 'names that are known')
    left = [name for name in os.listdir(box.rules / 'sets') if name.startswith(('.new-', '.old-'))]
    bench.equal(left, [], 'what is left behind')
    for call in CALLS:
        for when in range(1, 12):
            bench.case(f'killed at {call} number {when} while a set in force is mended')
            (set_5 / 'providers/p12.yaml').write_bytes(provider('x', 12))
            done = killed_at(bench, call, when, ['rules', 'update', '--rules', box.rules, '--from', path])
            known = box.known(*names, 'x.12.test')
            bench.true(known in (names, [name for name in names if '.12.' not in name] + ['x.12.test']), f'{known} are known')
            if done.returncode == 0:
                mended += 1
                break
    bench.true(mended, 'each was killed')
