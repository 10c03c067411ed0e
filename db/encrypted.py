"""Column types that hold personal data sealed; the keyring comes with the engine."""

from __future__ import annotations

import json
from typing import Final

from sqlalchemy import Dialect, LargeBinary
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.types import TypeDecorator

from core.effects import Json
from core.errors import BrokenInvariantError
from core.phone import PhoneNumber
from db.crypto import Keyring

_RING: Final = "parley_keyring"  # attribute of the engine's dialect: one ring per engine


def give_keyring(engine: AsyncEngine, keyring: Keyring) -> None:
    """Let the sealed columns of ``engine`` use ``keyring``."""
    setattr(engine.sync_engine.dialect, _RING, keyring)


def _ring(dialect: Dialect) -> Keyring:
    ring = getattr(dialect, _RING, None)
    if not isinstance(ring, Keyring):
        raise BrokenInvariantError("An engine without a keyring touched a sealed column.")
    return ring


class SealedText(TypeDecorator[str]):
    """Text, sealed for its ``place`` ("table.column")."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """Seal on the way in."""
        return None if value is None else _ring(dialect).seal(value.encode(), self.place)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        """Open on the way out."""
        return None if value is None else _ring(dialect).open(value, self.place).decode()


class SealedNumber(TypeDecorator[PhoneNumber]):
    """A phone number, sealed for its ``place``."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: PhoneNumber | None, dialect: Dialect) -> bytes | None:
        """Seal on the way in."""
        return None if value is None else _ring(dialect).seal(value.e164.encode(), self.place)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> PhoneNumber | None:
        """Open on the way out."""
        if value is None:
            return None
        return PhoneNumber(_ring(dialect).open(value, self.place).decode())


class SealedJson(TypeDecorator[dict[str, Json]]):
    """A JSON object, sealed for its ``place``."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: dict[str, Json] | None, dialect: Dialect) -> bytes | None:
        """Seal on the way in."""
        if value is None:
            return None
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return _ring(dialect).seal(text.encode(), self.place)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> dict[str, Json] | None:
        """Open on the way out."""
        if value is None:
            return None
        opened: dict[str, Json] = json.loads(_ring(dialect).open(value, self.place))
        return opened
