"""From a scenario, or a folder of recordings, to a call that can be played."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

from app.call.persona import Persona
from app.call.player import Part
from app.call.scenario import Scenario
from app.call.wav_folder import WavCaller, read_folder
from core.call import Direction
from voice.ports import Pcm
from voice.providers.tts_espeak import speak

DRAMA: Final = "+447700900"  # Ofcom keeps 07700 900000-900999 for drama: nobody answers there
DRAMA_NUMBERS: Final = 1000


def people(count: int) -> list[str]:
    """``count`` different numbers of people who do not exist, others at every start."""
    drawn = random.SystemRandom().sample(range(DRAMA_NUMBERS), count)
    return [f"{DRAMA}{number:03d}" for number in drawn]


def voice_of(voice: str, wpm: int) -> Callable[[str], Pcm]:
    """A caller's voice. Raises InvalidInputError: there is no such voice or rate."""
    speak("hello", voice, wpm)
    return partial(speak, voice=voice, wpm=wpm)


def scenario_part(scenario: Scenario, voice: Callable[[str], Pcm], limit_s: float) -> Part:
    """The call of ``scenario``."""

    def caller(today: date) -> Persona:
        return Persona(scenario, today)

    return Part(
        name=scenario.name,
        title=scenario.title,
        direction=scenario.direction,
        caller=caller,
        speak=voice,
        variables=scenario.lead,
        expected=scenario.expects,
        limit_s=limit_s,
    )


def wav_part(
    folder: Path, direction: Direction, voice: Callable[[str], Pcm], limit_s: float
) -> Part:
    """A call with the recordings in ``folder``. Raises InvalidInputError: naming bad files."""
    recordings = read_folder(folder)
    count = len(recordings)
    return Part(
        name="wav",
        title=f"{count} recording{'s' if count > 1 else ''} from {folder.name or folder}",
        direction=direction,
        caller=lambda _: WavCaller(recordings),
        speak=voice,
        limit_s=limit_s,
    )
