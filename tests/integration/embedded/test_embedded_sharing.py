"""Several processes share one set of servers, and the last one out stops them."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from app.embedded import embedded_services, hold_embedded
from core.errors import InvalidInputError


async def test_both_start_on_an_empty_directory_and_stop_at_the_end(home: Any) -> None:
    async with embedded_services(home.path) as services:
        home.note(services.database_url, "kept")
        with redis.Redis.from_url(services.redis_url) as client:
            client.set("kept", "yes")
        pids = home.postgres_pid(), home.valkey_pid()
    assert all(home.is_over(pid) for pid in pids)

    async with embedded_services(home.path) as services:
        assert home.notes(services.database_url) == ["kept"]
        with redis.Redis.from_url(services.redis_url) as client:
            assert client.get("kept") == b"yes"


async def test_only_what_is_asked_for_starts(home: Any) -> None:
    async with embedded_services(home.path, postgres=False) as services:
        assert services.database_url == ""
        assert services.redis_url.startswith("unix://")
        assert not (home.path / "postgres").exists()


def test_the_database_is_utf8_durable_and_off_the_network(home: Any) -> None:
    with (
        hold_embedded(home.path, valkey=False) as services,
        psycopg.connect(services.database_url) as connection,
    ):
        rows = connection.execute("SELECT name, setting FROM pg_settings").fetchall()
    settings = {str(name): str(value) for name, value in rows}
    assert settings["server_encoding"] == "UTF8"
    assert settings["fsync"] == settings["synchronous_commit"] == "on"
    assert settings["listen_addresses"] == ""
    assert settings["max_connections"] == "100"
    assert settings["TimeZone"] == "UTC"


def test_a_second_user_adopts_the_servers_and_keeps_them(home: Any, start_user: Any) -> None:
    with hold_embedded(home.path):
        pids = home.postgres_pid(), home.valkey_pid()
        second = start_user(home.path, valkey=True).ready()
        assert (home.postgres_pid(), home.valkey_pid()) == pids
    assert not any(home.is_over(pid) for pid in pids)
    home.note(second.database_url, "after the first user left")
    second.leave()
    assert all(home.is_over(pid) for pid in pids)


def test_processes_that_start_at_once_share_one_server(home: Any, start_user: Any) -> None:
    users = [start_user(home.path) for _ in range(3)]
    assert len({user.ready().database_url for user in users}) == 1
    pid = home.postgres_pid()
    for user in users[:-1]:
        user.leave()
        assert not home.is_over(pid)
    users[-1].leave()
    assert home.is_over(pid)
    assert home.log().count("database system is ready") == 1


def test_two_users_in_one_process_count_as_two(home: Any) -> None:
    with hold_embedded(home.path, valkey=False) as outer:
        with hold_embedded(home.path, valkey=False):
            pid = home.postgres_pid()
        assert not home.is_over(pid)
        home.note(outer.database_url, "still there")
    assert home.is_over(pid)


def test_ctrl_c_reaches_the_user_first_and_the_server_through_it(
    home: Any, start_user: Any
) -> None:
    user = start_user(home.path).ready()
    pid = home.postgres_pid()
    os.killpg(user.process.pid, signal.SIGINT)  # as a terminal does to its foreground group
    user.process.communicate(timeout=60)
    assert home.is_over(pid)
    assert home.log().count("received fast shutdown request") == 1


async def test_a_start_that_is_cancelled_is_undone(home: Any) -> None:
    async def use() -> None:
        async with embedded_services(home.path, valkey=False):
            raise AssertionError("the start was cancelled")

    async with asyncio.TaskGroup() as group:
        user = group.create_task(use())
        await asyncio.sleep(0)  # it has begun
        user.cancel()
        await asyncio.wait([user])
    assert user.cancelled()
    assert not (home.path / "postgres/postmaster.pid").exists()


async def test_an_error_in_the_block_comes_out_as_it_is(home: Any) -> None:
    with pytest.raises(ZeroDivisionError):
        async with embedded_services(home.path, postgres=False):
            raise ZeroDivisionError
    assert not (home.path / "valkey/valkey.pid").exists()


def test_a_directory_that_is_a_file_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInputError, match="PARLEY_DATA_DIR"):
        hold_embedded(tmp_path / "file").__enter__()
