"""The state of one call, as the reducer sees it: small frozen values, no I/O."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.call import EndReason
from core.speech import Expectation, Heard, TurnKind
from voice.endpointing import Patience
from voice.ports import Transcript
from voice.turns import Turn


@dataclass(frozen=True, slots=True)
class Speech:
    """One stretch of the caller speaking, pauses included. Audio positions in ms.

    ``attempt`` counts decodes: each time the caller goes on speaking, the text in hand is void.
    ``decided``: the turn was judged over. ``cut_in``: it interrupted the agent.
    """

    segment: int
    from_ms: int
    voice_until_ms: int  # audio position
    voice_at_ms: int  # the same instant on the gateway's clock
    voiced_ms: int
    cut_in: bool
    attempt: int = 1
    decoding: bool = False
    transcript: Transcript | None = None
    decoded: bool = False
    decided: bool = False

    @property
    def is_open(self) -> bool:
        """Whether its words have not been taken as a turn yet."""
        return not (self.decided and self.decoded)

    @property
    def audio_ms(self) -> int:
        """How much caller audio the stretch holds."""
        return self.voice_until_ms - self.from_ms


@dataclass(frozen=True, slots=True)
class PendingTurn:
    """A caller's turn, ready to be answered once the turn before is committed."""

    kind: TurnKind
    text: str
    confidence: float
    audio_ms: int
    speech_end_ms: int
    decided_ms: int
    transcript_ms: int
    digits: str = ""
    language: str = "en"
    language_probability: float = 1.0


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to turn ``turn``: in the making, being voiced, or heard.

    ``silenced``: the caller cut in; nothing more of it is voiced unless it was a false alarm.
    ``heard_prefix``: what was heard of it before a false alarm.
    ``unvoiced``: sentences that came after it was silenced.
    """

    turn: int
    spoken: tuple[str, ...] = ()
    outstanding: frozenset[int] = frozenset()
    answering: bool = False  # its first sentence has come
    drafted: bool = False
    committing: bool = False
    committed: bool = False
    silenced: bool = False
    heard_prefix: str = ""
    heard_ms: int = 0
    unvoiced: tuple[str, ...] = ()
    ends_call: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it can still be dropped without trace."""
        return not (self.committing or self.committed or self.spoken)


@dataclass(frozen=True, slots=True)
class CallState:
    """Everything that decides what a call does next."""

    patience: Patience = field(default_factory=Patience)
    apology: str = "I'm sorry, something went wrong at our end. Please try again later. Goodbye."
    time_up: str = "I am sorry, that is all the time I have. Thank you for calling. Goodbye."
    turn: Turn = Turn.IDLE
    number: int = 0  # of the turn being answered, or last answered
    expects: Expectation = field(default_factory=Expectation)
    loud_windows: int = 0
    segments: int = 0
    utterances: int = 0
    speech: Speech | None = None
    reply: Reply | None = None
    pending: PendingTurn | None = None
    decided_ms: int = 0  # when the last turn of the caller was judged over
    heard: Heard | None = None  # of the last reply
    digits: str = ""
    leaving: EndReason | None = None  # hang up once the reply has been heard
    gone: EndReason | None = None  # the line is dead; the caller's last words are being kept
