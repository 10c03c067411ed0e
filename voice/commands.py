"""What the reducer wants done: commands that the session carries out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from core.call import EndReason
from core.speech import Expectation, Heard, TurnKind
from voice.cues import Timer


class Stage(StrEnum):
    """The stages of a turn's waterfall, named as in ``core.timing.TurnTiming``."""

    SPEECH_END = "speech_end_ms"
    DECIDED = "decided_ms"
    TRANSCRIPT = "transcript_ms"
    FIRST_TOKEN = "first_token_ms"
    FIRST_AUDIO = "first_audio_ms"
    FIRST_SENT = "first_sent_ms"
    FIRST_PLAYED = "first_played_ms"


@dataclass(frozen=True, slots=True)
class Transcribe:
    """Decode the caller's audio from ``from_ms`` to ``to_ms`` (audio positions)."""

    segment: int
    attempt: int
    from_ms: int
    to_ms: int
    expects: Expectation


@dataclass(frozen=True, slots=True)
class Prepare:
    """Begin the answer to a caller's turn."""

    turn: int
    kind: TurnKind
    text: str
    confidence: float
    audio_ms: int
    heard: Heard | None
    digits: str = ""
    language: str = "en"  # as the ears detected it, ISO 639-1
    language_probability: float = 1.0  # 0..1


@dataclass(frozen=True, slots=True)
class Commit:
    """Make the turn true with what was made of its answer so far."""

    turn: int


@dataclass(frozen=True, slots=True)
class Drop:
    """Forget the answer in the making: the caller had not finished."""

    turn: int


@dataclass(frozen=True, slots=True)
class Speak:
    """Voice one sentence, after those already asked for."""

    turn: int
    utterance: int
    text: str


@dataclass(frozen=True, slots=True)
class StopSpeaking:
    """Silence the reply now and say how much was heard (``PlaybackStopped``)."""

    turn: int


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
    | Prepare
    | Commit
    | Drop
    | Speak
    | StopSpeaking
    | SetTimer
    | CancelTimer
    | Measure
    | EndCall
)
