"""The recipes: client × server × circumstance. Each takes 10 to 40 seconds."""

from dataclasses import replace

from .circumstances import TLS, Line, Mix, Recipe

_CHAT = Mix(("openai-chat", "openai-responses"))
_RESPONSES = Mix(("openai-responses",))
_COMPATIBLE = Mix(("deepseek", "mistral", "groq", "openrouter", "huggingface"))
_ANTHROPIC = Mix(("anthropic",))
_SQUEEZED = Mix(("anthropic",), compressed=True)
_GEMINI = Mix(("gemini",))
_MIXED = Mix(("openai-chat", "openai-responses", "anthropic", "gemini", "deepseek", "cohere"))
_UNARY = Mix(("openai-chat", "openai-responses", "anthropic", "gemini"), streams=False,
             unary=True)
_UNARY_GZIP = replace(_UNARY, compressed=True)

_TLS12 = TLS("1.2", "ECDHE-ECDSA-AES128-GCM-SHA256")

_PLAIN = Recipe("openai_package", _CHAT)
_H2 = Recipe("httpx_client", _MIXED, "2")
_H3 = Recipe("http3", _GEMINI, "3")

RECIPES: dict[str, Recipe] = {
    # Clients and servers.
    "openai-h1": _PLAIN,
    "openai-unary-h1": Recipe("openai_package", replace(_CHAT, streams=False, unary=True)),
    "openai-unary-gzip-h1": Recipe("openai_package", Mix(("openai-chat", "openai-responses"),
                                                         False, True, True)),
    "openai-compatible-h1": Recipe("openai_package", _COMPATIBLE),
    "anthropic-h1": Recipe("anthropic_package", _ANTHROPIC),
    "anthropic-gzip-h1": Recipe("anthropic_package", _SQUEEZED),
    "anthropic-unary-h1": Recipe("anthropic_package", replace(_ANTHROPIC, streams=False,
                                                              unary=True)),
    "genai-h1": Recipe("genai_package", _GEMINI),
    "genai-unary-h1": Recipe("genai_package", replace(_GEMINI, streams=False, unary=True)),
    "mistral-h1": Recipe("mistral_package", Mix(("mistral",), True, True)),
    "ollama-h1": Recipe("httpx_client", Mix(("ollama",), True, True)),
    "httpx-h1": Recipe("httpx_client", _MIXED),
    "httpx-h2": _H2,
    "curl-h1": Recipe("curl_program", _MIXED),
    "curl-h2": Recipe("curl_program", _MIXED, "2"),
    "curl-unary-h2": Recipe("curl_program", _UNARY, "2"),
    "curl-unary-gzip-h2": Recipe("curl_program", _UNARY_GZIP, "2"),
    "node-h1": Recipe("node", _MIXED),
    "node-h2": Recipe("node", _MIXED, "2"),
    "go-h1": Recipe("go", _MIXED),
    "go-h2": Recipe("go", _MIXED, "2"),
    "go-unary-h2": Recipe("go", _UNARY, "2"),
    "aioquic-h3": _H3,
    "aioquic-unary-h3": Recipe("http3", replace(_GEMINI, streams=False, unary=True), "3"),
    "nginx-openai-h1": replace(_PLAIN, server="nginx"),
    "nginx-anthropic-gzip-h1": Recipe("anthropic_package", _SQUEEZED, server="nginx"),
    "nginx-httpx-h2": replace(_H2, server="nginx"),
    "nginx-go-unary-h2": Recipe("go", _UNARY, "2", server="nginx"),
    # Requests at one time on a connection.
    "httpx-h2-2": replace(_H2, together=2, mix=_CHAT),
    "httpx-h2-4": replace(_H2, together=4, mix=_ANTHROPIC),
    "httpx-h2-8": replace(_H2, together=8, mix=_CHAT, workers=2, turns=32),
    "curl-h2-4": Recipe("curl_program", _CHAT, "2", together=4),
    "node-h2-2": Recipe("node", _CHAT, "2", together=2),
    "go-h2-4": Recipe("go", _ANTHROPIC, "2", together=4),
    "aioquic-h3-4": replace(_H3, together=4),
    "pipelined-h1-2": Recipe("pipelined", _CHAT, together=2),
    # TLS.
    "tls12-gcm-h1": replace(_PLAIN, tls=TLS("1.2", "ECDHE-ECDSA-AES128-GCM-SHA256")),
    "tls12-gcm-h2": replace(_H2, tls=TLS("1.2", "ECDHE-ECDSA-AES256-GCM-SHA384")),
    "tls12-chacha20-h1": replace(_PLAIN, tls=TLS("1.2", "ECDHE-ECDSA-CHACHA20-POLY1305")),
    "tls12-cbc-h1": replace(_PLAIN, tls=TLS("1.2", "ECDHE-ECDSA-AES128-SHA256")),
    "tls12-cbc-curl-h1": Recipe("curl_program", _MIXED,
                                tls=TLS("1.2", "ECDHE-ECDSA-AES256-SHA")),
    "tls12-nginx-cbc-h1": replace(_PLAIN, server="nginx",
                                  tls=TLS("1.2", "ECDHE-ECDSA-AES128-SHA")),
    "tls13-chacha20-h2": replace(_H2, tls=TLS(cipher="TLS_CHACHA20_POLY1305_SHA256")),
    "tls13-padding-h1": replace(_PLAIN, tls=TLS(padding=256)),
    "tls13-padding-h2": replace(_H2, tls=TLS(padding=256)),
    "tls13-tickets-0-h1": replace(_PLAIN, tls=TLS(tickets=0)),
    "tls13-tickets-1-h2": replace(_H2, tls=TLS(tickets=1)),
    "tls13-tickets-4-h1": replace(_PLAIN, tls=TLS(tickets=4)),
    "records-1369-h1": replace(_PLAIN, tls=TLS(fragment=1369)),
    "records-4096-unary-h2": Recipe("curl_program", _UNARY, "2", tls=TLS(fragment=4096)),
    "resumed-curl-h1": Recipe("curl_program", _MIXED, reconnect=True),
    "resumed-go-h1": Recipe("go", _MIXED, reconnect=True),
    "resumed-go-tls12-h1": Recipe("go", _MIXED, reconnect=True,
                                  tls=TLS("1.2", "ECDHE-ECDSA-AES128-GCM-SHA256")),
    "resumed-node-h1": Recipe("node", _MIXED, reconnect=True),
    # Flushes.
    "flush-single-h1": replace(_PLAIN, flush="single"),
    "flush-ragged-h2": replace(_H2, flush="ragged"),
    "flush-coalesced-h1": replace(_PLAIN, flush="coalesced"),
    "flush-records-h1": replace(_PLAIN, flush="records"),
    "flush-records-h2": replace(_H2, flush="records"),
    # The line and the capture.
    "loss-1-h1": replace(_PLAIN, line=Line(delay=20, loss=1)),
    "loss-2-h2": replace(_H2, line=Line(delay=30, jitter=3, loss=2)),
    "loss-2-h3": replace(_H3, line=Line(delay=20, loss=2)),
    "lan-loss-2-h1": replace(_PLAIN, line=Line(lan_loss=2)),
    "lan-loss-2-h2": replace(_H2, line=Line(delay=20, lan_loss=2)),
    "loss-both-h1": Recipe("anthropic_package", _ANTHROPIC, line=Line(delay=15, loss=1,
                                                                      lan_loss=1)),
    "delay-20-h1": replace(_PLAIN, line=Line(delay=20, jitter=2)),
    "delay-80-h1": replace(_PLAIN, line=Line(delay=80, jitter=10)),
    "delay-80-h2": replace(_H2, line=Line(delay=80, jitter=10)),
    "reorder-h1": replace(_PLAIN, line=Line(delay=20, reorder=5)),
    "reorder-h2": replace(_H2, line=Line(delay=20, reorder=5)),
    "reorder-h3": replace(_H3, line=Line(delay=20, reorder=5)),
    "mtu-576-h1": replace(_PLAIN, line=Line(mtu=576)),
    "mtu-9000-h2": replace(_H2, line=Line(mtu=9000)),
    "offload-h1": replace(_PLAIN, line=Line(offload=True)),
    "offload-unary-h2": Recipe("curl_program", _UNARY, "2", line=Line(offload=True)),
    "cut-start-h1": replace(_PLAIN, cut="start"),
    "cut-start-h2": replace(_H2, cut="start"),
    "cut-end-h1": replace(_PLAIN, cut="end"),
    "cut-end-h3": replace(_H3, cut="end"),
    "gaps-h1": replace(_PLAIN, cut="gaps"),
    "gaps-h2": replace(_H2, cut="gaps"),
    # Posts that are no turns.
    "telemetry-anthropic-h1": Recipe("anthropic_package", _ANTHROPIC, telemetry=True),
    "telemetry-openai-h1": replace(_PLAIN, telemetry=True),
    "telemetry-httpx-h2": replace(_H2, telemetry=True),
    "telemetry-delay-80-h1": Recipe("anthropic_package", _ANTHROPIC, telemetry=True,
                                    line=Line(delay=80, jitter=5)),
    "telemetry-go-unary-h2": Recipe("go", _UNARY, "2", telemetry=True),
    # Made up, with longer prompts and answers than the recordings have.
    "made-openai-h1": Recipe("openai_package", Mix(("openai-chat",), made=True)),
    "made-openai-h2-4": Recipe("httpx_client", Mix(("openai-chat",), made=True), "2", together=4),
    "made-openai-unary-h1": Recipe("openai_package", Mix(("openai-chat",), False, True,
                                                         made=True)),
    "made-anthropic-h1": Recipe("anthropic_package", Mix(("anthropic",), made=True)),
    "made-anthropic-h2": Recipe("curl_program", Mix(("anthropic",), True, True, made=True), "2"),
    "made-gemini-h1": Recipe("genai_package", Mix(("gemini",), made=True)),
    "made-gemini-h3": Recipe("http3", Mix(("gemini",), True, True, made=True), "3"),
    "made-mistral-h1": Recipe("openai_package", Mix(("mistral",), made=True)),
    "made-deepseek-h1": Recipe("openai_package", Mix(("deepseek",), made=True)),
    "made-groq-h2": Recipe("go", Mix(("groq",), made=True), "2"),
    "made-loss-2-h1": Recipe("openai_package", Mix(("openai-chat", "deepseek"), made=True),
                             line=Line(delay=20, loss=2, lan_loss=1)),
    "made-mixed-h2": Recipe("node", Mix(("openai-chat", "anthropic", "gemini"), True, True,
                                        made=True), "2"),
    # A browser. Last, as the addresses of the others come from their places.
    # A browser has one connection to a server, whoever of its pages asks.
    "chromium-h2": Recipe("chromium", _MIXED, "2", workers=1),
    "chromium-br-h2": Recipe("chromium", replace(_MIXED, compressed=True, coding="br"), "2",
                             workers=1),
    "chromium-h2-2": Recipe("chromium", _CHAT, "2", workers=1, together=2),
    # Renegotiation after a connection's first request, or after every other (TLS 1.2).
    "renegotiated-curl-h1": Recipe("curl_program", _MIXED, server="apache", tls=_TLS12),
    "renegotiated-openai-h1": replace(_PLAIN, server="apache", tls=_TLS12),
    "renegotiated-cbc-h1": replace(_PLAIN, server="apache",
                                   tls=TLS("1.2", "ECDHE-ECDSA-AES128-SHA256")),
    "renegotiated-suites-h1": Recipe("curl_program", _CHAT, server="apache-suites",
                                     tls=replace(_TLS12, cipher="")),
    "renegotiated-loss-2-h1": Recipe("curl_program", _CHAT, server="apache-suites",
                                     tls=replace(_TLS12, cipher=""),
                                     line=Line(delay=20, loss=2, lan_loss=1)),
    # WebSocket: requests and events as messages on one connection, with pings between.
    "websocket-openai": Recipe("openai_websocket", _RESPONSES, websocket="plain"),
    "websocket-deflate-openai": Recipe("openai_websocket", _RESPONSES, websocket="deflate",
                                       stated={"compression": "deflate"}),
    "websocket-alpn": Recipe("websockets_package", _RESPONSES, websocket="plain"),
    "websocket-alpn-deflate": Recipe("websockets_package", _RESPONSES, websocket="deflate"),
    "websocket-delay-80": Recipe("openai_websocket", _RESPONSES, websocket="plain", flush="records",
                                 line=Line(delay=80, jitter=10)),
    "websocket-loss-2": Recipe("openai_websocket", _RESPONSES, websocket="plain",
                               line=Line(delay=20, loss=2, lan_loss=1)),
    "websocket-gaps": Recipe("openai_websocket", _RESPONSES, websocket="plain", cut="gaps"),
    "websocket-chromium": Recipe("chromium", _RESPONSES, websocket="plain"),
    "websocket-chromium-deflate": Recipe("chromium", _RESPONSES, websocket="deflate"),
    "websocket-quiet": Recipe("openai_websocket", _RESPONSES, websocket="quiet",
                              stated={"ping_interval": None}),
    "made-websocket": Recipe("openai_websocket", Mix(("openai-responses",), made=True),
                             websocket="plain"),
}


def main() -> None:
    for name, recipe in RECIPES.items():
        print(f"{name:26} {recipe.kind:9} {recipe.client}: {', '.join(recipe.mix.wanted)}")


if __name__ == "__main__":
    main()
