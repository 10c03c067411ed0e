"""Tables of who may come in: API keys and used tokens of media streams."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.row import Row, word


class ApiRole(StrEnum):
    """What the holder of an API key may do."""

    ADMIN = "admin"  # keys, numbers, scripts: everything
    MANAGER = "manager"  # places calls
    VIEWER = "viewer"  # reads


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
    """A media stream's token that was used; the key makes a second use impossible."""

    __tablename__ = "stream_tokens"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)  # of its nonce
    call_id: Mapped[UUID] = mapped_column(ForeignKey("calls.call_id"), index=True)
    used_at: Mapped[datetime]
