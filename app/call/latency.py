"""The latency table of a call: the middle and the worst of each stage over its turns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from app.call.result import Turn

# Stage, its name on screen, what it means; in the order in which an answer passes them.
STAGES: Final = (
    ("endpointing", "Endpointing", "the caller's last sound until the turn was judged over"),
    ("transcript", "Transcript", "until the words were known"),
    ("brain", "Brain", "until the first piece of an answer"),
    ("voice", "Voice", "until the first sound of it"),
    ("send", "Sent", "until that sound left for the line"),
    ("played", "Played", "until it was heard on the line"),
)


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of one answer. ``ms`` is never negative."""

    key: str
    name: str
    ms: int


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; the figures are milliseconds, None where nothing was measured."""

    name: str
    meaning: str
    p50_ms: int | None
    worst_ms: int | None
    count: int


def stages(turn: Turn) -> tuple[Stage, ...]:
    """The measured stages of an answer, in order."""
    parts = turn.parts
    measured = (
        parts.endpointing_ms,
        parts.transcript_ms,
        parts.brain_ms,
        parts.voice_ms,
        parts.send_ms,
        parts.played_ms,
    )
    return tuple(
        Stage(key, name, max(0, ms))
        for (key, name, _), ms in zip(STAGES, measured, strict=True)
        if ms is not None
    )


def table(turns: Sequence[Turn]) -> tuple[Row, ...]:
    """A row for each stage and one for the whole, over the turns that answered the caller."""
    answered = [turn for turn in turns if turn.v2v_ms is not None]
    by_key: dict[str, list[int]] = {}
    for turn in answered:
        for stage in stages(turn):
            by_key.setdefault(stage.key, []).append(stage.ms)
    rows = [
        _row(name, meaning + _ahead(key, answered), by_key.get(key, []))
        for key, name, meaning in STAGES
    ]
    totals = [turn.v2v_ms for turn in answered if turn.v2v_ms is not None]
    return (*rows, _row("Voice to voice", "the caller's last sound to the agent's first", totals))


def v2v_p50_ms(turns: Iterable[Turn]) -> int | None:
    """The middle of the answers' times, as played; None when nothing was answered."""
    values = [turn.v2v_ms for turn in turns if turn.v2v_ms is not None]
    return round(median(values)) if values else None


def _ahead(key: str, answered: Sequence[Turn]) -> str:
    """In how many answers the stage was done before the turn was judged over."""
    count = sum(key in turn.parts.ahead for turn in answered)
    return f"; ahead in {count} of {len(answered)}" if count else ""


def _row(name: str, meaning: str, values: Sequence[int]) -> Row:
    if not values:
        return Row(name, meaning, None, None, 0)
    return Row(name, meaning, round(median(values)), max(values), len(values))
