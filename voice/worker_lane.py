"""One worker process at a time, as the thread that looks after it sees it."""

from __future__ import annotations

import multiprocessing
import threading
import time
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Final

from voice.worker_life import Answer, serve

PEACE_S: Final = 2.0  # for an idle worker to end by itself


class Lane:
    """One worker process at a time. Used by its own thread, but for `close`."""

    def __init__(self, load: bytes, timeout_s: float, start_s: float, retry_s: float) -> None:
        self._load = load
        self._timeout_s = timeout_s
        self._start_s = start_s
        self._retry_s = retry_s
        self._retry_at = 0.0  # when one that could not start is tried again unasked
        self._guard = threading.Lock()  # of the process against a kill that comes too late
        self._process: SpawnProcess | None = None
        self._line: Connection | None = None
        self._closed = False
        self._working = False
        self.ready = False  # it has loaded, and lives as far as is known
        self.failure: str | None = None  # why the last one could not load
        self.settled = threading.Event()  # the first one has loaded, or could not
        self.thread: threading.Thread

    @property
    def alive(self) -> bool:
        """Whether there is a worker to ask."""
        return self._line is not None

    @property
    def process_id(self) -> int | None:
        """The process, if there is one."""
        with self._guard:
            return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start a process and let it load; ``failure`` says why it could not. Never raises."""
        try:
            self._spawn()
            if self._line is not None:
                answer = self._await_answer(self._load, self._start_s, "while it started")
                self.failure = answer.failure
        except Exception as error:  # noqa: BLE001  the edge of the thread: a shortage passes
            self.failure = f"its worker did not start: {error}"
        if self.failure is not None:
            self.end()
        self.ready = self._line is not None
        self._retry_at = time.monotonic() + self._retry_s
        self.settled.set()

    def ask(self, request: bytes) -> Answer:
        """Let the worker do ``request``, started anew if need be. Never raises."""
        if self._line is None:
            self.start()
        else:
            self.revive()
        if self._line is None:
            return Answer(failure=self.failure or "it is closed")
        return self._await_answer(request, self._timeout_s, "while it worked")

    def revive(self) -> None:
        """Replace a worker that died in idleness, or try again one that could not start."""
        if self._process is None:
            if time.monotonic() >= self._retry_at:
                self.start()
        elif not self._process.is_alive():
            self.end()
            self.start()

    def close(self) -> None:
        """Start no more, and end a worker that is at work; from any thread."""
        with self._guard:
            self._closed = True
            if self._process is not None and self._working:
                self._process.kill()
        self.settled.set()

    def end(self, *, in_peace: bool = False) -> None:
        """End the worker and forget it. ``in_peace``: let it end by itself first."""
        self.ready = False
        with self._guard:
            process, line = self._process, self._line
            self._process = self._line = None
        if line is not None:
            line.close()
        if process is not None:
            if in_peace:
                process.join(PEACE_S)
            process.kill()
            process.join()
            process.close()

    def _spawn(self) -> None:
        """Start a process, if the lane is not closed. Raises OSError."""
        ours, theirs = multiprocessing.Pipe()
        process = multiprocessing.get_context("spawn").Process(
            target=serve, args=(theirs,), daemon=True
        )
        with theirs, self._guard:  # without their end here, the process's end is the line's
            if self._closed:
                ours.close()
                return
            try:
                process.start()
            except OSError:
                ours.close()
                raise
            self._process, self._line = process, ours

    def _await_answer(self, request: bytes, limit_s: float, when: str) -> Answer:
        """Send ``request`` and wait; a worker that takes too long is killed and ended."""
        process, line = self._process, self._line
        assert process is not None
        assert line is not None
        late = threading.Event()

        def expire() -> None:
            with self._guard:
                late.set()
                if self._process is process:
                    process.kill()  # which ends the line: the waiting below is over

        timer = threading.Timer(limit_s, expire)
        timer.daemon = True
        try:
            timer.start()
        except RuntimeError as error:  # no thread to be had: it could not be watched
            return Answer(failure=f"nobody could watch its worker {when}: {error}")
        with self._guard:
            self._working = True
            if self._closed:
                process.kill()
        try:
            line.send_bytes(request)
            answer: Answer = line.recv()
        except (EOFError, OSError):
            reason = f"took longer than {limit_s:g} s" if late.is_set() else "died"
            answer = Answer(failure=f"its worker {reason} {when}")
            self.end()
        finally:
            timer.cancel()
            with self._guard:
                self._working = False
                expired = late.is_set()
        if expired and self._line is not None:
            self.end()  # killed in the moment of its answer, which counts
        return answer
