"""The tokens of a Whisper model made from nothing: Whisper's own order, with stand-in words."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from core.errors import InvalidInputError

# The order of whisper/tokenizer.py (OpenAI, release 20231117), large-v2 and smaller.
_CODES: Final = (
    "en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th "
    "ur hr bg lt la mi ml cy sk te fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw gl mr "
    "pa si km sn yo so af oc ka be tg sd gu am yi lo uz fo ht ps tk nn mt sa lb my bo tl mg as tt "
    "haw ln ha ba jw su"
)
LANGUAGE_CODES: Final = tuple(_CODES.split())
LANGUAGES: Final = len(LANGUAGE_CODES)
TEXT_TOKENS: Final = 50257  # of the multilingual vocabulary; the English one has one less
EMPTY: Final = ""  # a token of the multilingual vocabulary alone; CTranslate2 tells by it
TIMESTAMPS: Final = 1501  # 0.00 to 30.00 s


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All tokens by number. ``said``: the tokens of the sentence; ``languages``: their tokens."""

    tokens: tuple[str, ...]
    said: tuple[int, ...]
    languages: tuple[int, ...]

    def at(self, token: str) -> int:
        """The number of ``token``. Raises InvalidInputError if there is none."""
        try:
            return self.tokens.index(token)
        except ValueError:
            raise InvalidInputError(f"Whisper has no token {token}.") from None


def make(words: Sequence[str], *, multilingual: bool) -> Vocabulary:
    """A vocabulary of Whisper's size whose first tokens are bytes, then ``words``."""
    kinds = importlib.import_module("tokenizers.pre_tokenizers")
    single = sorted(kinds.ByteLevel.alphabet())
    written = [_bytes_of(kinds, piece) for piece in distinct(words)]
    written = [token for token in written if token not in single]
    text_tokens = TEXT_TOKENS if multilingual else TEXT_TOKENS - 1
    known = [*single, *written]
    last = [EMPTY] if multilingual else []
    unused = text_tokens - len(known) - len(last)
    text = [*known, *(f"unused{number}" for number in range(unused)), *last]
    special = [
        "<|endoftext|>",
        "<|startoftranscript|>",
        *(f"<|{code}|>" for code in LANGUAGE_CODES),
        "<|translate|>",
        "<|transcribe|>",
        "<|startoflm|>",
        "<|startofprev|>",
        "<|nospeech|>",
        "<|notimestamps|>",
        *(f"<|{number * 0.02:.2f}|>" for number in range(TIMESTAMPS)),
    ]
    first = len(text) + 2
    return Vocabulary(
        tokens=(*text, *special),
        said=tuple(range(len(single), len(single) + len(written))),
        languages=tuple(range(first, first + LANGUAGES)),
    )


def distinct(words: Sequence[str]) -> list[str]:
    """``words`` with the space before each; what was there before is joined with its neighbour."""
    pieces: list[str] = []
    waiting = ""
    for word in words:
        waiting += f" {word}"
        if waiting not in pieces:
            pieces.append(waiting)
            waiting = ""
    if waiting:
        pieces[-1] += waiting
    return pieces


def write_tokenizer(vocabulary: Vocabulary, path: Path) -> None:
    """The file by which text becomes tokens, byte by byte, and tokens become text."""
    tokenizers = importlib.import_module("tokenizers")
    numbers = {token: number for number, token in enumerate(vocabulary.tokens)}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE(vocab=numbers, merges=[]))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    tokenizer.save(str(path))


def _bytes_of(kinds: Any, piece: str) -> str:
    split = kinds.ByteLevel(add_prefix_space=False, use_regex=False).pre_tokenize_str(piece)
    return "".join(part for part, _ in split)
