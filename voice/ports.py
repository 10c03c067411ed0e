"""What voice needs of the world: ears, a tongue, a line, a brain and a log."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.call import EndReason, Outcome
from core.card import CallCard
from core.events import LiveEvent
from core.ids import CallId, CallSid, VoiceName
from core.speech import CallerTurn, Evidence, Expectation, Heard, ReplyPiece
from core.speech import Committed as Committed  # voice code knows it as a word of this port
from core.timing import TurnTiming
from core.usage import Usage

Pcm: TypeAlias = NDArray[np.int16]  # mono, 8000 Hz, linear 16 bit, one dimension

LINE_HZ = 8000  # G.711, the rate of every carrier we support


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was said in one stretch of caller audio. Empty text: nothing understood."""

    # One line as the engine writes it: spoken words ("half past ten") or written text ("10:30.").
    text: str
    confidence: float  # 0..1
    engine: str
    audio_ms: int
    language: str = "en"
    language_probability: float = 1.0


class Transcriber(Protocol):
    """Turns caller audio into text."""

    @property
    def name(self) -> str:
        """The engine and model, as stored with each call ("pocketsphinx/en-us")."""
        ...

    @property
    def sku(self) -> str:
        """What its usage is priced by ("pocketsphinx", "deepgram/nova-3")."""
        ...

    async def transcribe(self, audio: Pcm, expects: Expectation) -> Transcript:
        """Decode one whole stretch of speech (8 kHz, with up to 0.5 s of lead-in).

        Cancel-safe: yes; a decode already in a worker ends there and is dropped.
        Raises:
            ProviderError: the engine failed.
        """
        ...


class TurnModel(Protocol):
    """Tells from the sound of a voice whether the speaker has finished."""

    @property
    def name(self) -> str:
        """The model, as shown by the doctor ("smart-turn-v3.2")."""
        ...

    async def completeness(self, audio: Pcm) -> float:
        """How likely the turn in ``audio`` (8 kHz, ends in the pause) is complete, 0..1.

        Cancel-safe: yes. Never blocks the loop.
        Raises:
            ProviderError: the model failed, or has too many questions waiting.
        """
        ...


@dataclass(frozen=True, slots=True)
class WordTime:
    """Where one word of the text sounds. ``start``/``end`` index characters of the text."""

    start: int
    end: int
    at_ms: int  # from the first sample of the utterance
    until_ms: int


@dataclass(frozen=True, slots=True)
class SpeechChunk:
    """A stretch of synthesized speech, and the words known to sound so far."""

    audio: Pcm
    words: tuple[WordTime, ...] = ()


class Synthesizer(Protocol):
    """Turns text into speech."""

    @property
    def name(self) -> str:
        """The engine and voice family, as stored with each call ("espeak-ng/1.52")."""
        ...

    @property
    def sku(self) -> str:
        """What its usage is priced by ("espeak-ng", "elevenlabs/eleven_flash_v2_5")."""
        ...

    def synthesize(self, text: str, voice: VoiceName) -> AsyncIterator[SpeechChunk]:
        """Speak ``text``: chunks of any length, mono 8000 Hz, in order.

        Cancel-safe: yes; chunks already yielded are billed, the rest is not.
        Raises:
            InvalidInputError: this text, or this voice, is none that it can speak.
            ProviderError: the vendor failed; ``retryable`` says whether to try another.
        """
        ...


class CallTransport(Protocol):
    """The carrier's media socket, outgoing side. The wire format is the caller's affair."""

    async def send(self, message: str) -> None:
        """Send one text frame. Raises ConnectionError once the line is gone. Cancel-safe: no."""
        ...


class Carrier(Protocol):
    """What a live call asks of the carrier outside its media stream."""

    async def hang_up(self, call_sid: CallSid) -> None:
        """End the call by the carrier's API; an already ended call is not an error."""
        ...


class Draft(Protocol):
    """One answer in the making. Nothing of it is true until ``commit``."""

    @property
    def turn(self) -> CallerTurn:
        """The caller's turn that this answers."""
        ...

    @property
    def first_token_s(self) -> float | None:
        """When the model's first token came, on the event loop's clock; None: no model spoke."""
        ...

    def pieces(self) -> AsyncIterator[ReplyPiece]:
        """The sentences that may be voiced at once, as the brain makes them. Iterate once.

        Cancel-safe: yes, by cancelling the iterating task; what was made so far can still
        be committed.
        """
        ...

    async def commit(self, heard: Heard | None) -> Committed:
        """Make the turn true: turn row, usage and effects in one transaction, then checkpoint.

        ``heard``: what the caller heard of the reply *before* this turn, as late as known.
        Committing a draft whose pieces were not read to the end commits what was made.
        """
        ...

    async def drop(self) -> None:
        """Forget the draft without trace (its usage is metered as speculative)."""
        ...


class Conversation(Protocol):
    """The brain of one call."""

    @property
    def expects(self) -> Expectation:
        """What the last committed turn asked for; before the first: an open answer."""
        ...

    @property
    def next_turn(self) -> int:
        """The number of the turn to prepare next: 1 for a new call."""
        ...

    def prepare(self, turn: CallerTurn) -> Draft:
        """Begin an answer to ``turn`` on the committed state. Writes nothing."""
        ...

    async def close(self, heard: Heard | None, reason: EndReason) -> Outcome:
        """The call is over: store what was heard of the last reply, and what the call came to."""
        ...


class ConversationHouse(Protocol):
    """Opens the conversation of a call, new or resumed from its committed turns."""

    @property
    def brain(self) -> str:
        """The model that thinks up the replies, as stored with each call."""
        ...

    async def open(self, card: CallCard) -> Conversation:
        """The conversation as its committed turns left it.

        Raises:
            NotFoundError: the card's script does not exist.
        """
        ...


class CallLog(Protocol):
    """Where a live call writes what is not part of a turn's commit."""

    async def opened(self, card: CallCard, engines: Sequence[str]) -> None:
        """The media stream is up and the call is talking; ``engines`` are in use."""
        ...

    async def used(
        self, call_id: CallId, usage: Sequence[Usage], timings: Sequence[TurnTiming] = ()
    ) -> None:
        """Store usage that arose outside a turn's commit, and waterfalls of turns, in one go."""
        ...

    async def proved(self, call_id: CallId, evidence: Evidence) -> None:
        """Store that something was heard that had to be. Idempotent for a turn and a subject."""
        ...

    async def ended(
        self, call_id: CallId, reason: EndReason, outcome: Outcome, recording: str | None
    ) -> None:
        """The call is over. Idempotent. ``recording``: path relative to the data directory."""
        ...


class LiveFeed(Protocol):
    """Shows a call as it happens. Losing it loses nothing, so it never raises."""

    def publish(self, call_id: CallId, event: LiveEvent) -> None:
        """Queue one line for the watchers; drops the oldest when too many wait."""
        ...
