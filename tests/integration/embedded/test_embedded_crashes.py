"""Whatever is killed, the next start finds the data and serves it."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest
import redis

from app import embedded, embedded_postgres
from app.embedded import hold_embedded
from app.embedded_postgres import SETTINGS
from core.errors import ProviderError


def test_the_servers_of_a_killed_owner_are_adopted(home: Any, start_user: Any) -> None:
    owner = start_user(home.path, valkey=True).ready()
    home.note(owner.database_url, "committed")
    pids = home.postgres_pid(), home.valkey_pid()
    owner.kill()
    assert not any(home.is_over(pid) for pid in pids)
    with hold_embedded(home.path) as services:
        assert (home.postgres_pid(), home.valkey_pid()) == pids
        assert home.notes(services.database_url) == ["committed"]
    assert all(home.is_over(pid) for pid in pids)


def test_a_killed_postmaster_is_replaced_and_recovers(home: Any, start_user: Any) -> None:
    owner = start_user(home.path).ready()
    home.note(owner.database_url, "committed")
    owner.kill()
    pid = home.postgres_pid()
    with psycopg.connect(owner.database_url):  # its backend outlives the postmaster a moment
        os.kill(pid, signal.SIGKILL)
        with hold_embedded(home.path, valkey=False) as services:
            assert home.postgres_pid() != pid
            assert home.notes(services.database_url) == ["committed"]


def test_a_killed_valkey_is_replaced_and_reads_its_file_back(home: Any, start_user: Any) -> None:
    owner = start_user(home.path, valkey=True).ready()
    owner.kill()
    with redis.Redis.from_url(owner.redis_url) as client:
        client.set("kept", "yes")
        client.execute_command("WAITAOF", 1, 0, 5000)  # it is on disk
    home.kill(home.valkey_pid())
    with hold_embedded(home.path) as services, redis.Redis.from_url(services.redis_url) as client:
        assert client.get("kept") == b"yes"


@pytest.mark.parametrize("left_behind", ["a reused pid", "a dead pid", "a torn line"])
def test_a_stale_pid_file_does_not_stop_the_start(home: Any, left_behind: str) -> None:
    with hold_embedded(home.path, valkey=False) as services:
        home.note(services.database_url, "committed")
        record = (home.path / "postgres/postmaster.pid").read_text().split("\n", 1)[1]
    first = {"a reused pid": f"{os.getppid()}\n", "a dead pid": "999999999\n", "a torn line": ""}
    torn = "" if left_behind == "a torn line" else record
    (home.path / "postgres/postmaster.pid").write_text(first[left_behind] + torn)
    with hold_embedded(home.path, valkey=False) as services:
        assert home.notes(services.database_url) == ["committed"]


def test_a_cluster_that_was_cut_short_is_made_anew(home: Any) -> None:
    half = home.path / "postgres.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with hold_embedded(home.path, valkey=False) as services:
        home.note(services.database_url, "works")
    assert not half.exists()


def test_a_server_that_dies_in_use_is_started_once_more(
    home: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "WATCH_S", 0.02)
    given_up = threading.Event()

    class Tell:
        def critical(self, *_message: object, **_fields: object) -> None:
            given_up.set()

        def info(self, *_message: object, **_fields: object) -> None: ...

        error = info

    monkeypatch.setattr(embedded, "log", Tell())
    with hold_embedded(home.path, valkey=False) as services:
        home.note(services.database_url, "before")
        first = home.postgres_pid()
        os.kill(first, signal.SIGKILL)
        second = home.next_postgres_pid(first)
        assert home.notes(services.database_url) == ["before"]
        os.kill(second, signal.SIGKILL)
        assert given_up.wait(timeout=30)
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(services.database_url)


def test_a_server_that_cannot_be_seen_is_left_alone(home: Any) -> None:
    with hold_embedded(home.path):
        record = home.path / "postgres/postmaster.pid"
        known = record.read_text()
        record.write_text("999999999\n" + known.split("\n", 1)[1])  # as from another container
        with pytest.raises(ProviderError, match="cannot see"):
            hold_embedded(home.path, valkey=False).__enter__()
        record.write_text(known)
        record = home.path / "valkey/valkey.pid"
        known = record.read_text()
        record.write_text("")
        with pytest.raises(ProviderError, match="cannot see"):
            hold_embedded(home.path, postgres=False).__enter__()
        record.write_text(known)


def test_a_server_with_no_room_for_another_client_is_still_adopted(
    home: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = tuple(setting for setting in SETTINGS if "max_connections" not in setting)
    monkeypatch.setattr(embedded_postgres, "SETTINGS", (*small, "max_connections=6"))

    def crowd(url: str, clients: ExitStack) -> None:
        while True:
            clients.enter_context(psycopg.connect(url))

    with hold_embedded(home.path, valkey=False) as services, ExitStack() as clients:
        with pytest.raises(psycopg.OperationalError, match="too many clients"):
            crowd(services.database_url, clients)
        with hold_embedded(home.path, valkey=False) as adopted:
            assert adopted == services
