"""The waterfall of a call's turns as a table: each stage after the caller's words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from api.schemas.calls import TimingOut, TurnOut

NEVER: Final = "-"
STAGES: Final = (  # in the order in which a turn without a prepared answer reaches them
    ("decided_ms", "decided"),
    ("transcript_ms", "transcript"),
    ("first_token_ms", "token"),
    ("first_clause_ms", "clause"),
    ("first_audio_ms", "audio"),
    ("first_sent_ms", "sent"),
    ("first_played_ms", "played"),
)
HEADS: Final = ("turn", *(head for _, head in STAGES), "drafts")


def waterfall(turns: Sequence[TurnOut]) -> Iterator[tuple[str, ...]]:
    """One row a turn that has timings: ms from the caller's last sound, "-" for never.

    An answer prepared ahead has its token before the decision, so no order is to be expected.
    """
    for turn in turns:
        if turn.timing is not None:
            offsets = (_offset(turn.timing, stage) for stage, _ in STAGES)
            yield str(turn.number), *offsets, str(turn.timing.drafts)


def _offset(timing: TimingOut, stage: str) -> str:
    at_ms: int | None = getattr(timing, stage)
    return NEVER if at_ms is None else f"{at_ms - timing.speech_end_ms:+d}"
