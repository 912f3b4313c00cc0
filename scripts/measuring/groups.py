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
    (r'^StrictYAML/', 'reading rules'),
    (r'^RecordStore/|^Agent/', 'accounts and records'),
]
# Helpers that the compiler puts into their callers: their octets are the caller's.
INLINED = re.compile(r'/ByteReader|RawSpan\+')
# Functions of libraries, by name.
FUNCTIONS = [
    (r'^(malloc|calloc|realloc|free|cfree|memalign|posix_memalign|aligned_alloc)\b|^_(int|mid)_|^(unlink_chunk|malloc_consolidate|tcache|sysmalloc|arena_)'
     r'|^swift_(slow(A|Dea)lloc|(de)?alloc(Object|ClassInstance|PartialClassInstance))', 'allocator'),
    (r'^_*(mem(cpy|move|set|cmp|chr)|str(len|cmp|ncmp|chr))', 'copying and comparing'),
    (r'^_?swift_(bridgeObject|unknownObject|nonatomic_)?(R|r)e(tain|lease)|^swift_(isUniquelyReferenced|beginAccess|endAccess)|RefCount', 'reference counts'),
    (r'^\$s.*(Hasher|[hH]ashValue|HashTable|DictionaryStorage|SetStorage|s10DictionaryV)', 'dictionaries of Swift'),
]
# Mangled names of what a room defines, or adds to a type of the library; the library's own have no room's name.
ROOMS = 'WireFormat|TrafficModel|ProviderRules|RuleBundles|StrictYAML|TokenEstimation|Capture|Decryption|RecordStore|Reports|Agent'
MODULE = re.compile(rf'\$s\d+({ROOMS})')
EXTENSION = re.compile(rf'\d+({ROOMS})E')
LIBRARIES = [('libyaml', 'reading rules'), ('libpcap', 'reading frames'), ('libcrypto', 'libcrypto'), ('libsqlite', 'accounts and records'),
             ('libz', 'reading frames'), ('libc.so', 'C library: the rest'), ('ld-linux', 'C library: the rest'), ('[kernel', 'kernel'),
             ('libswift', 'Swift library: the rest'), ('libFoundation', 'Swift library: the rest')]


def source_path(file):
    """The path below Sources/ of this package, or None."""
    _, found, path = file.rpartition('/Sources/')
    return path if found and '/checkouts/' not in file else None


def part_of_path(path):
    return next((name for pattern, name in PARTS if re.search(pattern, path)), path.split('/')[0])


def part(files, function, library):
    """The part of what `function` of `library` does at a line of the first of `files`; the others are those that it is inlined into."""
    for inlined in False, True:
        for file in files:
            path = source_path(file)
            if path and (inlined or not INLINED.search('/' + path)):
                return part_of_path(path)
    if any('/checkouts/GRDB' in file for file in files):
        return 'accounts and records'
    for pattern, name in FUNCTIONS:
        if re.search(pattern, function):
            return name
    module = MODULE.match(function) or EXTENSION.search(function)
    if module:
        return part_of_path(module[1] + '/')
    for name, group in LIBRARIES:
        if name in library:
            return group
    return 'Swift library: the rest'
