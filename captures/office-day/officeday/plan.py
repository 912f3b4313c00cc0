"""The office: who works there, which names its internet has, and where they live.

=============  ==================================================================
10.20.1.0/24   engineering
10.20.2.0/24   finance
10.20.3.0/24   sales
10.20.8.0/24   servers, behind the gateway's second port (not on the captured one)
10.20.9.0/24   guests
=============  ==================================================================
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Host:
    name: str
    address: str
    group: str

    @property
    def mac(self) -> str:
        octets = [int(octet) for octet in self.address.split(".")]
        return "02:4f:" + ":".join(f"{octet:02x}" for octet in octets)

    @property
    def namespace(self) -> str:
        return "od-" + self.name

    @property
    def gateway(self) -> str:
        return self.address.rsplit(".", 1)[0] + ".1"


HOSTS = {host.name: host for host in (
    Host("lap-0101", "10.20.1.11", "engineering"),
    Host("lap-0102", "10.20.1.12", "engineering"),
    Host("lap-0103", "10.20.1.13", "engineering"),
    Host("lap-0104", "10.20.1.14", "engineering"),
    Host("lap-0201", "10.20.2.11", "finance"),
    Host("lap-0202", "10.20.2.12", "finance"),
    Host("lap-0301", "10.20.3.11", "sales"),
    Host("lap-0302", "10.20.3.12", "sales"),
    Host("phone-7f3a", "10.20.9.31", "guests"),
)}

LAN_GATEWAYS = ("10.20.1.1", "10.20.2.1", "10.20.3.1", "10.20.9.1")
OLLAMA = ("ollama.office.example", "10.20.8.20", 11434)
SERVERS_GATEWAY = "10.20.8.1"

# Served by our own servers over TLS; the first name stands for clients without SNI.
SERVICES = {
    "203.0.113.10": ("api.openai.com",),
    "203.0.113.11": ("chatgpt.com",),
    "203.0.113.20": ("api.anthropic.com",),
    "203.0.113.30": ("generativelanguage.googleapis.com",),
    "203.0.113.40": ("api.mistral.ai",),
    "203.0.113.50": ("api.deepseek.com",),
    "203.0.113.60": ("api.groq.com",),
    # Names that look like AI to a careless list, and are not use of it.
    "203.0.113.90": ("openai.com", "cdn.oaistatic.com", "docs.anthropic.com"),
    "203.0.113.91": ("acme-office.eu.auth0.com", "o450112.ingest.sentry.io", "featuregates.org",
                     "js.stripe.com"),
    "203.0.113.92": ("www.google.com", "accounts.google.com",
                     "optimizationguide-pa.googleapis.com", "www.gstatic.com"),
    "203.0.113.93": ("api.github.com", "github.com", "www.gemini.com"),
}
QUIC_SERVICES = {
    "203.0.113.30": "generativelanguage.googleapis.com",
    "198.51.100.70": "video.townhall.example",
}

# Ordinary sites, served by nginx; several share the address of one CDN.
CDN = "198.51.100.20"
SITES = {
    "www.daily-courier.example": CDN,
    "static.daily-courier.example": CDN,
    "shop.copper-kettle.example": CDN,
    "weather.north-coast.example": CDN,
    "wiki.office-supplies.example": "198.51.100.31",
    "travel.rail-planner.example": "198.51.100.32",
    "bank.harbour-savings.example": "198.51.100.33",
    "files.vendor-portal.example": "198.51.100.34",
    "video.townhall.example": "198.51.100.70",
}
TIME_SERVER = ("time.office.example", "198.51.100.123")

# What dnsmasq must answer by itself, so that AAAA and HTTPS questions get an answer at once.
LOCAL_ZONES = ("com", "ai", "example", "org", "io", "net", "dev", "googleapis.com")

SEED = "office-day-1"
DAY = 1795132800  # 2026-11-20 00:00 UTC

POLICY = {
    "default": "unapproved",
    "engineering": {"openai-api": "approved", "anthropic": "approved", "ollama-local": "approved",
                    "github-copilot": "approved"},
    "finance": {"openai-api": "tolerated"},
    "sales": {"chatgpt-web": "tolerated"},
    "everyone": {"huggingface": "tolerated"},
    "excluded": ["guests"],
}


def verdict(group: str, provider: str, service: str) -> str:
    """The verdict of the example policy; ``excluded`` for groups without records."""
    if group in POLICY["excluded"]:
        return "excluded"
    for table in (POLICY.get(group, {}), POLICY["everyone"]):
        for key in (service, provider):
            if key in table:
                return table[key]
    return POLICY["default"]
