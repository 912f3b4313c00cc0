"""A chat through the `openai` package: also for the services that took over its API."""

import argparse

import openai

from .conversation import TOOLS, Conversation, key


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--base-url", default="https://api.openai.com/v1")
    parser.add_argument("--model", default="gpt-4o")
    parser.add_argument("--seed", required=True)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--size", default="mail")
    parser.add_argument("--ending")
    parser.add_argument("--unary", action="store_true")
    parser.add_argument("--usage", action="store_true", help="ask for usage in the stream")
    parser.add_argument("--tools", action="store_true")
    parser.add_argument("--fresh", action="store_true", help="each turn is a chat of its own")
    parser.add_argument("--list-models", action="store_true")
    options = parser.parse_args()
    chat = Conversation(options.seed, options.size)
    with openai.OpenAI(api_key=key("sk-proj-", 156), base_url=options.base_url,
                       max_retries=0) as client:
        if options.list_models:
            client.models.list()
        for turn in range(options.turns):
            if options.fresh and turn:
                chat = Conversation(f"{options.seed}/{turn}", options.size, turn % 2 == 0)
            ending = "Please look up the records." if options.tools and turn % 2 == 0 \
                else options.ending
            chat.ask(ending)
            chat.answered(_complete(client, options, chat.messages))
            if turn + 1 < options.turns:
                chat.think()


def _complete(client, options, messages) -> str:
    more = {"tools": TOOLS} if options.tools else {}
    if options.unary:
        reply = client.chat.completions.create(model=options.model, messages=messages, **more)
        return reply.choices[0].message.content or "The records were found."
    if options.usage:
        more["stream_options"] = {"include_usage": True}
    text = ""
    with client.chat.completions.create(model=options.model, messages=messages, stream=True,
                                        **more) as stream:
        for chunk in stream:
            if chunk.choices and chunk.choices[0].delta.content:
                text += chunk.choices[0].delta.content
    return text or "The records were found."


if __name__ == "__main__":
    main()
