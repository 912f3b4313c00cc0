"""The byte stream under HTTP: TCP, with TLS over memory buffers or in plain text.

`ssl.MemoryBIO` keeps record making in our hands: each `write` is one TLS record, a
`flush` is one write to the socket, and both directions count the ciphertext they moved.
"""

import asyncio
import ssl

from .http1 import HTTP1
from .http2 import HTTP2


class PlainStream(asyncio.Protocol):
    """One accepted connection without TLS."""

    transport_name = "http"

    def __init__(self, service, address: tuple[str, int]):
        self.service = service
        self.address = address
        self.sni = None
        self.received_offset = 0
        self.sent_offset = 0
        self._handler = None
        self._transport = None

    def connection_made(self, transport) -> None:
        self._transport = transport
        self.peer = transport.get_extra_info("peername")[:2]
        self._open()

    def data_received(self, data: bytes) -> None:
        before = self.received_offset
        self.received_offset += len(data)
        self._handler.receive(data, before)

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, error) -> None:
        if self._handler:
            self._handler.lost()
            self._handler = None

    def write(self, data: bytes) -> None:
        self.sent_offset += len(data)
        self._transport.write(data)

    def close(self) -> None:
        self._transport.close()

    def _open(self) -> None:
        self._handler = HTTP1(self)


class TLSStream(PlainStream):
    """One accepted connection with TLS; the protocol above follows ALPN."""

    transport_name = "tls"

    def __init__(self, service, address, context: ssl.SSLContext):
        super().__init__(service, address)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._is_open = False

    def data_received(self, data: bytes) -> None:
        before = self.received_offset
        self.received_offset += len(data)
        self._incoming.write(data)
        try:
            if not self._is_open:
                self._tls.do_handshake()
                self._finish_handshake()
            self._read(before)
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:
            self.service.note(f"TLS with {self.peer[0]} at {self.address[0]}: {error.reason}")
            self._flush()
            self._transport.close()
            return
        self._flush()

    def write(self, data: bytes) -> None:
        """Sends `data` as one record (or several, above 16 KiB) in one flush."""
        if self._transport.is_closing():
            return
        self._tls.write(data)
        self._flush()

    def close(self) -> None:
        if self._transport.is_closing():
            return
        try:
            self._tls.unwrap()
        except ssl.SSLError:
            pass
        self._flush()
        self._transport.close()

    def _open(self) -> None:
        """The handler waits for the end of the handshake."""

    def _finish_handshake(self) -> None:
        self._is_open = True
        self.sni = getattr(self._tls, "asked_name", None)
        protocol = self._tls.selected_alpn_protocol()
        self._flush()
        self._handler = HTTP2(self) if protocol == "h2" else HTTP1(self)

    def _read(self, before: int) -> None:
        while True:
            data = self._tls.read(65536)
            if not data:
                self.close()
                return
            self._handler.receive(data, before)

    def _flush(self) -> None:
        data = self._outgoing.read()
        if data and not self._transport.is_closing():
            self.sent_offset += len(data)
            self._transport.write(data)
