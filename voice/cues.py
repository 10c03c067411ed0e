"""What reaches a call: stamped cues for the reducer's inbox.

``at_ms`` is milliseconds since the media stream started, on the gateway's monotonic clock.
``audio_ms`` is a position in the caller's audio. The two drift apart by the network's jitter.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from core.call import EndReason
from core.speech import Expectation, Heard, ReplyPiece
from voice.ports import Transcript


class Timer(StrEnum):
    """The clocks that a call can have running, one of each."""

    SILENCE = "silence"  # the caller says nothing
    BRAIN = "brain"  # the answer does not come
    DIGITS = "digits"  # no further key was pressed
    DRAIN = "drain"  # let the last word out before hanging up
    CALL = "call"  # the longest that a call may last
    GRACE = "grace"  # for the last words of a caller who has hung up


@dataclass(frozen=True, slots=True)
class StreamStarted:
    """Audio flows. ``next_turn`` is above 1 when a conversation is resumed."""

    at_ms: int
    next_turn: int
    expects: Expectation


@dataclass(frozen=True, slots=True)
class VoiceWindow:
    """Voice activity of one 32 ms window that ends at ``audio_ms``."""

    at_ms: int
    audio_ms: int
    probability: float


@dataclass(frozen=True, slots=True)
class TranscriptReady:
    """A decode has ended. ``transcript`` is None when the engine failed."""

    at_ms: int
    segment: int
    attempt: int
    transcript: Transcript | None


@dataclass(frozen=True, slots=True)
class PieceReady:
    """The brain made one sentence of its answer to turn ``turn``."""

    at_ms: int
    turn: int
    piece: ReplyPiece


@dataclass(frozen=True, slots=True)
class DraftEnded:
    """The brain has nothing more to say to turn ``turn``."""

    at_ms: int
    turn: int
    failed: bool


@dataclass(frozen=True, slots=True)
class TurnCommitted:
    """Turn ``turn`` is true: its held sentences may be voiced, its question may be answered."""

    at_ms: int
    turn: int
    voice_now: tuple[ReplyPiece, ...]
    expects: Expectation
    ends_call: bool


@dataclass(frozen=True, slots=True)
class CommitFailed:
    """Turn ``turn`` could not be made true."""

    at_ms: int
    turn: int


@dataclass(frozen=True, slots=True)
class SoundMade:
    """The voice made the first audio of the reply to turn ``turn``."""

    at_ms: int
    turn: int


@dataclass(frozen=True, slots=True)
class SoundStarted:
    """The first frame of the reply to turn ``turn`` went to the carrier."""

    at_ms: int
    turn: int


@dataclass(frozen=True, slots=True)
class SoundPlayed:
    """A mark proved that the caller began to hear the reply to turn ``turn``."""

    at_ms: int
    turn: int


@dataclass(frozen=True, slots=True)
class UtterancePlayed:
    """All of one utterance was played, or could not be voiced."""

    at_ms: int
    turn: int
    utterance: int


@dataclass(frozen=True, slots=True)
class PlaybackStopped:
    """The sound of the reply to ``heard.turn`` was cut; this much of it was heard."""

    at_ms: int
    heard: Heard


@dataclass(frozen=True, slots=True)
class DigitPressed:
    """The caller pressed a key."""

    at_ms: int
    digit: str


@dataclass(frozen=True, slots=True)
class TimerFired:
    """One of the call's timers ran out."""

    at_ms: int
    timer: Timer


@dataclass(frozen=True, slots=True)
class LineDropped:
    """The call is over, from outside: hang-up, lost stream, shutdown."""

    at_ms: int
    reason: EndReason


Cue: TypeAlias = (
    StreamStarted
    | VoiceWindow
    | TranscriptReady
    | PieceReady
    | DraftEnded
    | TurnCommitted
    | CommitFailed
    | SoundMade
    | SoundStarted
    | SoundPlayed
    | UtterancePlayed
    | PlaybackStopped
    | DigitPressed
    | TimerFired
    | LineDropped
)
