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
    VERDICT = "verdict"  # was the sound that silenced the agent an interruption?
    KEEP = "keep"  # the reply has sounded long enough to be kept


@dataclass(frozen=True, slots=True)
class StreamStarted:
    """Audio flows. ``next_turn`` is above 1 when a conversation is resumed."""

    at_ms: int
    next_turn: int
    expects: Expectation


@dataclass(frozen=True, slots=True)
class VoiceWindow:
    """Voice activity of one 32 ms window that ends at ``audio_ms``.

    ``level_db``: its loudness, dBFS. ``echo``: how much of it is our own sound come back, 0..1;
    only measured while we speak.
    """

    at_ms: int
    audio_ms: int
    probability: float
    level_db: float = -30.0
    echo: float = 0.0


@dataclass(frozen=True, slots=True)
class TranscriptReady:
    """A decode has ended. ``transcript`` is None when the engine failed.

    ``probe``: it was asked for while the caller went on speaking.
    """

    at_ms: int
    segment: int
    attempt: int
    transcript: Transcript | None
    probe: bool = False


@dataclass(frozen=True, slots=True)
class TurnJudged:
    """The turn model heard the pause: how likely the caller has finished, 0..1."""

    at_ms: int
    segment: int
    attempt: int
    complete: float


@dataclass(frozen=True, slots=True)
class PieceReady:
    """The brain made one sentence of its answer to turn ``turn``, in draft ``draft``.

    ``token_ms``: when its first token came, if it is the draft's first piece.
    """

    at_ms: int
    turn: int
    draft: int
    piece: ReplyPiece
    token_ms: int | None = None


@dataclass(frozen=True, slots=True)
class DraftEnded:
    """The brain has nothing more to say to turn ``turn`` in draft ``draft``."""

    at_ms: int
    turn: int
    draft: int
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
    """The voice made the first audio of utterance ``utterance``, the first of its reply."""

    at_ms: int
    turn: int
    utterance: int


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
    """All of one utterance was played, or could not be voiced.

    ``mark``: the mark behind it that came back; empty when none did. ``voiced``: it has sounded.
    ``unheard``: the end of its text that did not sound, or is not proved to although it must be.
    """

    at_ms: int
    turn: int
    utterance: int
    mark: str = ""
    voiced: bool = True
    unheard: str = ""


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
class OperatorSaid:
    """Whoever supervises the call has words for the agent to say.

    Empty ``text`` with ``ends_call``: the script's own farewell.
    """

    at_ms: int
    text: str
    ends_call: bool


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
    | TurnJudged
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
    | OperatorSaid
    | TimerFired
    | LineDropped
)
