"""``parley scripts``: the shelf of scripts, for people and programs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import typer

from agents.script import Script
from app.brand_facts import freephone_of
from app.commands.script_file import check_file
from app.commands.stored import ready_database
from app.commands.tables import show_table
from app.commands.telling import errors_told, settings_of
from app.settings import Settings
from core.card import ScriptRef
from db.brands import OwnNumber
from db.scripts import Published, ShelvedScript
from db.tables.brands import ScriptOrigin

NOTHING: Final = "-"


def print_scripts(env_file: Path, *, as_json: bool) -> None:
    """Every script in its newest version."""
    with errors_told():
        shelf, numbers = asyncio.run(_shelf(settings_of(env_file)))
        if as_json:
            rows = [_as_row(shelved, numbers) for shelved in shelf]
            typer.echo(json.dumps({"scripts": rows}, ensure_ascii=False))
        else:
            _show(shelf, numbers)


def print_script(env_file: Path, name: str, version: int | None) -> None:
    """One version as it was published, without a byte more."""
    with errors_told():
        typer.echo(asyncio.run(_text(settings_of(env_file), name, version)), nl=False)


def check(file: Path) -> None:
    """Say that a file is a sound script, or what is wrong with it."""
    with errors_told():
        script, _ = check_file(file)
        typer.echo(
            f"{file} is sound: {_describe(script)}, with {len(script.questions)} questions, "
            f"{len(script.objections)} objections and {len(script.facts)} facts."
        )
        if freephone_of(script) is None:
            typer.echo(
                "Note: brand.freephone cannot be read as a telephone number. It is spoken as "
                "written; 'parley numbers add' needs --freephone if the brand is new.",
                err=True,
            )


def publish(env_file: Path, file: Path) -> None:
    """Publish a file, and say which version it is and where it is spoken."""
    with errors_told():
        script, text = check_file(file)
        published, spoken_on = asyncio.run(_publish(settings_of(env_file), script.name, text))
        typer.echo(told(published))
        if spoken_on:
            typer.echo(f"It is spoken on {', '.join(spoken_on)}.")
        else:
            typer.echo(f"No number uses it: parley numbers add NUMBER --script {script.name}")


def told(published: Published) -> str:
    """What became of a text that was put on the shelf."""
    script = published.script
    if published.is_new:
        return f"Published {script.name}, version {script.version}."
    return f"Version {script.version} of {script.name} has this text already; no other was made."


async def _shelf(settings: Settings) -> tuple[Sequence[ShelvedScript], Sequence[OwnNumber]]:
    async with ready_database(settings) as storage:
        return await storage.scripts.all(), await storage.brands.numbers()


async def _text(settings: Settings, name: str, version: int | None) -> str:
    async with ready_database(settings) as storage:
        newest = await storage.scripts.latest(name)
        script = newest if version is None else ScriptRef(name, version)
        return await storage.scripts.text(script)


async def _publish(settings: Settings, name: str, text: str) -> tuple[Published, Sequence[str]]:
    async with ready_database(settings) as storage:
        published = await storage.scripts.shelve(name, text)
        return published, _spoken_on(name, await storage.brands.numbers())


def _spoken_on(name: str, numbers: Sequence[OwnNumber]) -> Sequence[str]:
    return [
        own.number.e164
        for own in numbers
        if name == own.inbound.name or (own.outbound is not None and name == own.outbound.name)
    ]


def _describe(script: Script) -> str:
    return f'{script.direction} script {script.name} of "{script.brand.name}"'


def _as_row(
    shelved: ShelvedScript, numbers: Sequence[OwnNumber]
) -> Mapping[str, str | int | Sequence[str]]:
    return {
        "name": shelved.script.name,
        "version": shelved.script.version,
        "origin": shelved.origin.value,
        "published_at": shelved.published_at.isoformat(),
        "numbers": _spoken_on(shelved.script.name, numbers),
    }


def _show(shelf: Sequence[ShelvedScript], numbers: Sequence[OwnNumber]) -> None:
    rows = [
        (
            shelved.script.name,
            str(shelved.script.version),
            "Parley" if shelved.origin is ScriptOrigin.SHIPPED else "you",
            shelved.published_at.astimezone().strftime("%Y-%m-%d %H:%M"),
            ", ".join(_spoken_on(shelved.script.name, numbers)) or NOTHING,
        )
        for shelved in shelf
    ]
    show_table(("script", "version", "written by", "published", "spoken on"), rows)
