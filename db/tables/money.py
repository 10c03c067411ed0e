"""Tables of money: dated prices, and usage priced when it was written."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Numeric,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from core.usage import Unit
from db.tables.row import Row, word


class PriceRow(Row):
    """What ``per`` units cost from the day it was read until a later reading."""

    __tablename__ = "prices"
    __table_args__ = (
        UniqueConstraint("sku", "unit", "read_on"),
        CheckConstraint("usd >= 0", name="usd"),
        CheckConstraint("per >= 1", name="per"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    sku: Mapped[str]
    unit: Mapped[Unit] = mapped_column(word(Unit, "unit"))
    usd: Mapped[Decimal] = mapped_column(Numeric)
    per: Mapped[int] = mapped_column(BigInteger)
    source: Mapped[str]
    read_on: Mapped[date]


class UsageRow(Row):
    """Usage, and what it cost. ``micros`` is empty without a price: unknown is not free."""

    __tablename__ = "usage_events"
    __table_args__ = (CheckConstraint("quantity >= 0", name="quantity"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    call_id: Mapped[UUID] = mapped_column(ForeignKey("calls.call_id"), index=True)
    turn: Mapped[int | None]
    sku: Mapped[str]
    unit: Mapped[Unit] = mapped_column(word(Unit, "unit"))
    quantity: Mapped[int] = mapped_column(BigInteger)
    agent: Mapped[str | None]
    speculative: Mapped[bool]
    micros: Mapped[int | None] = mapped_column(BigInteger)
    priced_by: Mapped[int | None] = mapped_column(ForeignKey("prices.id"))
    at: Mapped[datetime]
