"""A line with delay: `python -m officeday.net.wan NAMESPACE NAMESPACE READY`.

The kernel at hand has no netem, so two TUN devices, one in each namespace, are joined by
this process, which hands every packet on after a fixed delay, in order, without loss.
"""

import asyncio
import ctypes
import fcntl
import os
import struct
import sys
from collections import deque
from pathlib import Path

DELAY_SECONDS = 0.008  # one way: a round trip of 16 ms
_SET_INTERFACE, _TUN, _NO_HEADER = 0x400454CA, 0x0001, 0x1000
_CLONE_NEWNET = 0x40000000


class Lane:
    """One direction: packets read from `source` are written to `sink` when due."""

    def __init__(self, source: int, sink: int, loop):
        self._source, self._sink, self._loop = source, sink, loop
        self._waiting: deque[tuple[float, bytes]] = deque()
        loop.add_reader(source, self._read)

    def _read(self) -> None:
        while True:
            try:
                packet = os.read(self._source, 65536)
            except BlockingIOError:
                return
            self._waiting.append((self._loop.time() + DELAY_SECONDS, packet))
            if len(self._waiting) == 1:
                self._loop.call_at(self._waiting[0][0], self._write)

    def _write(self) -> None:
        now = self._loop.time()
        while self._waiting and self._waiting[0][0] <= now + 0.0002:
            os.write(self._sink, self._waiting.popleft()[1])
        if self._waiting:
            self._loop.call_at(self._waiting[0][0], self._write)


def open_device(namespace: str) -> int:
    """A TUN device `wan0` in `namespace`."""
    with open(f"/var/run/netns/{namespace}") as place:
        if ctypes.CDLL(None, use_errno=True).setns(place.fileno(), _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"cannot enter {namespace}")
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, _SET_INTERFACE, struct.pack("16sH22x", b"wan0", _TUN | _NO_HEADER))
    return device


async def main() -> None:
    os.nice(-15)  # a late packet here would look like loss to both ends
    near, far = open_device(sys.argv[1]), open_device(sys.argv[2])
    loop = asyncio.get_running_loop()
    lanes = (Lane(near, far, loop), Lane(far, near, loop))
    Path(sys.argv[3]).touch()
    await asyncio.Event().wait()
    del lanes


if __name__ == "__main__":
    asyncio.run(main())
