"""The stopwatch of a turn: from the last caller sound to the first reply sound."""

from __future__ import annotations

from core.timing import TurnTiming
from voice.commands import Measure, Stage


class Stopwatch:
    """Collects the stages of each turn; the first note of a stage counts."""

    def __init__(self) -> None:
        self._turns: dict[int, dict[Stage, int]] = {}
        self._drafts: dict[int, int] = {}

    def begin(self, turn: int) -> None:
        """An answer to the turn is begun; those before it were thrown away."""
        self._drafts[turn] = self._drafts.get(turn, 0) + 1

    def note(self, measure: Measure) -> None:
        """The turn reached a stage."""
        self._turns.setdefault(measure.turn, {}).setdefault(measure.stage, measure.at_ms)

    def forget(self, turn: int) -> None:
        """The turn was taken back: its number will be measured again."""
        self._turns.pop(turn, None)

    def take(self, turn: int) -> TurnTiming | None:
        """The waterfall of ``turn``, which is then over; None if nothing was noted."""
        stages = self._turns.pop(turn, None)
        drafts = self._drafts.pop(turn, 1)
        if stages is None or Stage.SPEECH_END not in stages:
            return None
        times = {stage.value: at for stage, at in stages.items()}
        return TurnTiming(turn=turn, drafts=drafts, **times)

    @property
    def open_turns(self) -> tuple[int, ...]:
        """Turns that were noted and not taken yet."""
        return tuple(self._turns)
