"""What one completion of a model costs, also when it is cut off before its vendor has told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.usage import Unit, Usage

# English text has about four characters a token with every vendor's tokenizer:
# https://help.openai.com/en/articles/4936856, read 2026-11-02
CHARACTERS_A_TOKEN: Final = 4


@dataclass(slots=True)
class Bill:
    """What one completion costs, as far as is known. Kept up by the model that makes it.

    ``asked``: every text that was sent. ``streamed``: characters that came, thoughts and tool
    calls included. ``settled``: the vendor told its own figures, or was never reached.
    """

    sku: str
    turn: int
    role: str
    asked: Sequence[str]
    streamed: int = 0
    settled: bool = False

    def estimate(self) -> tuple[Usage, ...]:
        """Tokens by the count of characters; nothing once the bill is settled."""
        if self.settled:
            return ()
        amounts = (
            (Unit.LLM_INPUT_TOKEN, _tokens(sum(map(len, self.asked)))),
            (Unit.LLM_OUTPUT_TOKEN, _tokens(self.streamed)),
        )
        return tuple(
            Usage(self.sku, unit, count, self.turn, self.role) for unit, count in amounts if count
        )


def _tokens(characters: int) -> int:
    """Rounded up: a token that was begun was made."""
    return -(-characters // CHARACTERS_A_TOKEN)
