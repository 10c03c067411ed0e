"""Is that our own voice coming back? How much of the inbound sound our outbound sound explains.

A loudspeaker at the far end returns what we play: later by the line and the room, quieter, and
coloured by both. We own the reference, so the question is arithmetic. A cross-correlation by FFT
finds the delay; a least-squares filter of a few milliseconds around it then explains as much of
the inbound stretch as it can. The explained share of its energy is near one for an echo and near
nothing for a caller, in between when both sound at once.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from voice.ports import LINE_HZ, Pcm

LONGEST_DELAY_MS = 600  # of an echo: a satellite hop or a mobile network, and the room
TAPS = 32  # 4 ms: the loudspeaker and the first reflections
BEFORE = 8  # taps that lie before the delay found, which may be off by a few samples
QUIETEST_RMS = 16.0  # of 32768, -66 dBFS: below it there is nothing to explain, or with
LOADING = 1e-3  # of the reference's energy, on the diagonal: keeps pure tones solvable
_ONES: Final = np.eye(TAPS)
ECHO_SHARE: Final = 0.3  # of 320 ms: from here on it is ours (tests/bench/echo)


def echo_share(inbound: Pcm, reference: Pcm, *, longest_delay_ms: int = LONGEST_DELAY_MS) -> float:
    """The share (0 to 1) of ``inbound``'s energy that ``reference``, delayed, explains.

    Both are 8000 Hz and end at the same instant: ``inbound`` holds the last 160 to 320 ms that
    were heard, ``reference`` what the carrier played up to then. For a delay of d ms to be found,
    ``reference`` must be d ms longer than ``inbound``. Takes about 0.3 ms. 0 if either is silent.
    """
    heard = inbound.astype(np.float32)
    reach = min(reference.size - inbound.size, longest_delay_ms * LINE_HZ // 1000)
    if inbound.size < 2 * TAPS or reach < 0:
        return 0.0
    played = np.zeros(reach + inbound.size + TAPS, dtype=np.float32)
    played[TAPS - BEFORE : -BEFORE] = reference[reference.size - inbound.size - reach :]
    energy = float(heard @ heard)
    if energy < inbound.size * QUIETEST_RMS**2 or not played.any():
        return 0.0
    first = _best_start(heard, played)
    return _explained(heard, played[first : first + inbound.size + TAPS - 1], energy)


def _best_start(heard: NDArray[np.float32], played: NDArray[np.float32]) -> int:
    """Where in ``played`` the taps of the strongest resemblance begin."""
    size = 1 << (played.size - 1).bit_length()  # what wraps around are starts that do not fit
    spectrum = np.fft.rfft(played, size) * np.conj(np.fft.rfft(heard, size))
    starts = played.size - heard.size - TAPS + 2
    likeness = np.fft.irfft(spectrum, size)[TAPS - BEFORE : TAPS - BEFORE + starts]
    power = np.concatenate(([0.0], np.cumsum(np.square(played, dtype=np.float64))))
    loudness = power[heard.size :] - power[: power.size - heard.size]
    loudness = loudness[TAPS - BEFORE : TAPS - BEFORE + starts]
    floor = heard.size * QUIETEST_RMS**2  # what is silent resembles nothing
    score = np.square(likeness[: loudness.size]) / np.maximum(loudness, floor)
    return int(np.argmax(score))


def _explained(heard: NDArray[np.float32], played: NDArray[np.float32], energy: float) -> float:
    """The share of ``heard`` that the best filter of `TAPS` taps makes of ``played``."""
    normal = _products(played.astype(np.float64), heard.size)
    match = np.correlate(played, heard, "valid").astype(np.float64)
    loading = LOADING * float(np.trace(normal)) / TAPS + 1.0
    taps = np.linalg.solve(normal + loading * _ONES, match)
    left = heard - np.correlate(played, taps.astype(np.float32), "valid")
    return min(max(1.0 - float(left @ left) / energy, 0.0), 1.0)


def _products(played: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """The products of ``played`` with itself at every two taps, over ``size`` samples.

    One row is a correlation; each next one follows from it by the samples that come and go.
    """
    products = np.empty((TAPS, TAPS))
    products[0] = np.correlate(played, played[:size], "valid")
    comes, goes = played[size : size + TAPS - 1], played[: TAPS - 1]
    change = np.outer(comes, comes) - np.outer(goes, goes)
    for tap in range(1, TAPS):
        products[tap, 1:] = products[tap - 1, :-1] + change[tap - 1]
        products[tap, 0] = products[0, tap]
    return products
