"""Databases that are none, damaged or may not be written, and a full disk."""
import random
import sqlite3
import subprocess

from . import traffic
from .program import DATA, IO_ERROR, IS_ROOT, NO_INPUT



def databases(bench):
    capture = bench.write('a.pcap', traffic.GOOD)
    bench.case('a database that is none')
    text = bench.write('text.db', b'Dear friend, this is a letter.\n' * 100)
    bench.expect(bench.analyze(capture, database=text), DATA, 'text.db: is not a database')
    bench.expect(bench.run('report', '--database', text), DATA, 'text.db: is not a database')
    bench.equal(text.read_bytes(), b'Dear friend, this is a letter.\n' * 100, 'the letter')
    bench.case('a database of another program')
    foreign = bench.folder / 'foreign.db'
    with sqlite3.connect(foreign) as connection:
        connection.execute('CREATE TABLE cat (name TEXT)')
    connection.close()
    bench.expect(bench.analyze(capture, database=foreign), DATA, 'foreign.db: is a database of another program')
    bench.expect(bench.run('report', '--database', foreign), DATA, 'foreign.db: is a database of another program')
    bench.case('no database').expect(bench.run('report', '--database', 'none.db'), NO_INPUT, 'none.db.*No such file')
    bench.true(not (bench.folder / 'none.db').exists(), 'report made a database')
    bench.case('a folder as a database').expect(bench.analyze(capture, database=bench.folder), NO_INPUT, str(bench.folder))
    bench.case('a database in no folder')
    bench.expect(bench.analyze(capture, database='no/such/a.db'), NO_INPUT, 'no/such/a.db.*No such file')
    bench.case('a damaged database')
    database = bench.fresh_database()
    bench.analyze(capture, database=database)
    octets = bytearray(database.read_bytes())
    octets[4096:] = random.Random(3).randbytes(len(octets) - 4096)
    damaged = bench.write('damaged.db', octets)
    for arguments in (['analyze', capture, '--database', damaged], ['report', '--database', damaged]):
        bench.expect(bench.run(*arguments), DATA, 'damaged.db: is damaged')


def full_disk(bench):
    bench.case('a full disk')
    disk = bench.folder / 'disk'
    disk.mkdir()
    if not IS_ROOT or subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=320k', 'tmpfs', disk], capture_output=True).returncode:
        return bench.skip('needs root and the right to mount')
    try:
        hosts = [item for window in range(40) for host in range(60) for item in traffic.exchanges(
            1, start=traffic.NINE + 300 * window + 1 + host, client=f'10.1.{window}.{host + 1}')]
        capture = bench.write('hosts.pcap', traffic.pcap(hosts))
        bench.expect(bench.analyze(capture, database=disk / 'a.db'), IO_ERROR, f'{disk}/a.db: .*disk is full')
        kept = bench.flows(disk / 'a.db')
        bench.true(60 <= kept < 2400 and kept % 60 == 0, f'{kept} flows kept, not whole windows of 60')
    finally:
        subprocess.run(['umount', disk], check=True)
