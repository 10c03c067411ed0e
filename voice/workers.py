"""A pool of worker processes for what holds the interpreter, or may hang, or may crash.

Each worker serves one request at a time. One thread of the server looks after each of them: it
starts the process, hands it a request, and waits for the answer, so the event loop never waits for
a pipe. Two clocks run. A *caller* waits ``timeout_s`` in all, the time in the queue included. A
*worker* may think ``timeout_s`` about one request, whoever still waits for it; then it is killed
and replaced at once, and so is one that died. So a full queue fails callers, not healthy workers.
"""

from __future__ import annotations

import asyncio
import atexit
import pickle
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, cast

from core.errors import ProviderError
from voice.worker_lane import Lane
from voice.worker_life import Answer, Request

START_S: Final = 120.0  # to load the largest model from a slow disk
WAITING_EACH: Final = 4  # requests for each worker that may wait; the fifth would be too late
LOOK_S: Final = 1.0  # how soon an idle worker that died is replaced
RETRY_S: Final = 30.0  # how soon one that could not start is tried again without a request
JOIN_S: Final = 5.0  # more than a worker needs to end, in peace or killed

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PoolConfig:
    """How many workers there are, and what they may take. Times are seconds."""

    provider: str  # as errors name it
    workers: int = 1
    timeout_s: float = 6.0
    start_s: float = START_S
    retry_s: float = RETRY_S
    waiting_each: int = WAITING_EACH


@dataclass(slots=True)
class _Job:
    request: bytes  # pickled by whoever asks, who gets the error if that cannot be done
    answer: Future[Any] = field(default_factory=Future)


class Workers(Executor):
    """The pool. Its processes start with `warm_up` or the first request; `close` ends them."""

    def __init__(self, config: PoolConfig, load: Callable[..., object], *arguments: object) -> None:
        """``load``: what each worker does first, such as loading its model."""
        self._config = config
        self._load = _pickled(load, arguments)
        self._change = threading.Condition()  # guards what follows
        self._waiting: deque[_Job] = deque()
        self._busy = 0
        self._closed = False
        self._lanes: list[Lane] = []

    async def call(self, function: Callable[..., T], *arguments: object) -> T:
        """Let a worker do ``function(*arguments)``; both are pickled.

        Cancel-safe: yes; a request that waits is taken back, one in a worker ends there and its
        answer is dropped.
        Raises:
            ProviderError: it failed, took too long, or too many wait already; retryable.
        """
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._config.timeout_s):
                return await loop.run_in_executor(self, function, *arguments)
        except TimeoutError:
            raise self._error(f"no answer within {self._config.timeout_s:g} s") from None

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Queue a request. `call` is the way to do it; this is what it stands on.

        Raises:
            ProviderError: the pool is closed, or too many requests wait already.
        """
        job = _Job(_pickled(fn, args))
        with self._change:
            if self._closed:
                raise self._error("it is closed", retryable=False)
            self._begin()
            self._waiting = deque(one for one in self._waiting if not one.answer.cancelled())
            room = self._config.workers * (1 + self._config.waiting_each)
            if self._busy + len(self._waiting) >= room:
                raise self._error(f"{len(self._waiting)} requests wait already")
            self._waiting.append(job)
            self._change.notify()
        return cast("Future[T]", job.answer)

    def warm_up(self) -> None:
        """Start all workers and wait until they have loaded; blocks. Optional.

        Raises:
            ProviderError: one could not load; it is tried again after a while.
        """
        with self._change:
            if self._closed:
                raise self._error("it is closed", retryable=False)
            self._begin()
        for lane in self._lanes:
            lane.settled.wait()
            if lane.failure is not None:
                raise self._error(lane.failure)

    def close(self) -> None:
        """End all workers; what waits or is under way fails. Blocks for a moment. Idempotent."""
        with self._change:
            self._closed = True
            abandoned = list(self._waiting)
            self._waiting.clear()
            self._change.notify_all()
        atexit.unregister(self.close)
        for job in abandoned:
            if job.answer.set_running_or_notify_cancel():
                job.answer.set_exception(self._error("it is closed", retryable=False))
        for lane in self._lanes:
            lane.close()
        for lane in self._lanes:
            lane.thread.join(JOIN_S)

    def check(self) -> None:
        """Whether a request would be worked on now: asks nobody, so it is quick.

        Raises:
            ProviderError: no worker lives that has loaded; says why if one could not.
        """
        if not any(lane.ready for lane in self._lanes):
            failures = [lane.failure for lane in self._lanes if lane.failure is not None]
            raise self._error(failures[0] if failures else "no worker has loaded yet")

    @property
    def process_ids(self) -> tuple[int, ...]:
        """The processes that live now."""
        return tuple(lane.process_id for lane in self._lanes if lane.process_id is not None)

    def _begin(self) -> None:
        """Start a thread for each worker that has none yet. Under the lock."""
        if not self._lanes:
            atexit.register(self.close)  # before multiprocessing's own end, which we would race
        config = self._config
        while len(self._lanes) < config.workers:
            lane = Lane(self._load, config.timeout_s, config.start_s, config.retry_s)
            lane.thread = threading.Thread(
                target=self._look_after,
                args=(lane,),
                name=f"{config.provider} worker {len(self._lanes)}",
                daemon=True,
            )
            try:
                lane.thread.start()
            except RuntimeError as error:
                if not self._lanes:
                    raise self._error(f"no thread for its worker: {error}") from error
                return  # those that are there do the work; the next request tries again
            self._lanes.append(lane)

    def _look_after(self, lane: Lane) -> None:
        """The life of one worker and its successors; a thread of its own."""
        lane.start()
        while (job := self._next(lane)) is not None:
            if job.answer.set_running_or_notify_cancel():
                self._settle(job, _asked(lane, job.request))
            with self._change:
                self._busy -= 1
                closed = self._closed
            if not lane.alive and lane.failure is None and not closed:
                lane.start()  # at once; one that could not load waits for the next request
        lane.end(in_peace=True)

    def _next(self, lane: Lane) -> _Job | None:
        """Wait for a request, and keep the worker alive meanwhile; None: the pool is closed."""
        while True:
            with self._change:
                self._change.wait_for(lambda: self._waiting or self._closed, LOOK_S)
                if self._closed:
                    return None
                if self._waiting:
                    self._busy += 1
                    return self._waiting.popleft()
            lane.revive()

    def _settle(self, job: _Job, answer: Answer) -> None:
        if answer.failure is None:
            job.answer.set_result(answer.result)
        else:
            job.answer.set_exception(self._error(answer.failure))

    def _error(self, message: str, *, retryable: bool = True) -> ProviderError:
        return ProviderError(self._config.provider, message, retryable=retryable)


def _asked(lane: Lane, request: bytes) -> Answer:
    """What ``lane`` says; whatever breaks, somebody waits for an answer and the lane goes on."""
    try:
        return lane.ask(request)
    except Exception as error:  # noqa: BLE001  the edge of the thread
        lane.end()
        return Answer(failure=f"{type(error).__name__}: {error}")


def _pickled(function: Callable[..., object], arguments: tuple[object, ...]) -> bytes:
    return pickle.dumps(Request(function, arguments))
