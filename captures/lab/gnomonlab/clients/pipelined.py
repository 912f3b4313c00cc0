"""HTTP/1.1 with pipelining (RFC 9112, section 9.3.2): the next request leaves before the answer."""

import asyncio
import ssl

import h11

from . import common


async def work(plan: dict, jobs: list[dict]) -> None:
    for name in dict.fromkeys(job["name"] for job in jobs):
        own = [job for job in jobs if job["name"] == name]
        reader, writer = await asyncio.open_connection(name, 443,
                                                       ssl=ssl.create_default_context())
        for start in range(0, len(own), plan["together"]):
            batch = own[start:start + plan["together"]]
            await asyncio.sleep(batch[0]["pause"])
            for job in batch:
                writer.write(_request(job))
                await writer.drain()
                await asyncio.sleep(0.03)
            await _answers(reader, len(batch))
        writer.close()
        await writer.wait_closed()


def _request(job: dict) -> bytes:
    http, body = h11.Connection(h11.CLIENT), job["body"].encode()
    fields = [("host", job["name"]), ("user-agent", "lab/1"), ("content-length", str(len(body))),
              *common.headers(job).items()]
    return b"".join((http.send(h11.Request(method="POST", target=job["target"], headers=fields)),
                     http.send(h11.Data(data=body)), http.send(h11.EndOfMessage())))


async def _answers(reader: asyncio.StreamReader, count: int) -> None:
    """Reads `count` chunked answers, which end with an empty chunk each."""
    text = b""
    while text.count(b"\r\n0\r\n\r\n") < count:
        data = await reader.read(65536)
        if not data:
            raise SystemExit("the server closed")
        text += data


async def main() -> None:
    plan = common.script()
    await asyncio.gather(*(work(plan, jobs) for jobs in plan["workers"]))


if __name__ == "__main__":
    asyncio.run(main())
