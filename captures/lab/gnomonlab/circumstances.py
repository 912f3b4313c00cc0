"""What a recipe is made of: line, TLS, flushes, what the capture sees. Each part has a default."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """The way between client and servers. Times in milliseconds, shares in percent.

    Loss and reordering on the line happen behind the capture point: what goes up is seen and
    then lost, what comes down is lost before it is seen. `lan_loss` happens in front of it:
    what comes down is seen and then lost, and the other way round.
    """

    delay: float = 8  # one way
    jitter: float = 0  # packets keep their order
    loss: float = 0
    reorder: float = 0  # packets that are held back by a few milliseconds and overtaken
    lan_loss: int = 0
    mtu: int = 1500
    offload: bool = False  # GRO and TSO on, and a plain cable in place of the line


@dataclass(frozen=True)
class TLS:
    version: str = "1.3"
    cipher: str = ""  # an OpenSSL name; of TLS 1.3 a ciphersuite
    padding: int = 0  # TLS 1.3 records are padded to a multiple of so many octets
    fragment: int = 16384  # the most octets of plaintext that the server puts into a record
    tickets: int = 2


@dataclass(frozen=True)
class Mix:
    """Which calls: by dialect, streamed or not; `made` makes them up instead (synthetic)."""

    wanted: tuple[str, ...]
    streams: bool = True
    unary: bool = False
    compressed: bool = False  # streams too; of unary replies only those recorded so, in gzip
    coding: str = "gzip"  # of compressed streams: gzip | br
    made: bool = False


@dataclass(frozen=True)
class Recipe:
    client: str
    mix: Mix
    http: str = "1.1"
    server: str = "own"  # own | nginx | apache | apache-suites
    tls: TLS = TLS()
    line: Line = Line()
    flush: str = ""  # single | pairs | ragged | coalesced | records; by provider when empty
    workers: int = 3  # clients at a time, each with its own connections
    together: int = 1  # requests of a client at a time
    reconnect: bool = False  # a connection for every turn, resumed where the client can
    telemetry: bool = False
    # plain | deflate: a message for each request and each event, with pings; quiet: plain without pings
    websocket: str = ""
    cut: str = ""  # start | end | gaps
    turns: int = 24
    stated: dict | None = None  # further options of the client

    @property
    def kind(self) -> str:
        return "synthetic" if self.mix.made else "recorded"
