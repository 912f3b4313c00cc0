"""Which part of gnomon a place in the source, or a function without one, belongs to."""

import re

# The first pattern that the path below Sources/ matches says the part; a path that matches none is its room's.
PARTS = [
    (r'^TrafficModel/Names/|DNS|\+Answers', 'DNS'),
    (r'QUIC|CryptoStream', 'QUIC'),
    (r'/Flow(Table|Key)\.', 'flow table'),
    (r'TLS|Hello|Probing|HTTP|Stream|Certificate|Prox|JA4|ServerName', 'hellos, heads and streams'),
    (r'^WireFormat/', 'headers'),
    (r'^TrafficModel/', 'engine: the rest'),
    (r'^ProviderRules/|^Agent/(Judge|Rule|Unknown)', 'judgement by rules'),
    (r'^TokenEstimation/', 'token estimates'),
    (r'^Capture/', 'reading frames'),
    (r'^RecordStore/|^Agent/', 'accounts and records'),
]
# Helpers that the compiler puts into their callers: their octets are the caller's.
INLINED = re.compile(r'/ByteReader|RawSpan\+')
ALLOCATION = re.compile(r'^(_int_)?(malloc|calloc|realloc|free|memalign|posix_memalign|aligned_alloc|cfree)\b|^_int_|'
                        r'^(unlink_chunk|malloc_consolidate|tcache|sysmalloc|arena_|_mid_memalign)|'
                        r'^swift_(slowAlloc|slowDealloc|allocObject|deallocClassInstance|deallocPartial)')
COPYING = re.compile(r'^_*(mem(cpy|move|set|cmp|chr)|str(len|cmp|ncmp|chr))')
LIBRARIES = [('libpcap', 'reading frames'), ('libcrypto', 'libcrypto'), ('libsqlite', 'accounts and records'),
             ('libz', 'reading frames'), ('libc.so', 'C library: the rest'), ('ld-linux', 'C library: the rest'), ('[kernel', 'kernel'),
             ('libswift', 'Swift runtime and library'), ('libFoundation', 'Swift runtime and library')]


def source_path(file):
    """The path below Sources/ of this package, or None."""
    _, found, path = file.rpartition('/Sources/')
    return path if found and '/checkouts/' not in file else None


def part(files, function, library):
    """The part of what `function` of `library` does at a line of the first of `files`; the others are those that it is inlined into."""
    for inlined in False, True:
        for file in files:
            path = source_path(file)
            if path and (inlined or not INLINED.search('/' + path)):
                return next((name for pattern, name in PARTS if re.search(pattern, path)), path.split('/')[0])
    if ALLOCATION.search(function):
        return 'allocator'
    if COPYING.search(function):
        return 'copying and comparing'
    if any('/checkouts/GRDB' in file for file in files):
        return 'accounts and records'
    module = re.match(r'\$s(\d+)', function)
    if module:
        start, length = module.end(), int(module[1])
        return {'Capture': 'reading frames', 'ProviderRules': 'judgement by rules'}.get(
            function[start:start + length], 'engine: the rest' if function[start:start + length] == 'TrafficModel' else 'Swift runtime and library')
    for name, group in LIBRARIES:
        if name in library:
            return group
    return 'Swift runtime and library'
