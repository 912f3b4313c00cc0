"""httpx, over HTTP/1.1 or HTTP/2; over the latter several requests of one client at a time."""

import asyncio

import httpx

from . import common


async def send(client: httpx.AsyncClient, job: dict) -> None:
    await asyncio.sleep(job["pause"])
    headers = common.headers(job)
    if not job.get("stream"):
        response = await client.post(common.base_address(job) + job["target"],
                                     content=job["body"].encode(), headers=headers)
        response.raise_for_status()
        return
    async with client.stream("POST", common.base_address(job) + job["target"],
                             content=job["body"].encode(), headers=headers) as response:
        response.raise_for_status()
        async for _ in response.aiter_bytes():
            pass


async def work(plan: dict, jobs: list[dict]) -> None:
    """`together` tasks take jobs from one list and share one client."""
    left = list(reversed(jobs))

    async def take(client: httpx.AsyncClient) -> None:
        while left:
            await send(client, left.pop())

    def open_client() -> httpx.AsyncClient:
        return httpx.AsyncClient(http2=plan["http"] == "2", timeout=60)

    if plan["reconnect"]:
        for job in jobs:
            async with open_client() as client:
                await send(client, job)
        return
    async with open_client() as client:
        if plan["together"] > 1:  # one request opens the connection that all then share
            await send(client, left.pop())
        await asyncio.gather(*(take(client) for _ in range(plan["together"])))


async def main() -> None:
    plan = common.script()
    await asyncio.gather(*(work(plan, jobs) for jobs in plan["workers"]))


if __name__ == "__main__":
    asyncio.run(main())
