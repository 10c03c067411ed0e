"""The health check of hearing follows the process that hears, from its start to its end."""

from __future__ import annotations

import asyncio
import errno
import multiprocessing
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from app.clock import MachineClock, machine_entropy
from app.settings import load_settings
from app.storage import bring_up_to_date, open_storage
from app.wiring import open_house
from core.errors import ProviderError
from db.crypto import Keyring, new_key_text
from tests.bare_environment import unset_all


def short_of_descriptors(*_: object, **__: object) -> Any:
    raise OSError(errno.EMFILE, "Too many open files")


async def test_hearing_is_ready_only_while_its_process_lives(
    fresh_database: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unset_all(monkeypatch)
    key = new_key_text()
    given = {
        "DATABASE_URL": fresh_database,
        "REDIS_URL": redis_url,
        "PARLEY_DATA_DIR": str(tmp_path),
        "PARLEY_KEY": key,
        "STT_ENGINE": "pocketsphinx",
        "LLM_PROVIDER": "script",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    keyring = Keyring.parse(key)
    async with open_storage(
        fresh_database, keyring, MachineClock(), machine_entropy, "test"
    ) as storage:
        await bring_up_to_date(storage)
    async with open_house(load_settings(None)) as house:
        check = house.services.checks["hearing"]
        while not await answers(check):
            await asyncio.sleep(0.01)
        monkeypatch.setattr(multiprocessing, "Pipe", short_of_descriptors)  # so: no successor
        for process in multiprocessing.active_children():
            process.kill()
        while await answers(check):
            await asyncio.sleep(0.01)
        with pytest.raises(ProviderError, match="Too many open files"):
            await check()


async def answers(check: Callable[[], Awaitable[None]]) -> bool:
    """Whether ``check`` finds all well."""
    try:
        await check()
    except ProviderError:
        return False
    return True
