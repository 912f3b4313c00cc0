"""Response headers of the sizes and kinds that the providers' edges send."""

from email.utils import formatdate

JSON = "application/json"
SSE = "text/event-stream; charset=utf-8"


def openai(turn, content_type: str, encoding: str | None = None) -> list[tuple[str, str]]:
    random = turn.random
    return _edge(turn, content_type, encoding, [
        ("access-control-expose-headers", "X-Request-ID"),
        ("openai-organization", "user-" + turn.letters(24).lower()),
        ("openai-processing-ms", str(random.randint(180, 900))),
        ("openai-project", "proj_" + turn.letters(24)),
        ("openai-version", "2020-10-01"),
        ("x-envoy-upstream-service-time", str(random.randint(190, 950))),
        ("x-ratelimit-limit-requests", "10000"),
        ("x-ratelimit-limit-tokens", "2000000"),
        ("x-ratelimit-remaining-requests", str(random.randint(9900, 9999))),
        ("x-ratelimit-remaining-tokens", str(random.randint(1900000, 1999999))),
        ("x-ratelimit-reset-requests", f"{random.randint(6, 40)}ms"),
        ("x-ratelimit-reset-tokens", f"{random.randint(0, 9)}ms"),
        ("x-request-id", "req_" + turn.hexadecimal(32)),
    ])


def anthropic(turn, content_type: str, encoding: str | None = None) -> list[tuple[str, str]]:
    reset = "2026-11-20T17:00:00Z"
    fields = []
    for kind, limit in (("requests", 4000), ("input-tokens", 400000), ("output-tokens", 80000)):
        left = limit - turn.random.randint(1, 900)
        fields += [(f"anthropic-ratelimit-{kind}-limit", str(limit)),
                   (f"anthropic-ratelimit-{kind}-remaining", str(left)),
                   (f"anthropic-ratelimit-{kind}-reset", reset)]
    return _edge(turn, content_type, encoding, fields + [
        ("request-id", "req_011" + turn.letters(21)),
        ("anthropic-organization-id", turn.uuid()),
        ("via", "1.1 google"),
        ("X-Robots-Tag", "none"),
    ])


def google(turn, content_type: str, encoding: str | None = None) -> list[tuple[str, str]]:
    fields = [("Date", formatdate(turn.clock(), usegmt=True)), ("Content-Type", content_type)]
    if encoding:
        fields.append(("Content-Encoding", encoding))
    return fields + [
        ("Vary", "Origin"), ("Vary", "X-Origin"), ("Vary", "Referer"),
        ("Server", "scaffolding on HTTPServer2"), ("X-XSS-Protection", "0"),
        ("X-Frame-Options", "SAMEORIGIN"), ("X-Content-Type-Options", "nosniff"),
        ("Server-Timing", f"gfet4t7; dur={turn.random.randint(300, 2500)}"),
    ]


def plain_edge(turn, content_type: str, encoding: str | None = None) -> list[tuple[str, str]]:
    """Mistral, Groq and the ChatGPT page: an edge's headers and a request id."""
    return _edge(turn, content_type, encoding, [
        ("x-request-id", turn.uuid()), ("x-envoy-upstream-service-time",
                                        str(turn.random.randint(90, 700))),
        ("vary", "Origin"),
    ])


def deepseek(turn, content_type: str, encoding: str | None = None) -> list[tuple[str, str]]:
    fields = [("Date", formatdate(turn.clock(), usegmt=True)), ("Content-Type", content_type)]
    if encoding:
        fields.append(("Content-Encoding", encoding))
    return fields + [
        ("vary", "origin, access-control-request-method, access-control-request-headers"),
        ("access-control-allow-credentials", "true"), ("x-ds-trace-id", turn.hexadecimal(32)),
        ("Strict-Transport-Security", "max-age=31536000; includeSubDomains; preload"),
        ("X-Content-Type-Options", "nosniff"), ("Server", "elb"),
    ]


def _edge(turn, content_type, encoding, own) -> list[tuple[str, str]]:
    fields = [("Date", formatdate(turn.clock(), usegmt=True)), ("Content-Type", content_type)]
    if encoding:
        fields.append(("Content-Encoding", encoding))
    cookie = (f"__cf_bm={turn.letters(43)}-{int(turn.clock())}-1.0.1.1-{turn.letters(128)}; "
              "path=/; HttpOnly; Secure")
    return fields + own + [
        ("Strict-Transport-Security", "max-age=31536000; includeSubDomains; preload"),
        ("cf-cache-status", "DYNAMIC"), ("Set-Cookie", cookie),
        ("X-Content-Type-Options", "nosniff"), ("Server", "cloudflare"),
        ("CF-RAY", f"{turn.hexadecimal(16)}-FRA"),
    ]
