"""Key rotation: seal everything again with the newest key, while calls go on."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Table, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import LargeBinary

from core.phone import PhoneNumber
from db.crypto import FORMAT, KEY_ID_BYTES, Keyring
from db.encrypted import SealedJson, SealedNumber, SealedText
from db.tables import Row
from db.tables.row import INDEXES
from db.unit_of_work import Units

ROWS_AT_ONCE: Final = 200  # per transaction: some milliseconds of locks


async def reseal(units: Units, keyring: Keyring) -> int:
    """Bring every sealed value and its look-up hash to the newest key; how many rows changed.

    Run it after a new key was put in front of the ring of every process; when it returns 0,
    the old keys may be dropped. May be stopped and run again at any time.

    Raises:
        InvalidInputError: a value was sealed with a key that is not in the ring.
    """
    changed = 0
    for table in Row.metadata.sorted_tables:
        sealed = [column for column in table.columns if _is_sealed(column)]
        while sealed:
            async with units.begin() as session:
                some = await _reseal_some(session, keyring, table, sealed)
            changed += some
            if some == 0:
                break
    return changed


async def _reseal_some(
    session: AsyncSession, keyring: Keyring, table: Table, sealed: list[Column[object]]
) -> int:
    keys = list(table.primary_key.columns)
    rows = await session.execute(
        select(*keys, *sealed)
        .where(or_(*(_is_old(column, keyring) for column in sealed)))
        .limit(ROWS_AT_ONCE)
        .with_for_update()
    )
    found = rows.mappings().all()
    for row in found:
        values = {column.name: row[column] for column in sealed}
        values |= {
            column.name: _index(keyring, values[column.info[INDEXES]])
            for column in table.columns
            if INDEXES in column.info
        }
        this = and_(*(key == row[key] for key in keys))
        await session.execute(update(table).where(this).values(values))
    return len(found)


def _is_sealed(column: Column[object]) -> bool:
    return isinstance(column.type, SealedText | SealedNumber | SealedJson)


def _is_old(column: Column[object], keyring: Keyring) -> ColumnElement[bool]:
    """Whether another key than the newest sealed it; a NULL is never old."""
    raw = column.cast(LargeBinary)
    key_id = func.substring(raw, len(FORMAT) + 1, KEY_ID_BYTES, type_=LargeBinary)
    return key_id != keyring.keys[0].id


def _index(keyring: Keyring, number: object) -> bytes | None:
    return keyring.index(number.e164) if isinstance(number, PhoneNumber) else None
