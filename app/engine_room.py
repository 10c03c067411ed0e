"""The engines of a house: who hears, who thinks, who speaks. The only place that names them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TypeAlias

from agents.lineup import LineUp
from app.brain import line_up
from app.ears import Ears, ears
from app.settings import Settings, TtsEngine
from core.ids import VoiceName
from voice.ports import Synthesizer
from voice.providers.tts_espeak import EspeakSynthesizer


@dataclass(frozen=True, slots=True)
class EngineRoom:
    """The engines of a house, open."""

    hearing: Ears
    models: LineUp
    synthesizer: Synthesizer


OpensEngines: TypeAlias = Callable[[Settings], AbstractAsyncContextManager[EngineRoom]]


@asynccontextmanager
async def engines_of(settings: Settings) -> AsyncIterator[EngineRoom]:
    """The engines that the settings ask for; their processes and connections end with this.

    Raises:
        InvalidInputError: the model that was asked for has a wrong key or does not exist.
        ProviderError: an engine is not there; the message says what to do.
    """
    hearing = await asyncio.to_thread(ears, settings)
    try:
        synthesizer = _synthesizer(settings)
        async with line_up(settings) as models:
            yield EngineRoom(hearing, models, synthesizer)
    finally:
        hearing.transcriber.close()


def _synthesizer(settings: Settings) -> Synthesizer:
    match settings.tts_engine:
        case TtsEngine.ESPEAK:
            espeak = EspeakSynthesizer()
            espeak.check(VoiceName(settings.voice))
            return espeak
