"""The waterfall of one turn: when each stage was reached."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TurnTiming:
    """Milliseconds since the start of the media stream; None for a stage never reached.

    ``speech_end_ms``: the last caller sound (for the opening: the start of the stream).
    ``decided_ms``: the caller's turn was judged over. ``transcript_ms``: its text was known.
    ``first_token_ms``: the brain's first token. ``first_clause_ms``: its first piece that can
    be voiced. ``first_audio_ms``: the voice's first frame. ``first_sent_ms``: that frame went to
    the carrier. ``first_played_ms``: the carrier's mark proved it was heard. An answer that was
    prepared while the caller might still have gone on has stages before ``decided_ms``.
    ``drafts``: how many answers were begun for the turn; all but the last were thrown away.
    """

    turn: int
    speech_end_ms: int
    decided_ms: int | None = None
    transcript_ms: int | None = None
    first_token_ms: int | None = None
    first_audio_ms: int | None = None
    first_sent_ms: int | None = None
    first_played_ms: int | None = None
    first_clause_ms: int | None = None
    drafts: int = 1

    @property
    def v2v_ms(self) -> int | None:
        """From the caller's last sound to the first agent sound sent, as the gateway sees it."""
        if self.first_sent_ms is None:
            return None
        return self.first_sent_ms - self.speech_end_ms
