"""Runs gnomon and says what was not as it should be."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
IS_ROOT = os.geteuid() == 0

# Exit statuses, as Sources/Agent/ExitStatus.swift has them.
OK, USAGE, DATA, NO_INPUT, UNAVAILABLE, IO_ERROR, OUT_OF_DATE, NO_PERMISSION, CONFIGURATION = (
    0, 64, 65, 66, 69, 74, 76, 77, 78)

NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']

PROVIDER = '''\
schema: 1
id: openai
name: OpenAI
vendor: {name: OpenAI, country: US, site: https://openai.com}
status: active
services:
  - id: openai-api
    name: OpenAI API
    category: api
    data_egress: prompt
    match:
      domains:
        - {suffix: api.openai.com, evidence: usage}
    verified: {date: 2026-11-01, by: docs, ref: https://openai.com}
    confidence: high
    sources: [vendor-docs]
    examples: {hit: [api.openai.com]}
'''
POLICY = 'schema: 1\ndefault: unapproved\n'
PRICES = '''\
schema: 1
providers:
  - provider: openai
    currency: USD
    assumed: [large]
    source: https://openai.com/prices
    families:
      - {id: large, valid_from: 2026-01-01, input: 2.00, output: 10.00}
'''


class Bench:
    """A folder of its own, small rules, and a count of what went wrong."""

    def __init__(self, program):
        self.program = str(pathlib.Path(program).resolve())
        if not os.access(self.program, os.X_OK):
            sys.exit(f'no program {program}; build it first: swift build --product gnomon')
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='gnomon-check-'))
        self.folder.chmod(0o755)
        self.rules = self.write_rules('rules')
        self.checks = 0
        self.failures = 0
        self.name = ''

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def write_rules(self, name):
        rules = self.folder / name
        (rules / 'providers').mkdir(parents=True)
        (rules / 'providers/openai.yaml').write_text(PROVIDER)
        (rules / 'policy.yaml').write_text(POLICY)
        (rules / 'prices.yaml').write_text(PRICES)
        return rules

    def write(self, name, octets):
        path = self.folder / name
        path.write_bytes(octets)
        return path

    def fresh_database(self):
        """A path at which there is no database."""
        for path in self.folder.glob('check.db*'):
            path.unlink()
        return self.folder / 'check.db'

    def run(self, *arguments, user=None, stdin=b'', timeout=120, **options):
        command = [*(NOBODY if user else []), self.program, *map(str, arguments)]
        options.setdefault('stdout', subprocess.PIPE)
        options.setdefault('stderr', subprocess.PIPE)
        environment = {**os.environ, 'GNOMON_RULES': str(self.rules)}
        try:
            return subprocess.run(command, input=stdin, timeout=timeout, env=environment, cwd=self.folder, **options)
        except subprocess.TimeoutExpired as late:
            self.fail(f'{" ".join(map(str, arguments))}: still running after {timeout} s')
            return subprocess.CompletedProcess(command, -9, late.stdout or b'', late.stderr or b'')

    def analyze(self, *paths, database=None, **options):
        return self.run('analyze', *paths, '--database', database or self.fresh_database(), '--sensor', 'check', **options)

    def flows(self, database=None):
        """Flows in all records of the database."""
        return sum(record['flows'] for record in self.report(database)['records'])

    def report(self, database=None):
        done = self.run('report', '--database', database or self.folder / 'check.db', '--format', 'json')
        if done.returncode:
            self.fail(f'report ended with {done.returncode}: {done.stderr.decode(errors="replace").strip()}')
            return {'records': [], 'capture': {}}
        return json.loads(done.stdout)

    # What is expected

    def expect(self, done, status, *said, lines=1, out=None):
        """The exit status, and so many lines on standard error (None: any number) that hold every text of `said`."""
        text = done.stderr.decode(errors='replace')
        self.true(done.returncode == status, f'status {done.returncode} and not {status}: {text.strip()[:300]}')
        told = text.splitlines()
        self.true(lines in (len(told), None), f'{len(told)} lines on standard error and not {lines}: {text.strip()[:300]}')
        for line in told[:1]:
            self.true(re.match(r'gnomon: |\S.*?:\d+:\d+: ', line), f'begins with neither "gnomon: " nor a place: {line}')
        for what in said:
            self.true(re.search(what, text), f'nothing like "{what}" in: {text.strip()[:300]}')
        if out is not None:
            self.true(re.search(out, done.stdout.decode(errors='replace')), f'nothing like "{out}" on standard output')

    def equal(self, found, expected, what):
        self.true(found == expected, f'{what}: {found} and not {expected}')

    def true(self, condition, otherwise):
        self.checks += 1
        if not condition:
            self.fail(otherwise)

    def fail(self, what):
        self.failures += 1
        print(f'FAILED  {self.name}: {what}')

    def case(self, name):
        """Says which case the checks that follow belong to."""
        self.name = name
        if '-v' in sys.argv:
            print(name)
        return self

    def skip(self, why):
        print(f'SKIPPED: {self.name}: {why}')

    def summary(self):
        print(f'{self.checks} checks, {self.failures} failed')
        return 1 if self.failures else 0
