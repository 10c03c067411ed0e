"""The pool of worker processes on a machine that runs short, and whether it is ready."""

from __future__ import annotations

import asyncio
import errno
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import ProviderError
from tests.fakes import worker_tasks
from voice.worker_lane import Lane
from voice.workers import PoolConfig, Workers

PATIENT_S = 30.0  # a loaded machine needs seconds to start a process
TRUE_PIPE = multiprocessing.Pipe
TRUE_START = threading.Thread.start

Make = Callable[..., Workers]


@pytest.fixture
def make() -> Iterator[Make]:
    """Makes pools that are closed after the test."""
    made: list[Workers] = []

    def pool(
        load: Callable[..., object] = worker_tasks.nothing, *arguments: object, retry_s: float = 60
    ) -> Workers:
        config = PoolConfig("ears", timeout_s=PATIENT_S, retry_s=retry_s)
        made.append(Workers(config, load, *arguments))
        return made[-1]

    yield pool
    for one in made:
        one.close()


def short_of_descriptors(*_: object, **__: object) -> Any:
    raise OSError(errno.EMFILE, "Too many open files")


def short_of_timers(thread: threading.Thread) -> None:
    if isinstance(thread, threading.Timer):
        raise RuntimeError("can't start new thread")
    TRUE_START(thread)


def short_of_threads(_: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


async def test_a_shortage_of_descriptors_is_told_and_passes(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multiprocessing, "Pipe", short_of_descriptors)
    pool = make()
    with pytest.raises(ProviderError, match=r"did not start: .*Too many open files"):
        await asyncio.to_thread(pool.warm_up)
    with pytest.raises(ProviderError, match="Too many open files") as caught:
        await pool.call(worker_tasks.echo, 1)
    assert caught.value.retryable
    monkeypatch.setattr(multiprocessing, "Pipe", TRUE_PIPE)
    assert await pool.call(worker_tasks.echo, 1) == 1


async def test_a_shortage_that_passes_is_noticed_without_a_request(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multiprocessing, "Pipe", short_of_descriptors)
    pool = make(retry_s=0)
    with pytest.raises(ProviderError, match="Too many open files"):
        await asyncio.to_thread(pool.warm_up)
    monkeypatch.setattr(multiprocessing, "Pipe", TRUE_PIPE)
    await ready(pool)


async def test_a_worker_that_cannot_be_watched_is_not_asked(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = make()
    before = await pool.call(worker_tasks.process_id)
    monkeypatch.setattr(threading.Thread, "start", short_of_timers)
    with pytest.raises(ProviderError, match="nobody could watch its worker"):
        await pool.call(worker_tasks.echo, 1)
    monkeypatch.setattr(threading.Thread, "start", TRUE_START)
    assert await pool.call(worker_tasks.process_id) == before


async def test_a_worker_that_cannot_be_watched_while_it_loads_is_tried_again(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = make()
    monkeypatch.setattr(threading.Thread, "start", short_of_timers)
    with pytest.raises(ProviderError, match="nobody could watch its worker while it started"):
        await pool.call(worker_tasks.echo, 1)
    monkeypatch.setattr(threading.Thread, "start", TRUE_START)
    assert await pool.call(worker_tasks.echo, 1) == 1


async def test_a_pool_without_threads_refuses_and_begins_later(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = make()
    # The loop's own threads are there already; only the pool's are wanted.
    monkeypatch.setattr(threading.Thread, "start", short_of_threads)
    with pytest.raises(ProviderError, match="no thread for its worker") as caught:
        await pool.call(worker_tasks.echo, 1)
    assert caught.value.retryable
    monkeypatch.setattr(threading.Thread, "start", TRUE_START)
    assert await pool.call(worker_tasks.echo, 1) == 1


async def test_whatever_breaks_in_a_lane_the_request_is_answered(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = make()

    def breaks(_: Lane, __: bytes) -> Any:
        raise KeyError("lost")

    with monkeypatch.context() as patch:
        patch.setattr(Lane, "ask", breaks)
        with pytest.raises(ProviderError, match="KeyError: 'lost'"):
            await pool.call(worker_tasks.echo, 1)
    assert await pool.call(worker_tasks.echo, 1) == 1


async def test_a_pool_is_ready_while_a_worker_lives_that_has_loaded(
    make: Make, tmp_path: Path
) -> None:
    permission = tmp_path / "permission"
    pool = make(worker_tasks.load_once_it_may, permission)
    with pytest.raises(ProviderError, match="no worker has loaded yet"):
        pool.check()
    with pytest.raises(ProviderError, match="not yet"):
        await asyncio.to_thread(pool.warm_up)
    with pytest.raises(ProviderError, match="RuntimeError: not yet"):
        pool.check()
    permission.touch()
    worker = await pool.call(worker_tasks.process_id)
    pool.check()
    permission.unlink()
    os.kill(worker, signal.SIGKILL)
    await not_ready(pool)
    permission.touch()
    assert await pool.call(worker_tasks.echo, 1) == 1
    pool.check()
    await asyncio.to_thread(pool.close)
    with pytest.raises(ProviderError):
        pool.check()


async def test_one_that_could_not_load_is_tried_again_without_a_request(
    make: Make, tmp_path: Path
) -> None:
    permission = tmp_path / "permission"
    pool = make(worker_tasks.load_once_it_may, permission, retry_s=0)
    with pytest.raises(ProviderError, match="not yet"):
        await asyncio.to_thread(pool.warm_up)
    permission.touch()
    await ready(pool)


async def ready(pool: Workers) -> None:
    """Wait until ``pool`` is ready; the test's time limit ends it."""
    while True:
        try:
            return pool.check()
        except ProviderError:
            await asyncio.sleep(0.01)


async def not_ready(pool: Workers) -> None:
    """Wait until ``pool`` is not ready."""
    while True:
        try:
            pool.check()
        except ProviderError:
            return
        await asyncio.sleep(0.01)
