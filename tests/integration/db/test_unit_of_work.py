"""A unit of work says when the database is away, and keeps personal data out of its errors."""

from __future__ import annotations

import socket

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from core.errors import ProviderError
from db.crypto import Keyring, new_key_text
from db.engine import DatabaseConfig, make_engine
from db.unit_of_work import Units
from tests.integration.db.scene import Desk

KILL = "SELECT pg_terminate_backend(pg_backend_pid())"


async def test_a_database_that_is_not_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: every connection is refused
        url = f"postgresql://parley@127.0.0.1:{taken.getsockname()[1]}/parley"
        engine = make_engine(DatabaseConfig(url), Keyring.parse(new_key_text()))
        with pytest.raises(ProviderError) as away:
            async with Units(engine).begin() as session:
                await session.execute(text("SELECT 1"))
        await engine.dispose()
    assert away.value.provider == "postgres"
    assert away.value.retryable


async def test_a_connection_that_is_lost_on_the_way(desk: Desk) -> None:
    with pytest.raises(ProviderError) as away:
        async with desk.units.begin() as session:
            await session.execute(text(KILL))
    assert away.value.retryable
    async with desk.units.begin() as session:  # the next unit has a new connection
        assert await session.scalar(text("SELECT 1")) == 1


async def test_a_pool_that_has_no_connection_left(desk: Desk) -> None:
    config = DatabaseConfig(desk.url, pool_size=1, pool_overflow=0, wait_for_connection_s=0.01)
    engine = make_engine(config, desk.keyring)
    units = Units(engine)
    async with units.begin() as first:
        await first.execute(text("SELECT 1"))
        with pytest.raises(ProviderError):
            async with units.begin() as second:
                await second.execute(text("SELECT 1"))
    await engine.dispose()


async def test_an_error_of_the_statement_stays_and_hides_its_parameters(desk: Desk) -> None:
    with pytest.raises(DBAPIError) as wrong:
        async with desk.units.begin() as session:
            await session.execute(text("SELECT 1 / length(:word)"), {"word": "Pemberton"[9:]})
    assert not isinstance(wrong.value, IntegrityError)
    with pytest.raises(DBAPIError) as secret:
        async with desk.units.begin() as session:
            await session.execute(text("SELECT 1 / (length(:word) - 9)"), {"word": "Pemberton"})
    assert "Pemberton" not in str(secret.value)


async def test_a_broken_constraint_stays_one(desk: Desk) -> None:
    with pytest.raises(IntegrityError):
        async with desk.units.begin() as session:
            await session.execute(text("INSERT INTO brands SELECT * FROM brands"))
