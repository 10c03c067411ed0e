"""Tables of the installation: facts for others to react to, and the canary of the key."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity
from sqlalchemy.orm import Mapped, mapped_column

from core.effects import Json
from core.events import FactKind
from db.encrypted import SealedText
from db.tables.row import Row, word


class EventRow(Row):
    """A fact, stored once with what it reports."""

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[FactKind] = mapped_column(word(FactKind, "kind"))
    version: Mapped[int]
    at: Mapped[datetime]
    call_id: Mapped[UUID | None] = mapped_column(ForeignKey("calls.call_id"), index=True)
    data: Mapped[dict[str, Json]]


class InstallationRow(Row):
    """The one row of this installation. ``canary`` proves that the field key is the right one."""

    __tablename__ = "installation"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    canary: Mapped[str] = mapped_column(SealedText("installation.canary"))
    created_at: Mapped[datetime]
