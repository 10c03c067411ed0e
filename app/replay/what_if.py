"""What would have differed: a logged call beside the same call imagined with other settings.

Until the first difference the caller's sound is what they did; after it they might have done
something else, so everything later is an estimate. How good it is tells the same call imagined
without any change: it should come out as the log has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from app.replay.history import History, Hushed, TurnSeen, history
from app.replay.imagined import ImaginedCall
from core.speech import TurnKind
from voice.call_state import CallState
from voice.cue_codec import CueTrace

SAME_MS: Final = 64  # two windows: ends of speech that differ by less are the same end
SAME_HUSH_MS: Final = 200  # playback begins a little earlier or later in an imagined call

MERGED: Final = "heard as one with what follows"
LONGER: Final = "heard to a later end"
CUT: Final = "cut early: the caller goes on"
WITHDRAWN: Final = "begun too early, then withdrawn"


@dataclass(frozen=True, slots=True)
class TurnPair:
    """One turn of the caller as it was and as it would have been; None where it is not one."""

    then: TurnSeen | None
    now: TurnSeen | None
    note: str = ""

    @property
    def at_ms(self) -> int:
        """When the caller's words ended."""
        turn = self.then or self.now
        assert turn is not None
        return turn.speech_end_ms


@dataclass(frozen=True, slots=True)
class HushPair:
    """One time that the caller's sound silenced the agent, as it was and would have been."""

    then: Hushed | None
    now: Hushed | None

    @property
    def at_ms(self) -> int:
        """When the agent fell silent."""
        hushed = self.then or self.now
        assert hushed is not None
        return hushed.at_ms


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The comparison, and how far the same call imagined without a change is to be trusted.

    ``error_ms``: the median by which its v2v misses the log's; None without a turn to judge by.
    ``is_faithful``: whether its turns and interruptions are those of the log.
    """

    turns: tuple[TurnPair, ...]
    hushed: tuple[HushPair, ...]  # only those that differ
    error_ms: float | None
    is_faithful: bool

    @property
    def differs(self) -> bool:
        """Whether a turn or an interruption would have been another."""
        return bool(self.hushed) or any(pair.note for pair in self.turns)


def what_if(trace: CueTrace, state: CallState) -> WhatIf:
    """Compare the logged call with the same caller met by a call that begins in ``state``."""
    then = history(trace.taken)
    again = history(ImaginedCall(trace, trace.state).run())
    now = history(ImaginedCall(trace, state).run())
    unchanged = _turns(then, again)
    return WhatIf(
        turns=_turns(then, now),
        hushed=_hushes(then.hushed, now.hushed),
        error_ms=_error_ms(unchanged),
        is_faithful=not any(pair.note for pair in unchanged)
        and not _hushes(then.hushed, again.hushed),
    )


def _turns(then: History, now: History) -> tuple[TurnPair, ...]:
    old, left = _spoken(then.turns), _spoken(now.turns)
    same = [(turn, _nearest(turn, left)) for turn in old]
    for _, match in same:
        if match is not None:
            left.remove(match)
    pairs = []
    for turn, match in same:
        longer = None if match is not None else _reaches(turn, left, now)
        if longer is not None:
            left.remove(longer)
            pairs.append(TurnPair(turn, longer, LONGER))
        else:
            pairs.append(TurnPair(turn, match, "" if match is not None else MERGED))
    pairs += [TurnPair(None, turn, CUT) for turn in left]
    known = {turn.speech_end_ms for turn in then.withdrawn}
    pairs += [
        TurnPair(None, turn, WITHDRAWN)
        for turn in now.withdrawn
        if not any(abs(turn.speech_end_ms - end_ms) <= SAME_MS for end_ms in known)
    ]
    return tuple(sorted(pairs, key=lambda pair: pair.at_ms))


def _reaches(turn: TurnSeen, left: Sequence[TurnSeen], now: History) -> TurnSeen | None:
    """The turn that ``turn`` is the beginning of, unless that too was one then."""
    later = [each for each in _spoken(now.turns) if each.speech_end_ms > turn.speech_end_ms]
    return later[0] if later and later[0] in left else None


def _spoken(turns: Sequence[TurnSeen]) -> list[TurnSeen]:
    return [turn for turn in turns if turn.kind is TurnKind.SPEECH]


def _nearest(turn: TurnSeen, others: Sequence[TurnSeen]) -> TurnSeen | None:
    """The one whose speech ends at the same moment."""
    best = min(others, key=lambda each: abs(each.speech_end_ms - turn.speech_end_ms), default=None)
    if best is None or abs(best.speech_end_ms - turn.speech_end_ms) > SAME_MS:
        return None
    return best


def _hushes(then: Sequence[Hushed], now: Sequence[Hushed]) -> tuple[HushPair, ...]:
    """Those that are not the same in both."""
    left = list(now)
    pairs = []
    for old in then:
        near = [each for each in left if abs(each.at_ms - old.at_ms) <= SAME_HUSH_MS]
        same = near[0] if near else None
        if same is not None:
            left.remove(same)
        if same is None or same.yielded is not old.yielded:
            pairs.append(HushPair(old, same))
    pairs += [HushPair(None, each) for each in left]
    return tuple(sorted(pairs, key=lambda pair: pair.at_ms))


def _error_ms(pairs: Sequence[TurnPair]) -> float | None:
    errors = [
        abs(pair.now.v2v_ms - pair.then.v2v_ms)
        for pair in pairs
        if pair.then is not None
        and pair.now is not None
        and pair.then.v2v_ms is not None
        and pair.now.v2v_ms is not None
    ]
    return float(median(errors)) if errors else None
