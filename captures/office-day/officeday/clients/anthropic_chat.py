"""A chat through the `anthropic` package; its client keeps the connection between turns."""

import argparse

import anthropic

from .conversation import Conversation, key


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="claude-sonnet-5-5")
    parser.add_argument("--seed", required=True)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--size", default="mail")
    parser.add_argument("--ending")
    parser.add_argument("--unary", action="store_true")
    parser.add_argument("--count", action="store_true", help="ask for the prompt's length first")
    options = parser.parse_args()
    chat = Conversation(options.seed, options.size)
    system, messages = chat.messages.pop(0)["content"], chat.messages
    with anthropic.Anthropic(api_key=key("sk-ant-api03-", 95), max_retries=0) as client:
        for turn in range(options.turns):
            chat.ask(options.ending)
            request = dict(model=options.model, system=system, messages=messages)
            if options.count and turn == 0:
                client.messages.count_tokens(**request)
            if options.unary:
                text = client.messages.create(max_tokens=1024, **request).content[0].text
            else:
                with client.messages.stream(max_tokens=1024, **request) as stream:
                    text = "".join(stream.text_stream)
            chat.answered(text)
            if turn + 1 < options.turns:
                chat.think()


if __name__ == "__main__":
    main()
