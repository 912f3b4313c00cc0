"""HTTP/1.1 on one connection: h11 reads the requests and frames the answers."""

import asyncio

import h11

from .exchange import Exchange


class HTTP1:
    """Serves the requests of a connection one after the other."""

    version = "1.1"

    def __init__(self, stream):
        self._stream = stream
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=65536)
        self._exchange = None
        self._request_offset = None
        self._task = None
        self._pending_head = b""

    @property
    def sent_offset(self) -> int:
        return self._stream.sent_offset

    def receive(self, data: bytes, offset: int) -> None:
        if self._request_offset is None:
            self._request_offset = offset
        self._http.receive_data(data)
        self._advance()

    def lost(self) -> None:
        if self._exchange and not self._exchange.finished:
            self._exchange.gone = True
            if self._task:
                self._task.cancel()

    async def send_head(self, exchange, status, headers, length) -> None:
        framing = [("Transfer-Encoding", "chunked")] if length is None \
            else [("Content-Length", str(length))]
        lines = headers[:2] + framing + [("Connection", "keep-alive")] + headers[2:]
        head = self._http.send(h11.Response(status_code=status, headers=lines,
                                            reason=b"OK" if status == 200 else b"Done"))
        if length is None:
            self._stream.write(head)
        else:
            self._pending_head = head  # goes out together with the body

    async def send_body(self, exchange, data: bytes) -> None:
        head, self._pending_head = self._pending_head, b""
        self._stream.write(head + self._http.send(h11.Data(data=data)))

    async def send_end(self, exchange) -> None:
        head, self._pending_head = self._pending_head, b""
        tail = head + self._http.send(h11.EndOfMessage())
        if tail:
            self._stream.write(tail)

    def _advance(self) -> None:
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA or event is h11.PAUSED:
                return
            if isinstance(event, h11.Request):
                self._begin(event)
            elif isinstance(event, h11.Data):
                self._exchange.body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                self._task = asyncio.get_running_loop().create_task(self._serve())
                return
            elif isinstance(event, h11.ConnectionClosed):
                return

    def _begin(self, request) -> None:
        stream = self._stream
        headers = {name.decode().lower(): value.decode() for name, value in request.headers}
        name = stream.sni or stream.service.name_of(stream.address[0])
        if stream.transport_name == "http":
            name = headers.get("host", name).split(":")[0]
        self._exchange = Exchange(
            connection=self, name=name,
            sni=stream.sni, client=stream.peer, server=stream.address, http=self.version,
            transport=stream.transport_name, stream_id=None, method=request.method.decode(),
            path=request.target.decode(), headers=headers, first_offset=self._request_offset)

    async def _serve(self) -> None:
        exchange = self._exchange
        try:
            await self._stream.service.serve(exchange)
        finally:
            self._exchange, self._request_offset = None, None
        if exchange.gone:
            return
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
            if self._http.trailing_data[0]:
                self._request_offset = self._stream.received_offset
            self._advance()
        else:
            self._stream.close()
