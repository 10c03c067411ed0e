"""The engines of a house: who hears, who thinks, who speaks. The only place that names them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TypeAlias

from agents.lineup import LineUp
from app.brain import line_up
from app.ears import Ears, ears
from app.settings import Settings, TtsEngine
from app.turn_model import turn_model
from core.ids import VoiceName
from voice.ports import Synthesizer, TurnModel
from voice.providers.tts_espeak import EspeakSynthesizer


@dataclass(frozen=True, slots=True)
class EngineRoom:
    """The engines of a house, open."""

    hearing: Ears
    models: LineUp
    synthesizer: Synthesizer
    turn_model: TurnModel | None = None


OpensEngines: TypeAlias = Callable[[Settings], AbstractAsyncContextManager[EngineRoom]]


@asynccontextmanager
async def engines_of(settings: Settings) -> AsyncIterator[EngineRoom]:
    """The engines that the settings ask for; their processes and connections end with this.

    Raises:
        InvalidInputError: the model that was asked for has a wrong key or does not exist.
        ProviderError: an engine is not there; the message says what to do.
    """
    async with AsyncExitStack() as stack:
        hearing = await asyncio.to_thread(ears, settings)
        stack.callback(hearing.transcriber.close)
        judge = await asyncio.to_thread(turn_model, settings)
        if judge is not None:
            stack.callback(judge.close)
        synthesizer = _synthesizer(settings)
        models = await stack.enter_async_context(line_up(settings))
        yield EngineRoom(hearing, models, synthesizer, judge)


def _synthesizer(settings: Settings) -> Synthesizer:
    match settings.tts_engine:
        case TtsEngine.ESPEAK:
            espeak = EspeakSynthesizer()
            espeak.check(VoiceName(settings.voice))
            return espeak
