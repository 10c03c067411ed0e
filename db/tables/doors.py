"""Tables of who may come in: API keys and one-time tokens of media streams."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.row import Row, word


class ApiRole(StrEnum):
    """What the holder of an API key may do."""

    ADMIN = "admin"  # everything, also keys
    OPERATOR = "operator"  # place calls, read everything about them
    VIEWER = "viewer"  # read


class ApiKeyRow(Row):
    """An API key, known only by its digest. ``prefix`` is what an operator recognises it by."""

    __tablename__ = "api_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    prefix: Mapped[str] = mapped_column(unique=True)
    sha256: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    role: Mapped[ApiRole] = mapped_column(word(ApiRole, "role"))
    label: Mapped[str]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class StreamTokenRow(Row):
    """A token that lets one media stream in, once, until it expires."""

    __tablename__ = "stream_tokens"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    call_id: Mapped[UUID] = mapped_column(ForeignKey("calls.call_id"), index=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
