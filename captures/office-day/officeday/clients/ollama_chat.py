"""A chat with the company's own Ollama, over plain HTTP."""

import argparse
import http.client
import json

from .conversation import Conversation

HOST, PORT = "ollama.office.example", 11434


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", required=True)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--size", default="mail")
    parser.add_argument("--unary", action="store_true")
    options = parser.parse_args()
    chat = Conversation(options.seed, options.size)
    connection = http.client.HTTPConnection(HOST, PORT)
    headers = {"Content-Type": "application/json", "Accept": "application/x-ndjson",
               "User-Agent": "ollama-python/0.6.0 (x86_64 linux) Python/3.11.2"}
    connection.request("GET", "/api/tags", headers=headers)
    connection.getresponse().read()
    for turn in range(options.turns):
        body = json.dumps({"model": "llama3.1:8b", "messages": chat.ask(),
                           "stream": not options.unary}, ensure_ascii=False)
        connection.request("POST", "/api/chat", body.encode(), headers)
        lines = connection.getresponse().read().decode().splitlines()
        chat.answered("".join(json.loads(line)["message"]["content"] for line in lines))
        if turn + 1 < options.turns:
            chat.think()
    connection.close()


if __name__ == "__main__":
    main()
