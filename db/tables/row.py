"""What every table shares: the metadata, constraint names, and how types are stored."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Final
from uuid import UUID

from sqlalchemy import DateTime, Enum, MetaData, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase

from core.effects import Json

# Names are fixed here, so that a migration can drop what another one made.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
    "ex": "ex_%(table_name)s_%(constraint_name)s",
}
INDEXES: Final = "indexes"  # info of a column that holds the keyed hash of the named column
LONGEST_WORD: Final = 32  # characters of the longest enum value we store, with room


class Row(DeclarativeBase):
    """A row of one of our tables."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text(),
        datetime: DateTime(timezone=True),
        UUID: Uuid(),
        list[str]: JSONB(),
        dict[str, Json]: JSONB(),
    }


def word(kind: type[StrEnum], name: str) -> Enum:
    """A column of one of the enum's values, stored as text under a CHECK called ``name``."""
    return Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=LONGEST_WORD,
        values_callable=lambda members: [member.value for member in members],
        validate_strings=True,
    )
