"""The locks by which processes share a server: no count that a crash could falsify."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import embedded, embedded_lease
from app.embedded import SharedServer
from app.embedded_lease import Lease
from core.errors import ProviderError


class FakeServer:
    """A server that lives in memory; ``broken`` ones do not start."""

    name = "fake"
    url = "fake://"

    def __init__(self) -> None:
        self.pid: int | None = None
        self.starts = 0
        self.broken = False

    def find(self) -> int | None:
        """The pid, while it runs."""
        return self.pid

    def start(self) -> int:
        """Run under the next pid."""
        if self.broken:
            raise ProviderError("fake", "it is broken.", retryable=False)
        self.starts += 1
        self.pid = self.starts
        return self.starts

    def is_running(self, pid: int) -> bool:
        """Whether that one still runs."""
        return self.pid == pid

    def stop(self, pid: int) -> None:
        """End it."""
        assert pid == self.pid
        self.pid = None


def test_only_the_last_of_several_users_is_told_so(tmp_path: Path) -> None:
    users = [Lease(tmp_path, "fake") for _ in range(3)]
    for user in users:
        user.take()
    assert [user.give_back() for user in users] == [False, False, True]


def test_who_never_came_in_is_not_the_last_one_out(tmp_path: Path) -> None:
    assert not Lease(tmp_path, "fake").give_back()


def test_a_gate_that_stays_shut_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_lease, "GATE_S", 0.01)
    with (
        Lease(tmp_path, "fake").gate(),
        pytest.raises(ProviderError, match=r"another process.*fake\.gate"),
        Lease(tmp_path, "fake").gate(),
    ):
        pass
    with Lease(tmp_path, "fake").gate():
        pass  # open again


def test_nobody_comes_in_through_a_lock_that_is_not_ours(tmp_path: Path) -> None:
    descriptor = embedded_lease._open(tmp_path / "fake.users")
    with open(descriptor, "rb"):
        assert embedded_lease._lock(descriptor, embedded_lease.fcntl.LOCK_EX)
        with pytest.raises(ProviderError, match=r"fake\.users"):
            Lease(tmp_path, "fake").take()


def test_a_dead_server_is_started_once_and_then_left_down(tmp_path: Path) -> None:
    server = FakeServer()
    shared = SharedServer(server, tmp_path)
    shared.mend()  # nothing is in use yet
    with shared.use():
        shared.mend()
        assert server.starts == 1
        server.pid = None
        shared.mend()
        assert (server.starts, server.pid) == (2, 2)
        server.pid = None
        for _ in range(3):
            shared.mend()
        assert server.starts == 2


def test_deaths_far_apart_are_mended_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "CALM_S", 0.0)
    server = FakeServer()
    shared = SharedServer(server, tmp_path)
    with shared.use():
        for starts in range(2, 5):
            server.pid = None
            shared.mend()
            assert server.starts == starts
    assert server.pid is None


def test_a_server_that_does_not_come_back_is_left_down(tmp_path: Path) -> None:
    server = FakeServer()
    shared = SharedServer(server, tmp_path)
    with shared.use():
        server.pid, server.broken = None, True
        shared.mend()
        server.broken = False
        shared.mend()
        assert server.starts == 1
