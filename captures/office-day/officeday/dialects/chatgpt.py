"""A web chat under chatgpt.com: a page whose script sends one message and reads a stream.

The history stays at the server, so the prompt on the wire is the last message alone. Events
all have one size, 237 bytes, as payloads of 31 + 237·k on a real capture suggest.
"""

import json

from ..text.answers import answer
from ..text.prose import Prose
from ..text.tokens import tokenizer
from . import heads
from .pace import Pace

EVENT_BYTES = 237
_HIDDEN_PROMPT = 1180  # tokens of instructions that the server puts before every chat

_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Chat</title>
<link rel="stylesheet" href="/assets/root.css"></head><body><main id="thread"></main><script>
const questions = %s, thread = document.getElementById("thread");
async function ask(text, parent) {
  const reply = await fetch("/backend-api/f/conversation", {method: "POST",
    headers: {"content-type": "application/json", "accept": "text/event-stream"},
    body: JSON.stringify({action: "next", messages: [{id: crypto.randomUUID(),
      author: {role: "user"}, create_time: Date.now() / 1000,
      content: {content_type: "text", parts: [text]}, metadata: {selected_sources: []}}],
      parent_message_id: parent, model: "auto", timezone: "Europe/Berlin",
      conversation_mode: {kind: "primary_assistant"}, supports_buffering: true})});
  const reader = reply.body.getReader(), decoder = new TextDecoder();
  for (;;) {
    const {value, done} = await reader.read();
    if (done) break;
    thread.append(decoder.decode(value, {stream: true}).length + " ");
  }
  await fetch("/ces/v1/t", {method: "POST", keepalive: true,
    headers: {"content-type": "application/json"},
    body: JSON.stringify({event: "Turn Completed", timestamp: new Date().toISOString(),
      properties: {origin: "chat", length: text.length}, pad: "x".repeat(700)})});
}
(async () => {
  for (const text of questions) {
    await ask(text, crypto.randomUUID());
    await new Promise(wake => setTimeout(wake, 900 + 1200 * Math.random()));
  }
  document.title = "done";
})();
</script></body></html>"""


async def page(exchange, turn) -> None:
    prose = Prose(turn.random)
    endings = ("Answer briefly.", "What should I do next?", "Answer in one sentence.",
               "Please rewrite it.")
    questions = [prose.paragraph(sentences=turn.random.randint(1, 9)) + " "
                 + turn.random.choice(endings) for _ in range(turn.random.randint(2, 3))]
    body = (_PAGE % json.dumps(questions)).encode()
    await exchange.respond(200, heads.plain_edge(turn, "text/html; charset=utf-8"), body)


async def style(exchange, turn) -> None:
    rules = "".join(f".c{index}{{margin:{turn.random.randint(0, 40)}px}}" for index in range(500))
    await exchange.respond(200, heads.plain_edge(turn, "text/css"), rules.encode())


async def telemetry(exchange, turn) -> None:
    await exchange.respond(200, heads.plain_edge(turn, heads.JSON), b'{"success":true}')


async def conversation(exchange, turn) -> None:
    message = json.loads(exchange.body)["messages"][0]["content"]["parts"][0]
    counter = tokenizer("o200k")
    turn.model, turn.stream, turn.events = "auto", True, 0
    turn.prompt_total = turn.extra["history"](counter.count(message) + 4) + _HIDDEN_PROMPT
    pieces = answer(message, counter, turn.random)
    pace = Pace(turn.random, turn.random.uniform(70, 120), turn.random.uniform(0.5, 1.1))
    await pace.first()
    await exchange.start(200, heads.plain_edge(turn, heads.SSE))
    await exchange.send(b'event: delta_encoding\ndata: "v1"\n\n')
    index = 0
    while index < len(pieces):
        events, tokens = [], 0
        for _ in range(turn.random.choice((1, 1, 2, 3))):
            size = turn.random.choice((1, 2, 2, 3))
            part = pieces[index:index + size]
            index += len(part)
            if part:
                events.append(_event(turn, "".join(text for text, _ in part)))
                tokens += sum(count for _, count in part)
        await pace.tokens(tokens)
        await exchange.send("".join(events).encode())
        turn.events += len(events)
        turn.completion_visible += tokens
    await exchange.send(b"data: [DONE]\n\n")
    turn.events += 2
    await exchange.end()


def _event(turn, text: str) -> str:
    value = json.dumps(text)
    head = f'event: delta\ndata: {{"o":"append","p":"/message/content/parts/0","v":{value},"pad":"'
    return head + turn.letters(max(0, EVENT_BYTES - len(head) - 4)) + '"}\n\n'
