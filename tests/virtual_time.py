"""Virtual time: an event loop whose clock jumps to the next timer when nothing real is at work."""

from __future__ import annotations

import asyncio
import functools
import selectors
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, ParamSpec

P = ParamSpec("P")

START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)  # a Monday morning
DEADLOCK_S = 5.0  # real seconds without an event, a timer or work: the test hangs


class _JumpingSelector(selectors.DefaultSelector):
    """Polls the real selector; where it would wait for a timer, the clock jumps instead."""

    loop: VirtualTimeLoop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(0)
        if events or (timeout is not None and timeout <= 0):
            return events
        if self.loop.at_work:
            return super().select(0.05)  # a thread will wake us: time stands still
        if timeout is None:
            events = super().select(DEADLOCK_S)
            if not events:
                raise RuntimeError("The test waits for something that can never come.")
            return events
        self.loop.jump(timeout)
        return []


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """A loop whose ``time()`` is virtual. Threads of ``run_in_executor`` hold the clock."""

    def __init__(self) -> None:
        selector = _JumpingSelector()
        selector.loop = self
        self._virtual_s = 1000.0
        self.at_work = 0
        super().__init__(selector)

    def time(self) -> float:
        return self._virtual_s

    def jump(self, seconds: float) -> None:
        self._virtual_s += seconds

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> asyncio.Future[Any]:
        future = super().run_in_executor(executor, func, *args)
        self.at_work += 1
        future.add_done_callback(self._work_done)
        return future

    def _work_done(self, future: asyncio.Future[Any]) -> None:
        self.at_work -= 1


class VirtualClock:
    """core.clock.Clock on the running loop's virtual time."""

    def now(self) -> datetime:
        return START + timedelta(seconds=self.monotonic_s() - 1000.0)

    def monotonic_s(self) -> float:
        return asyncio.get_running_loop().time()


def virtual_time(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Run an async test on virtual time; every task it started must be over at its end."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
            runner.run(_and_nothing_left(test(*args, **kwargs)))

    return run


async def _and_nothing_left(test: Awaitable[None]) -> None:
    await test
    left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    assert not left, f"tasks left behind: {left}"
