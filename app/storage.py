"""Storage: one database, its keyring, and every repository on it."""

from __future__ import annotations

import asyncio
import hmac
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, ProgrammingError, SQLAlchemyError

from app.settings import Settings
from core.clock import Clock, Entropy
from core.errors import InvalidInputError, ProviderError
from costs.seed_prices import SHIPPED_PRICES
from db.api_keys import PostgresApiKeys
from db.brands import PostgresBrandBook
from db.call_log import PostgresCallLog
from db.calls import PostgresCallBook
from db.crypto import Keyring, load_or_create_key
from db.diary import PostgresDiary
from db.engine import DatabaseConfig, make_engine
from db.installation import check_key
from db.numbers import PostgresNumberBook
from db.queries.calls import PostgresCallViews
from db.queries.holders import PostgresHolders
from db.scripts import PostgresScriptShelf
from db.seed import seed
from db.stream_tokens import PostgresTokenBook
from db.turns import PostgresTurnBook
from db.unit_of_work import Units

KEY_FILE: Final = "field.key"
MIGRATIONS: Final = Path(__file__).resolve().parent.parent / "alembic" / "versions"
REVISION_LINE: Final = re.compile(
    r"""^(revision|down_revision)\b[^=]*=\s*["']([^"']+)["']""", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Storage:
    """Every repository, on one pool of connections."""

    url: str
    units: Units
    keyring: Keyring
    clock: Clock
    calls: PostgresCallBook
    log: PostgresCallLog
    turns: PostgresTurnBook
    brands: PostgresBrandBook
    numbers: PostgresNumberBook
    scripts: PostgresScriptShelf
    diary: PostgresDiary
    keys: PostgresApiKeys
    tokens: PostgresTokenBook
    views: PostgresCallViews
    holders: PostgresHolders


def keyring_of(settings: Settings) -> Keyring:
    """The keys that personal data is sealed with; made on first use when none is given.

    Raises:
        InvalidInputError: the key file holds no key.
    """
    if settings.key is not None:
        return Keyring.parse(settings.key.get_secret_value())
    return load_or_create_key(settings.data_dir / KEY_FILE)


def secret_of(keyring: Keyring, purpose: str) -> bytes:
    """A secret for ``purpose``, the same in every process that has the installation's key."""
    return hmac.digest(keyring.keys[0].secret, f"parley {purpose}".encode(), "sha256")


@asynccontextmanager
async def open_storage(
    url: str, keyring: Keyring, clock: Clock, entropy: Entropy, owner: str
) -> AsyncIterator[Storage]:
    """The repositories on the database at ``url``; ``owner`` names this process in leases."""
    engine = make_engine(DatabaseConfig(url), keyring)
    units = Units(engine)
    brands = PostgresBrandBook(units, keyring)
    try:
        yield Storage(
            url=url,
            units=units,
            keyring=keyring,
            clock=clock,
            calls=PostgresCallBook(units, keyring, brands, entropy),
            log=PostgresCallLog(units, keyring, clock, owner),
            turns=PostgresTurnBook(units, keyring, clock, owner),
            brands=brands,
            numbers=PostgresNumberBook(units, keyring, clock, entropy),
            scripts=PostgresScriptShelf(units, clock),
            diary=PostgresDiary(units),
            keys=PostgresApiKeys(units, clock, entropy),
            tokens=PostgresTokenBook(units),
            views=PostgresCallViews(units),
            holders=PostgresHolders(units, clock),
        )
    finally:
        await engine.dispose()


async def revision_of(storage: Storage) -> str | None:
    """The database's newest migration; None for an empty one.

    Raises:
        ProviderError: the database cannot be reached.
    """
    try:
        async with storage.units.begin() as session:
            found = await session.scalar(text("select version_num from alembic_version"))
    except ProgrammingError:
        return None  # the table is not there
    except (DBAPIError, ProviderError) as error:
        raise ProviderError(
            "postgres",
            f"The database cannot be reached ({_first_line(error)}). Check DATABASE_URL.",
            retryable=True,
        ) from error
    return None if found is None else str(found)


async def bring_up_to_date(storage: Storage) -> str:
    """Apply the missing migrations and add what an installation starts with; the revision.

    Raises:
        ProviderError: the database cannot be reached, or refuses.
    """
    # Loading these costs half a second, and most starts find everything up to date.
    from app import checkpoints  # noqa: PLC0415  as said above
    from db import migrate  # noqa: PLC0415  as said above

    try:
        await asyncio.to_thread(migrate.upgrade, storage.url)
        await checkpoints.set_up(storage.url)
        await add_missing(storage)
    except (SQLAlchemyError, OSError) as error:
        raise ProviderError(
            "postgres", f"The migration failed ({_first_line(error)}).", retryable=False
        ) from error
    return await revision_of(storage) or "empty"


async def add_missing(storage: Storage) -> None:
    """Add prices and shipped scripts that came with this version of the program."""
    await seed(storage.units, storage.keyring, storage.clock, SHIPPED_PRICES)


async def make_ready(storage: Storage, *, migrate: bool) -> None:
    """Make sure that this program and the database fit: tables and key.

    ``migrate``: bring the tables up to date; without it they are only checked.

    Raises:
        InvalidInputError: the tables are old, or the key is not the database's.
        ProviderError: the database cannot be reached.
    """
    newest, found = newest_revision(), await revision_of(storage)
    if found != newest:
        if not migrate:
            raise InvalidInputError(
                f"The database is at {found or 'no revision'} and this program needs {newest}. "
                "Run 'parley migrate', then start again.",
                field="DATABASE_URL",
            )
        await bring_up_to_date(storage)
    await check_key(storage.units, storage.clock)
    if migrate:
        await add_missing(storage)


def newest_revision() -> str:
    """The revision that no other follows, read from the files of the migrations.

    ``db.migrate.heads`` says the same, but loading Alembic for it would slow every start.
    """
    revisions: set[str] = set()
    followed: set[str] = set()
    for path in MIGRATIONS.glob("*.py"):
        for name, value in REVISION_LINE.findall(path.read_text(encoding="utf-8")):
            (revisions if name == "revision" else followed).add(value)
    (newest,) = revisions - followed
    return newest


def _first_line(error: BaseException) -> str:
    cause = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    lines = str(cause).strip().splitlines()
    return lines[0] if lines else type(cause).__name__
