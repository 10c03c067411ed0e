"""The state of one call, as the reducer sees it: small frozen values, no I/O.

They are tuples with names: each window of each call makes the state anew, thirty a second, and a
frozen dataclass of so many fields takes six times as long to copy.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from core.call import EndReason
from core.speech import Expectation, Heard, MustHear, TurnKind
from voice.endpointing import Patience
from voice.onset import Onset
from voice.patience import CallerPauses
from voice.ports import Transcript
from voice.turns import Turn


class Speech(NamedTuple):
    """One stretch of the caller speaking, pauses included. Audio positions in ms.

    ``attempt`` counts decodes: each time the caller goes on speaking, the text in hand is void.
    ``decided``: the turn was judged over. ``in_doubt``: it silenced the agent, and whether it is
    an interruption or only a noise is not known yet.
    """

    segment: int
    from_ms: int
    voice_until_ms: int  # audio position
    voice_at_ms: int  # the same instant on the gateway's clock
    voiced_ms: int
    began_at_ms: int  # on the gateway's clock
    in_doubt: bool = False
    attempt: int = 1
    decodes: int = 0  # begun in pauses so far
    drafts: int = 0  # answers begun so far
    decoding: bool = False
    transcript: Transcript | None = None
    decoded: bool = False
    decoded_ms: int = 0  # when, on the gateway's clock
    asked: bool = False  # the turn model, in the present pause
    complete: float | None = None  # what it says of it, 0..1
    probed_ms: int = 0  # how much of the voice the last probe held
    probing: bool = False
    decided: bool = False

    @property
    def is_open(self) -> bool:
        """Whether its words have not been taken as a turn yet."""
        return not (self.decided and self.decoded)

    @property
    def audio_ms(self) -> int:
        """How much caller audio the stretch holds."""
        return self.voice_until_ms - self.from_ms

    @property
    def text(self) -> str:
        """The words in hand, if any."""
        return self.transcript.text if self.transcript is not None else ""


class PendingTurn(NamedTuple):
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
    ends_call: bool = False
    speech: Speech | None = None  # what was said, for a turn that was spoken


class Order(NamedTuple):
    """Words that whoever supervises the call wants said; ``ends_call``: and then hang up."""

    text: str
    ends_call: bool


class Reply(NamedTuple):
    """The answer to turn ``turn``: in the making, being voiced, or heard.

    ``kept``: it has sounded for so long that the caller's going on is an interruption; before
    that it can be withdrawn, and what they said before and after is one turn.
    ``hushed``: its sound is held back while it is in doubt whether the caller cut in.
    ``silenced``: the caller did; nothing more of it is voiced.
    ``unvoiced``: sentences that came after that. ``waiting``: those that are not worth voicing
    before the turn is decided. ``farewell``: the call's last line is in it, and is said even
    if it cannot be made true. ``refused``: it could not, so nothing can be that comes after it.
    """

    turn: int
    draft: int
    asked: PendingTurn | None = None  # what it answers
    spoken: tuple[tuple[int, str], ...] = ()  # what is heard if nothing cuts in, by utterance
    lost: tuple[str, ...] = ()  # what was not heard of that, though nothing cut in
    waiting: tuple[tuple[str, tuple[MustHear, ...]], ...] = ()
    outstanding: frozenset[int] = frozenset()
    must_hear: tuple[tuple[int, tuple[MustHear, ...]], ...] = ()  # by utterance
    answering: bool = False  # its first sentence has come
    drafted: bool = False
    sounding: bool = False  # its sound has begun to go out
    kept: bool = False
    committing: bool = False
    committed: bool = False
    hushed: bool = False
    silenced: bool = False
    unvoiced: tuple[str, ...] = ()
    farewell: bool = False
    refused: bool = False
    ends_call: bool = False
    heard_before: Heard | None = None  # of the reply before this one

    @property
    def is_open(self) -> bool:
        """Whether it can still be taken back: nothing of it is true yet."""
        return not (self.kept or self.committing or self.committed)


_PATIENCE: Final = Patience()
_EXPECTS: Final = Expectation()
_PAUSES: Final = CallerPauses()


class CallState(NamedTuple):
    """Everything that decides what a call does next.

    ``ahead``: an answer prepared in a pause, before the caller's turn was judged over.
    """

    patience: Patience = _PATIENCE
    apology: str = "I'm sorry, something went wrong at our end. Please try again later. Goodbye."
    time_up: str = "I am sorry, that is all the time I have. Thank you for calling. Goodbye."
    turn: Turn = Turn.IDLE
    number: int = 0  # of the turn being answered, or last answered
    expects: Expectation = _EXPECTS
    pauses: CallerPauses = _PAUSES
    onset: Onset = Onset()
    loud_windows: int = 0
    drones: bool = False  # the voice of a turn cut short for its length has not paused since
    segments: int = 0
    utterances: int = 0
    drafts: int = 0
    speech: Speech | None = None
    reply: Reply | None = None
    ahead: Reply | None = None
    pending: PendingTurn | None = None
    decided_ms: int = 0  # when the last turn of the caller was judged over
    silent_since_ms: int = 0  # when the agent last fell silent to listen
    heard: Heard | None = None  # of the last reply
    digits: str = ""
    orders: tuple[Order, ...] = ()
    leaving: EndReason | None = None  # hang up once the reply has been heard
    gone: EndReason | None = None  # the line is dead; the caller's last words are being kept
