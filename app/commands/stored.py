"""The database as commands use it: opened for a moment, beside or without a running server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.clock import MachineClock, machine_entropy
from app.embedded import embedded_services
from app.settings import Settings
from app.storage import Storage, keyring_of, make_ready, open_storage


@asynccontextmanager
async def database_of(settings: Settings) -> AsyncIterator[Storage]:
    """The settings' database as it is, not yet looked at.

    Raises:
        ProviderError: the embedded database cannot be had.
    """
    given = settings.database_url
    async with (
        embedded_services(settings.data_dir, postgres=given is None, valkey=False) as embedded,
        open_storage(
            embedded.database_url if given is None else given.get_secret_value(),
            keyring_of(settings),
            MachineClock(),
            machine_entropy,
            owner=f"command-{machine_entropy(8).hex()}",  # new with every start
        ) as storage,
    ):
        yield storage


@asynccontextmanager
async def ready_database(settings: Settings) -> AsyncIterator[Storage]:
    """The settings' database, with the tables this program needs.

    Raises:
        InvalidInputError: its tables are old, or it was sealed with another key.
        ProviderError: it cannot be reached.
    """
    async with database_of(settings) as storage:
        await make_ready(storage, migrate=settings.database_url is None)
        yield storage
