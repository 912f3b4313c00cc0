"""A line with delay, jitter, loss and reordering: `python -m gnomonlab.line NS NS READY OPTIONS`."""

import asyncio
import heapq
import json
import os
import sys
from pathlib import Path
from random import Random

from officeday.net.wan import open_device


class Lane:
    """One direction. Packets leave in order of their due times."""

    def __init__(self, source: int, sink: int, options: dict, seed: int):
        self._source, self._sink, self._options = source, sink, options
        self._random = Random(seed)
        self._loop = asyncio.get_running_loop()
        self._waiting: list[tuple[float, int, bytes]] = []
        self._count = 0
        self._latest = 0.0
        self._timer = None
        self._loop.add_reader(source, self._read)

    def _read(self) -> None:
        while True:
            try:
                packet = os.read(self._source, 65536)
            except BlockingIOError:
                break
            if self._random.random() >= self._options["loss"]:
                self._count += 1
                heapq.heappush(self._waiting, (self._due(), self._count, packet))
        self._write()

    def _due(self) -> float:
        due = self._loop.time() + self._options["delay"]
        due += self._random.uniform(0, self._options["jitter"])
        if self._random.random() < self._options["reorder"]:
            return due + self._random.uniform(0.002, 0.008)  # later ones overtake this one
        self._latest = max(self._latest, due)
        return self._latest

    def _write(self) -> None:
        now = self._loop.time()
        while self._waiting and self._waiting[0][0] <= now + 0.0002:
            try:
                os.write(self._sink, heapq.heappop(self._waiting)[2])
            except (BlockingIOError, OSError):
                pass  # as a full or unplugged device does
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self._waiting:
            self._timer = self._loop.call_at(self._waiting[0][0], self._write)


async def main() -> None:
    os.nice(-15)  # a late packet here would look like loss to both ends
    near, far = open_device(sys.argv[1]), open_device(sys.argv[2])
    options = json.loads(sys.argv[4])
    lanes = (Lane(near, far, options, 1), Lane(far, near, options, 2))
    Path(sys.argv[3]).touch()
    await asyncio.Event().wait()
    del lanes


if __name__ == "__main__":
    asyncio.run(main())
