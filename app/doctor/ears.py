"""The ears that are always there: Silero tells speech from silence, pocketsphinx steps in."""

from __future__ import annotations

import asyncio
import time
from typing import Final

import numpy as np

from app.doctor.check import REINSTALL, Check
from app.doctor.finding import Finding, Findings, fail, ok, warn
from core.errors import ParleyError, ProviderError
from core.speech import AnswerKind, Expectation
from voice.ports import LINE_HZ, Pcm
from voice.providers.stt_pocketsphinx import PocketsphinxTranscriber
from voice.providers.tts_espeak import speak
from voice.vad import WINDOW, WINDOW_MS, SharedVad, VadStream

WINDOWS: Final = 100  # 3.2 s of sound
SPOKEN: Final = "yes please"
VOICE: Final = "en-us"  # what the acoustic model was trained on
SLOW_SHARE: Final = 0.02  # of a core for one call: fifty calls a core are the aim
DECODE_MS: Final = 500.0  # beyond it callers notice the pause
POCKETSPHINX_S: Final = 40.0  # a worker starts and loads its model
POCKETSPHINX: Final = (
    "Use Python 3.11 or 3.13, which have a wheel of pocketsphinx, or build it: "
    "uv pip install --no-binary pocketsphinx pocketsphinx"
)


def silero_check() -> Check:
    """Silero loads and is quick enough."""

    async def silero() -> Findings:
        return (await asyncio.to_thread(_silero),)

    return Check("Silero VAD", silero, REINSTALL, measures=True)


def pocketsphinx_check(*, is_alone: bool) -> Check:
    """pocketsphinx hears a spoken line. ``is_alone``: nobody else would hear the callers."""

    async def pocketsphinx() -> Findings:
        return (await _pocketsphinx(is_alone=is_alone),)

    return Check("pocketsphinx", pocketsphinx, POCKETSPHINX, POCKETSPHINX_S, measures=True)


def _silero() -> Finding:
    began = time.perf_counter()
    try:
        vad = SharedVad()
    except ProviderError as error:
        return fail("Silero VAD", str(error), REINSTALL)
    loaded_ms = (time.perf_counter() - began) * 1000
    stream, times = VadStream(), []
    sound: Pcm = np.zeros(WINDOW, dtype=np.int16)
    for _ in range(WINDOWS):
        stream.feed(sound)
        began = time.perf_counter()
        vad.probabilities([stream])
        times.append((time.perf_counter() - began) * 1e6)
    return silero_found(loaded_ms, sorted(times)[WINDOWS // 2])


def silero_found(loaded_ms: float, window_us: float) -> Finding:
    """The network was loaded and run."""
    share = window_us / 1000 / WINDOW_MS
    what = (
        f"loaded in {loaded_ms:.0f} ms; a window of {WINDOW_MS} ms takes {window_us:.0f} us, "
        f"{share:.1%} of a core for each call"
    )
    if share > SLOW_SHARE:
        return warn("Silero VAD", what, "Stop other programs, or use a machine with faster cores.")
    return ok("Silero VAD", what)


async def _pocketsphinx(*, is_alone: bool) -> Finding:
    worse = fail if is_alone else warn
    try:
        ears = PocketsphinxTranscriber()
    except ProviderError:
        return worse("pocketsphinx", "not installed for this Python", POCKETSPHINX)
    try:
        await asyncio.to_thread(ears.warm_up)
        spoken = await asyncio.to_thread(_spoken)
        expects = Expectation(kinds=frozenset({AnswerKind.YES_NO}), phrases=(SPOKEN,))
        await ears.transcribe(spoken, expects)  # makes the grammar, as a call's opening does
        began = time.perf_counter()
        heard = await ears.transcribe(spoken, expects)
        took_ms = (time.perf_counter() - began) * 1000
    except ParleyError as error:
        return worse("pocketsphinx", str(error), POCKETSPHINX)
    finally:
        ears.close()
    return pocketsphinx_found(heard.text, spoken.size * 1000 // LINE_HZ, took_ms)


def pocketsphinx_found(heard: str, audio_ms: int, took_ms: float) -> Finding:
    """A spoken line was decoded."""
    what = f"a spoken {SPOKEN!r} ({audio_ms} ms) was decoded in {took_ms:.0f} ms"
    if heard != SPOKEN:
        return warn("pocketsphinx", f"{what}, as {heard!r}", POCKETSPHINX)
    if took_ms > DECODE_MS:
        return warn("pocketsphinx", what, "Stop other programs, or use faster cores.")
    return ok("pocketsphinx", what)


def _spoken() -> Pcm:
    """The line as a caller would say it, with a little silence around it."""
    pause = np.zeros(LINE_HZ // 4, dtype=np.int16)
    return np.concatenate((pause, speak(SPOKEN, VOICE), pause))
