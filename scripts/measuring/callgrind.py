"""What a run cost by callgrind: instructions of each part, and how often memory was asked for."""

import collections
import os
import pathlib
import re
import subprocess
import tempfile

from . import groups

ALLOCATORS = {'malloc', 'calloc', 'realloc', 'posix_memalign', 'aligned_alloc', 'memalign'}
OBJECTS = {'swift_allocObject'}
NAMED = re.compile(r'\((\d+)\)(?: (.*))?')


class Costs:
    """Instructions by part and by function, calls of the allocator, and objects made."""

    def __init__(self):
        self.parts, self.functions = collections.Counter(), collections.Counter()
        self.allocations = self.objects = 0

    @property
    def instructions(self):
        return sum(self.parts.values())

    def __sub__(self, other):
        rest = Costs()
        for name in 'parts', 'functions':
            mine, theirs = getattr(self, name), getattr(other, name)
            setattr(rest, name, collections.Counter({key: mine[key] - theirs[key] for key in mine | theirs}))
        rest.allocations, rest.objects = self.allocations - other.allocations, self.objects - other.objects
        return rest


def read(lines):
    """Costs from the lines of callgrind's file.

    Names are written once, with a number, and by that number after (`fn=(3) main`, then `fn=(3)`); `fi` and `fe` say that
    what follows is from a file that was put into the function; a line after `calls=` is what the callee cost, counted where it is.
    """
    costs, names = Costs(), collections.defaultdict(dict)
    library = file = home = function = ''
    callee, after_call = '', False

    def named(kind, text):
        match = NAMED.fullmatch(text)
        if not match:
            return text
        number, name = match.groups()
        if name is not None:
            names[kind][number] = name
        return names[kind].get(number, '')

    spent = collections.Counter()
    for line in lines:
        line = line.rstrip('\n')
        first = line[:1]
        if first.isdigit() or first in '+-*':
            if after_call:
                after_call = False
            elif first:
                spent[library, home, file, function] += int(line.split()[1])
            continue
        key, found, value = line.partition('=')
        if not found:
            continue
        if key == 'fn':
            home, function = file, named('function', value)
        elif key == 'fl':
            file = named('file', value)
        elif key in ('fi', 'fe'):
            file = named('file', value)
        elif key == 'ob':
            library = named('object', value)
        elif key == 'cob':
            named('object', value)
        elif key in ('cfi', 'cfl'):
            named('file', value)
        elif key == 'cfn':
            callee = named('function', value)
        elif key == 'calls':
            after_call = True
            name = callee.partition("'")[0]
            if name in ALLOCATORS:
                costs.allocations += int(value.split()[0])
            elif name in OBJECTS:
                costs.objects += int(value.split()[0])
    for (library, home, file, function), count in spent.items():
        function = function.partition("'")[0]
        costs.parts[groups.part([file, home], function, library)] += count
        costs.functions[function] += count
    return costs


def run(gnomon, capture, root):
    """The costs of `gnomon analyze` on a capture.

    - Throws: RuntimeError where it fails, with what it said.
    """
    with tempfile.TemporaryDirectory(prefix='gnomon-callgrind-') as folder:
        out = pathlib.Path(folder) / 'out'
        command = ['valgrind', '--tool=callgrind', f'--callgrind-out-file={out}', gnomon, 'analyze', capture, '--threads', '1', '--rules', root / 'rules',
                   '--database', pathlib.Path(folder) / 'records.db', '--sensor', 'budget']
        done = subprocess.run(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors='replace',
                              env=os.environ | {'SWIFT_DETERMINISTIC_HASHING': '1'})
        if done.returncode != 0 or not out.exists():
            raise RuntimeError(f'gnomon under callgrind ended with {done.returncode}: {done.stderr.strip()[-300:]}')
        with open(out, errors='replace') as lines:
            return read(lines)
