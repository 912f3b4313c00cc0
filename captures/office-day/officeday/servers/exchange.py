"""One HTTP request and its response, as the services see it, whatever carries it."""

import time
from dataclasses import dataclass, field


class ClientGone(Exception):
    """The client closed its connection or stream before the response was complete."""


@dataclass
class Exchange:
    """What a service reads and writes, and the marks from which the truth is made.

    `first_offset` and `last_offset` count ciphertext bytes of the TCP connection in each
    direction: they find the packets again, exactly. Over QUIC they stay ``None`` and only
    the times serve.
    """

    connection: "object"
    name: str  # the name the client asked for, or the one the address stands for
    sni: str | None
    client: tuple[str, int]
    server: tuple[str, int]
    http: str  # 1.1 | 2 | 3
    transport: str  # tls | quic | http
    stream_id: int | None
    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""
    first_time: float = field(default_factory=time.time)
    first_offset: int | None = None
    last_time: float = 0.0
    last_offset: int | None = None
    sent_body_bytes: int = 0
    finished: bool = False
    gone: bool = False  # the client closed before the end
    task: "object" = None

    async def start(self, status: int, headers: list[tuple[str, str]]) -> None:
        """Sends the head of a response whose body follows in pieces."""
        await self.connection.send_head(self, status, headers, None)
        self._mark()

    async def send(self, data: bytes) -> None:
        """Sends a piece of the body in one flush: one TLS record (or QUIC STREAM write)."""
        if self.gone:
            raise ClientGone
        if data:
            await self.connection.send_body(self, data)
            self.sent_body_bytes += len(data)
            self._mark()

    async def end(self) -> None:
        if self.gone:
            raise ClientGone
        await self.connection.send_end(self)
        self._mark()
        self.finished = True

    def accepts(self, encoding: str) -> bool:
        return encoding in self.headers.get("accept-encoding", "")

    async def respond_in_chunks(self, headers: list[tuple[str, str]], body: bytes) -> None:
        """Sends a whole answer as the providers' edges do: no length, head and body apart."""
        await self.start(200, headers)
        await self.send(body)
        await self.end()

    async def respond(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """Sends a whole response with a `content-length`."""
        await self.connection.send_head(self, status, headers, len(body))
        await self.send(body)
        await self.end()

    def _mark(self) -> None:
        self.last_time = time.time()
        self.last_offset = self.connection.sent_offset
