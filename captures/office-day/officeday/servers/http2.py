"""HTTP/2 on one connection, with `h2`: streams in turn or interleaved, as the client asks."""

import asyncio
import time

import h2.config
import h2.connection
import h2.events
import h2.exceptions

from .exchange import Exchange


class HTTP2:
    version = "2"

    def __init__(self, stream):
        self._stream = stream
        self._http = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        self._http.initiate_connection()
        self._exchanges: dict[int, Exchange] = {}
        self._window_opened = asyncio.Event()
        self._flush()

    @property
    def sent_offset(self) -> int:
        return self._stream.sent_offset

    def receive(self, data: bytes, offset: int) -> None:
        now = time.time()
        try:
            events = self._http.receive_data(data)
        except h2.exceptions.ProtocolError:
            self._flush()
            self._stream.close()
            return
        for event in events:
            self._handle(event, offset, now)
        self._flush()

    def lost(self) -> None:
        for exchange in self._exchanges.values():
            exchange.gone = True
        self._window_opened.set()

    async def send_head(self, exchange, status, headers, length) -> None:
        fields = [(":status", str(status))]
        fields += [(name.lower(), value) for name, value in headers]
        if length is not None:
            fields.append(("content-length", str(length)))
        self._http.send_headers(exchange.stream_id, fields)
        self._flush()

    async def send_body(self, exchange, data: bytes) -> None:
        while data and not exchange.gone:
            room = min(self._http.local_flow_control_window(exchange.stream_id),
                       self._http.max_outbound_frame_size)
            if room <= 0:
                self._window_opened.clear()
                await self._window_opened.wait()
                continue
            self._http.send_data(exchange.stream_id, data[:room])
            data = data[room:]
            self._flush()

    async def send_end(self, exchange) -> None:
        if not exchange.gone:
            self._http.end_stream(exchange.stream_id)
            self._flush()
        self._exchanges.pop(exchange.stream_id, None)

    def _handle(self, event, offset: int, now: float) -> None:
        if isinstance(event, h2.events.RequestReceived):
            self._begin(event, offset, now)
        elif isinstance(event, h2.events.DataReceived):
            exchange = self._exchanges.get(event.stream_id)
            if exchange:
                exchange.body += event.data
            if event.flow_controlled_length:
                self._http.acknowledge_received_data(event.flow_controlled_length,
                                                     event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            exchange = self._exchanges.get(event.stream_id)
            if exchange:
                service = self._stream.service
                exchange.task = asyncio.get_running_loop().create_task(service.serve(exchange))
        elif isinstance(event, h2.events.StreamReset):
            exchange = self._exchanges.pop(event.stream_id, None)
            if exchange:
                exchange.gone = True
        elif isinstance(event, (h2.events.WindowUpdated, h2.events.RemoteSettingsChanged)):
            self._window_opened.set()
        elif isinstance(event, h2.events.ConnectionTerminated):
            self._flush()
            self._stream.close()

    def _begin(self, event, offset: int, now: float) -> None:
        stream = self._stream
        headers = dict(event.headers)
        self._exchanges[event.stream_id] = Exchange(
            connection=self, name=stream.sni or headers.get(":authority", ""), sni=stream.sni,
            client=stream.peer, server=stream.address, http=self.version,
            transport=stream.transport_name, stream_id=event.stream_id,
            method=headers[":method"], path=headers[":path"], headers=headers,
            first_time=now, first_offset=offset)

    def _flush(self) -> None:
        data = self._http.data_to_send()
        if data:
            self._stream.write(data)
