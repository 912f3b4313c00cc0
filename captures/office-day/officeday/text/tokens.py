"""True tokenizers, read from vocabularies that travel in PyPI wheels.

`prepare` (see ``vocabulary.py``) lays the files into one folder; nothing is
fetched here. Which tokenizer counts for which provider:

=========  =================================================================
o200k      OpenAI's own for gpt-4o and later; also for Gemini and the
           ChatGPT page, whose own ones are not public
cl100k     stands in for Llama 3 (Groq, Ollama), which was built on it
anthropic  the one Anthropic published, of Claude 2
tekken     Mistral's own
deepseek   DeepSeek's own
=========  =================================================================
"""

import base64
import json
import os
from functools import cache
from pathlib import Path


class Tokenizer:
    """Counts tokens and cuts text into the pieces that one token each stands for."""

    def __init__(self, encode, token_bytes):
        self._encode = encode
        self._token_bytes = token_bytes

    def count(self, text: str) -> int:
        return len(self._encode(text))

    def pieces(self, text: str) -> list[tuple[str, int]]:
        """(text, tokens) in order. A character that spans several tokens stays in one piece."""
        result, pending, tokens = [], b"", 0
        for token in self._encode(text):
            pending += self._token_bytes(token)
            tokens += 1
            try:
                result.append((pending.decode(), tokens))
            except UnicodeDecodeError:
                continue
            pending, tokens = b"", 0
        if pending:
            raise ValueError("the text ends inside a character")
        if "".join(piece for piece, _ in result) != text:
            raise ValueError("the pieces do not add up to the text")
        return result


@cache
def tokenizer(name: str) -> Tokenizer:
    folder = Path(os.environ["OFFICE_DAY_VOCABULARIES"])
    if name in ("o200k", "cl100k"):
        return _tiktoken(name, folder)
    if name == "tekken":
        return _tekken(folder / "tekken.json")
    return _hugging_face(folder / f"{name}.json")


def _tiktoken(name: str, folder: Path) -> Tokenizer:
    os.environ["TIKTOKEN_CACHE_DIR"] = str(folder)
    import tiktoken

    encoding = tiktoken.get_encoding(f"{name}_base")
    return Tokenizer(encoding.encode_ordinary, encoding.decode_single_token_bytes)


def _tekken(path: Path) -> Tokenizer:
    import tiktoken

    data = json.loads(path.read_text())
    config = data["config"]
    plain = config["default_vocab_size"] - config["default_num_special_tokens"]
    ranks = {base64.b64decode(entry["token_bytes"]): entry["rank"]
             for entry in data["vocab"][:plain]}
    encoding = tiktoken.Encoding("tekken", pat_str=config["pattern"], mergeable_ranks=ranks,
                                 special_tokens={})
    return Tokenizer(encoding.encode_ordinary, encoding.decode_single_token_bytes)


def _hugging_face(path: Path) -> Tokenizer:
    from tokenizers import Tokenizer as Model

    model = Model.from_file(str(path))
    alphabet = {character: byte for byte, character in _byte_alphabet().items()}

    def encode(text: str) -> list[int]:
        return model.encode(text, add_special_tokens=False).ids

    def token_bytes(token: int) -> bytes:
        return bytes(alphabet[character] for character in model.id_to_token(token))

    return Tokenizer(encode, token_bytes)


def _byte_alphabet() -> dict[int, str]:
    """The printable stand-ins that byte-level vocabularies use for the 256 bytes."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    table = {byte: chr(byte) for byte in printable}
    table.update({byte: chr(256 + index) for index, byte in enumerate(others)})
    return table
