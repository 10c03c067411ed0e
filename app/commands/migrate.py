"""``parley migrate``: bring the database up to date."""

from __future__ import annotations

import asyncio
from pathlib import Path

import typer

from app.commands.stored import database_of
from app.commands.telling import errors_told, settings_of
from app.settings import Settings
from app.storage import bring_up_to_date, revision_of


def migrate_now(env_file: Path) -> None:
    """Apply what is missing and say what was done."""
    with errors_told():
        asyncio.run(_migrate(settings_of(env_file)))


async def _migrate(settings: Settings) -> None:
    async with database_of(settings) as storage:
        before = await revision_of(storage)
        after = await bring_up_to_date(storage)
    if before == after:
        typer.echo(f"The database is up to date (revision {after}).")
    else:
        typer.echo(f"The database went from {before or 'empty'} to revision {after}.")
