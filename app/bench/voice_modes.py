"""What the callers of the voice bench do: take turns, interrupt, make noise, come at once."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

import httpx

from app.bench.voice_line import CallerLine, Pacer
from app.bench.voice_measures import (
    MISSED_S,
    SETTLED_S,
    CallFigures,
    Said,
    add_sound,
    reply_to,
    silence_after,
    spoke_on,
    under_noise,
)
from app.bench.voice_server import Target
from app.bench.voice_speech import Clip, Noise
from core.errors import ProviderError
from emulator.g711 import SAMPLES_PER_MS

GREETED_S: Final = 15.0  # for the greeting to begin and to end
OVER_MS: Final = 1100.0  # an agent that is quiet for longer has ended its reply; holes are shorter
NOW_MS: Final = 40.0  # two packets
LONGEST_REPLY_S: Final = 120.0
PROMPT_S: Final = 8.0  # by then an agent asks whether anybody is there
THINK_S: Final = (1.2, 2.2)  # from the end of a reply: a prompt for the silent comes much later
SURELY_MS: Final = (600.0, 1600.0)  # how long the agent speaks before somebody interrupts


@dataclass(frozen=True, slots=True)
class Stage:
    """Where callers act."""

    pacer: Pacer
    http: httpx.AsyncClient
    target: Target
    seed: int = 1


Scene = Callable[[CallerLine, CallFigures, random.Random], Awaitable[None]]


async def play(stage: Stage, index: int, scene: Scene) -> CallFigures:
    """One call: dial, play the scene, hang up. A call that cannot be held is a fault in it."""
    figures = CallFigures()
    line = CallerLine(stage.pacer, stage.http, stage.target.url)
    chance = random.Random(stage.seed * 1000 + index)  # noqa: S311  callers, no secrets
    try:
        await line.dial(f"+44770090{index % 10000:04d}", stage.target.number)
        try:
            await scene(line, figures, chance)
            if line.is_over:
                figures.faults.append("the server ended the call")
        finally:
            await line.hang_up()
    except ProviderError as error:
        figures.faults.append(str(error))
    sounds = line.ledger.sounds()
    if sounds:
        figures.greeting_ms = line.set_up_ms + sounds[0].start / SAMPLES_PER_MS
    figures.held_s = line.held_s
    add_sound(figures, sounds, line.ledger.clears)
    figures.faults += line.faults
    return figures


async def greeted(line: CallerLine) -> bool:
    """Let the agent greet; whether it did and the line still stands."""
    heard = await line.until(lambda: line.ledger.began >= 0, GREETED_S)
    return heard and await line.until(lambda: line.ledger.quiet_ms >= OVER_MS, GREETED_S)


async def replied(line: CallerLine, said: Said) -> bool:
    """Let the agent answer what was ``said``, to the end of its answer; whether it did."""
    await line.until(lambda: line.position >= said.end)
    begun = await line.until(
        lambda: (
            line.ledger.began >= said.end
            or (line.ledger.began >= said.start and line.ledger.quiet_ms < OVER_MS)
        ),
        MISSED_S,
    )
    if not begun:
        return False
    return await line.until(lambda: line.ledger.quiet_ms >= OVER_MS, LONGEST_REPLY_S)


async def prompted(line: CallerLine) -> None:
    """Nobody has answered: let the agent ask whether anyone is there, so as not to cross it."""
    since = line.position
    await line.until(lambda: line.ledger.began >= since, PROMPT_S)
    await line.until(lambda: line.ledger.quiet_ms >= OVER_MS, LONGEST_REPLY_S)


def speak(line: CallerLine, clip: Clip) -> Said:
    """Begin to say ``clip``."""
    at = line.say(clip.frames)
    return Said(clip.name, at + clip.start, at + clip.end, 1 << 62)


def take_turns(clips: Sequence[Clip], over: Callable[[], bool] = lambda: False) -> Scene:
    """Say the clips one after the other, each once the last reply is over; until ``over``."""

    async def scene(line: CallerLine, figures: CallFigures, chance: random.Random) -> None:
        if not await greeted(line):
            return
        said: list[Said] = []
        for clip in clips:
            if over() or line.is_over:
                break
            think_s = chance.uniform(*THINK_S) - line.ledger.quiet_ms / 1000
            await line.rest(max(0.02, think_s + chance.uniform(0, 0.02)))
            said.append(speak(line, clip))
            if not await replied(line, said[-1]):
                await prompted(line)
        sounds = line.ledger.sounds()
        for at, one in enumerate(said):
            until = said[at + 1].start if at + 1 < len(said) else line.position
            figures.replies.append(reply_to(Said(one.name, one.start, one.end, until), sounds))

    return scene


def interrupt(clips: Sequence[Clip], prompts: Sequence[Clip]) -> Scene:
    """Say each clip while the agent surely speaks: in answer to the last one, or to a prompt."""

    async def scene(line: CallerLine, figures: CallFigures, chance: random.Random) -> None:
        if not await greeted(line):
            return
        said: list[Said] = []
        for clip in clips:
            surely_ms = chance.uniform(*SURELY_MS)
            speaks = bool(said) and await _speaks(line, said[-1], surely_ms)
            if not speaks:
                await line.until(lambda: line.ledger.quiet_ms >= OVER_MS, LONGEST_REPLY_S)
                speaks = await _speaking(line, chance.choice(prompts), surely_ms)
            if not speaks:
                figures.faults.append("nothing to interrupt")
                continue
            said.append(speak(line, clip))
            await line.until(lambda: line.position >= said[-1].end)
        await line.rest(SETTLED_S)
        sounds, clears = line.ledger.sounds(), line.ledger.clears
        for one in said:
            silent_ms = silence_after(one.start, sounds, clears)
            figures.stops.append(silent_ms)
            figures.spoke_on += silent_ms is not None and spoke_on(one, silent_ms, sounds)

    return scene


def disturb(noises: Sequence[Noise], prompts: Sequence[Clip]) -> Scene:
    """Make the agent speak by a prompt, then make noise until it has ended; for each noise."""

    async def scene(line: CallerLine, figures: CallFigures, chance: random.Random) -> None:
        if not await greeted(line):
            return
        for noise in noises:
            if not await _speaking(line, chance.choice(prompts), SURELY_MS[0]):
                figures.faults.append("nothing to disturb")
                continue
            start = line.say(noise.frames, again_and_again=True)
            await line.until(lambda: line.ledger.quiet_ms >= OVER_MS + 200, LONGEST_REPLY_S)
            line.hush()
            end = line.position
            await line.rest(1.5)  # what the noise has set off comes to its end
            await line.until(lambda: line.ledger.quiet_ms >= OVER_MS, LONGEST_REPLY_S)
            what = (noise.name, noise.level_dbfs, noise.is_talk)
            sounds, clears = line.ledger.sounds(), line.ledger.clears
            figures.noise.append(under_noise(what, start, end, sounds, clears))

    return scene


async def _speaking(line: CallerLine, prompt: Clip, for_ms: float) -> bool:
    """Let the agent answer ``prompt``; whether it has now spoken ``for_ms`` and goes on."""
    await line.rest(0.3)
    said = speak(line, prompt)
    await line.until(lambda: line.position >= said.end)
    return await _speaks(line, said, for_ms)


async def _speaks(line: CallerLine, said: Said, for_ms: float) -> bool:
    """Whether the agent answers what was ``said``, has now spoken ``for_ms`` and goes on."""

    def holds() -> bool:
        ledger = line.ledger
        spoken_ms = (ledger.last_loud - ledger.began) / SAMPLES_PER_MS
        return ledger.began >= said.start and spoken_ms >= for_ms and ledger.quiet_ms < NOW_MS

    return await line.until(holds, MISSED_S + for_ms / 1000)


def listen(seconds: float) -> Scene:
    """Only hear the greeting."""

    async def scene(line: CallerLine, figures: CallFigures, chance: random.Random) -> None:
        await line.until(lambda: line.ledger.began >= 0, seconds)
        await line.rest(0.5)

    return scene


async def play_all(
    stage: Stage, scenes: Sequence[Scene], at_once: int, gap_s: float
) -> list[CallFigures]:
    """A call for each scene, at most ``at_once`` at a time, begun ``gap_s`` apart."""
    room = asyncio.Semaphore(at_once)

    async def one(index: int, scene: Scene) -> CallFigures:
        try:
            return await play(stage, index, scene)
        finally:
            room.release()

    async with asyncio.TaskGroup() as group:
        calls = []
        for index, scene in enumerate(scenes):
            await room.acquire()
            calls.append(group.create_task(one(index, scene), name=f"caller {index}"))
            await asyncio.sleep(gap_s)
    return [call.result() for call in calls]
