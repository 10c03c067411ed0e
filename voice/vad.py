"""Voice activity: one Silero model for all calls, and the memory of each call apart.

Silero hears 256 samples (32 ms at 8000 Hz) at a time, together with the 32 samples before them,
and carries a state of 2 x 128 numbers from one window to the next. The network is the same for
everybody, so it is loaded once and run on the windows of many calls in one batch; a call costs
2 KB of state, where a session of its own would cost 12 MB.

Silero has learned from rooms, and no room is silent. After the digital silence that telephone
networks put between words it takes a short word for no speech at all. So a faint hiss is added to
what it hears; nobody else hears it. And it has learned from minutes, not from calls: what was said
before makes it deaf to what is said later. So a second after the voice it forgets all of it; noise
it keeps in mind, or it would take the next of it for speech.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from core.errors import ProviderError
from voice.audio import g711
from voice.audio.loudness import SILENT_DBFS
from voice.ports import LINE_HZ, Pcm

WINDOW = 256  # samples at 8000 Hz: the only size that the 8 kHz network takes
WINDOW_MS = WINDOW * 1000 // LINE_HZ
CONTEXT = 32  # samples before the window; without them speech goes unnoticed
FRAMED = CONTEXT + WINDOW
QUIET: Final = bytes([g711.SILENCE_BYTE]) * CONTEXT
STATE = 128  # numbers in each of the two layers
MOST_AT_ONCE = 32  # windows in one batch: 18 us each; more gains nothing and blocks longer
MODEL: Final = "silero_vad_op18_ifless.onnx"  # loads in 24 ms, where silero_vad.onnx takes 119
PROVIDER: Final = "silero-vad"
OUTPUTS: Final = ("output", "stateN")
HISS_DBFS = -60.0  # under what Silero hears: tests/bench/onset, the line that is dead
HISS_SEED = 8
VOICE, NO_VOICE = 0.5, 0.1  # Silero's own threshold; a window less likely than this is none
FORGETS_AFTER = 31  # windows in a row without a voice, one second: nobody pauses so long in a word
FORGETS_VOICED = 8  # windows, in all: noise is seldom taken for so much voice
LEAST_POWER = 10 ** (SILENT_DBFS / 10)  # what digital silence is taken for

_TO_FULL_SCALE: Final[NDArray[np.float32]] = g711.decode(bytes(range(256))).astype(
    np.float32
) / np.float32(32768)


class Voiced(NamedTuple):
    """How likely one window holds speech, and the sample of the call where it ends.

    ``level_db``: its loudness in dBFS. ``echo``: how much of it is our own sound come back, 0..1.
    A tuple, because thirty of them are made a second for every call.
    """

    probability: float  # 0..1
    end_sample: int
    level_db: float = SILENT_DBFS
    echo: float = 0.0


class VadStream:
    """One call's side of the detector: what waits to be judged, and the network's memory.

    The sound waits as mu-law, one byte per sample: a whole batch is decoded in one step.
    """

    def __init__(self) -> None:
        self._sound = bytearray(QUIET)  # the context, then what waits
        self._judged = 0  # samples of the call that whole windows have covered
        self._voiced = 0  # windows with a voice that are not forgotten
        self._quiet = 0  # windows in a row without one
        self.state: NDArray[np.float32] = np.zeros((2, 1, STATE), dtype=np.float32)

    def feed(self, audio: Pcm) -> None:
        """Add samples (8000 Hz, any number) to what waits, as the line would bring them."""
        self._sound += g711.encode(audio)

    def hear(self, payload: bytes) -> None:
        """Add mu-law sound, any number of samples, to what waits."""
        self._sound += payload

    @property
    def windows(self) -> int:
        """Whole windows that wait to be judged."""
        return (len(self._sound) - CONTEXT) // WINDOW

    def reset(self) -> None:
        """Forget what was said, keep the place in the call; for the start of a new turn."""
        self._sound[:CONTEXT] = QUIET
        self.state[:] = 0

    def take_window(self) -> bytes:
        """The next window to judge, led by its context: 32 + 256 mu-law samples. Needs one."""
        framed = bytes(self._sound[: CONTEXT + WINDOW])
        del self._sound[:WINDOW]
        return framed

    def judge(self, probability: float, level_db: float) -> Voiced:
        """Take the network's answer to the window that was taken last."""
        self._judged += WINDOW
        if probability >= NO_VOICE:
            self._quiet = 0
            self._voiced += probability >= VOICE
        elif self._voiced >= FORGETS_VOICED:
            self._quiet += 1
            if self._quiet == FORGETS_AFTER:
                self._voiced = self._quiet = 0
                self.state = np.zeros((2, 1, STATE), dtype=np.float32)
        return Voiced(probability, self._judged, level_db)


class SharedVad:
    """The network, loaded once per process. Thread-safe: a run keeps nothing in the session."""

    def __init__(self, model: Path | None = None, *, hiss_dbfs: float | None = HISS_DBFS) -> None:
        """Load ``model``, by default the one in the silero-vad package, on one thread.

        ``hiss_dbfs``: what is added to silence and sound alike, None for nothing.

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
        self._hiss = _hiss(hiss_dbfs)

    def probabilities(self, streams: Sequence[VadStream]) -> list[list[Voiced]]:
        """Judge every whole window that waits in ``streams``; a list per stream, in order.

        Takes about 52 us for one window and 18 us for each in a batch of 32. The streams must
        be different ones.
        """
        judged: list[list[Voiced]] = [[] for _ in streams]
        while due := [at for at, stream in enumerate(streams) if stream.windows]:
            for first in range(0, len(due), MOST_AT_ONCE):
                batch = due[first : first + MOST_AT_ONCE]
                found = self.judge([streams[at] for at in batch])
                for at, voiced in zip(batch, found, strict=True):
                    judged[at].append(voiced)
        return judged

    def judge(self, streams: Sequence[VadStream]) -> list[Voiced]:
        """Judge the next window of each stream, in one batch; each must have one waiting.

        A batch of 32 blocks for 0.6 ms: more of them at once belong into more batches.
        """
        many = len(streams) > 1
        framed = b"".join([stream.take_window() for stream in streams])
        windows = _TO_FULL_SCALE[np.frombuffer(framed, dtype=np.uint8)].reshape(-1, FRAMED)
        state = (
            np.concatenate([stream.state for stream in streams], axis=1)
            if many
            else streams[0].state
        )
        output, after = self._session.run(
            OUTPUTS, {"input": windows + self._hiss, "state": state, "sr": self._rate}
        )
        for row, stream in enumerate(streams):
            if many:  # a copy: a view would keep the whole batch alive
                stream.state[:] = after[:, row : row + 1]
            else:
                stream.state = after
        found = zip(streams, output[:, 0].tolist(), _levels_db(windows), strict=True)
        return [stream.judge(probability, level) for stream, probability, level in found]


def _levels_db(windows: NDArray[np.float32]) -> list[float]:
    """The level of each window without its context, dBFS."""
    sound = windows[:, CONTEXT:]
    power = np.einsum("ij,ij->i", sound, sound) / WINDOW
    levels: list[float] = (10 * np.log10(power + LEAST_POWER)).tolist()
    return levels


def _hiss(level_dbfs: float | None) -> NDArray[np.float32]:
    """One window of white noise, led by its own end: the same in every window, without a seam."""
    if level_dbfs is None:
        return np.zeros(FRAMED, dtype=np.float32)
    noise = np.random.default_rng(HISS_SEED).standard_normal(WINDOW) * 10 ** (level_dbfs / 20)
    return np.concatenate((noise[-CONTEXT:], noise)).astype(np.float32)


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
