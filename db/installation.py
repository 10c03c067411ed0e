"""The installation: the check that the field key is the one its data was sealed with."""

from __future__ import annotations

from typing import Final

from sqlalchemy.dialects.postgresql import insert

from core.clock import Clock
from core.errors import InvalidInputError
from db.crypto import HOW_TO_FIX
from db.tables.records import InstallationRow
from db.unit_of_work import Units

THE_ONE: Final = 1
CANARY: Final = "parley"


async def check_key(units: Units, clock: Clock) -> None:
    """Make sure that the keyring opens this database; a new database takes the key on.

    Raises:
        InvalidInputError: the data was sealed with another key.
    """
    try:
        async with units.begin() as session:
            await session.execute(
                insert(InstallationRow)
                .values(id=THE_ONE, canary=CANARY, created_at=clock.now())
                .on_conflict_do_nothing()
            )
            row = await session.get_one(InstallationRow, THE_ONE)
            opened = row.canary == CANARY
    except InvalidInputError:
        opened = False
    if not opened:
        raise InvalidInputError(
            f"The field key does not open this database's data. {HOW_TO_FIX}",
            field="PARLEY_KEY",
        )
