"""HTTP/3 with aioquic: one connection per worker, one stream per call, some at a time."""

import asyncio
import json
import time
from pathlib import Path

from aioquic.asyncio import QuicConnectionProtocol, connect
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration

from . import common


class Client(QuicConnectionProtocol):
    """Notes when each request left and when its answer was complete."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self._http = H3Connection(self._quic)
        self._open: dict[int, tuple[dict, asyncio.Future]] = {}
        self.marks: list[dict] = []

    async def send(self, job: dict) -> None:
        stream, body = self._quic.get_next_available_stream_id(), job["body"].encode()
        fields = {":method": "POST", ":scheme": "https", ":authority": job["name"],
                  ":path": job["target"], "user-agent": "lab/1", "content-length": str(len(body)),
                  **common.headers(job)}
        if not job.get("stream"):
            fields["accept-encoding"] = "gzip"
        self._http.send_headers(stream, [(name.encode(), value.encode())
                                         for name, value in fields.items()])
        self._http.send_data(stream, body, end_stream=True)
        mark = {"port": self._transport.get_extra_info("sockname")[1], "stream": stream,
                "sent": time.time()}
        done = asyncio.get_running_loop().create_future()
        self._open[stream] = (mark, done)
        self.transmit()
        await asyncio.wait_for(done, 60)

    def quic_event_received(self, event) -> None:
        for http_event in self._http.handle_event(event):
            if isinstance(http_event, (HeadersReceived, DataReceived)) and http_event.stream_ended:
                mark, done = self._open.pop(http_event.stream_id)
                self.marks.append({**mark, "received": time.time()})
                done.set_result(None)


async def work(plan: dict, jobs: list[dict]) -> list[dict]:
    marks = []
    for name in dict.fromkeys(job["name"] for job in jobs):
        quic = QuicConfiguration(is_client=True, alpn_protocols=H3_ALPN, server_name=name,
                                 cafile=plan["authority"],
                                 max_datagram_size=plan["stated"].get("datagram", 1280))
        left = [job for job in reversed(jobs) if job["name"] == name]

        async def take(client: Client) -> None:
            while left:
                job = left.pop()
                await asyncio.sleep(job["pause"])
                await client.send(job)

        async with connect(name, 443, configuration=quic, create_protocol=Client) as client:
            await asyncio.gather(*(take(client) for _ in range(plan["together"])))
            marks += client.marks
    return marks


async def main() -> None:
    plan = common.script()
    results = await asyncio.gather(*(work(plan, jobs) for jobs in plan["workers"]))
    with Path(plan["marks"]).open("a") as file:
        file.writelines(json.dumps(mark) + "\n" for marks in results for mark in marks)


if __name__ == "__main__":
    asyncio.run(main())
