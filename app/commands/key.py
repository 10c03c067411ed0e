"""``parley key``: make an API key."""

from __future__ import annotations

import asyncio
from pathlib import Path

import typer

from api.auth import Role
from app.clock import machine_entropy
from app.commands.stored import ready_database
from app.commands.telling import errors_told, settings_of
from app.keys import Keys
from app.settings import Settings


def make_key(env_file: Path, role: str, label: str) -> None:
    """Make a key and print it, alone on standard output."""
    with errors_told():
        made = asyncio.run(_make(settings_of(env_file), Role(role), label))
        typer.echo(made)
        typer.echo(f"A key with the role {role}; it is not shown again.", err=True)


async def _make(settings: Settings, role: Role, label: str) -> str:
    async with ready_database(settings) as storage:
        return await Keys(storage.keys, machine_entropy).make(label, role)
