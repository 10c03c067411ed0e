"""A caller made of the user's own recordings: a folder of WAV files, played in turn."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.call.persona import Interruption, Line
from app.call.spoken_time import SpokenTime
from core.errors import InvalidInputError
from voice.ports import LINE_HZ, Pcm

LOWEST_HZ = 8000
HIGHEST_HZ = 48000
LONGEST_S = 120  # one line of a phone call, not a whole call
TAPS_PER_STEP = 16  # windowed sinc of this reach per side: stop band below -60 dB
WIDTH_BYTES = 2


@dataclass(frozen=True, slots=True)
class Recording:
    """One file: its name without the ending, and its sound (mono, 8000 Hz)."""

    name: str
    audio: Pcm


def read_folder(folder: Path) -> tuple[Recording, ...]:
    """Every ``*.wav`` of ``folder``, by name.

    Raises:
        InvalidInputError: no folder, no WAV file in it, or bad files: all of them, with reasons.
    """
    if not folder.is_dir():
        raise InvalidInputError(f"{folder} is not a folder.", field="wav-dir")
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".wav")
    if not paths:
        raise InvalidInputError(f"{folder} holds no .wav files.", field="wav-dir")
    recordings: list[Recording] = []
    faults: list[str] = []
    for path in paths:
        try:
            recordings.append(Recording(path.stem, read_wav(path)))
        except InvalidInputError as error:
            faults.append(str(error))
    if faults:
        raise InvalidInputError("\n".join(faults), field="wav-dir")
    return tuple(recordings)


def read_wav(path: Path) -> Pcm:
    """The sound of a WAV file, PCM 16 bit, 8 to 48 kHz, mono or stereo, as mono at 8000 Hz.

    Raises:
        InvalidInputError: names the file and what is wrong with it.
    """
    try:
        with wave.open(str(path), "rb") as file:
            rate, channels, width = file.getframerate(), file.getnchannels(), file.getsampwidth()
            declared, raw = file.getnframes(), file.readframes(file.getnframes())
    except (wave.Error, EOFError, OSError) as error:
        raise _bad(path, f"cannot be read as WAV ({error or 'it ends too early'})") from None
    if width != WIDTH_BYTES:
        raise _bad(path, f"has {width * 8} bits a sample; 16 bit PCM is needed")
    if channels not in (1, 2):
        raise _bad(path, f"has {channels} channels; one or two are possible")
    if not LOWEST_HZ <= rate <= HIGHEST_HZ:
        raise _bad(path, f"has {rate} Hz; {LOWEST_HZ} to {HIGHEST_HZ} Hz are possible")
    whole = len(raw) // (WIDTH_BYTES * channels)
    if whole == 0:
        raise _bad(path, "holds no sound")
    if whole < declared:
        raise _bad(path, f"is cut off: {whole} of {declared} samples are there")
    if whole > LONGEST_S * rate:
        raise _bad(path, f"is {whole / rate:.0f} s long; one line may last {LONGEST_S} s")
    samples = np.frombuffer(raw, dtype="<i2").reshape(-1, channels).mean(axis=1)
    return to_line_rate(samples, rate)


def to_line_rate(samples: NDArray[np.float64], rate: int) -> Pcm:
    """``samples`` at ``rate`` Hz as 8000 Hz, 16 bit: a windowed sinc, cut below 4 kHz."""
    if rate == LINE_HZ:
        return np.clip(np.round(samples), -32768, 32767).astype(np.int16)
    step = rate / LINE_HZ
    count = max(1, int(len(samples) / step))
    reach = int(np.ceil(TAPS_PER_STEP * step))
    padded = np.concatenate([np.zeros(reach), samples, np.zeros(reach + 1)])
    out = np.empty(count)
    offsets = np.arange(-reach, reach + 1)
    for start in range(0, count, LINE_HZ):  # a second at a time keeps the tap matrix small
        centres = np.arange(start, min(count, start + LINE_HZ)) * step
        whole = np.floor(centres).astype(np.int64)
        distance = (offsets[None, :] - (centres - whole)[:, None]) / step
        taps = (
            np.sinc(distance * 0.95)
            * np.cos(np.clip(distance / TAPS_PER_STEP, -1, 1) * np.pi / 2) ** 2
        )
        taps /= taps.sum(axis=1, keepdims=True)
        out[start : start + len(centres)] = np.einsum(
            "ij,ij->i", padded[whole[:, None] + reach + offsets[None, :]], taps
        )
    return np.clip(np.round(out), -32768, 32767).astype(np.int16)


def _bad(path: Path, reason: str) -> InvalidInputError:
    return InvalidInputError(f"{path.name}: {reason}.", field="wav-dir")


class WavCaller:
    """Plays one recording at each of the caller's turns; after the last one it listens, then ends.

    ``patience_s`` of dead air after the last recording ends the call.
    """

    def __init__(self, recordings: tuple[Recording, ...], patience_s: float = 8.0) -> None:
        self._left = list(recordings)
        self._patience_s = patience_s

    @property
    def patience_s(self) -> float:
        """Seconds of dead air before the next recording is played unasked, or the call ended."""
        return self._patience_s

    @property
    def agreed(self) -> SpokenTime | None:
        """Recordings cannot be asked what they agreed to."""
        return None

    def interruption(self, agent_words: str) -> Interruption | None:
        """Recordings wait for their turn."""
        return None

    def answer(self, agent_words: str) -> Line:
        """The next recording."""
        if not self._left:
            return Line()
        recording = self._left.pop(0)
        return Line(recording.name, audio=recording.audio)

    def nobody_there(self) -> Line:
        """The next recording, or the end of the call."""
        return self.answer("") if self._left else Line(hang_up=True)
