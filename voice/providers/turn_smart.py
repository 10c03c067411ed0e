"""Smart Turn v3.2: hears from the voice alone whether a caller has finished.

The weights are a file of the pipecat-ai wheel (optional extra ``turn``), found without importing
the package. One network serves all calls in a process of its own, at the loop's priority: as a
thread it held the interpreter while the loop had calls to serve, and at a lower priority its
answers came too late to be of use on a busy machine. A question costs about 28 ms of processor
time, so few may wait: a pause that has gone on for longer is judged by its length.
"""

from __future__ import annotations

import asyncio
import importlib.util
import pickle
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime

from core.errors import BusyError, ProviderError
from voice.audio.frame import Sound
from voice.audio.log_mel import RATE_HZ, SPAN_S, log_mel
from voice.audio.resample import resample
from voice.ports import LINE_HZ, Pcm
from voice.worker_lane import Lane
from voice.worker_life import Request

PROVIDER: Final = "smart-turn"
NAME: Final = "smart-turn-v3.2"
MODEL: Final = Path("audio/turn/smart_turn/data/smart-turn-v3.2-cpu.onnx")
MOST_WAITING: Final = 8  # a quarter of a second of work; what waits longer comes too late
TIMEOUT_S: Final = 1.0  # the longest silence that any answer could still shorten
START_S: Final = 30.0  # to import and to load; half a second on a machine that does nothing else
STUCK_S: Final = 10.0  # of work on one question: the process is replaced
RETRY_S: Final = 30.0  # how soon one that could not start is tried again
PROCESS_NAME: Final = Path("/proc/self/comm")
MISSING: Final = "not installed; it comes with: uv pip install --no-deps pipecat-ai==1.14.0"


class TurnNetwork:
    """The network itself, in this process. Loads when made (about 0.1 s, 30 MB)."""

    def __init__(self, model: Path) -> None:
        """Raises ProviderError when ``model`` cannot be loaded."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # calls share the cores; a second thread gains no call
        options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors only
        try:
            self._session = onnxruntime.InferenceSession(
                str(model), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # the runtime's errors share no other base
            raise ProviderError(
                PROVIDER, f"{model.name} cannot be loaded: {error}", retryable=False
            ) from error

    def judge(self, audio: Pcm) -> float:
        """As `SmartTurn.completeness`; blocks for about 28 ms."""
        wide = resample(Sound(audio, LINE_HZ), RATE_HZ)
        features = log_mel(wide)[None]
        (probability,) = self._session.run(None, {"input_features": features})
        return float(probability[0, 0])


_network: TurnNetwork  # of a worker process


def load(model: Path) -> None:
    """The first request of a worker process."""
    global _network
    if PROCESS_NAME.exists():
        PROCESS_NAME.write_text(PROVIDER, encoding="utf-8")  # as process lists show it
    _network = TurnNetwork(model)
    _network.judge(np.zeros(LINE_HZ, dtype=np.int16))  # so that the first real one is not slow


def judge(samples: bytes) -> float:
    """What a worker process says of ``samples`` (8 kHz, 16 bits)."""
    return _network.judge(np.frombuffer(samples, dtype=np.int16))


class SmartTurn:
    """The `TurnModel` of Smart Turn. Its process starts with `warm_up` or the first question."""

    def __init__(
        self,
        model: Path | None = None,
        timeout_s: float = TIMEOUT_S,
        find: Callable[[str], object] = importlib.util.find_spec,
    ) -> None:
        """Serve ``model``, by default the file in the pipecat-ai wheel.

        ``timeout_s``: of one question, waiting included.
        Raises:
            ProviderError: the file is missing.
        """
        path = model or packaged_model(find)
        self._timeout_s = timeout_s
        self._guard = threading.Lock()  # of what waits
        self._waiting: deque[tuple[Pcm, Future[float]]] = deque()
        self._closed = False
        self._lane = Lane(pickle.dumps(Request(load, (path,))), STUCK_S, START_S, RETRY_S)
        self._thread = ThreadPoolExecutor(1, PROVIDER)  # hands questions to the process

    @property
    def name(self) -> str:
        """The model and its version."""
        return NAME

    def warm_up(self) -> None:
        """Start the process and let it answer about silence; blocks for about a second.

        Raises:
            ProviderError: it could not load; it is tried again after a while.
        """
        self._thread.submit(self._lane.start).result()
        if self._lane.failure is not None:
            raise ProviderError(PROVIDER, self._lane.failure, retryable=False)

    def close(self) -> None:
        """End the process; questions that wait fail. Idempotent."""
        with self._guard:
            if self._closed:
                return
            self._closed = True
            left, self._waiting = self._waiting, deque()
        for _, answer in left:
            _refuse(answer, ProviderError(PROVIDER, "it is closed", retryable=False))
        self._lane.close()
        self._thread.submit(self._lane.end, in_peace=True)
        self._thread.shutdown(wait=False)

    async def completeness(self, audio: Pcm) -> float:
        """How likely the turn in ``audio`` (8 kHz, ends in the pause) is complete, 0..1.

        The last 8 s count. Cancel-safe: yes; a question that waits is taken back, one under way
        ends on its thread and is dropped. Never blocks the loop.
        Raises:
            ProviderError: it failed, took too long, or newer questions took its place in the queue.
        """
        answer: Future[float] = Future()
        self._queue(audio[-SPAN_S * LINE_HZ :].copy(), answer)
        try:
            async with asyncio.timeout(self._timeout_s):
                return await asyncio.wrap_future(answer)
        except TimeoutError:
            raise ProviderError(
                PROVIDER, f"no answer within {self._timeout_s:g} s", retryable=True
            ) from None

    def _queue(self, audio: Pcm, answer: Future[float]) -> None:
        """Let the question wait; beyond ``MOST_WAITING`` the oldest is refused."""
        with self._guard:
            if self._closed:
                raise ProviderError(PROVIDER, "it is closed", retryable=False)
            self._waiting = deque(one for one in self._waiting if not one[1].cancelled())
            self._waiting.append((audio, answer))
            oldest = self._waiting.popleft()[1] if len(self._waiting) > MOST_WAITING else None
            if oldest is None:  # else the turn of the oldest on the thread is free for this one
                self._thread.submit(self._answer_next)
        if oldest is not None:
            _refuse(oldest, BusyError(PROVIDER, "newer questions took its place"))

    def _answer_next(self) -> None:
        """On the thread: take the question that waits longest, if any does, and answer it."""
        with self._guard:
            if not self._waiting:
                return
            audio, answer = self._waiting.popleft()
        if not answer.set_running_or_notify_cancel():
            return
        told = self._lane.ask(pickle.dumps(Request(judge, (audio.tobytes(),))))
        if isinstance(told.result, float):
            answer.set_result(told.result)
        else:
            reason = told.failure or "it gave no answer"
            answer.set_exception(ProviderError(PROVIDER, reason, retryable=True))


def packaged_model(find: Callable[[str], object] = importlib.util.find_spec) -> Path:
    """The model file of the pipecat-ai package, found without importing it.

    Raises:
        ProviderError: the package is missing.
    """
    places = getattr(find("pipecat"), "submodule_search_locations", None) or []
    for place in places:
        if (path := Path(place) / MODEL).is_file():
            return path
    raise ProviderError(PROVIDER, MISSING, retryable=False)


def _refuse(answer: Future[float], error: ProviderError) -> None:
    """Fail a question that has not begun, unless whoever asked it has gone."""
    if answer.set_running_or_notify_cancel():
        answer.set_exception(error)
