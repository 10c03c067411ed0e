"""The services: Postgres and Redis or Valkey, given by an address or our own."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Collection, Iterator
from typing import Final, cast
from urllib.parse import urlsplit

import psycopg
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.clock import MachineClock, machine_entropy
from app.doctor.check import USUAL_S, Check, in_short
from app.doctor.finding import Finding, Findings, fail, ok, warn
from app.embedded import embedded_services
from app.settings import Settings
from app.storage import (
    KEY_FILE,
    MIGRATIONS,
    REVISION_LINE,
    keyring_of,
    newest_revision,
    open_storage,
)
from core.errors import InvalidInputError, ParleyError, ProviderError
from db.tables.records import InstallationRow

OWN_S: Final = 100.0  # a first start on a slow disk; embedded_services gives up by itself before
CONNECT_S: Final = 5
OLDEST_POSTGRES: Final = 15
SLOW_MS: Final = 20.0  # a turn asks the database some ten times
ROUNDS: Final = 5  # round trips, of which the quickest counts
NEW_CLIENT: Final = 2  # seconds


def checks(settings: Settings) -> list[Check]:
    """The checks of this group."""

    async def postgres() -> Findings:
        given = settings.database_url
        if given is not None:
            return tuple([one async for one in _postgres(settings, given.get_secret_value())])
        try:
            async with embedded_services(settings.data_dir, valkey=False) as own:
                return tuple([one async for one in _postgres(settings, own.database_url)])
        except ProviderError as error:
            remedy = "Do what it says, or set DATABASE_URL to a server of your own."
            return (fail("Postgres", _last_line(error), remedy),)
        except InvalidInputError as error:
            return (fail("Postgres", _last_line(error), _FOLDER_REMEDY),)

    async def valkey() -> Findings:
        given = settings.redis_url
        if given is not None:
            return (await _cache("Redis", given.get_secret_value()),)
        try:
            async with embedded_services(settings.data_dir, postgres=False) as own:
                return (await _cache("Valkey", own.redis_url),)
        except ProviderError as error:
            remedy = "Do what it says, or set REDIS_URL to a server of your own."
            return (fail("Valkey", _last_line(error), remedy),)
        except InvalidInputError as error:
            return (fail("Valkey", _last_line(error), _FOLDER_REMEDY),)

    postgres_s = OWN_S if settings.database_url is None else USUAL_S
    valkey_s = OWN_S if settings.redis_url is None else USUAL_S
    return [
        Check("Postgres", postgres, f"{_look_at('DATABASE_URL')}.", postgres_s),
        Check(
            "Redis" if settings.redis_url else "Valkey",
            valkey,
            f"{_look_at('REDIS_URL')}.",
            valkey_s,
        ),
    ]


async def _postgres(settings: Settings, url: str) -> AsyncIterator[Finding]:
    own = settings.database_url is None
    try:
        async with await psycopg.AsyncConnection.connect(
            url, connect_timeout=CONNECT_S, autocommit=True
        ) as connection:
            version = connection.info.server_version // 10_000
            times = []
            for _ in range(ROUNDS):
                began = time.perf_counter()
                await connection.execute("select 1")
                times.append((time.perf_counter() - began) * 1000)
            revision = await _revision(connection)
    except (psycopg.Error, OSError) as error:
        yield fail("Postgres", f"{place_of(url)} {in_short(error)}", f"{_look_at('DATABASE_URL')}.")
        return
    yield postgres_found(version, min(times), "embedded" if own else place_of(url))
    yield tables_found(revision, newest_revision(), known_revisions(), own=own)
    if revision is not None:
        for finding in await _key(settings, url):
            yield finding


async def _revision(connection: psycopg.AsyncConnection[tuple[object, ...]]) -> str | None:
    try:
        row = await (await connection.execute("select version_num from alembic_version")).fetchone()
    except psycopg.errors.UndefinedTable:
        return None
    return None if row is None else str(row[0])


def postgres_found(version: int, trip_ms: float, where: str) -> Finding:
    """A server that answered."""
    what = f"{version} ({where}), a round trip takes {trip_ms:.1f} ms"
    if version < OLDEST_POSTGRES:
        return fail("Postgres", what, f"Set DATABASE_URL to Postgres {OLDEST_POSTGRES} or newer.")
    if trip_ms > SLOW_MS:
        return warn("Postgres", what, "Set DATABASE_URL to a server nearer to this machine.")
    return ok("Postgres", what)


def tables_found(
    revision: str | None, newest: str, known: Collection[str], *, own: bool
) -> Finding:
    """Whether the tables are those that this program needs; ``known``: all of its revisions."""
    if revision == newest:
        return ok("Tables", f"up to date (revision {revision})")
    if revision is not None and revision not in known:
        what = f"at revision {revision}, which is newer than this program ({newest})"
        return fail("Tables", what, "Install the version of Parley that the database was used by.")
    what = "none yet" if revision is None else f"at revision {revision}, older than {newest}"
    if own:  # every command and the server bring it up to date by themselves
        return ok("Tables", f"{what}: the next start makes or changes them")
    return fail("Tables", what, "Run: parley migrate")


def known_revisions() -> set[str]:
    """The revisions that this program has migrations for."""
    lines = (
        line for path in MIGRATIONS.glob("*.py") for line in REVISION_LINE.findall(path.read_text())
    )
    return {value for name, value in lines if name == "revision"}


async def _key(settings: Settings, url: str) -> Findings:
    """Whether the key opens what is in the database. Nothing is written."""
    if settings.key is None and not (settings.data_dir / KEY_FILE).exists():
        what = "the database was used before, and its key is not here"
        return (fail("Sealed data", what, _KEY_REMEDY),)
    try:
        clock, keyring = MachineClock(), keyring_of(settings)
    except InvalidInputError as error:
        return (fail("Sealed data", in_short(error), _KEY_REMEDY),)
    async with open_storage(url, keyring, clock, machine_entropy, "doctor") as storage:
        try:
            async with storage.units.begin() as session:
                found = await session.get(InstallationRow, 1)
        except InvalidInputError:
            what = "the key does not open what is in the database"
            return (fail("Sealed data", what, _KEY_REMEDY),)
    return () if found is None else (ok("Sealed data", "the key opens the database's data"),)


_FOLDER_REMEDY: Final = "Set PARLEY_DATA_DIR to a folder of this account that others cannot enter."
_KEY_REMEDY: Final = (
    f"Set PARLEY_KEY to the key the database was made with, or put its {KEY_FILE} back into "
    "PARLEY_DATA_DIR."
)


async def _cache(name: str, url: str) -> Finding:
    own = name == "Valkey"
    try:
        client = Redis.from_url(
            url, decode_responses=True, socket_connect_timeout=NEW_CLIENT, socket_timeout=NEW_CLIENT
        )
    except ValueError as error:  # a word of its query
        return fail(name, f"{place_of(url)}: {in_short(error)}", f"{_look_at('REDIS_URL')}.")
    try:
        times = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            await client.ping()
            times.append((time.perf_counter() - began) * 1000)
        facts = cast("dict[str, object]", await client.info())
    except (RedisError, OSError) as error:
        what = f"{place_of(url)} {in_short(error)}"
        return fail(name, what, f"{_look_at('REDIS_URL')}.")
    finally:
        await client.aclose()
    return cache_found(name, facts, min(times), "embedded" if own else place_of(url))


def cache_found(name: str, facts: dict[str, object], trip_ms: float, where: str) -> Finding:
    """A server that answered, from what its INFO says."""
    version = facts.get("valkey_version") or facts.get("redis_version") or "of unknown version"
    what = f"{version} ({where}), a round trip takes {trip_ms:.1f} ms"
    policy = str(facts.get("maxmemory_policy", ""))
    if str(facts.get("maxmemory", "0")) != "0" and policy.startswith("allkeys"):
        return warn(
            name,
            f"{what}; when its memory is full it may drop the feed of a live call ({policy})",
            "Run: redis-cli CONFIG SET maxmemory-policy volatile-lru",
        )
    if trip_ms > SLOW_MS:
        return warn(name, what, "Set REDIS_URL to a server nearer to this machine.")
    return ok(name, what)


def place_of(url: str) -> str:
    """Which server an address means, without its user and password."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "at an address that cannot be taken apart"
    return f"at {parts.hostname}{port}" if parts.hostname else "at a local socket"


def _look_at(setting: str) -> str:
    return f"See that {setting} names the right server, user and password, and that it runs"


def _last_line(error: ParleyError) -> str:
    """All of a starter's message, which ends in a server's own words, on one line."""
    lines: Iterator[str] = (line.strip() for line in str(error).splitlines())
    return " ".join(line for line in lines if line)[:600]
