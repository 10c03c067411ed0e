"""The pool of worker processes under trouble: hanging, dying, too many requests, cancelling."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.errors import ProviderError
from tests.fakes import worker_tasks
from voice.workers import PoolConfig, Workers

PATIENT_S = 30.0  # a loaded machine needs seconds to start a process
Make = Callable[..., Workers]


@pytest.fixture
def make() -> Iterator[Make]:
    """Makes pools that are closed after the test."""
    made: list[Workers] = []

    def pool(
        load: Callable[..., object] = worker_tasks.nothing,
        *arguments: object,
        workers: int = 1,
        timeout_s: float = PATIENT_S,
        waiting_each: int = 4,
    ) -> Workers:
        config = PoolConfig("ears", workers, timeout_s, waiting_each=waiting_each)
        made.append(Workers(config, load, *arguments))
        return made[-1]

    yield pool
    for one in made:
        one.close()


class Signal:
    """A FIFO that a worker and a test tell each other something by."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = path
        self._file = os.open(path, os.O_RDWR | os.O_NONBLOCK)

    async def seen(self) -> None:
        """Wait until the worker has sent it."""
        loop, ready = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._file, ready.set)
        try:
            await ready.wait()
        finally:
            loop.remove_reader(self._file)
        os.read(self._file, 1)

    def send(self) -> None:
        """Send it to the worker."""
        os.write(self._file, b".")

    def close(self) -> None:
        os.close(self._file)


@pytest.fixture
def begun(tmp_path: Path) -> Iterator[Signal]:
    signal_ = Signal(tmp_path / "begun")
    yield signal_
    signal_.close()


@pytest.fixture
def leave(tmp_path: Path) -> Iterator[Signal]:
    signal_ = Signal(tmp_path / "leave")
    yield signal_
    signal_.close()


async def gone(process: int) -> bool:
    """Whether ``process`` ends (in time, or the test times out)."""
    try:
        handle = os.pidfd_open(process)
    except ProcessLookupError:
        return True
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(handle, ended.set)
    await ended.wait()
    loop.remove_reader(handle)
    os.close(handle)
    return True


async def test_a_request_is_answered_in_another_process(make: Make) -> None:
    pool = make()
    assert await pool.call(worker_tasks.echo, b"x" * 1_000_000) == b"x" * 1_000_000
    assert (await pool.call(worker_tasks.process_id),) == pool.process_ids
    assert pool.process_ids != (os.getpid(),)


async def test_a_failure_is_told_and_the_worker_lives_on(make: Make) -> None:
    pool = make()
    before = await pool.call(worker_tasks.process_id)
    with pytest.raises(ProviderError, match="ears: ValueError: this sound is broken") as caught:
        await pool.call(worker_tasks.fail)
    assert caught.value.retryable
    assert await pool.call(worker_tasks.process_id) == before


async def test_a_worker_that_dies_fails_its_request_alone_and_is_replaced(make: Make) -> None:
    pool = make()
    before = await pool.call(worker_tasks.process_id)
    with pytest.raises(ProviderError, match="its worker died while it worked") as caught:
        await pool.call(worker_tasks.die)
    assert caught.value.retryable
    assert await pool.call(worker_tasks.process_id) != before


async def test_a_worker_that_hangs_is_replaced_while_the_other_goes_on(
    make: Make, begun: Signal
) -> None:
    pool = make(workers=2, timeout_s=2.0)
    await asyncio.to_thread(pool.warm_up)
    both = set(pool.process_ids)
    async with asyncio.TaskGroup() as group:
        hung = group.create_task(failure_of(pool, worker_tasks.hang, begun.path))
        await begun.seen()
        other = await pool.call(worker_tasks.process_id)
    assert "2 s" in str(hung.result())
    assert hung.result().retryable
    assert await gone((both - {other}).pop())
    await asyncio.to_thread(replaced, pool, both)
    assert other in pool.process_ids


async def failure_of(pool: Workers, task: Callable[..., object], *given: object) -> ProviderError:
    """The failure that ``task`` comes to."""
    with pytest.raises(ProviderError) as caught:
        await pool.call(task, *given)
    return caught.value


def replaced(pool: Workers, before: set[int]) -> None:
    """Wait until two processes live, one of them new; the test's time limit ends it."""
    while len(pool.process_ids) < 2 or set(pool.process_ids) == before:
        threading.Event().wait(0.01)


async def test_a_worker_that_dies_in_idleness_is_replaced_without_a_request(make: Make) -> None:
    pool = make()
    before = await pool.call(worker_tasks.process_id)
    os.kill(before, signal.SIGKILL)
    while pool.process_ids in ((), (before,)):
        await asyncio.sleep(0.01)
    assert await pool.call(worker_tasks.process_id) != before


async def test_two_workers_work_at_the_same_time(make: Make, begun: Signal, leave: Signal) -> None:
    pool = make(workers=2)
    ways = (begun.path, leave.path)
    async with asyncio.TaskGroup() as group:
        first = group.create_task(pool.call(worker_tasks.greet_and_wait, *ways))
        second = group.create_task(pool.call(worker_tasks.greet_and_wait, *reversed(ways)))
    assert {first.result(), second.result()} == set(pool.process_ids)


async def test_a_request_that_would_wait_behind_too_many_is_refused_at_once(
    make: Make, begun: Signal, leave: Signal
) -> None:
    pool = make(waiting_each=1)
    async with asyncio.TaskGroup() as group:
        working = group.create_task(pool.call(worker_tasks.wait_for, begun.path, leave.path))
        waiting = group.create_task(pool.call(worker_tasks.echo, "waited"))
        await asyncio.sleep(0)
        refused = await failure_of(pool, worker_tasks.echo, "one too many")
        leave.send()
    assert "wait already" in str(refused)
    assert refused.retryable
    assert working.result() in pool.process_ids
    assert waiting.result() == "waited"


async def test_waiting_counts_in_the_time_limit_and_harms_no_worker(
    make: Make, begun: Signal
) -> None:
    pool = make(timeout_s=3.0)
    await asyncio.to_thread(pool.warm_up)
    before = pool.process_ids
    async with asyncio.TaskGroup() as group:
        hung = group.create_task(failure_of(pool, worker_tasks.hang, begun.path))
        await begun.seen()
        waited = group.create_task(failure_of(pool, worker_tasks.echo, "in time?"))
    assert "3 s" in str(hung.result())
    assert "3 s" in str(waited.result())
    assert await pool.call(worker_tasks.echo, "next") == "next"
    assert pool.process_ids != before


async def test_a_cancelled_request_frees_its_place_and_its_answer_is_dropped(
    make: Make, begun: Signal, leave: Signal
) -> None:
    pool = make(waiting_each=1)
    before = await pool.call(worker_tasks.process_id)
    async with asyncio.TaskGroup() as group:
        working = group.create_task(pool.call(worker_tasks.wait_for, begun.path, leave.path))
        await begun.seen()
        waiting = group.create_task(pool.call(worker_tasks.echo, "never wanted"))
        await asyncio.sleep(0)
        working.cancel()
        waiting.cancel()
        await asyncio.wait([working, waiting])
        instead = group.create_task(pool.call(worker_tasks.process_id))
        leave.send()
    assert instead.result() == before, "the worker was not killed"


async def test_a_worker_that_cannot_load_says_why_and_is_tried_again(
    make: Make, tmp_path: Path
) -> None:
    pool = make(worker_tasks.load_once_it_may, tmp_path / "permission")
    with pytest.raises(ProviderError, match="ears: RuntimeError: not yet"):
        await asyncio.to_thread(pool.warm_up)
    with pytest.raises(ProviderError, match="ears: RuntimeError: not yet"):
        await pool.call(worker_tasks.echo, 1)
    (tmp_path / "permission").touch()
    assert await pool.call(worker_tasks.echo, 1) == 1


async def test_what_cannot_be_sent_is_an_error_of_who_asks(make: Make) -> None:
    pool = make()
    with pytest.raises((TypeError, AttributeError), match="pickle"):
        await pool.call(worker_tasks.echo, lambda: None)
    assert await pool.call(worker_tasks.echo, 1) == 1


@pytest.mark.parametrize("at_work", [False, True])
async def test_closing_leaves_no_process_and_fails_what_waits(
    make: Make, begun: Signal, at_work: bool
) -> None:
    pool = make(workers=2)
    await asyncio.to_thread(pool.warm_up)
    processes = pool.process_ids
    assert len(processes) == 2
    async with asyncio.TaskGroup() as group:
        if at_work:
            failed = group.create_task(failure_of(pool, worker_tasks.hang, begun.path))
            await begun.seen()
        await asyncio.to_thread(pool.close)
        for process in processes:
            assert await gone(process)
    if at_work:
        assert "died" in str(failed.result())
    with pytest.raises(ProviderError, match="it is closed") as caught:
        await pool.call(worker_tasks.echo, 1)
    assert not caught.value.retryable
    pool.close()  # once more does no harm
