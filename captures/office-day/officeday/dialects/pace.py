"""When a stream's pieces leave: silence before the first, then flushes against due times."""

import asyncio
from random import Random


class Pace:
    """Tokens leave at `rate` per second on average, each flush a little early or late.

    The due times are sums from one start, so that a late flush does not delay the rest.
    """

    def __init__(self, random: Random, rate: float, silence: float):
        self._random = random
        self._rate = rate
        self._loop = asyncio.get_running_loop()
        self._due = self._loop.time() + silence

    async def first(self) -> None:
        await self._until(self._due)

    async def tokens(self, count: int) -> None:
        self._due += count / self._rate
        await self._until(self._due + self._random.expovariate(1) * 0.3 * count / self._rate)

    async def _until(self, due: float) -> None:
        delay = due - self._loop.time()
        if delay > 0:
            await asyncio.sleep(delay)
