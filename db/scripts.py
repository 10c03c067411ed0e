"""The shelf of scripts: every published version, as the YAML text that was validated."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from core.card import ScriptRef
from core.clock import Clock
from core.errors import NotFoundError
from db.tables.brands import ScriptOrigin, ScriptRow
from db.unit_of_work import Units

SHIPPED_VERSION: Final = 0  # the file as shipped, whatever the database holds
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


def shipped_text(name: str) -> str:
    """The YAML of a script that comes with Parley. Raises NotFoundError."""
    file = resources.files("agents") / "scripts" / f"{name}.yaml"
    if not _NAME.fullmatch(name) or not file.is_file():
        raise NotFoundError("script", name)
    return file.read_text(encoding="utf-8")


def shipped_names() -> Sequence[str]:
    """The scripts that come with Parley, in order of name."""
    folder = resources.files("agents") / "scripts"
    if not folder.is_dir():
        return []
    names = (file.name for file in folder.iterdir())
    return sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml"))


@dataclass(frozen=True, slots=True)
class Published:
    """The newest version of a script, and whether it was made just now."""

    script: ScriptRef
    is_new: bool


@dataclass(frozen=True, slots=True)
class ShelvedScript:
    """A script on the shelf in its newest version."""

    script: ScriptRef
    origin: ScriptOrigin
    published_at: datetime


@dataclass(frozen=True, slots=True)
class PostgresScriptShelf:
    """``graph.ports.ScriptShelf``, and the way scripts get onto it."""

    units: Units
    clock: Clock

    async def text(self, script: ScriptRef) -> str:
        """The script's YAML; version 0 is the shipped file. Raises NotFoundError."""
        if script.version == SHIPPED_VERSION:
            return shipped_text(script.name)
        async with self.units.begin() as session:
            row = await session.get(ScriptRow, (script.name, script.version))
            if row is None:
                raise NotFoundError("script", f"{script.name}/{script.version}")
            return row.text

    async def latest(self, name: str) -> ScriptRef:
        """The newest version of a script. Raises NotFoundError."""
        async with self.units.begin() as session:
            return await latest_version(session, name)

    async def all(self) -> Sequence[ShelvedScript]:
        """Every script in its newest version, in order of name."""
        newest = (
            select(ScriptRow)
            .ext(distinct_on(ScriptRow.name))
            .order_by(ScriptRow.name, ScriptRow.version.desc())
        )
        async with self.units.begin() as session:
            return [
                ShelvedScript(ScriptRef(row.name, row.version), row.origin, row.published_at)
                for row in await session.scalars(newest)
            ]

    async def publish(self, name: str, text: str) -> ScriptRef:
        """Put a validated text on the shelf; the newest version again changes nothing."""
        return (await self.shelve(name, text)).script

    async def shelve(self, name: str, text: str) -> Published:
        """``publish``, and say whether it made a version."""
        async with self.units.begin() as session:
            return await publish_script(session, self.clock, name, text, ScriptOrigin.OPERATOR)


async def latest_version(session: AsyncSession, name: str) -> ScriptRef:
    """The newest version of a script. Raises NotFoundError."""
    version = await session.scalar(
        select(func.max(ScriptRow.version)).where(ScriptRow.name == name)
    )
    if version is None:
        raise NotFoundError("script", name)
    return ScriptRef(name, version)


async def publish_script(
    session: AsyncSession, clock: Clock, name: str, text: str, origin: ScriptOrigin
) -> Published:
    """Add a version, unless the newest has the same text.

    A shipped text never covers an operator's: then the newest version stays as it is.
    """
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"script {name}"))))
    digest = hashlib.sha256(text.encode()).hexdigest()
    newest = await session.scalar(
        select(ScriptRow).where(ScriptRow.name == name).order_by(ScriptRow.version.desc()).limit(1)
    )
    if newest is not None:
        operators = newest.origin is ScriptOrigin.OPERATOR and origin is ScriptOrigin.SHIPPED
        if newest.sha256 == digest or operators:
            return Published(ScriptRef(name, newest.version), is_new=False)
    version = 1 if newest is None else newest.version + 1
    session.add(
        ScriptRow(
            name=name,
            version=version,
            text=text,
            sha256=digest,
            origin=origin,
            published_at=clock.now(),
        )
    )
    await session.flush()
    return Published(ScriptRef(name, version), is_new=True)
