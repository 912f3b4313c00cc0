"""Runs the servers of a recipe: `python -m gnomonlab.server WORK`.

WORK holds `server.json`: addresses and names, certificates, the form of TLS.
"""

import asyncio
import json
import signal
import ssl
import sys
from pathlib import Path

from aioquic.asyncio import serve as serve_quic
from aioquic.h3.connection import H3_ALPN
from aioquic.quic.configuration import QuicConfiguration
from officeday.servers.http1 import HTTP1
from officeday.servers.http3 import HTTP3
from officeday.servers.stream import PlainStream, TLSStream
from officeday.text.tokens import tokenizer

from .messages import Messages
from .service import LabService


class PipelinedHTTP1(HTTP1):
    """Knows where a request began that came before the answer to the one before it."""

    def __init__(self, stream):
        super().__init__(stream)
        self._early: list[int] = []

    def receive(self, data: bytes, offset: int) -> None:
        if self._exchange is not None and self._task is not None and not self._task.done():
            self._early.append(offset)
        super().receive(data, offset)

    def _begin(self, request) -> None:
        if self._early and self._request_offset is not None:
            self._request_offset = self._early.pop(0)
        super()._begin(request)


class LabStream(TLSStream):
    """TLS with records of at most `fragment` octets, and flushes of several records."""

    def __init__(self, service, address, context, fragment: int):
        super().__init__(service, address, context)
        self._fragment, self._corked = fragment, False

    def write(self, data: bytes) -> None:
        if self._transport.is_closing():
            return
        for start in range(0, len(data), self._fragment):
            self._tls.write(data[start:start + self._fragment])
        self._flush()

    def _finish_handshake(self) -> None:
        super()._finish_handshake()
        if self.service.websocket:
            self._handler = Messages(self, self.service.websocket)
        elif isinstance(self._handler, HTTP1):
            self._handler = PipelinedHTTP1(self)

    def cork(self) -> None:
        self._corked = True

    def uncork(self) -> None:
        self._corked = False
        self._flush()

    def _flush(self) -> None:
        if not self._corked:
            super()._flush()


async def run(work: Path) -> None:
    settings = json.loads((work / "server.json").read_text())
    service = LabService(settings, work)
    if settings["made"]:
        for name in settings["tokenizers"]:
            tokenizer(name).count("warm")
    loop, tls = asyncio.get_running_loop(), settings["tls"]
    contexts = {name: _context(work, settings, name) for name in settings["names"]}
    for context in contexts.values():
        context.sni_callback = lambda stream, name, _: _choose(stream, name, contexts)
    for address, name in settings["addresses"].items():
        if settings["front"]:
            await loop.create_server(lambda: PlainStream(service, ("127.0.0.1", 8080)),
                                     "127.0.0.1", 8080, backlog=256)
            break
        await loop.create_server(
            lambda address=address, name=name: LabStream(service, (address, 443), contexts[name],
                                                         tls["fragment"]),
            address, 443, backlog=256)
        if settings["http"] == "3":
            await _listen_quic(work, service, address, name)
    for address, port in settings["plain"]:
        await loop.create_server(
            lambda address=address, port=port: PlainStream(service, (address, port)),
            address, port, backlog=64)
    (work / "server.ready").touch()
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()


def _context(work: Path, settings: dict, name: str) -> ssl.SSLContext:
    context, tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), settings["tls"]
    context.load_cert_chain(work / "certificates" / f"{name}.pem",
                            work / "certificates" / f"{name}.key")
    context.set_alpn_protocols(["h2", "http/1.1"] if settings["http"] == "2" else ["http/1.1"])
    context.keylog_filename = str(work / "tls.keys")
    context.num_tickets = tls["tickets"]
    if tls["version"] == "1.2":
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        if tls["cipher"]:
            context.set_ciphers(tls["cipher"])
    return context


def _choose(stream, name, contexts) -> None:
    stream.asked_name = name
    if name in contexts:
        stream.context = contexts[name]


async def _listen_quic(work: Path, service, address: str, name: str) -> None:
    quic = QuicConfiguration(is_client=False, alpn_protocols=H3_ALPN, max_datagram_size=1350,
                             secrets_log_file=(work / "tls.keys").open("a"))
    quic.load_cert_chain(work / "certificates" / f"{name}.pem",
                         work / "certificates" / f"{name}.key")
    await serve_quic(
        address, 443, configuration=quic,
        create_protocol=lambda *arguments, **options: HTTP3(
            *arguments, service=service, address=(address, 443), **options))


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1])))
