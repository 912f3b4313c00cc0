"""A chat with Gemini over HTTP/3, with aioquic: one connection, one stream per turn."""

import argparse
import asyncio
import json
import time
from pathlib import Path

from aioquic.asyncio import QuicConnectionProtocol, connect
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration

from .conversation import Conversation, key
from .curl_chat import gemini_contents

HOST = "generativelanguage.googleapis.com"


class Client(QuicConnectionProtocol):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self._http = H3Connection(self._quic)
        self._bodies, self._done = {}, {}
        self.marks: list[dict] = []  # when each request left and its answer was complete

    async def post(self, path: str, body: bytes, headers: dict[str, str]) -> bytes:
        stream = self._quic.get_next_available_stream_id()
        fields = {":method": "POST", ":scheme": "https", ":authority": HOST, ":path": path,
                  "user-agent": "office-bot/1.4", "content-length": str(len(body)), **headers}
        self._bodies[stream] = b""
        self._done[stream] = asyncio.get_running_loop().create_future()
        self._http.send_headers(stream, [(name.encode(), value.encode())
                                         for name, value in fields.items()])
        self._http.send_data(stream, body, end_stream=True)
        self.marks.append({"port": self._transport.get_extra_info("sockname")[1],
                           "stream": stream, "sent": time.time()})
        self.transmit()
        return await self._done[stream]

    def quic_event_received(self, event) -> None:
        for http_event in self._http.handle_event(event):
            if isinstance(http_event, (HeadersReceived, DataReceived)):
                stream = http_event.stream_id
                if isinstance(http_event, DataReceived):
                    self._bodies[stream] += http_event.data
                if http_event.stream_ended:
                    self.marks[-1]["received"] = time.time()
                    self._done[stream].set_result(self._bodies.pop(stream))


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--authority", required=True)
    parser.add_argument("--seed", required=True)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--size", default="mail")
    parser.add_argument("--unary", action="store_true")
    parser.add_argument("--marks", required=True, type=Path, help="where to note the times")
    options = parser.parse_args()
    quic = QuicConfiguration(is_client=True, alpn_protocols=H3_ALPN, server_name=HOST,
                             cafile=options.authority, max_datagram_size=1280)
    verb = "generateContent" if options.unary else "streamGenerateContent?alt=sse"
    path = f"/v1beta/models/gemini-2.5-flash:{verb}"
    chat = Conversation(options.seed, options.size, system=False)
    headers = {"content-type": "application/json", "x-goog-api-key": key("AIza", 35)}
    async with connect(HOST, 443, configuration=quic, create_protocol=Client) as client:
        for turn in range(options.turns):
            contents = gemini_contents(chat.ask())
            body = json.dumps({"contents": contents}, ensure_ascii=False).encode()
            reply = await client.post(path, body, headers)
            chat.answered(_text(reply) if not options.unary else "So it is.")
            if turn + 1 < options.turns:
                await asyncio.sleep(chat.random.uniform(0.6, 2.2))
        with options.marks.open("a") as file:
            file.writelines(json.dumps(mark) + "\n" for mark in client.marks)


def _text(reply: bytes) -> str:
    texts = []
    for line in reply.decode().split("\r\n\r\n"):
        if line.startswith("data: "):
            texts.append(json.loads(line[6:])["candidates"][0]["content"]["parts"][0]["text"])
    return "".join(texts)


if __name__ == "__main__":
    asyncio.run(main())
