"""Which calls a recipe sends, and when: the script that its client plays."""

import json
from random import Random

from officeday.clients.conversation import Conversation

from . import corpus
from .circumstances import Mix, Recipe
from .service import TELEMETRY

_MADE = {  # dialect → (name, path, model)
    "openai-chat": ("api.openai.com", "/v1/chat/completions", "gpt-4o-mini"),
    "openai-responses": ("api.openai.com", "/v1/responses", "gpt-4o-mini"),
    "anthropic": ("api.anthropic.com", "/v1/messages", "claude-sonnet-5-5"),
    "gemini": ("generativelanguage.googleapis.com",
               "/v1beta/models/gemini-2.5-flash:", "gemini-2.5-flash"),
    "mistral": ("api.mistral.ai", "/v1/chat/completions", "mistral-small-latest"),
    "deepseek": ("api.deepseek.com", "/chat/completions", "deepseek-chat"),
    "groq": ("api.groq.com", "/openai/v1/chat/completions", "llama-3.1-8b-instant"),
}
_LARGEST_REQUEST = 200_000


def names(recipe: Recipe, calls: list[corpus.Call]) -> list[str]:
    """The names that the recipe's servers bear."""
    if recipe.mix.made:
        return sorted({_MADE[dialect][0] for dialect in recipe.mix.wanted})
    return sorted({call.name for call in calls})


def chosen(recipe: Recipe, seed: str) -> list[corpus.Call]:
    """The recorded calls of a recipe, as even over dialects as the recordings allow."""
    if recipe.mix.made:
        return []
    random, mix = Random(seed), recipe.mix
    pools = {dialect: [] for dialect in mix.wanted}
    for call in corpus.load(corpus.recordings_folder()):
        if call.dialect in pools and _fits(call, mix) and len(call.request) < _LARGEST_REQUEST:
            pools[call.dialect].append(call)
    for pool in pools.values():
        random.shuffle(pool)
    picked: list[corpus.Call] = []
    while len(picked) < recipe.turns and any(pools.values()):
        for pool in pools.values():
            if pool and len(picked) < recipe.turns:
                picked.append(pool.pop())
    random.shuffle(picked)
    return picked


def jobs(recipe: Recipe, calls: list[corpus.Call], seed: str) -> list[list[dict]]:
    """The work of each worker, one list each."""
    random = Random(seed + "/jobs")
    if recipe.mix.made:
        work = _made(recipe, random)
    else:
        work = [{"name": call.name, "target": call.target, "body": call.request.decode(),
                 "stream": call.stream} for call in calls]
    share = [work[index::recipe.workers] for index in range(recipe.workers)]
    for part in share:
        for job in part:
            job["pause"] = random.uniform(0.15, 0.5)
    return [_with_telemetry(part, random) if recipe.telemetry else part for part in share]


def _fits(call: corpus.Call, mix: Mix) -> bool:
    if call.stream:
        return mix.streams
    return mix.unary and (not mix.compressed or call.unary_wire_bytes is not None)


def _with_telemetry(part: list[dict], random: Random) -> list[dict]:
    """Before every call, and after the last, the client reports on itself over its connection."""
    result = []
    for job in [*part, None]:
        name = (job or part[-1])["name"]
        events = [{"event": "render", "ms": random.randint(1, 900), "session": "0" * 36}
                  for _ in range(random.randint(1, 9))]
        result.append({"name": name, "target": TELEMETRY, "stream": False, "telemetry": True,
                       "body": json.dumps({"events": events}), "pause": random.uniform(0.1, 0.6)})
        if job:
            result.append(job)
    return result


def _made(recipe: Recipe, random: Random) -> list[dict]:
    result = []
    for index in range(recipe.turns):
        dialect = recipe.mix.wanted[index % len(recipe.mix.wanted)]
        stream = recipe.mix.streams and not (recipe.mix.unary and random.random() < 0.4)
        result.append(_made_job(dialect, stream, f"{random.random()}",
                                random.choice(("none", "note", "mail", "mail", "report"))))
    return result


def _made_job(dialect: str, stream: bool, seed: str, size: str) -> dict:
    name, path, model = _MADE[dialect]
    chat = Conversation(seed, size)
    for _ in range(chat.random.randint(0, 2)):
        chat.ask()
        chat.answered(" ".join(chat._prose.paragraph() for _ in range(chat.random.randint(1, 4))))
    messages = chat.ask()
    system = messages[0]["content"]
    if dialect == "gemini":
        verb = "streamGenerateContent" if stream else "generateContent"
        roles = {"assistant": "model"}
        body = {"contents": [{"role": roles.get(message["role"], "user"),
                              "parts": [{"text": message["content"]}]}
                             for message in messages[1:]],
                "systemInstruction": {"parts": [{"text": system}]}}
        return {"name": name, "target": path + verb + ("?alt=sse" if stream else ""),
                "stream": stream, "body": json.dumps(body, ensure_ascii=False)}
    if dialect == "anthropic":
        body = {"model": model, "max_tokens": 1024, "system": system, "messages": messages[1:]}
    elif dialect == "openai-responses":
        body = {"model": model, "instructions": system, "input": messages[1:]}
    else:
        body = {"model": model, "messages": messages}
    if stream:
        body["stream"] = True
        if dialect in ("openai-chat", "groq"):
            body["stream_options"] = {"include_usage": True}
    return {"name": name, "target": path, "stream": stream,
            "body": json.dumps(body, ensure_ascii=False)}
