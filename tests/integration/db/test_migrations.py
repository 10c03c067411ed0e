"""Migrations: up from nothing, down again, one head, and nothing left to generate."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from alembic import command
from core.errors import InvalidInputError
from db.migrate import alembic_config, downgrade, heads, upgrade
from db.tables import Row


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """Another current directory than the checkout."""
    before = Path.cwd()
    os.chdir(tmp_path)
    yield tmp_path
    os.chdir(before)


def tables(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        )
        return {str(name) for (name,) in found}


def test_up_and_down_and_up_again(fresh_database: str, elsewhere: Path) -> None:
    upgrade(fresh_database)
    assert tables(fresh_database) == {*Row.metadata.tables, "alembic_version"}
    downgrade(fresh_database, "base")
    assert tables(fresh_database) == {"alembic_version"}
    upgrade(fresh_database)
    assert {*Row.metadata.tables} < tables(fresh_database)


def test_tables_and_migrations_agree(migrated_url: str) -> None:
    command.check(alembic_config(migrated_url))  # raises when something would be generated


def test_constraints_that_autogenerate_cannot_see(migrated_url: str) -> None:
    with psycopg.connect(migrated_url) as connection:
        rows = connection.execute(
            "SELECT conname FROM pg_constraint WHERE contype IN ('c', 'x') "
            "AND connamespace = 'public'::regnamespace"
        )
        made = {str(name) for (name,) in rows}
    declared = {
        str(constraint.name)
        for table in Row.metadata.tables.values()
        for constraint in table.constraints
        if str(constraint.name).startswith(("ck_", "ex_"))
    }
    assert made == declared
    assert "ex_bookings_overlap" in made
    assert "ck_calls_state" in made


def test_there_is_one_head() -> None:
    assert len(heads()) == 1


def test_two_processes_migrate_at_once(fresh_database: str) -> None:
    code = "import sys; from db.migrate import upgrade; upgrade(sys.argv[1])"
    rivals = [subprocess.Popen([sys.executable, "-c", code, fresh_database]) for _ in range(2)]
    assert [rival.wait(timeout=30) for rival in rivals] == [0, 0]
    assert "calls" in tables(fresh_database)


async def test_migrates_from_within_asyncio(fresh_database: str) -> None:
    await asyncio.to_thread(upgrade, fresh_database)
    assert "calls" in tables(fresh_database)


@pytest.mark.parametrize("url", ["", "mysql://host/name", "not a url"])
def test_another_url_is_refused(url: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        upgrade(url)
    assert refused.value.field == "DATABASE_URL"
