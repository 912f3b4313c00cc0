"""Signed bundles of rules: what `gnomon rules update` must refuse, and what must stay whole when it is killed.

Bundles are made here a second time, from docs/rule-bundles.md and with the openssl program, so that the two agree.
"""
import hashlib
import http.server
import os
import random
import shutil
import ssl
import struct
import subprocess
import threading
import time
import zlib

from .program import (
    CONFIGURATION, DATA, IO_ERROR, IS_ROOT, NO_INPUT, NO_PERMISSION, OK, OUT_OF_DATE, POLICY, PROVIDER, UNAVAILABLE, USAGE)


def openssl(*arguments, stdin=b''):
    return subprocess.run(['openssl', *map(str, arguments)], input=stdin, capture_output=True, check=True).stdout


class Maker:
    """Somebody with a key."""

    def __init__(self, folder, name):
        self.folder = folder
        self.key, self.public = folder / f'{name}.key', folder / f'{name}.pem'
        openssl('genpkey', '-algorithm', 'ed25519', '-out', self.key)
        self.key.chmod(0o600)
        openssl('pkey', '-in', self.key, '-pubout', '-out', self.public)
        self.id = hashlib.sha256(openssl('pkey', '-in', self.key, '-pubout', '-outform', 'DER')).digest()

    def signed(self, octets):
        message = self.folder / 'message'
        message.write_bytes(octets)
        return octets + openssl('pkeyutl', '-sign', '-rawin', '-inkey', self.key, '-in', message)

    def contents(self, files):
        files = [(path.encode(), octets) for path, octets in files]
        index = b''.join(struct.pack('>H', len(path)) + path + struct.pack('>I', len(octets)) + hashlib.sha256(octets).digest()
                         for path, octets in files)
        return index + b''.join(octets for _, octets in files)

    def bundle(self, files, version=1, form=1, says=None):
        """`says`: the length of the contents that the header is to state."""
        contents = self.contents(files)
        packed = zlib.compress(contents, 9)
        header = b'\x89GNR\r\n\x1a\n' + struct.pack(
            '>HHQIII', form, 0, version, len(packed), len(contents) if says is None else says, len(files)) + self.id
        return self.signed(header + packed)


def provider(name, number=0):
    """A provider whose API is at NAME.NUMBER.test."""
    return (PROVIDER.replace('openai-api', f'p{number}-api').replace('id: openai\n', f'id: p{number}\n')
            .replace('api.openai.com', f'{name}.{number}.test')).encode()


class Box:
    """A rules folder that trusts a maker, with files of the site's own."""

    def __init__(self, bench, name, maker=None):
        self.bench = bench
        self.rules = bench.folder / name
        (self.rules / 'providers').mkdir(parents=True)
        (self.rules / 'local').mkdir()
        (self.rules / 'providers/p0.yaml').write_bytes(provider('old'))
        (self.rules / 'policy.yaml').write_text(POLICY)
        (self.rules / 'local/own.yaml').write_bytes(provider('own', 999))
        if maker:
            (self.rules / 'trust').mkdir()
            shutil.copy(maker.public, self.rules / 'trust')

    def update(self, source, *more, **options):
        return self.bench.run('rules', 'update', '--rules', self.rules, '--from', source, *more, **options)

    def known(self, *names):
        """Which of the names the rules in force know; None where they cannot be read."""
        done = self.bench.run('rules', 'match', '--rules', self.rules, stdin='\n'.join(names).encode() + b'\n')
        if done.returncode:
            return None
        return [name for name, line in zip(names, done.stdout.splitlines()) if b'"provider":"' in line]

    def state(self):
        return {str(path.relative_to(self.rules)): path.is_symlink() and os.readlink(path) or path.is_file() and path.read_bytes()
                for path in self.rules.rglob('*') if path.name not in ('.lock', 'sets')}


def refused(bench):
    maker, other = Maker(bench.folder, 'maker'), Maker(bench.folder, 'other')
    box = Box(bench, 'box', maker)
    good = maker.bundle([('prices.yaml', b'schema: 1\nproviders: []\n'), ('providers/p0.yaml', provider('new'))], version=5)
    path = bench.case('a bundle that the documentation and openssl alone can make').write('good.bundle', good)
    bench.expect(box.update(path), OK, lines=0, out='version 5 is in force')
    bench.equal(box.known('old.0.test', 'new.0.test', 'own.999.test'), ['new.0.test', 'own.999.test'], 'names that are known')
    before = box.state()
    bench.case('the same again').expect(box.update(path), OK, lines=0, out='is in force already')

    foreign = other.bundle([('providers/p0.yaml', provider('x'))], version=9)
    cases = [
        ('an empty file', b'', DATA, 'is no rule bundle: it is empty'),
        ('a text', b'Dear friend, these are rules.\n' * 9, DATA, 'is no rule bundle'),
        ('a zip file', b'PK\3\4' + bytes(300), DATA, 'is no rule bundle'),
        ('8 octets', good[:8], DATA, 'is cut short: 8 octets'),
        ('half of it', good[:len(good) // 2], DATA, 'is cut short'),
        ('all but an octet', good[:-1], DATA, 'is cut short'),
        ('an octet more', good + b'\n', DATA, 'is longer than it says'),
        ('through a text editor', good.replace(b'\r\n', b'\n'), DATA, 'is no rule bundle'),
        ('a foreign key', foreign, NO_PERMISSION,
         f'is not signed by a trusted key: it says key {other.id.hex()}, and 1 other key'),
        ('a foreign key that says it is ours', foreign[:32] + maker.id + foreign[64:], NO_PERMISSION,
         'has been changed since it was signed'),
        ('another format', maker.bundle([], version=9, form=2), DATA, 'of another format: 2; this gnomon reads format 1'),
        ('an older version', maker.bundle([('providers/p0.yaml', provider('x'))], version=4), OUT_OF_DATE,
         'version 4 is older than 5, which is in force; --allow-older'),
        ('the version in force and other contents', maker.bundle([('providers/p0.yaml', provider('x'))], version=5), OUT_OF_DATE,
         'other contents'),
        ('no rules at all', maker.bundle([], version=9), NO_INPUT, 'providers: no provider files'),
        ('rules that do not lint', maker.bundle(
            [('providers/p0.yaml', provider('x').replace(b'evidence: usage', b'evidence: usgae'))], version=9), CONFIGURATION,
         r'bad\.bundle/providers/p0\.yaml:13:\d+: error: expected .*usage'),
        ('rules that are no text', maker.bundle([('providers/p0.yaml', b'schema: \xff\n')], version=9), CONFIGURATION,
         r'bad\.bundle/providers/p0\.yaml:1:9: error: expected UTF-8'),
        ('an example that fails', maker.bundle([('providers/p0.yaml', provider('x').replace(b'hit: [x.', b'hit: [y.'))], version=9),
         CONFIGURATION, 'error: expected `y.0.test` to match'),
        ('rules that fire at a trap', maker.bundle(
            [('providers/p0.yaml', provider('www7')), ('traps.yaml', b'schema: 1\ntraps:\n  - kind: hosting\n    reason: all sorts\n'
                                                       b'    names:\n      - {suffix: 0.test}\n')], version=9),
         CONFIGURATION, r'bad\.bundle: a test fails: www7\.0\.test, a trap at'),
        ('files out of order', maker.bundle([('traps.yaml', b''), ('providers/p0.yaml', provider('x'))], version=9), DATA,
         'stands twice or out of order'),
        ('a file twice', maker.bundle([('traps.yaml', b'')] * 2, version=9), DATA, 'stands twice or out of order'),
        ('a bomb', maker.bundle([('providers/p0.yaml', bytes(200 << 20))], version=9), DATA, 'is too big: .* octets of contents'),
        ('a bomb that says it is none', maker.bundle([('providers/p0.yaml', bytes(9 << 20))], version=9, says=5000), DATA,
         'is damaged: the packed contents are not 5000 octets'),
        ('a file that is too long', maker.bundle([('providers/p0.yaml', bytes(9 << 20))], version=9), DATA,
         r'is too big: 9437184 octets in providers/p0\.yaml'),
        ('too many files', maker.bundle([(f'providers/p{number:06}.yaml', b'') for number in range(50_001)], version=9), DATA,
         'is too big: 50001 files'),
    ]
    for bad in ('../policy.yaml', '/etc/cron.d/x', 'providers/../../x.yaml', 'local/own.yaml', 'policy.yaml', 'trust/x.pem',
                'providers/a\0.yaml', 'providers/a\n.yaml', 'providers/sub/a.yaml', 'current', 'sets/9/traps.yaml'):
        cases.append((f'a file at {bad!r}', maker.bundle([(bad, b'x')], version=9), DATA,
                      'is damaged|holds a file that may not be in it: expected providers/NAME.yaml'))
    for name, octets, status, said in cases:
        path = bench.case(f'a bundle: {name}').write('bad.bundle', octets)
        bench.expect(box.update(path), status, r'bad\.bundle', said)
        bench.equal(box.state(), before, 'the rules folder')
    source = random.Random(7)
    for place in [*range(0, 64, 3), *source.sample(range(64, len(good)), 40)]:
        octets = bytearray(good)
        octets[place] ^= 1 << source.randrange(8)
        path = bench.case(f'a bundle with a bit of octet {place} flipped').write('bad.bundle', octets)
        done = box.update(path)
        bench.true(done.returncode in (DATA, NO_PERMISSION), f'status {done.returncode}')
        bench.expect(done, done.returncode, r'bad\.bundle: ')
    bench.case('after all that').equal(box.state(), before, 'the rules folder')

    bench.case('an older one when it is asked for')
    path = bench.write('older.bundle', maker.bundle([('providers/p0.yaml', provider('older'))], version=4))
    bench.expect(box.update(path, '--allow-older'), OK, lines=0, out='version 4 is in force')
    bench.expect(bench.run('rules', 'roll-back', '--rules', box.rules, '--to', '5'), OK, lines=0, out='version 5 is in force again')
    bench.equal(box.known('new.0.test', 'older.0.test'), ['new.0.test'], 'names that are known')
    bench.case('a version that is not there').expect(
        bench.run('rules', 'roll-back', '--rules', box.rules, '--to', '77'), NO_INPUT, 'sets/77: there is no such set')
    bench.case('no bundle').expect(box.update('none.bundle'), NO_INPUT, 'none.bundle: No such file')
    bench.case('a folder as a bundle').expect(box.update(bench.folder), NO_INPUT, 'is no regular file')
    bench.case('no key').expect(Box(bench, 'keyless').update(path), NO_PERMISSION, 'trust: no trusted key .* --trust')
    for scheme in 'http', 'file', 'ftp':
        bench.case(f'a URL of {scheme}').expect(
            box.update(f'{scheme}://127.0.0.1/x'), USAGE, 'expected a path, or a URL that begins with https://')

    bench.case('keygen')
    bench.expect(bench.run('rules', 'keygen', '--out', 'own'), OK, lines=0, out=r'own\.key')
    bench.equal((bench.folder / 'own.key').stat().st_mode & 0o777, 0o600, 'mode of the private key')
    bench.expect(bench.run('rules', 'keygen', '--out', 'own'), IO_ERROR, r'own\.key: is there already')
    bundle = ['rules', 'bundle', '--rules', box.rules, '--out', 'own.bundle', '--version', '12', '--key']
    bench.case('a key of openssl').expect(bench.run(*bundle, maker.key), OK, lines=0, out='version 12, 2 files')
    bench.expect(box.update('own.bundle', '--dry-run'), OK, lines=0, out='version 12 could be put in force')
    maker.key.chmod(0o644)
    bench.case('a private key for all to read').expect(bench.run(*bundle, maker.key), NO_PERMISSION, r'maker\.key: .*chmod 600')
    maker.key.chmod(0o600)
    bench.case('a public key to sign with').expect(bench.run(*bundle, 'own.pem'), NO_PERMISSION, r'own\.pem: .*chmod 600')
    bench.case('no key file').expect(bench.run(*bundle, 'none.key'), NO_INPUT, 'none.key: No such file')
    bench.case('a version of zero').expect(
        bench.run('rules', 'bundle', '--rules', box.rules, '--out', 'x', '--key', maker.key, '--version', '0'), USAGE, '--version')
    bench.case('rules that are not fit to be bundled')
    broken = Box(bench, 'broken', maker)
    (broken.rules / 'providers/p0.yaml').write_bytes(provider('x').replace(b'hit: [x.', b'hit: [y.'))
    bench.expect(bench.run('rules', 'bundle', '--rules', broken.rules, '--out', 'x.bundle', '--key', maker.key),
                 CONFIGURATION, r'broken/providers/p0\.yaml:\d+:\d+: error: expected `y.0.test` to match')
    bench.true(not (bench.folder / 'x.bundle').exists(), 'a bundle was written')

    bench.case('a rules folder that may not be written')
    if not IS_ROOT:
        return bench.skip('needs root')
    locked = Box(bench, 'locked', maker)
    bench.expect(locked.update('good.bundle', user='nobody'), IO_ERROR, 'locked/sets: Permission denied')
    bench.expect(locked.update('good.bundle', '--dry-run', user='nobody'), OK, lines=0, out='could be put in force')
    bench.case('a trusted key that may not be read')
    (locked.rules / 'trust/maker.pem').chmod(0o600)
    bench.expect(locked.update('good.bundle', user='nobody'), NO_INPUT, r'trust/maker\.pem: Permission denied')

    disk = bench.case('a full disk below the rules').folder / 'small'
    disk.mkdir()
    if subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=200k', 'tmpfs', disk], capture_output=True).returncode:
        return bench.skip('needs the right to mount')
    try:
        full = Box(bench, 'small/box', maker)
        files = [(f'providers/p{number}.yaml', provider('new', number)) for number in range(10, 100)]
        before = full.state()
        path = bench.write('large.bundle', maker.bundle(files, version=3))
        bench.expect(full.update(path), IO_ERROR, r'box/sets/.*: No space left on device')
        bench.equal(full.state(), before, 'the rules folder')
        bench.equal(full.known('old.0.test', 'new.10.test'), ['old.0.test'], 'names that are known')
        path = bench.write('small.bundle', maker.bundle(files[:3], version=4))
        bench.expect(full.update(path), OK, lines=0, out='version 4 is in force')
    finally:
        subprocess.run(['umount', disk], check=True)


# What changes the disk.
CALLS = ['mkdir', 'fsync', 'rename', 'symlink', 'syncfs', 'unlink', 'flock', 'fchmod']


def can_trace():
    return bool(shutil.which('strace')) and subprocess.run(
        ['strace', '-o', '/dev/null', 'true'], capture_output=True).returncode == 0


def traced(bench, calls, happens, arguments):
    """Runs gnomon, to which something happens at a system call."""
    return subprocess.run(
        ['strace', '-f', '-o', '/dev/null', '-e', f'trace={calls}', '-e', f'inject={calls}:{happens}',
         bench.program, *map(str, arguments)], cwd=bench.folder, capture_output=True)


def killed_at(bench, call, when, arguments):
    """The same, killed when it makes the call for the `when`-th time."""
    return traced(bench, f'?{call},?{call}at,?{call}at2', f'signal=KILL:when={when}', arguments)


def killed(bench, kills=40):
    """kill -9 while rules are updated, and readers beside it: all files come from one set, always."""
    maker = Maker(bench.folder, 'killer')
    numbers = range(10, 40)
    count = len(numbers)
    names = [f'{side}.{number}.test' for side in 'ab' for number in numbers]
    box = Box(bench, 'shaken', maker)

    def path(version):
        files = [(f'providers/p{number}.yaml', provider('ab'[version % 2], number)) for number in numbers]
        return bench.write('next.bundle', maker.bundle(files, version=version))

    def check():
        """The side that is in force; every name must be of it."""
        known = box.known(*names)
        sides = {name[0] for name in known or []}
        whole = len(sides) == 1 and len(known) == count
        bench.true(whole, f'{None if known is None else len(known)} names of the sets {sorted(sides)} are known')
        return version_in_force()

    def version_in_force():
        return int(os.readlink(box.rules / 'current').split('/')[1])

    bench.case('the first of many updates')
    started = time.monotonic()
    bench.expect(box.update(path(1)), OK, lines=0)
    length = time.monotonic() - started
    version, source, outcomes = 1, random.Random(11), []
    command = ['rules', 'update', '--rules', str(box.rules), '--from', 'next.bundle']
    for number in range(kills):
        version += 1
        path(version)
        bench.case(f'kill {number} of {kills}')
        process = subprocess.Popen([bench.program, *command], cwd=bench.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(length * source.uniform(0.2, 1.1))
        process.kill()
        process.wait()
        found = check()
        bench.true(found in (version, version - 1) or found in outcomes[-1:], f'version {found} after {version}')
        outcomes.append(found)
    # The same at each call that changes the disk.
    if can_trace():
        for call in CALLS:
            for when in [*range(1, 6), *range(6, 2 * count, 7)]:
                version += 1
                path(version)
                bench.case(f'killed at {call} number {when}')
                done = killed_at(bench, call, when, command)
                check()
                if done.returncode == 0:
                    break
    else:
        bench.case('killed at each call').skip('there is no strace, or it may not trace')
    bench.case('an update after all that').expect(box.update(path(version + 1)), OK, lines=0)
    bench.equal(check(), version + 1, 'the version in force')
    left = [name for name in os.listdir(box.rules / 'sets') if name.startswith(('.new-', '.old-'))]
    bench.equal(left + [name for name in os.listdir(box.rules) if name.startswith('.current')], [], 'what is left behind')
    bench.true(len([name for name in os.listdir(box.rules / 'sets') if name.isdigit()]) <= 4, 'more than four sets are kept')

    bench.case('readers while sets come and go')
    stop = threading.Event()

    def turn():
        for next in range(version + 2, version + 14):
            bench.true(box.update(path(next)).returncode == OK, f'version {next} could not be put in force')
        stop.set()

    thread = threading.Thread(target=turn)
    thread.start()
    while not stop.is_set():
        check()
    thread.join()


class Handler(http.server.BaseHTTPRequestHandler):
    bundle = b''

    def do_GET(self):
        if self.path == '/away':
            self.send_response(302)
            self.send_header('Location', 'http://127.0.0.1:1/x')
            return self.end_headers()
        self.send_response(200 if self.path != '/gone' else 404)
        if self.path == '/large':
            self.send_header('Content-Length', str(1 << 30))
        self.end_headers()
        try:
            if self.path == '/endless':
                while True:
                    self.wfile.write(bytes(1 << 16))
            self.wfile.write(self.bundle)
        except OSError:
            pass

    def log_message(self, *_):
        pass


def fetched(bench):
    """Bundles from a server, by https and nothing else."""
    bench.case('a bundle from a server')
    if not shutil.which('curl'):
        return bench.skip('there is no curl')
    maker = Maker(bench.folder, 'server')
    box = Box(bench, 'far', maker)
    key, certificate = bench.folder / 'tls.key', bench.folder / 'tls.pem'
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=gnomon test',
            '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', certificate)
    Handler.bundle = maker.bundle([('providers/p0.yaml', provider('far'))], version=3)
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f'https://127.0.0.1:{server.server_address[1]}'
    kept = {name: os.environ.get(name) for name in ('CURL_CA_BUNDLE', 'NO_PROXY', 'no_proxy')}
    os.environ.update(NO_PROXY='127.0.0.1', no_proxy='127.0.0.1')
    try:
        bench.case('a server that nobody vouches for').expect(box.update(url + '/x'), UNAVAILABLE, f'{url}/x: .*certificate')
        os.environ['CURL_CA_BUNDLE'] = str(certificate)
        bench.case('nothing at that address').expect(box.update(url + '/gone'), UNAVAILABLE, '/gone: .*404')
        bench.case('a redirection to http').expect(box.update(url + '/away'), UNAVAILABLE, '/away: .*http')
        bench.case('a length that is too great').expect(box.update(url + '/large'), DATA, '/large: is too big')
        bench.case('an answer without end').expect(box.update(url + '/endless'), DATA, '/endless: is too big')
        bench.case('no server').expect(box.update('https://127.0.0.1:1/x'), UNAVAILABLE, '127.0.0.1:1/x: ')
        bench.equal(box.known('old.0.test', 'far.0.test'), ['old.0.test'], 'names that are known')
        bench.case('a bundle from a server').expect(box.update(url + '/x'), OK, lines=0, out='version 3 is in force')
        bench.equal(box.known('old.0.test', 'far.0.test'), ['far.0.test'], 'names that are known')
    finally:
        server.shutdown()
        for name, value in kept.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
