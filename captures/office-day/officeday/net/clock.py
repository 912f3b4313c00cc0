"""A time server of one page: answers NTP requests (RFC 5905) with the machine's clock."""

import socket
import struct
import sys
import time

_SINCE_1900 = 2208988800


def main() -> None:
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((sys.argv[1], 123))
    while True:
        request, client = server.recvfrom(512)
        if len(request) < 48:
            continue
        now = time.time() + _SINCE_1900
        stamp = struct.pack("!II", int(now), int(now % 1 * 2**32))
        head = struct.pack("!BBbbII4s", 0x24, 2, 6, -20, 80, 200, b"GPS\0")
        server.sendto(head + stamp + request[40:48] + stamp + stamp, client)


if __name__ == "__main__":
    main()
