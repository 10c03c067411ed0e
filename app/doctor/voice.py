"""The voice: espeak-ng loads, the voice exists, and how soon its first sound is there."""

from __future__ import annotations

import asyncio
import time
from typing import Final

from app.doctor.check import REINSTALL, Check
from app.doctor.finding import Finding, Findings, fail, ok, warn
from app.settings import Settings
from core.errors import InvalidInputError, ProviderError
from core.ids import VoiceName
from voice.providers.tts_espeak import EspeakSynthesizer

LINE: Final = "Hello, this is an automated call. Is now a good time?"
ROUNDS: Final = 5  # the first one loads the voice; the middle of the others counts
SLOW_MS: Final = 100.0  # a quarter of what an answer may take in all


def checks(settings: Settings) -> list[Check]:
    """The checks of this group."""

    async def espeak() -> Findings:
        return (await _spoken(VoiceName(settings.voice)),)

    return [Check("espeak-ng", espeak, REINSTALL, measures=True)]


async def _spoken(voice: VoiceName) -> Finding:
    try:
        engine = await asyncio.to_thread(EspeakSynthesizer)
    except ProviderError as error:
        return fail("espeak-ng", str(error), REINSTALL)
    try:
        engine.check(voice)
    except InvalidInputError as error:
        return fail("espeak-ng", str(error), "Set PARLEY_VOICE to a voice such as en-gb.")
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        async for chunk in engine.synthesize(LINE, voice):
            if chunk.audio.size:
                times.append((time.perf_counter() - began) * 1000)
                break
    if not times:
        return fail("espeak-ng", f"{engine.name} said nothing in the voice {voice}", REINSTALL)
    return spoken_found(engine.name, voice, sorted(times)[len(times) // 2])


def spoken_found(engine: str, voice: str, first_ms: float) -> Finding:
    """A line was spoken; its first sound was there after ``first_ms``."""
    what = f"{engine} spoke a line as {voice}, its first sound came after {first_ms:.1f} ms"
    if first_ms > SLOW_MS:
        return warn("espeak-ng", what, "Stop other programs: this machine is too busy for calls.")
    return ok("espeak-ng", what)
