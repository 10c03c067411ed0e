"""``parley reseal``: seal everything that is stored with the newest key."""

from __future__ import annotations

import asyncio
from pathlib import Path

import typer

from app.commands.stored import ready_database
from app.commands.telling import FAILED, errors_told, settings_of
from app.recordings import Resealed, folder_of, reseal_cue_logs
from app.settings import Settings
from app.storage import keyring_of
from core.errors import InvalidInputError
from db.rotation import reseal


def reseal_everything(env_file: Path) -> None:
    """Seal the database and the cue logs; say what was done, and what is left."""
    with errors_told():
        rows, logs = asyncio.run(_reseal(settings_of(env_file)))
        typer.echo(f"{rows:,} rows and {logs.changed:,} cue logs were sealed with the newest key.")
        for call, why in logs.unreadable:
            typer.echo(f"The cue log of call {call} is left as it was: {why}", err=True)
        if logs.live:
            typer.echo(f"{logs.live:,} logs are of calls that go on: run this again after them.")
        if logs.live or logs.unreadable:
            raise typer.Exit(FAILED)
        if not rows and not logs.changed:
            typer.echo("Nothing here needs an older key.")


async def _reseal(settings: Settings) -> tuple[int, Resealed]:
    async with ready_database(settings) as storage:
        rows = await reseal(storage.units, storage.keyring)
    try:
        logs = await asyncio.to_thread(
            reseal_cue_logs, folder_of(settings.data_dir), keyring_of(settings).renew
        )
    except OSError as error:
        raise InvalidInputError(
            f"{folder_of(settings.data_dir)} cannot be read: {error.strerror}.",
            field="PARLEY_DATA_DIR",
        ) from None
    return rows, logs
