"""How long a silence ends the caller's turn: by what was asked, by voice, words and habit. Pure.

Three witnesses, none of them sure. The *turn model* hears in the voice whether the caller has
finished; on recordings it tells ends from pauses only a little better than chance, so what it
doubts is given time, not what it denies forever. The *words* tell a whole answer from half of one.
The *habit* of this caller is how long the pauses inside their turns have been: who pauses long is
given longer. An answer of a word or two comes in one piece: there the model alone suffices. Where
there is no model, the kind of answer decides, by a table made for callers whose commas last 350 ms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from core.speech import AnswerKind, Expectation
from voice.completeness import Completeness, completeness
from voice.endpointing import Patience, pause_ms

# Measured: python -m tests.bench.endpointing --fit. With these, on recordings without pauses of
# 0.2 s, 90 of 100 turns are decided within 390 ms of the last speech and none too early; on those
# with pauses fewer are decided too early than by asking the model after 0.2 s and waiting 3 s.
# What one half of the speakers would choose instead is no better on the other half.
LIKELY: Final = 0.5  # the model's own threshold
SURE: Final = 0.95  # two in five true ends are over it, one in five pauses inside
SHORT_VOICE_MS: Final = 1000  # of voice in a turn: one word to three
SHORT_LIKELY_MS: Final = 128
SHORT_UNLIKELY_MS: Final = 224
SURE_MS: Final = 160
LIKELY_MS: Final = 352
UNLIKELY_MS: Final = 1000
WHOLE_MS: Final = 256  # no model, but the words are a whole answer
HALF_MS: Final = 1000  # no model, and they are half of one
HABIT_WEIGHT: Final = 0.9  # of what is known of a caller against one more pause
HABIT_FROM_MS: Final = 96  # shorter quiet is the closure of a t or a p, not a pause
HABIT_SEEN: Final = 2  # one pause is no habit
HABIT_FACTOR: Final = 1.25  # half of the pauses are longer than the average
HABIT_MOST_MS: Final = 1200  # a longer wait feels like a dead line


@dataclass(frozen=True, slots=True)
class CallerPauses:
    """How long this caller pauses inside their turns: an exponential average."""

    typical_ms: float = 0.0
    seen: int = 0

    def after(self, pause_ms: int) -> CallerPauses:
        """With one more pause of ``pause_ms``, after which the caller went on."""
        if pause_ms < HABIT_FROM_MS:
            return self
        if not self.seen:
            return CallerPauses(float(pause_ms), 1)
        typical = HABIT_WEIGHT * self.typical_ms + (1 - HABIT_WEIGHT) * pause_ms
        return CallerPauses(typical, self.seen + 1)

    @property
    def habit_ms(self) -> int:
        """The silence that outlasts most of them; 0 while too few are known."""
        if self.seen < HABIT_SEEN:
            return 0
        return round(min(HABIT_FACTOR * self.typical_ms, HABIT_MOST_MS))


def silence_needed_ms(
    expects: Expectation,
    text: str | None,
    complete: float | None,
    pauses: CallerPauses,
    patience: Patience,
    *,
    voiced_ms: int | None = None,
) -> int:
    """The silence after which the caller's turn is over.

    ``text``: the words so far, None while unknown. ``complete``: what the turn model makes of this
    pause (asked at its first quiet window), None without an answer. ``voiced_ms``: how much voice
    the turn holds, None counts as much.
    """
    words = completeness(text, expects) if text else Completeness.UNKNOWN
    if complete is None:
        return max(patience.min_ms, _by_kind(expects, words, pauses, patience))
    needed = _by_voice(expects, words, complete, pauses, voiced_ms)
    return max(patience.min_ms, needed + patience.extra_pause_ms)


def _by_kind(
    expects: Expectation, words: Completeness, pauses: CallerPauses, patience: Patience
) -> int:
    usual = pause_ms(expects, patience)
    if words is Completeness.COMPLETE:
        return min(usual, WHOLE_MS + patience.extra_pause_ms)
    if words is Completeness.OPEN_ENDED:
        usual = max(usual, HALF_MS + patience.extra_pause_ms)
    return max(usual, pauses.habit_ms + patience.extra_pause_ms)


def _by_voice(
    expects: Expectation,
    words: Completeness,
    complete: float,
    pauses: CallerPauses,
    voiced_ms: int | None,
) -> int:
    if words is Completeness.OPEN_ENDED:
        return max(UNLIKELY_MS, pauses.habit_ms)
    whole = words is Completeness.COMPLETE
    spells = AnswerKind.POSTCODE in expects.kinds and not whole
    if voiced_ms is not None and voiced_ms <= SHORT_VOICE_MS and not spells:
        return SHORT_LIKELY_MS if whole or complete >= LIKELY else SHORT_UNLIKELY_MS
    if complete >= (LIKELY if whole else SURE):
        return LIKELY_MS if spells else SURE_MS
    unhurried = LIKELY_MS if whole or complete >= LIKELY else UNLIKELY_MS
    return unhurried if whole else max(unhurried, pauses.habit_ms)
