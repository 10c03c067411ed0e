"""How far ahead of the carrier's playing sound is sent, and when to look again (pure)."""

from __future__ import annotations

from typing import Final

from voice.utterances import FRAME, PER_MS, Utterance

PIECE: Final = 5 * FRAME  # 100 ms: as often a mark comes back
REFILL_MS: Final = 200  # the lead is filled up when so much of it is used: five times a second
SCARCE_MS: Final = 160  # with less than this to play, a piece is not kept waiting until it is full


def is_full(ahead_ms: float, lead_ms: int) -> bool:
    """Whether the carrier has enough for now."""
    return ahead_ms > lead_ms - REFILL_MS


def size_now(utterance: Utterance, ahead_ms: float, lead_ms: int) -> int:
    """How many samples of ``utterance`` to send now."""
    if ahead_ms > lead_ms - PIECE / PER_MS:
        return 0
    size = utterance.next_piece(PIECE, to_word_end=ahead_ms > 0)
    if ahead_ms > SCARCE_MS and utterance.sent + size >= utterance.made - FRAME:
        return size if utterance.complete or size == PIECE else 0  # it is worth the wait
    return size


def refill_in_ms(utterance: Utterance, ahead_ms: float, lead_ms: int) -> float | None:
    """After how long to send more of ``utterance``; None: not before more of it is made."""
    if is_full(ahead_ms, lead_ms):
        return ahead_ms - lead_ms + REFILL_MS
    if ahead_ms > SCARCE_MS and utterance.next_piece(PIECE):
        return ahead_ms - SCARCE_MS
    return None
