"""A client that sends no SNI: only the DNS answer before its connection tells the name."""

import argparse
import http.client
import json
import socket
import ssl

from .conversation import Conversation, key

HOST = "api.deepseek.com"


class NamelessConnection(http.client.HTTPSConnection):
    def connect(self) -> None:
        plain = socket.create_connection((self.host, self.port))
        self.sock = self._context.wrap_socket(plain, server_hostname=None)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--authority", required=True)
    parser.add_argument("--seed", required=True)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--size", default="mail")
    options = parser.parse_args()
    context = ssl.create_default_context(cafile=options.authority)
    context.check_hostname = False  # without a name there is none to check
    chat = Conversation(options.seed, options.size)
    connection = NamelessConnection(HOST, 443, context=context)
    for turn in range(options.turns):
        body = json.dumps({"model": "deepseek-chat", "messages": chat.ask(), "stream": True})
        connection.request("POST", "/chat/completions", body.encode(), {
            "Content-Type": "application/json", "Accept": "text/event-stream",
            "Authorization": "Bearer " + key("sk-", 32)})
        chat.answered(_text(connection.getresponse().read().decode()))
        if turn + 1 < options.turns:
            chat.think()
    connection.close()


def _text(reply: str) -> str:
    texts = []
    for event in reply.split("\n\n"):
        if event.startswith("data: {"):
            texts.append(json.loads(event[6:])["choices"][0]["delta"].get("content") or "")
    return "".join(texts)


if __name__ == "__main__":
    main()
