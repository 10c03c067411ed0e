"""A migrated database with a moving clock, for the work of the background."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from app.checkpoints import PoolSaver, open_saver
from app.storage import Storage, bring_up_to_date, open_storage
from db.crypto import Keyring, new_key_text
from tests.integration.db.scene import CountingEntropy, HandClock


@pytest.fixture
def clock() -> HandClock:
    """The time, moved by hand."""
    return HandClock()


@pytest.fixture
async def storage(fresh_database: str, clock: HandClock) -> AsyncIterator[Storage]:
    """Every repository on a database of one test's own."""
    keyring = Keyring.parse(new_key_text())
    async with open_storage(fresh_database, keyring, clock, CountingEntropy(), "one") as opened:
        await bring_up_to_date(opened)
        yield opened


@pytest.fixture
async def saver(storage: Storage) -> AsyncIterator[PoolSaver]:
    """The checkpoints of that database."""
    async with open_saver(storage.url, storage.keyring, connections=4) as opened:
        yield opened
