"""``parley numbers``: which numbers are ours, and which scripts are spoken on them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import typer

from agents.script import Script
from agents.script_loader import stored_script
from app.brand_facts import facts_of, number_of_ours
from app.commands.script_file import CheckedScript, check_file, is_file_name
from app.commands.scripts import told
from app.commands.stored import ready_database
from app.commands.tables import show_table
from app.commands.telling import errors_told, settings_of
from app.settings import Settings
from app.storage import Storage
from compliance.gate import NumberFacts
from core.call import Direction
from core.card import ScriptRef
from core.errors import InvalidInputError, NotFoundError
from core.phone import PhoneNumber
from db.brands import OwnNumber
from db.numbers import Change, NumberChange, ScriptChoice, same_name

NOTHING: Final = "-"
NEW_BRAND_NUMBER: Final = "brand.freephone"


def print_numbers(env_file: Path, *, as_json: bool) -> None:
    """Our numbers, the oldest first."""
    with errors_told():
        found = asyncio.run(_all(settings_of(env_file)))
        if as_json:
            typer.echo(json.dumps({"numbers": [_as_row(own) for own in found]}, ensure_ascii=False))
        elif not found:
            typer.echo("There is no number yet: parley numbers add NUMBER --script FILE")
        else:
            _show(found)


def add(
    env_file: Path, number: str, script: str, outbound: str | None, freephone: str | None
) -> None:
    """Add a number or change its scripts, and say what was done."""
    with errors_told():
        ours, facts = number_of_ours(number)
        free = None if freephone is None else number_of_ours(freephone)[0]
        # Files are judged before a database is opened, names need one.
        checked = _file_of(script, Direction.INBOUND)
        outwards = None if outbound is None else _file_of(outbound, Direction.OUTBOUND)
        settings = settings_of(env_file)

        async def change() -> NumberChange:
            async with ready_database(settings) as storage:
                said = checked or await _shelved(storage, script, Direction.INBOUND)
                placed = outwards
                if outbound is not None and placed is None:
                    placed = await _shelved(storage, outbound, Direction.OUTBOUND)
                return await _add(storage, ours, facts, said, placed, free)

        _tell(asyncio.run(change()))


def remove(env_file: Path, number: str) -> None:
    """Forget a number."""
    with errors_told():
        ours, _ = number_of_ours(number)
        own = asyncio.run(_remove(settings_of(env_file), ours))
        typer.echo(f"{own.number.e164} of {own.brand.name} is removed. Its stored calls are kept.")


async def _all(settings: Settings) -> Sequence[OwnNumber]:
    async with ready_database(settings) as storage:
        return await storage.brands.numbers()


async def _remove(settings: Settings, number: PhoneNumber) -> OwnNumber:
    async with ready_database(settings) as storage:
        try:
            return await storage.numbers.remove(number)
        except NotFoundError:
            # In full: it is the operator's own word on their own screen.
            raise NotFoundError("number of yours", number.e164) from None


async def _add(
    storage: Storage,
    number: PhoneNumber,
    facts: NumberFacts,
    inbound: CheckedScript,
    outbound: CheckedScript | None,
    freephone: PhoneNumber | None,
) -> NumberChange:
    said = inbound.script
    if outbound is not None and not same_name(outbound.script.brand.name, said.brand.name):
        raise InvalidInputError(
            f"A number speaks for one brand; {said.name} is of {said.brand.name} and "
            f"{outbound.script.name} of {outbound.script.brand.name}.",
            field="outbound_script",
        )
    try:
        return await storage.numbers.add(
            number,
            facts_of(said, freephone, facts),
            ScriptChoice(said.name, inbound.text),
            None if outbound is None else ScriptChoice(outbound.script.name, outbound.text),
        )
    except InvalidInputError as error:
        if error.field != NEW_BRAND_NUMBER:
            raise
        raise InvalidInputError(f"{error} Give it: --freephone NUMBER", field=error.field) from None


def _file_of(named: str, direction: Direction) -> CheckedScript | None:
    """The script of a file, None for a name. Raises InvalidInputError."""
    path = Path(named)
    if not is_file_name(path):
        return None
    script, text = check_file(path)
    return CheckedScript(_of_direction(script, direction), text)


async def _shelved(storage: Storage, name: str, direction: Direction) -> CheckedScript:
    """The newest version of that name. Raises NotFoundError, InvalidInputError."""
    try:
        text = await storage.scripts.text(await storage.scripts.latest(name))
    except NotFoundError:
        names = [shelved.script.name for shelved in await storage.scripts.all()]
        raise InvalidInputError(
            f"There is no script {name}. Take {', '.join(names)}, or a YAML file.", field="script"
        ) from None
    return CheckedScript(_of_direction(stored_script(text), direction), None)


def _of_direction(script: Script, direction: Direction) -> Script:
    if script.direction is not direction:
        option = "--script" if direction is Direction.INBOUND else "--outbound-script"
        raise InvalidInputError(
            f"{script.name} is an {script.direction} script, and {option} takes an {direction} "
            'one (its key "direction").',
            field="direction",
        )
    return script


def _tell(made: NumberChange) -> None:
    for version in made.published:
        typer.echo(told(version))
    own, brand = made.own, made.own.brand
    if made.has_new_brand:
        typer.echo(f"New brand: {brand.name}, {brand.address}, {brand.freephone.e164}.")
    calls = f"calls to it hear {_versioned(own.inbound)}"
    if own.outbound is not None:
        calls += f", calls from it {_versioned(own.outbound)}"
    if made.change is Change.ADDED:
        typer.echo(f"{own.number.e164} is added for {brand.name}: {calls}.")
    elif made.change is Change.UNCHANGED:
        typer.echo(f"{own.number.e164} is as it was, for {brand.name}: {calls}.")
    else:
        typer.echo(f"{own.number.e164} is changed, for {brand.name}: {calls}.")
        if made.before is not None and made.before.inbound.name != own.inbound.name:
            typer.echo(f"Before, callers heard {made.before.inbound.name}.")


def _versioned(script: ScriptRef) -> str:
    return f"{script.name} version {script.version}"


def _as_row(own: OwnNumber) -> Mapping[str, str | Mapping[str, str | int] | None]:
    outbound = own.outbound
    return {
        "number": own.number.e164,
        "brand": own.brand.name,
        "inbound": {"name": own.inbound.name, "version": own.inbound.version},
        "outbound": None
        if outbound is None
        else {"name": outbound.name, "version": outbound.version},
    }


def _show(found: Sequence[OwnNumber]) -> None:
    rows = [
        (
            own.number.e164,
            own.brand.name,
            _versioned(own.inbound),
            NOTHING if own.outbound is None else _versioned(own.outbound),
        )
        for own in found
    ]
    show_table(("number", "brand", "calls to it", "calls from it"), rows)
