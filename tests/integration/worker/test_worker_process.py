"""``parley worker`` as a process: it works, says that it lives, and leaves in order."""

from __future__ import annotations

import asyncio
import base64
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.storage import Storage
from db.crypto import Keyring, new_key_text
from tests.integration.db.scene import HandClock, inbound_card

PARLEY = (sys.executable, "-c", "from app.cli import main; main()")
WAIT_S = 60.0  # seconds of imports on a busy machine
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
POLL_S = 0.1  # real processes, in real time


@asynccontextmanager
async def worker(
    environment: Mapping[str, str], log: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A worker process; it is gone after the block."""
    with log.open("wb") as output:  # a file, because embedded servers outlive a killed worker
        process = await asyncio.create_subprocess_exec(
            *PARLEY, "worker", env=dict(environment), stdout=output, stderr=output
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def said(log: Path) -> str:
    """All that the worker has said so far."""
    return log.read_text()


async def check(environment: Mapping[str, str]) -> tuple[int | None, str]:
    """What ``parley worker --check`` ends with and says."""
    process = await asyncio.create_subprocess_exec(
        *PARLEY, "worker", "--check", env=dict(environment), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode()


async def until_well(
    process: asyncio.subprocess.Process, environment: Mapping[str, str], log: Path
) -> None:
    """Wait until the worker says that it runs, and the check passes."""
    async with asyncio.timeout(WAIT_S):
        while "worker runs" not in said(log) or (await check(environment))[0] != 0:
            assert process.returncode is None, said(log)
            await asyncio.sleep(POLL_S)


def key_of(keyring: Keyring) -> str:
    """The keyring as the setting wants it."""
    return base64.urlsafe_b64encode(keyring.keys[0].secret).decode()


def plain(data_dir: Path) -> dict[str, str]:
    """An environment without settings but these."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "PARLEY_DATA_DIR": str(data_dir), "PARLEY_KEY": new_key_text()}


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
async def test_a_worker_on_the_embedded_database_lives_and_leaves(
    tmp_path: Path, told: signal.Signals
) -> None:
    environment, log = plain(tmp_path / "data"), tmp_path / "worker.log"
    assert await check(environment) == (
        1,
        "No worker of this data directory runs on this machine.\n",
    )
    async with worker(environment, log) as process:
        await until_well(process, environment, log)
        process.send_signal(told)
        process.send_signal(told)  # an impatient hand changes nothing
        async with asyncio.timeout(WAIT_S):
            assert await process.wait() == 0, said(log)
    assert "Traceback" not in said(log)
    assert not (tmp_path / "data/postgres/postmaster.pid").exists()  # its Postgres is stopped too
    assert (await check(environment))[0] == 1


async def test_a_killed_worker_is_not_taken_for_alive(storage: Storage, tmp_path: Path) -> None:
    environment, log = plain(tmp_path), tmp_path / "worker.log"
    environment |= {"DATABASE_URL": storage.url, "PARLEY_KEY": key_of(storage.keyring)}
    async with worker(environment, log) as process:
        await until_well(process, environment, log)
        process.kill()
        await process.wait()
        assert (await check(environment))[0] == 1


async def test_a_worker_closes_the_calls_of_a_dead_server(
    storage: Storage, clock: HandClock, tmp_path: Path
) -> None:
    card = inbound_card(storage.clock.now(), "CA1")
    clock.at = LONG_AGO  # the dead server's lease ran out since
    await storage.log.opened(card, ["espeak"])
    environment, log = plain(tmp_path), tmp_path / "worker.log"
    environment |= {"DATABASE_URL": storage.url, "PARLEY_KEY": key_of(storage.keyring)}
    async with worker(environment, log) as process, asyncio.timeout(WAIT_S):
        while (await storage.views.one(card.call_id) or {})["state"] != "ended":
            assert process.returncode is None, said(log)
            await asyncio.sleep(POLL_S)
    shown = await storage.views.one(card.call_id)
    assert shown is not None
    assert (shown["end_reason"], shown["outcome"]) == ("process_died", "failed")
    assert "orphaned calls closed" in said(log)


async def test_a_data_folder_that_takes_no_heartbeat_is_named(
    storage: Storage, tmp_path: Path
) -> None:
    environment, log = plain(tmp_path), tmp_path / "worker.log"
    environment |= {"DATABASE_URL": storage.url, "PARLEY_KEY": key_of(storage.keyring)}
    (tmp_path / "workers").write_text("not a folder")
    async with worker(environment, log) as process, asyncio.timeout(WAIT_S):
        assert await process.wait() == 2
    assert "Set PARLEY_DATA_DIR" in said(log)
    assert "Traceback" not in said(log)


async def test_an_old_database_is_refused(fresh_database: str, tmp_path: Path) -> None:
    environment, log = plain(tmp_path), tmp_path / "worker.log"
    environment["DATABASE_URL"] = fresh_database
    async with worker(environment, log) as process, asyncio.timeout(WAIT_S):
        assert await process.wait() == 2
    assert "Run 'parley migrate'" in said(log)
