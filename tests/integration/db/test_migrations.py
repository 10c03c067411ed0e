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
from sqlalchemy import create_engine, text
from sqlalchemy.exc import ProgrammingError

from alembic import command
from core.errors import BrokenInvariantError, InvalidInputError
from db.engine import libpq_url
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


def test_turns_of_the_release_before_are_kept_up_and_down(fresh_database: str) -> None:
    """Also one that a process of that release writes while the tables are newer already."""
    upgrade(fresh_database, "0002")
    _write_old_turn(fresh_database, 1)
    upgrade(fresh_database)
    _write_old_turn(fresh_database, 2)
    with psycopg.connect(fresh_database) as connection:
        found = connection.execute(
            "SELECT number, language, language_probability, model, faults FROM turns ORDER BY 1"
        ).fetchall()
    assert found == [(1, None, None, "", []), (2, None, None, "", [])]
    downgrade(fresh_database, "0002")
    with psycopg.connect(fresh_database) as connection:
        assert connection.execute("SELECT count(*) FROM turns").fetchone() == (2,)
        columns = {column.name for column in connection.execute("SELECT * FROM turns").description}
    assert not columns & {"language", "language_probability", "model", "faults"}


def test_timings_and_operators_of_a_newer_release_go_down(fresh_database: str) -> None:
    upgrade(fresh_database)
    _write_old_turn(fresh_database, 1, "operator")
    with psycopg.connect(fresh_database) as connection:
        connection.execute("SET session_replication_role = replica")  # no foreign keys
        connection.execute(
            "INSERT INTO turn_timings (call_id, turn, speech_end_ms)"
            " VALUES (gen_random_uuid(), 1, 0)"
        )
        found = connection.execute("SELECT first_clause_ms, drafts FROM turn_timings").fetchall()
    assert found == [(None, 1)]
    downgrade(fresh_database, "0003")
    with psycopg.connect(fresh_database) as connection:
        assert connection.execute("SELECT kind FROM turns").fetchall() == [("silence",)]
    with pytest.raises(psycopg.errors.CheckViolation):
        _write_old_turn(fresh_database, 2, "operator")
    upgrade(fresh_database)
    with pytest.raises(psycopg.errors.CheckViolation):
        _write_old_turn(fresh_database, 2, "nobody")


def test_old_turns_are_read_through_under_a_lock_that_lets_others_write(
    fresh_database: str,
) -> None:
    """Each command on ``turns`` tells the locks that its transaction holds, as it ends."""
    upgrade(fresh_database, "0003")
    with psycopg.connect(fresh_database) as connection:
        connection.execute("CREATE TABLE held (valid boolean, modes text[])")
        connection.execute(
            "CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN"
            " INSERT INTO held SELECT (SELECT convalidated FROM pg_constraint"
            " WHERE conname = 'ck_turns_kind'), array_agg(mode) FROM pg_locks"
            " WHERE pid = pg_backend_pid() AND relation = 'turns'::regclass; END $$"
        )
        connection.execute("CREATE EVENT TRIGGER note ON ddl_command_end EXECUTE FUNCTION note()")
    upgrade(fresh_database)
    with psycopg.connect(fresh_database) as connection:
        held = connection.execute("SELECT valid, modes FROM held").fetchall()
    assert any(not valid and "AccessExclusiveLock" in (modes or ()) for valid, modes in held)
    assert any(valid and "ShareUpdateExclusiveLock" in (modes or ()) for valid, modes in held)
    assert not any(valid and "AccessExclusiveLock" in (modes or ()) for valid, modes in held)


def test_a_migration_that_failed_halfway_is_run_again(fresh_database: str) -> None:
    upgrade(fresh_database, "0003")
    with psycopg.connect(fresh_database) as connection:
        connection.execute("CREATE TABLE evidence (in_the_way integer)")
    with pytest.raises(ProgrammingError):
        upgrade(fresh_database)
    with psycopg.connect(fresh_database) as connection:
        connection.execute("DROP TABLE evidence")
    upgrade(fresh_database)
    assert tables(fresh_database) == {*Row.metadata.tables, "alembic_version"}


def _write_old_turn(url: str, number: int, kind: str = "speech") -> None:
    """One turn with the columns of revision 0002; the call it belongs to is not looked at."""
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")  # no foreign keys
        connection.execute(
            "INSERT INTO turns (call_id, number, kind, caller_said, digits, confidence, audio_ms,"
            " caller_at, agent, next_agent, stage, intent, tools, ends_call, reply, state_change,"
            " committed_at) VALUES (gen_random_uuid(), %s, %s, '', '', 1, 0, now(), 'a',"
            " 'a', 's', '', '[]', false, '', '', now())",
            (number, kind),
        )


def test_tables_and_migrations_agree(migrated_url: str) -> None:
    command.check(alembic_config(migrated_url))  # raises when something would be generated


def rules(url: str) -> set[tuple[object, ...]]:
    """Every constraint and index, as Postgres spells it."""
    with psycopg.connect(url) as connection:
        constraints = connection.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) "
            "FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
        ).fetchall()
        indexes = connection.execute(
            "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
        ).fetchall()
    return {row for row in (*constraints, *indexes) if row[0] != "alembic_version"}


def test_every_rule_of_the_tables_is_in_the_migrations(
    migrated_url: str, fresh_database: str
) -> None:
    """Also those that autogenerate does not compare, such as the CHECK of an enum's values."""
    engine = create_engine(libpq_url(fresh_database, "postgresql+psycopg"))
    with engine.begin() as connection:
        connection.execute(text("CREATE TYPE uuid_span AS RANGE (subtype = uuid)"))
        Row.metadata.create_all(connection)
    engine.dispose()
    assert rules(migrated_url) == rules(fresh_database)
    assert any(row[1] == "ex_bookings_overlap" for row in rules(migrated_url))


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


def test_an_installation_without_migrations_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("db.migrate.MIGRATIONS", tmp_path)
    with pytest.raises(BrokenInvariantError, match="install Parley from its checkout"):
        heads()
