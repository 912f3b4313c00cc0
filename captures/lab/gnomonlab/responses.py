"""Replies of OpenAI's Responses API, made up: an event for each token, each padded as the provider does."""

import json

from officeday.dialects.shaped import prompt_tokens
from officeday.text.answers import answer
from officeday.text.tokens import tokenizer

_PAD = 16  # text and obfuscation of an event add up to a multiple of so many characters


def reply(request: dict, turn) -> list[bytes]:
    """The events of an answer, as JSON; the turn learns what it cost."""
    counter = tokenizer("o200k")
    messages = [{"role": "system", "content": request.get("instructions", "")}, *request["input"]]
    turn.model, turn.stream = request["model"], True
    turn.prompt_total = prompt_tokens({"messages": messages}, counter)
    pieces = answer(messages[-1]["content"], counter, turn.random)
    turn.completion_visible = sum(tokens for _, tokens in pieces)
    return list(_Writer(request, turn).events([text for text, _ in pieces]))


class _Writer:
    def __init__(self, request: dict, turn):
        self._request, self._turn, self._number = request, turn, 0
        self._item = "msg_" + turn.hexadecimal(50)
        self._identity = "resp_" + turn.hexadecimal(50)
        self._created = int(turn.clock())

    def events(self, texts: list[str]):
        text = "".join(texts)
        place = {"item_id": self._item, "output_index": 0, "content_index": 0}
        yield self._event("created", response=self._response("in_progress", [], None))
        yield self._event("in_progress", response=self._response("in_progress", [], None))
        yield self._event("output_item.added", output_index=0, item=self._message("in_progress", []))
        yield self._event("content_part.added", **place, part=self._part(""))
        for piece in texts:
            yield self._event("output_text.delta", **place, delta=piece, logprobs=[],
                              obfuscation=self._turn.letters(-len(piece) % _PAD))
        yield self._event("output_text.done", **place, text=text, logprobs=[])
        yield self._event("content_part.done", **place, part=self._part(text))
        message = self._message("completed", [self._part(text)])
        yield self._event("output_item.done", output_index=0, item=message)
        yield self._event("completed", response=self._response("completed", [message], self._usage()))

    def _event(self, kind: str, **members) -> bytes:
        event = {"type": "response." + kind, "sequence_number": self._number, **members}
        self._number += 1
        return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()

    def _part(self, text: str) -> dict:
        return {"type": "output_text", "annotations": [], "logprobs": [], "text": text}

    def _message(self, status: str, content: list) -> dict:
        return {"id": self._item, "type": "message", "status": status, "content": content,
                "role": "assistant"}

    def _response(self, status: str, output: list, usage: dict | None) -> dict:
        request = self._request
        return {"id": self._identity, "object": "response", "created_at": self._created,
                "status": status, "background": False, "error": None, "incomplete_details": None,
                "instructions": request.get("instructions"), "max_output_tokens": None,
                "max_tool_calls": None, "model": self._turn.model, "output": output,
                "parallel_tool_calls": True, "previous_response_id": None, "prompt_cache_key": None,
                "reasoning": {"effort": None, "summary": None}, "safety_identifier": None,
                "service_tier": "auto" if usage is None else "default", "store": True,
                "temperature": 1.0, "text": {"format": {"type": "text"}, "verbosity": "medium"},
                "tool_choice": "auto", "tools": [], "top_logprobs": 0, "top_p": 1.0,
                "truncation": "disabled", "usage": usage, "user": None, "metadata": {}}

    def _usage(self) -> dict:
        turn = self._turn
        return {"input_tokens": turn.prompt_total,
                "input_tokens_details": {"cached_tokens": turn.prompt_cached},
                "output_tokens": turn.completion_visible,
                "output_tokens_details": {"reasoning_tokens": 0},
                "total_tokens": turn.prompt_total + turn.completion_visible}
