"""Voice activity: one Silero model for all calls, and the memory of each call apart.

Silero hears 256 samples (32 ms at 8000 Hz) at a time, together with the 32 samples before them,
and carries a state of 2 x 128 numbers from one window to the next. The network is the same for
everybody, so it is loaded once and run on the windows of many calls in one batch; a call costs
2 KB of state, where a session of its own would cost 12 MB.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from core.errors import ProviderError
from voice.ports import LINE_HZ, Pcm

WINDOW = 256  # samples at 8000 Hz: the only size that the 8 kHz network takes
WINDOW_MS = WINDOW * 1000 // LINE_HZ
CONTEXT = 32  # samples before the window; without them speech goes unnoticed
STATE = 128  # numbers in each of the two layers
MOST_AT_ONCE = 32  # windows in one batch: 16 us each; more gains nothing and blocks longer
MODEL: Final = "silero_vad_op18_ifless.onnx"  # loads in 24 ms, where silero_vad.onnx takes 119
PROVIDER: Final = "silero-vad"


@dataclass(frozen=True, slots=True)
class Voiced:
    """How likely one window holds speech, and the sample of the call where it ends."""

    probability: float  # 0..1
    end_sample: int


class VadStream:
    """One call's side of the detector: what waits to be judged, and the network's memory."""

    def __init__(self) -> None:
        self._waiting: Pcm = np.zeros(0, dtype=np.int16)
        self._context: NDArray[np.float32] = np.zeros(CONTEXT, dtype=np.float32)
        self._state: NDArray[np.float32] = np.zeros((2, STATE), dtype=np.float32)
        self._judged = 0  # samples of the call that whole windows have covered

    def feed(self, audio: Pcm) -> None:
        """Add samples (8000 Hz, any number) to what waits."""
        self._waiting = np.concatenate((self._waiting, audio))

    @property
    def windows(self) -> int:
        """Whole windows that wait to be judged."""
        return self._waiting.size // WINDOW

    def reset(self) -> None:
        """Forget what was said, keep the place in the call; for the start of a new turn."""
        self._context[:] = 0
        self._state[:] = 0

    @property
    def state(self) -> NDArray[np.float32]:
        """The network's memory of the call so far: [2, 128]."""
        return self._state

    def take_window(self) -> NDArray[np.float32]:
        """The next window to judge, led by its context: [32 + 256], full scale 1. Needs one."""
        window = self._waiting[:WINDOW].astype(np.float32) / 32768
        self._waiting = self._waiting[WINDOW:]
        framed: NDArray[np.float32] = np.concatenate((self._context, window))
        self._context = framed[-CONTEXT:]
        return framed

    def judge(self, probability: float, state: NDArray[np.float32]) -> Voiced:
        """Take the network's answer to the window that was taken last."""
        self._state = state
        self._judged += WINDOW
        return Voiced(probability, self._judged)


class SharedVad:
    """The network, loaded once per process. Thread-safe: a run keeps nothing in the session."""

    def __init__(self, model: Path | None = None) -> None:
        """Load ``model``, by default the one in the silero-vad package, on one thread.

        Raises:
            ProviderError: the package is missing or its file cannot be loaded.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # a window is 50 us: threads cost more than they give
        options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors only
        path = model or _packaged_model()
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # the runtime's errors share no other base
            raise ProviderError(
                PROVIDER, f"{path} cannot be loaded: {error}", retryable=False
            ) from error
        self._rate = np.array(LINE_HZ, dtype=np.int64)

    def probabilities(self, streams: Sequence[VadStream]) -> list[list[Voiced]]:
        """Judge every whole window that waits in ``streams``; a list per stream, in order.

        Takes about 52 us for one window and 16 us for each in a batch of 32: call it on the
        loop for a few calls, in a thread for hundreds. The streams must be different ones.
        """
        judged: list[list[Voiced]] = [[] for _ in streams]
        while due := [at for at, stream in enumerate(streams) if stream.windows]:
            for first in range(0, len(due), MOST_AT_ONCE):
                self._run(streams, due[first : first + MOST_AT_ONCE], judged)
        return judged

    def _run(
        self, streams: Sequence[VadStream], due: Sequence[int], judged: list[list[Voiced]]
    ) -> None:
        """Judge the next window of each stream in ``due``, in one batch."""
        windows = np.stack([streams[at].take_window() for at in due])
        state = np.stack([streams[at].state for at in due], axis=1)
        output, after = self._session.run(
            None, {"input": windows, "state": state, "sr": self._rate}
        )
        for row, at in enumerate(due):
            judged[at].append(streams[at].judge(float(output[row, 0]), after[:, row]))


def _packaged_model() -> Path:
    """The model file of the silero-vad package, found without importing it (that loads torch)."""
    found = importlib.util.find_spec("silero_vad")
    for place in (found.submodule_search_locations or []) if found else []:
        path = Path(place) / "data" / MODEL
        if path.is_file():
            return path
    raise ProviderError(
        PROVIDER,
        f"{MODEL} is not installed; it comes with: rm -rf .venv && make setup",
        retryable=False,
    )
