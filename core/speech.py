"""What voice and graph hand each other: turns, reply pieces, what was heard, what is expected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.call import Outcome
from core.effects import Effect, Json
from core.usage import Usage


class TurnKind(StrEnum):
    """What made the agent's turn to speak come."""

    OPENING = "opening"  # the line is open, nobody has spoken
    SPEECH = "speech"
    SILENCE = "silence"  # the caller said nothing until the prompt was due
    DTMF = "dtmf"
    OPERATOR = "operator"  # whoever supervises the call has words for the agent to say


class AnswerKind(StrEnum):
    """A kind of answer that the agent can be waiting for."""

    YES_NO = "yes_no"
    CHOICE = "choice"
    NUMBER = "number"
    NAME = "name"
    POSTCODE = "postcode"
    DATE_TIME = "date_time"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the agent just asked for: steers the vocabulary and the patience of hearing.

    ``phrases``: whole utterances that are likely beyond the kinds (options, objections,
    questions the script can answer), lower case, words only.
    ``likely``: what the agent itself just named, such as the times it offered, in words.
    ``names``: words that may stand where a name is expected.
    ``places``: outward postcodes that may stand where a postcode is expected ("BN3").
    """

    kinds: frozenset[AnswerKind] = frozenset({AnswerKind.OPEN})
    phrases: tuple[str, ...] = ()
    likely: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """How much of the reply of turn ``turn`` the caller heard.

    ``text`` was played, ``unheard`` was not; together they are the reply.
    """

    turn: int
    text: str
    unheard: str
    heard_ms: int

    @property
    def complete(self) -> bool:
        """Whether all of it was played."""
        return not self.unheard


@dataclass(frozen=True, slots=True)
class CallerTurn:
    """One turn of the caller, ready to be answered. Turn 1 is the opening."""

    number: int
    kind: TurnKind
    text: str
    confidence: float  # 0..1
    at: datetime  # when the caller's turn ended, UTC
    heard: Heard | None = None  # of the reply before this turn
    digits: str = ""
    audio_ms: int = 0  # caller audio decoded for this turn
    language: str = "en"  # as detected, ISO 639-1
    language_probability: float = 1.0  # 0..1
    ends_call: bool = False  # of an OPERATOR turn: hang up once its words have been heard


class MustHear(StrEnum):
    """What a caller must have heard to the end, with evidence."""

    IDENTITY = "identity"  # who is calling, with address or freephone number
    AUTOMATED = "automated"  # that it is an automated assistant
    RECORDING = "recording"  # that the call is recorded
    OPT_OUT = "opt_out"  # how to stop such calls


@dataclass(frozen=True, slots=True)
class ReplyPiece:
    """One sentence of a reply, in speaking order.

    ``waits_for_commit``: it announces an effect, so it is voiced only after the commit.
    ``must_hear``: what it tells that has to be heard to its end; if cut off, it comes again.
    """

    index: int
    text: str
    agent: str
    waits_for_commit: bool = False
    must_hear: tuple[MustHear, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Proof that the caller heard ``what`` to its end: the carrier gave ``mark`` back.

    ``at_ms``: since the media stream started.
    """

    turn: int
    what: MustHear
    mark: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Transition:
    """The conversation moved from one agent or stage to another, and why."""

    from_agent: str
    to_agent: str
    stage: str
    reason: str


@dataclass(frozen=True, slots=True)
class TurnResult:
    """All that one turn came to, once the graph has run."""

    reply: str
    agent: str  # who spoke
    next_agent: str  # who answers the next turn
    stage: str
    expects: Expectation
    slots: Mapping[str, Json] = field(default_factory=dict)
    intent: str = ""
    effects: tuple[Effect, ...] = ()
    transitions: tuple[Transition, ...] = ()
    usage: tuple[Usage, ...] = ()
    tools: tuple[str, ...] = ()
    model: str = ""  # who thought it up, or "cache"
    faults: tuple[str, ...] = ()  # what failed on the way, one sentence each
    ends_call: bool = False  # hang up once the reply has been heard
    outcome: Outcome | None = None  # as it stands after this turn


@dataclass(frozen=True, slots=True)
class Committed:
    """A turn that is now true. ``voice_now``: the pieces that had to wait for it.

    When an effect was refused, ``voice_now`` tells the caller so instead.
    """

    result: TurnResult
    voice_now: tuple[ReplyPiece, ...]
