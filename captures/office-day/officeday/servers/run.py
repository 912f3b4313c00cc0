"""Runs the servers: `python -m officeday.servers.run CONFIGURATION.json`.

The configuration names the addresses to bind, their names and certificates, the key log,
the request log and the scene file. One process serves all of them, in the namespace it is
started in.
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

from ..text.tokens import tokenizer
from .http3 import HTTP3
from .service import Service
from .stream import PlainStream, TLSStream


async def run(configuration: dict) -> None:
    addresses = {address: names[0] for address, names in configuration.get("tls", {}).items()}
    service = Service(addresses, Path(configuration["scene"]), Path(configuration["log"]),
                      configuration["seed"])
    for name in configuration["tokenizers"]:
        tokenizer(name).count("warm")
    loop = asyncio.get_running_loop()
    contexts = {name: _context(configuration, name)
                for names in configuration.get("tls", {}).values() for name in names}
    for context in contexts.values():
        context.sni_callback = lambda tls, name, _: _choose(tls, name, contexts)
    for address, names in configuration.get("tls", {}).items():
        await loop.create_server(
            lambda address=address, name=names[0]: TLSStream(service, (address, 443),
                                                             contexts[name]),
            address, 443, backlog=64)
    for address, port in configuration.get("plain", ()):
        await loop.create_server(
            lambda address=address, port=port: PlainStream(service, (address, port)),
            address, port, backlog=64)
    for address, name in configuration.get("quic", {}).items():
        await _listen_quic(configuration, service, address, name)
    Path(configuration["ready"]).touch()
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()


def _context(configuration: dict, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    folder = Path(configuration["certificates"])
    context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    context.set_alpn_protocols(["h2", "http/1.1"])
    context.keylog_filename = configuration["keys"]
    return context


def _choose(tls, name, contexts) -> None:
    tls.asked_name = name
    if name in contexts:
        tls.context = contexts[name]


async def _listen_quic(configuration, service, address: str, name: str) -> None:
    folder = Path(configuration["certificates"])
    quic = QuicConfiguration(is_client=False, alpn_protocols=H3_ALPN, max_datagram_size=1350,
                             secrets_log_file=open(configuration["keys"], "a"))
    quic.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    await serve_quic(
        address, 443, configuration=quic,
        create_protocol=lambda *arguments, **options: HTTP3(
            *arguments, service=service, address=(address, 443), **options))


if __name__ == "__main__":
    asyncio.run(run(json.loads(Path(sys.argv[1]).read_text())))
