"""Tables of what was said and done: turns, timings, transitions, effects and their results."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.call import Outcome
from core.effects import EffectTool, Json
from core.phone import PhoneNumber
from core.speech import MustHear, TurnKind
from db.encrypted import SealedJson, SealedNumber, SealedText
from db.tables.row import INDEXES, Row, word


class EffectStatus(StrEnum):
    """What became of an effect."""

    DONE = "done"
    REFUSED = "refused"


class BookingStatus(StrEnum):
    """Whether a booking still holds its time."""

    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


class CallbackStatus(StrEnum):
    """Whether someone has called back."""

    OPEN = "open"
    DONE = "done"


class TurnRow(Row):
    """One committed turn: the truth that the checkpoint follows."""

    __tablename__ = "turns"
    __table_args__ = (CheckConstraint("number >= 1", name="number"),)

    call_id: Mapped[UUID] = mapped_column(ForeignKey("calls.call_id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[TurnKind] = mapped_column(word(TurnKind, "kind"))
    caller_said: Mapped[str] = mapped_column(SealedText("turns.caller_said"))
    digits: Mapped[str] = mapped_column(SealedText("turns.digits"))
    confidence: Mapped[float]
    audio_ms: Mapped[int]
    language: Mapped[str | None]  # of what the caller said; null when nothing was understood
    language_probability: Mapped[float | None]
    caller_at: Mapped[datetime]
    agent: Mapped[str]
    next_agent: Mapped[str]
    stage: Mapped[str]
    intent: Mapped[str]
    tools: Mapped[list[str]]
    model: Mapped[str] = mapped_column(server_default=text("''"))  # empty: not known
    faults: Mapped[list[str]] = mapped_column(server_default=text("'[]'::jsonb"))
    ends_call: Mapped[bool]
    outcome: Mapped[Outcome | None] = mapped_column(word(Outcome, "outcome"))
    reply: Mapped[str] = mapped_column(SealedText("turns.reply"))
    heard: Mapped[str | None] = mapped_column(SealedText("turns.heard"))
    unheard: Mapped[str | None] = mapped_column(SealedText("turns.unheard"))
    heard_ms: Mapped[int | None]
    state_change: Mapped[dict[str, Json]] = mapped_column(SealedJson("turns.state_change"))
    committed_at: Mapped[datetime]


class TurnTimingRow(Row):
    """The waterfall of a turn. Apart from the turn, because it may be known before the commit."""

    __tablename__ = "turn_timings"

    call_id: Mapped[UUID] = mapped_column(ForeignKey("calls.call_id"), primary_key=True)
    turn: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    speech_end_ms: Mapped[int]
    decided_ms: Mapped[int | None]
    transcript_ms: Mapped[int | None]
    first_token_ms: Mapped[int | None]
    first_audio_ms: Mapped[int | None]
    first_sent_ms: Mapped[int | None]
    first_played_ms: Mapped[int | None]
    first_clause_ms: Mapped[int | None]
    drafts: Mapped[int] = mapped_column(server_default=text("1"))


class EvidenceRow(Row):
    """Proof that the caller heard something that had to be heard, to its end."""

    __tablename__ = "evidence"
    __table_args__ = (CheckConstraint("mark <> ''", name="mark"),)

    call_id: Mapped[UUID] = mapped_column(ForeignKey("calls.call_id"), primary_key=True)
    turn: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    what: Mapped[MustHear] = mapped_column(word(MustHear, "what"), primary_key=True)
    mark: Mapped[str]  # the carrier gave it back when the last of it had been played
    at_ms: Mapped[int]  # since the media stream started
    stored_at: Mapped[datetime]


class TransitionRow(Row):
    """The conversation moved to another agent or stage."""

    __tablename__ = "agent_transitions"

    call_id: Mapped[UUID] = mapped_column(ForeignKey("calls.call_id"), primary_key=True)
    turn: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    from_agent: Mapped[str]
    to_agent: Mapped[str]
    stage: Mapped[str]
    reason: Mapped[str] = mapped_column(SealedText("agent_transitions.reason"))  # a model's words


class EffectRow(Row):
    """One effect and what became of it; the key is done once."""

    __tablename__ = "effects"
    __table_args__ = (Index("ix_effects_call_id_turn", "call_id", "turn"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    call_id: Mapped[UUID] = mapped_column(ForeignKey("calls.call_id"))
    turn: Mapped[int]
    position: Mapped[int]
    tool: Mapped[EffectTool] = mapped_column(word(EffectTool, "tool"))
    arguments: Mapped[dict[str, Json]] = mapped_column(SealedJson("effects.arguments"))
    status: Mapped[EffectStatus] = mapped_column(word(EffectStatus, "status"))
    reason: Mapped[str]  # a code when refused or of note, else empty
    at: Mapped[datetime]


class BookingRow(Row):
    """An appointment in a brand's diary. Two confirmed ones of a brand never overlap."""

    __tablename__ = "bookings"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="lasts"),
        CheckConstraint("value_micros >= 0", name="value"),
        # A span of one brand stands for "brand = brand", so no extension is needed.
        ExcludeConstraint(
            (text("uuid_span(brand_id, brand_id, '[]')"), "&&"),
            (text("tstzrange(starts_at, ends_at)"), "&&"),
            where=text("status = 'confirmed'"),
            using="gist",
            name="ex_bookings_overlap",
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    call_id: Mapped[UUID] = mapped_column(ForeignKey("calls.call_id"), index=True)
    effect_key: Mapped[str] = mapped_column(ForeignKey("effects.key"), unique=True)
    brand_id: Mapped[UUID] = mapped_column(ForeignKey("brands.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    name: Mapped[str | None] = mapped_column(SealedText("bookings.name"))
    value_micros: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[BookingStatus] = mapped_column(word(BookingStatus, "status"))
    created_at: Mapped[datetime]


class CallbackRow(Row):
    """A wish to be called again, at a time or when it suits."""

    __tablename__ = "callbacks"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    call_id: Mapped[UUID] = mapped_column(ForeignKey("calls.call_id"), index=True)
    effect_key: Mapped[str] = mapped_column(ForeignKey("effects.key"), unique=True)
    brand_id: Mapped[UUID] = mapped_column(ForeignKey("brands.id"))
    due_at: Mapped[datetime | None]
    wording: Mapped[str] = mapped_column(SealedText("callbacks.wording"))
    status: Mapped[CallbackStatus] = mapped_column(word(CallbackStatus, "status"))
    created_at: Mapped[datetime]


class SuppressionRow(Row):
    """A number that must not be called: by one brand, or by any when ``brand_id`` is empty."""

    __tablename__ = "suppressions"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    number: Mapped[PhoneNumber] = mapped_column(SealedNumber("suppressions.number"))
    number_index: Mapped[bytes] = mapped_column(LargeBinary, index=True, info={INDEXES: "number"})
    brand_id: Mapped[UUID | None] = mapped_column(ForeignKey("brands.id"))
    call_id: Mapped[UUID | None] = mapped_column(ForeignKey("calls.call_id"))
    effect_key: Mapped[str | None] = mapped_column(ForeignKey("effects.key"), unique=True)
    wording: Mapped[str] = mapped_column(SealedText("suppressions.wording"))
    at: Mapped[datetime]
