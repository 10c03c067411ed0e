"""What the reducer wants done: commands that the session carries out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from core.call import EndReason
from core.speech import Evidence, Expectation, Heard, TurnKind
from voice.cues import Timer


class Stage(StrEnum):
    """The stages of a turn's waterfall, named as in ``core.timing.TurnTiming``."""

    SPEECH_END = "speech_end_ms"
    DECIDED = "decided_ms"
    TRANSCRIPT = "transcript_ms"
    FIRST_TOKEN = "first_token_ms"
    FIRST_CLAUSE = "first_clause_ms"
    FIRST_AUDIO = "first_audio_ms"
    FIRST_SENT = "first_sent_ms"
    FIRST_PLAYED = "first_played_ms"


@dataclass(frozen=True, slots=True)
class Transcribe:
    """Decode the caller's audio from ``from_ms`` to ``to_ms`` (audio positions).

    ``probe``: only to learn whether there are words in it; the caller may be speaking on.
    """

    segment: int
    attempt: int
    from_ms: int
    to_ms: int
    expects: Expectation
    probe: bool = False
    turn: int = 0  # to which its cost belongs


@dataclass(frozen=True, slots=True)
class Judge:
    """Ask the turn model whether the caller has finished (audio positions)."""

    segment: int
    attempt: int
    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True)
class Prepare:
    """Begin the answer to a caller's turn. ``draft`` numbers all drafts of the call."""

    turn: int
    draft: int
    kind: TurnKind
    text: str
    confidence: float
    audio_ms: int
    heard: Heard | None
    digits: str = ""
    language: str = "en"  # as the ears detected it, ISO 639-1
    language_probability: float = 1.0  # 0..1
    ends_call: bool = False


@dataclass(frozen=True, slots=True)
class Commit:
    """Make the turn true with what was made of its answer so far."""

    turn: int


@dataclass(frozen=True, slots=True)
class Drop:
    """Forget the answer in the making and its sound: the caller had not finished."""

    turn: int


@dataclass(frozen=True, slots=True)
class Speak:
    """Voice one sentence, after those already asked for; it sounds once it is released.

    ``must_hear``: it counts as heard only when a mark proves that it was, to its end.
    """

    turn: int
    utterance: int
    text: str
    must_hear: bool = False


@dataclass(frozen=True, slots=True)
class Release:
    """Let the sound of the reply go out, from the first word that was not heard yet."""

    turn: int


@dataclass(frozen=True, slots=True)
class Hush:
    """Silence the reply now and say how much was heard (``PlaybackStopped``).

    Its sound is kept: ``Release`` plays on, ``Silence`` forgets it.
    """

    turn: int


@dataclass(frozen=True, slots=True)
class Silence:
    """Forget what is left of a hushed reply: nothing more of it will sound."""

    turn: int


@dataclass(frozen=True, slots=True)
class Prove:
    """Store that the caller heard what they had to hear."""

    evidence: Evidence


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Start ``timer`` anew."""

    timer: Timer
    after_ms: int


@dataclass(frozen=True, slots=True)
class CancelTimer:
    """Stop ``timer`` if it runs."""

    timer: Timer


@dataclass(frozen=True, slots=True)
class Measure:
    """Note that the turn reached a stage; the first note of a stage counts."""

    turn: int
    stage: Stage
    at_ms: int


@dataclass(frozen=True, slots=True)
class EndCall:
    """Nothing more will happen: settle what is open and leave."""

    reason: EndReason


Command: TypeAlias = (
    Transcribe
    | Judge
    | Prepare
    | Commit
    | Drop
    | Speak
    | Release
    | Hush
    | Silence
    | Prove
    | SetTimer
    | CancelTimer
    | Measure
    | EndCall
)
