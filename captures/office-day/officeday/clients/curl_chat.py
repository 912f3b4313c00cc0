"""Chats through curl: several requests on one connection, over HTTP/1.1 or HTTP/2."""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

from .conversation import Conversation, key


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--service", choices=("openai", "anthropic", "gemini", "mistral", "groq"),
                        required=True)
    parser.add_argument("--authority", required=True)
    parser.add_argument("--seed", required=True)
    parser.add_argument("--turns", type=int, default=2)
    parser.add_argument("--size", default="note")
    parser.add_argument("--ending")
    parser.add_argument("--unary", action="store_true")
    parser.add_argument("--curl", default="--http2", help="options for curl, by commas")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        command = ["curl", "--silent", "--show-error", "--no-buffer", "--fail"]
        for turn in range(options.turns):
            if turn:
                command.append("--next")
            command += _request(options, turn, Path(folder))
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)


def _request(options, turn: int, folder: Path) -> list[str]:
    chat = Conversation(f"{options.seed}/{turn}", options.size, turn % 2 == 0)
    messages, stream = chat.ask(options.ending), not options.unary
    headers = {"content-type": "application/json"}
    if options.service == "anthropic":
        url = "https://api.anthropic.com/v1/messages"
        messages = [message for message in messages if message["role"] != "system"]
        body = {"model": "claude-haiku-5-5", "max_tokens": 1024, "messages": messages}
        headers |= {"x-api-key": key("sk-ant-api03-", 95), "anthropic-version": "2023-06-01"}
    elif options.service == "gemini":
        verb = "streamGenerateContent?alt=sse" if stream else "generateContent"
        url = ("https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:" + verb)
        body = {"contents": gemini_contents(messages)}
        headers["x-goog-api-key"] = key("AIza", 35)
    else:
        hosts = {"openai": "https://api.openai.com/v1", "mistral": "https://api.mistral.ai/v1",
                 "groq": "https://api.groq.com/openai/v1"}
        models = {"openai": "gpt-4o-mini", "mistral": "mistral-small-latest",
                  "groq": "llama-3.1-8b-instant"}
        url = hosts[options.service] + "/chat/completions"
        body = {"model": models[options.service], "messages": messages}
        headers["authorization"] = "Bearer " + key("sk-proj-", 156)
    if stream and options.service != "gemini":
        body["stream"] = True
    path = folder / f"{turn}.json"
    path.write_text(json.dumps(body, ensure_ascii=False))
    arguments = [*options.curl.split(","), "--cacert", options.authority, "--data-binary",
                 f"@{path.name}", "--output", f"{turn}.out"]
    if options.unary:
        arguments.append("--compressed")
    for name, value in headers.items():
        arguments += ["--header", f"{name}: {value}"]
    return [*arguments, url]


def gemini_contents(messages: list[dict]) -> list[dict]:
    roles = {"assistant": "model"}
    return [{"role": roles.get(message["role"], "user"), "parts": [{"text": message["content"]}]}
            for message in messages]


if __name__ == "__main__":
    main()
