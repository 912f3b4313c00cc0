"""Small captures, octet by octet: TCP over IPv4 over Ethernet, with a ClientHello and TLS records, as pcap or pcapng."""
import ipaddress
import struct

NINE = 1_793_610_000  # 2026-11-02 09:00:00 UTC, the start of a five-minute window
SNAPLEN = 262_144


class Connection:
    """Frames of one TCP connection; checksums are zero, nobody checks them."""

    def __init__(self, client='10.20.1.11', server='203.0.113.9', port=40_000, number=1_000):
        self.ends = [(client, port), (server, 443)]
        self.next = [number & 0xffffffff, 9_000]

    def frame(self, side, flags, payload=b''):
        (source, source_port), (target, target_port) = self.ends[side], self.ends[1 - side]
        acknowledged = self.next[1 - side] if flags & 0x10 else 0
        tcp = struct.pack('>HHIIBBHHH', source_port, target_port, self.next[side], acknowledged, 0x50, flags, 65535, 0, 0)
        ip = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 40 + len(payload), 0, 0x4000, 64, 6, 0,
                         ipaddress.ip_address(source).packed, ipaddress.ip_address(target).packed)
        ethernet = bytes.fromhex('020000000001020000000011' if side == 0 else '020000000011020000000001') + b'\x08\0'
        self.next[side] = (self.next[side] + len(payload) + (flags & 0x03 != 0)) & 0xffffffff
        return ethernet + ip + tcp + payload

    def exchange(self, name, start):
        """A handshake, a ClientHello for `name`, a request, its answer and the end, as (seconds, frame)."""
        record = lambda size: b'\x17\x03\x03' + struct.pack('>H', size) + b'\x5a' * size
        yield start, self.frame(0, 0x02)
        yield start + .01, self.frame(1, 0x12)
        yield start + .02, self.frame(0, 0x18, client_hello(name))
        yield start + .03, self.frame(1, 0x18, record(1200))
        yield start + .1, self.frame(0, 0x18, record(900))
        for number in range(8):
            yield start + .4 + .1 * number, self.frame(1, 0x18, record(180))
        yield start + 2, self.frame(0, 0x11)


def client_hello(name):
    """A ClientHello with a server_name and nothing else of note."""
    host = name.encode()
    server_name = struct.pack('>HHHBH', 0, len(host) + 5, len(host) + 3, 0, len(host)) + host
    body = b'\x03\x03' + b'\x07' * 32 + b'\0' + b'\0\x02\x13\x01' + b'\x01\0' + struct.pack('>H', len(server_name)) + server_name
    message = b'\x01\0' + struct.pack('>H', len(body)) + body
    return b'\x16\x03\x01' + struct.pack('>H', len(message)) + message


def exchanges(count, name='api.openai.com', start=NINE + 1, **ends):
    """So many exchanges, one every ten seconds, each on a connection of its own."""
    return [item for number in range(count)
            for item in Connection(port=40_000 + number, number=int(start) * 1_000_000, **ends).exchange(name, start + 10 * number)]


# pcap (draft-ietf-opsawg-pcap)

def pcap_header(order='<', magic=0xa1b2c3d4, link_type=1):
    return struct.pack(order + 'IHHiIII', magic, 2, 4, 0, 0, SNAPLEN, link_type)


def pcap_record(seconds, frame, order='<', captured=None, original=None):
    whole = int(seconds)
    return struct.pack(order + 'IIII', whole, round((seconds - whole) * 1e6) % 1_000_000,
                       len(frame) if captured is None else captured, original or len(frame)) + frame


def pcap(frames, order='<'):
    return pcap_header(order) + b''.join(pcap_record(*item, order) for item in frames)


# pcapng (draft-ietf-opsawg-pcapng)

def block(kind, body, order='<'):
    body += b'\0' * (-len(body) % 4)
    length = struct.pack(order + 'I', len(body) + 12)
    return struct.pack(order + 'I', kind) + length + body + length


def section(order='<'):
    return block(0x0a0d0d0a, struct.pack(order + 'IHHq', 0x1a2b3c4d, 1, 0, -1), order)


def interface(order='<', options=b''):
    return block(1, struct.pack(order + 'HHI', 1, 0, 0) + options, order)


def packet(seconds, frame, order='<'):
    ticks = round(seconds * 1e6)
    header = struct.pack(order + 'IIIII', 0, ticks >> 32, ticks & 0xffffffff, len(frame), len(frame))
    return block(6, header + frame, order)


def statistics(dropped, order='<'):
    """An Interface Statistics Block that says how many packets the interface dropped (isb_ifdrop)."""
    return block(5, struct.pack(order + 'III', 0, 0, 0) + struct.pack(order + 'HHQ', 5, 8, dropped) + b'\0' * 4, order)


def pcapng(frames, order='<'):
    return section(order) + interface(order) + b''.join(packet(*item, order) for item in frames)


# Three exchanges, and captures of them

FRAMES = exchanges(3)
GOOD = pcap(FRAMES)
GOOD_NG = pcapng(FRAMES)
