"""Tables of the calls themselves: the call, its lease, and what the carrier reported."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from compliance.permit import Basis
from core.call import CallState, Direction, EndReason, Outcome
from core.effects import Json
from core.phone import PhoneNumber
from db.encrypted import SealedJson, SealedNumber
from db.tables.row import INDEXES, Row, word


class CallRow(Row):
    """One call. While it talks, one process owns it by a lease with a fencing number."""

    __tablename__ = "calls"
    __table_args__ = (
        Index("ix_calls_open", "state", postgresql_where=text("state <> 'ended'")),
        Index("ix_calls_theirs_index", "theirs_index"),
    )

    call_id: Mapped[UUID] = mapped_column(primary_key=True)  # UUIDv7, made by us
    call_sid: Mapped[str | None] = mapped_column(unique=True)  # the carrier's
    brand_id: Mapped[UUID] = mapped_column(ForeignKey("brands.id"), index=True)
    direction: Mapped[Direction] = mapped_column(word(Direction, "direction"))
    state: Mapped[CallState] = mapped_column(word(CallState, "state"))
    outcome: Mapped[Outcome | None] = mapped_column(word(Outcome, "outcome"))
    end_reason: Mapped[EndReason | None] = mapped_column(word(EndReason, "end_reason"))
    script_name: Mapped[str]
    script_version: Mapped[int]
    ours: Mapped[PhoneNumber] = mapped_column(SealedNumber("calls.ours"))
    ours_index: Mapped[bytes] = mapped_column(LargeBinary, info={INDEXES: "ours"})
    theirs: Mapped[PhoneNumber | None] = mapped_column(SealedNumber("calls.theirs"))
    theirs_index: Mapped[bytes | None] = mapped_column(LargeBinary, info={INDEXES: "theirs"})
    variables: Mapped[dict[str, Json]] = mapped_column(SealedJson("calls.variables"))
    engines: Mapped[list[str]]
    permit_basis: Mapped[Basis | None] = mapped_column(word(Basis, "permit_basis"))
    opened_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    carrier_ended_at: Mapped[datetime | None]  # the carrier's word, also while a session is open
    recording: Mapped[str | None]  # path relative to the data directory
    lease_owner: Mapped[str | None]
    lease_fence: Mapped[int] = mapped_column(BigInteger)  # grows with every new owner
    lease_expires_at: Mapped[datetime | None]


class StatusCallbackRow(Row):
    """One status that the carrier reported; the key makes a repeated delivery harmless."""

    __tablename__ = "status_callbacks"

    call_sid: Mapped[str] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    status: Mapped[str] = mapped_column(primary_key=True)
    received_at: Mapped[datetime]
