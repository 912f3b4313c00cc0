"""The day: scenes of some ten to forty seconds, each placed at its hour."""

import shlex
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Act:
    """One program on one host, started `after` so many seconds of the scene."""

    host: str
    client: str  # a module in `clients`
    arguments: tuple[str, ...]
    after: float = 0.0
    cut: bool = False  # the capture stops while this one still runs


@dataclass(frozen=True)
class Scene:
    hour: int
    minute: int
    arrivals: tuple[str, ...] = ()  # hosts that get their address now
    acts: tuple[Act, ...] = field(default_factory=tuple)

    @property
    def start(self) -> int:
        """Seconds after midnight UTC."""
        return self.hour * 3600 + self.minute * 60


def _act(host: str, client: str, line: str, after: float = 0.0, cut: bool = False) -> Act:
    return Act(host, client, tuple(shlex.split(line)), after, cut)


def _ordinary(host: str, line: str, after: float = 0.0) -> Act:
    return _act(host, "ordinary", line, after)


def _browse(host: str, line: str, after: float = 0.0) -> Act:
    return _act(host, "browser", line, after)


DAY = (
    Scene(8, 12, ("lap-0101", "lap-0102", "lap-0202", "lap-0104"), (
        _ordinary("lap-0101", "--clock time.office.example --get https://api.github.com/user"),
        _act("lap-0101", "openai_chat", "--turns 3 --size mail --list-models", 1.0),
        _act("lap-0102", "anthropic_chat", "--turns 3 --size note", 1.5),
        _ordinary("lap-0202", "--clock time.office.example --ping 10.20.2.1"),
        _browse("lap-0202", "https://www.daily-courier.example/ "
                            "https://weather.north-coast.example/", 1.0),
        _ordinary("lap-0104", "--clock time.office.example "
                              "--get https://github.com/ https://www.google.com/ "
                              "--post https://o450112.ingest.sentry.io/api/1/envelope/", 2.0),
    )),
    Scene(9, 5, ("lap-0103", "lap-0201", "lap-0301", "lap-0302"), (
        _act("lap-0101", "openai_chat", "--turns 4 --size report --usage"),
        _act("lap-0102", "curl_chat", "--service openai --turns 3 --size mail", 0.5),
        _act("lap-0103", "ollama_chat", "--turns 3 --size mail", 1.0),
        _act("lap-0201", "openai_chat", "--turns 3 --size mail --model gpt-4o-mini", 1.5),
        _act("lap-0301", "gemini_quic", "--turns 3 --size mail", 1.0),
        _act("lap-0302", "nameless_chat", "--turns 3 --size note", 2.0),
        _ordinary("lap-0104", "--get https://acme-office.eu.auth0.com/authorize "
                              "https://openai.com/ https://cdn.oaistatic.com/a.css "
                              "--post https://featuregates.org/v1/initialize", 2.0),
        _ordinary("lap-0201", "--get https://bank.harbour-savings.example/ --curl=--http1.1", 3.0),
    )),
    Scene(10, 30, ("phone-7f3a",), (
        _act("lap-0101", "openai_chat", "--turns 4 --size mail --tools --usage"),
        _act("lap-0101", "openai_chat", "--turns 2 --size note --base-url "
             "https://api.groq.com/openai/v1 --model llama-3.1-8b-instant", 4.0),
        _act("lap-0102", "anthropic_chat", "--turns 4 --size report", 0.5),
        _act("lap-0103", "curl_chat", "--service mistral --turns 3 --size note "
             "--curl=--http1.1", 1.0),
        _browse("lap-0302", "--wait 14 https://chatgpt.com/", 0.5),
        _act("phone-7f3a", "curl_chat", "--service openai --turns 2 --size note "
             "--curl=--http1.1,--tls-max,1.2", 2.0),
        _ordinary("lap-0202", "--get https://files.vendor-portal.example/package.bin "
                              "http://weather.north-coast.example/", 3.0),
    )),
    Scene(11, 40, (), (
        _act("lap-0101", "openai_chat", "--turns 3 --size mail --unary"),
        _act("lap-0102", "anthropic_chat", "--turns 3 --size mail --unary --count", 0.5),
        _act("lap-0103", "ollama_chat", "--turns 3 --size note", 0.5),
        _act("lap-0201", "anthropic_chat", "--turns 2 --size mail --model claude-haiku-5-5", 1.0),
        _act("lap-0301", "curl_chat", "--service gemini --turns 3 --size mail", 1.5),
        _act("lap-0302", "nameless_chat", "--turns 3 --size mail", 0.5),
        _browse("lap-0202", "https://wiki.office-supplies.example/ "
                            "https://shop.copper-kettle.example/", 1.0),
    )),
    Scene(13, 20, (), (
        _act("lap-0101", "openai_chat", "--turns 5 --size note --fresh"),
        _act("lap-0102", "curl_chat", "--service anthropic --turns 3 --size mail", 0.5),
        _act("lap-0103", "curl_chat", "--service mistral --turns 2 --size mail", 1.0),
        _act("lap-0201", "openai_chat", "--turns 4 --size report --model gpt-4o-mini", 0.5),
        _act("lap-0301", "gemini_quic", "--turns 2 --size report", 1.0),
        _browse("lap-0302", "--wait 14 https://chatgpt.com/", 0.5),
        _ordinary("lap-0104", "--get https://js.stripe.com/v3/ https://www.gemini.com/ "
                              "https://docs.anthropic.com/ https://api.github.com/zen", 2.0),
    )),
    Scene(14, 45, (), (
        _act("lap-0101", "openai_chat", "--turns 2 --size dossier"),
        _act("lap-0101", "openai_chat", "--turns 2 --size mail --model o4-mini", 3.0),
        _act("lap-0102", "anthropic_chat", "--turns 2 --size dossier", 0.5),
        _act("lap-0102", "curl_chat", "--service openai --turns 2 --size note", 4.0),
        _act("lap-0103", "ollama_chat", "--turns 4 --size report", 0.5),
        _act("lap-0301", "curl_chat", "--service gemini --turns 2 --size note --unary", 1.0),
        _browse("lap-0202", "https://travel.rail-planner.example/ "
                            "--quic video.townhall.example https://video.townhall.example/", 1.0),
    )),
    Scene(16, 10, (), (
        _act("lap-0101", "openai_chat", "--turns 3 --size mail --fresh --model gpt-4o-mini"),
        _act("lap-0102", "anthropic_chat", "--turns 3 --size none"),
        _act("lap-0102", "openai_chat", "--turns 2 --size none --unary "
             "--ending 'Answer yes or no.'", 2.0),
        _act("lap-0201", "openai_chat", "--turns 3 --size mail --usage", 0.5),
        _act("lap-0201", "openai_chat", "--turns 2 --size note --unary --tools", 3.0),
        _act("lap-0301", "gemini_quic", "--turns 2 --size note", 0.5),
        _act("lap-0302", "nameless_chat", "--turns 2 --size note", 1.0),
        _browse("lap-0104", "https://www.daily-courier.example/", 1.0),
        _act("lap-0101", "curl_chat", "--service openai --turns 1 --size report "
             "--curl=--http1.1 --ending 'Explain this in detail.'", cut=True),
    )),
)
