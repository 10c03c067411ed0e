"""Tables of who calls: brands, their numbers and their scripts."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.phone import PhoneNumber
from db.encrypted import SealedNumber
from db.tables.row import INDEXES, Row, word


class SuppressionScope(StrEnum):
    """How far "never call me again" reaches."""

    BRAND = "brand"
    INSTALLATION = "installation"


class ScriptOrigin(StrEnum):
    """Who wrote a version of a script."""

    SHIPPED = "shipped"
    OPERATOR = "operator"


class BrandRow(Row):
    """A trading name under which we call and are called."""

    __tablename__ = "brands"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    address: Mapped[str]
    freephone: Mapped[PhoneNumber] = mapped_column(SealedNumber("brands.freephone"))
    timezone: Mapped[str]  # IANA name; its diary is kept on this wall clock
    jurisdiction: Mapped[str]  # ISO 3166 country whose rules apply
    suppression_scope: Mapped[SuppressionScope] = mapped_column(
        word(SuppressionScope, "suppression_scope")
    )
    inbound_script: Mapped[str]
    outbound_script: Mapped[str | None]  # None: it places no calls
    created_at: Mapped[datetime]


class NumberRow(Row):
    """A number of ours: calls to it reach the brand, calls of the brand show it."""

    __tablename__ = "numbers"
    __table_args__ = (UniqueConstraint("e164_index"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    brand_id: Mapped[UUID] = mapped_column(ForeignKey("brands.id"), index=True)
    e164: Mapped[PhoneNumber] = mapped_column(SealedNumber("numbers.e164"))
    e164_index: Mapped[bytes] = mapped_column(LargeBinary, info={INDEXES: "e164"})
    inbound_script: Mapped[str | None]  # instead of the brand's
    outbound_script: Mapped[str | None]  # instead of the brand's
    created_at: Mapped[datetime]


class ScriptRow(Row):
    """One published version of a script; never changed afterwards."""

    __tablename__ = "scripts"

    name: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]  # YAML
    sha256: Mapped[str]  # of the text, hex
    origin: Mapped[ScriptOrigin] = mapped_column(word(ScriptOrigin, "origin"))
    published_at: Mapped[datetime]
