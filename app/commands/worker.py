"""``parley worker``: do the work of the background until told to stop."""

from __future__ import annotations

import asyncio
from pathlib import Path

from app.clock import machine_entropy
from app.commands.stored import ready_database
from app.commands.telling import errors_told, settings_of
from app.heartbeat import heart
from app.settings import Settings
from app.worker import run_worker, until_told_to_stop


def work_until_stopped(env_file: Path) -> None:
    """Work; ends with exit code 0 after a signal to stop."""
    with errors_told():
        asyncio.run(_work(settings_of(env_file, quiet=False)))


async def _work(settings: Settings) -> None:
    async with until_told_to_stop(), ready_database(settings) as storage:
        with heart(settings.data_dir, storage.clock, machine_entropy) as heartbeat:
            await run_worker(storage, heartbeat)
