"""HTTP/3 over QUIC, with aioquic."""

import asyncio
import time

from aioquic.asyncio import QuicConnectionProtocol
from aioquic.h3.connection import H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.events import ConnectionTerminated, ProtocolNegotiated, StreamReset

from .exchange import Exchange


class HTTP3(QuicConnectionProtocol):
    """One QUIC connection. `service` and `address` are set by the factory in `run`."""

    version = "3"
    sent_offset = None

    def __init__(self, *arguments, service, address, **options):
        super().__init__(*arguments, **options)
        self._service = service
        self._address = address
        self._http = None
        self._exchanges: dict[int, Exchange] = {}
        self._datagram_time = 0.0

    def datagram_received(self, data, addr) -> None:
        self._datagram_time = time.time()
        super().datagram_received(data, addr)

    def quic_event_received(self, event) -> None:
        if isinstance(event, ProtocolNegotiated):
            self._http = H3Connection(self._quic)
        elif isinstance(event, StreamReset):
            exchange = self._exchanges.pop(event.stream_id, None)
            if exchange:
                exchange.gone = True
        elif isinstance(event, ConnectionTerminated):
            for exchange in self._exchanges.values():
                exchange.gone = True
        if self._http is not None:
            for http_event in self._http.handle_event(event):
                self._handle(http_event)

    async def send_head(self, exchange, status, headers, length) -> None:
        fields = [(b":status", str(status).encode())]
        fields += [(name.lower().encode(), value.encode()) for name, value in headers]
        if length is not None:
            fields.append((b"content-length", str(length).encode()))
        self._http.send_headers(exchange.stream_id, fields)
        self.transmit()

    async def send_body(self, exchange, data: bytes) -> None:
        self._http.send_data(exchange.stream_id, data, end_stream=False)
        self.transmit()

    async def send_end(self, exchange) -> None:
        self._http.send_data(exchange.stream_id, b"", end_stream=True)
        self.transmit()
        self._exchanges.pop(exchange.stream_id, None)

    def _handle(self, event) -> None:
        if isinstance(event, HeadersReceived):
            self._begin(event)
        elif isinstance(event, DataReceived) and event.stream_id in self._exchanges:
            self._exchanges[event.stream_id].body += event.data
        if getattr(event, "stream_ended", False):
            exchange = self._exchanges.get(event.stream_id)
            if exchange:
                asyncio.get_running_loop().create_task(self._service.serve(exchange))

    def _begin(self, event) -> None:
        headers = {name.decode(): value.decode() for name, value in event.headers}
        name = headers.get(":authority", "").split(":")[0]
        peer = self._quic._network_paths[0].addr
        self._exchanges[event.stream_id] = Exchange(
            connection=self, name=name, sni=name, client=tuple(peer[:2]), server=self._address,
            http=self.version, transport="quic", stream_id=event.stream_id,
            method=headers[":method"], path=headers[":path"], headers=headers,
            first_time=self._datagram_time)
