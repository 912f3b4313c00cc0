"""WebSocket on the server's side (RFC 6455): the `websockets` package reads and frames, and this
hands each text message of a client to the service as a request.

What is asked in a message is answered in messages, one for each event; pings go out at intervals,
during answers and between them.
"""

import asyncio
from random import Random

from officeday.servers.exchange import Exchange
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

PING_EVERY = (0.5, 1.1)  # seconds between two pings of the server
UPGRADE = (0.02, 0.3)  # seconds until a client may speak: the server looks at its key first


class Messages:
    """Serves one connection of a client that asks for an upgrade; what comes later are messages."""

    version = "1.1"

    def __init__(self, stream, how: str):
        factories = [ServerPerMessageDeflateFactory()] if how == "deflate" else None
        self._stream, self._pings = stream, how != "quiet"
        self._protocol = ServerProtocol(extensions=factories, max_size=None)
        self._offset, self._octets = None, 0
        self._path, self._headers = "", {}
        self._tasks = []
        self._exchange = None
        self._random = Random(stream.peer[1])

    @property
    def sent_offset(self) -> int:
        return self._stream.sent_offset

    def receive(self, data: bytes, offset: int) -> None:
        if self._offset is None:
            self._offset = offset
        self._octets += len(data)
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            begun, octets = self._offset, self._octets
            self._offset, self._octets = None, 0
            if isinstance(event, Request):
                self._open(event, begun)
            elif event.opcode is Opcode.TEXT and event.fin:
                self._ask(event, begun, octets)
        self._flush()

    def lost(self) -> None:
        if self._exchange and not self._exchange.finished:
            self._exchange.gone = True
        for task in self._tasks:
            task.cancel()

    # What an exchange sends; an answer has no head and no end of its own here.

    async def send_head(self, exchange, status, headers, length) -> None:
        pass

    async def send_body(self, exchange, data: bytes) -> None:
        self._protocol.send_text(data)
        self._flush(exchange)

    async def send_end(self, exchange) -> None:
        pass

    def cork(self) -> None:
        self._stream.cork()

    def uncork(self) -> None:
        self._stream.uncork()

    def _open(self, request: Request, offset: int) -> None:
        self._path = request.path
        self._headers = {name.lower(): value for name, value in request.headers.raw_items()}
        exchange = self._exchange_of(offset, "GET", b"")
        self._tasks.append(asyncio.get_running_loop().create_task(self._accept(request, exchange)))

    def _ask(self, frame: Frame, offset: int, octets: int) -> None:
        self._exchange = self._exchange_of(offset, "POST", frame.data)
        self._exchange.lab_request_octets = octets - _head_octets(octets, masked=True)
        self._exchange.lab_sent_octets = 0
        self._tasks = [task for task in self._tasks if not task.done()]
        self._tasks.append(asyncio.get_running_loop().create_task(
            self._stream.service.serve(self._exchange)))

    def _exchange_of(self, offset: int, method: str, body: bytes) -> Exchange:
        stream = self._stream
        return Exchange(
            connection=self, name=stream.sni or stream.service.name_of(stream.address[0]),
            sni=stream.sni, client=stream.peer, server=stream.address, http=self.version,
            transport=stream.transport_name, stream_id=None, method=method, path=self._path,
            headers=self._headers, body=bytes(body), first_offset=offset)

    async def _accept(self, request: Request, exchange: Exchange) -> None:
        """Answers with 101, and sends pings from then on."""
        await asyncio.sleep(self._random.uniform(*UPGRADE))
        self._protocol.send_response(self._protocol.accept(request))
        self._flush()
        exchange._mark()
        exchange.finished = True
        self._stream.service.note_other(exchange, "upgrade to WebSocket")
        while self._pings:
            await asyncio.sleep(self._random.uniform(*PING_EVERY))
            self._protocol.send_ping(self._random.randbytes(4))
            self._flush()

    def _flush(self, exchange: Exchange | None = None) -> None:
        for data in self._protocol.data_to_send():
            if not data:  # the end of the connection
                self._stream.close()
                return
            if exchange is not None:
                exchange.lab_sent_octets += len(data) - _head_octets(len(data), masked=False)
            self._stream.write(data)


def _head_octets(frame: int, *, masked: bool) -> int:
    """Octets of the head of a frame that has so many in all (RFC 6455, section 5.2)."""
    mask = 4 if masked else 0
    if frame - 2 - mask < 126:
        return 2 + mask
    return (4 if frame - 4 - mask < 65536 else 10) + mask
