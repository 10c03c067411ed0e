"""A migrated database per test, cloned from one that was migrated once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from app.embedded import EmbeddedServices
from db.crypto import Keyring, new_key_text
from db.engine import DatabaseConfig, make_engine
from db.migrate import upgrade
from db.scripts import PostgresScriptShelf
from db.seed import seed
from db.unit_of_work import Units
from tests.integration.db.scene import PRICES, Desk, HandClock


@contextmanager
def database(server_url: str, template: str | None = None) -> Iterator[str]:
    """A new database, a copy of ``template`` if one is named; gone afterwards."""
    name = f"db_{uuid4().hex}"
    make = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template is not None:
        make += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(make)
    yield name
    with psycopg.connect(server_url, autocommit=True) as connection:
        drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
        connection.execute(drop)


@pytest.fixture(scope="session")
def embedded_url(embedded: EmbeddedServices) -> str:
    """The server of this run."""
    return embedded.database_url


@pytest.fixture(scope="session")
def url_of(embedded_url: str) -> Callable[[str], str]:
    """The URL of a database by its name."""
    head, _, rest = embedded_url.partition("@/")
    options = rest.partition("?")[2]
    return lambda name: f"{head}@/{name}?{options}"


@pytest.fixture(scope="session")
def migrated(embedded_url: str, url_of: Callable[[str], str]) -> Iterator[str]:
    """The name of a migrated, empty database that nobody is connected to."""
    with database(embedded_url) as name:
        upgrade(url_of(name))
        yield name


@pytest.fixture
def migrated_url(embedded_url: str, migrated: str, url_of: Callable[[str], str]) -> Iterator[str]:
    """A migrated, empty database of one test's own."""
    with database(embedded_url, template=migrated) as name:
        yield url_of(name)


@pytest.fixture
async def desk(migrated_url: str) -> AsyncIterator[Desk]:
    """Repositories on a database with the demonstration brand, two scripts and two prices."""
    keyring, clock = Keyring.parse(new_key_text()), HandClock()
    engine = make_engine(DatabaseConfig(migrated_url, pool_size=4), keyring)
    units = Units(engine)
    shelf = PostgresScriptShelf(units, clock)
    for script in ("estate_agency_inbound", "estate_agency_outbound"):
        await shelf.publish(script, f"name: {script}\n")
    await seed(units, keyring, clock, PRICES)
    yield Desk(migrated_url, engine, units, keyring, clock)
    await engine.dispose()
