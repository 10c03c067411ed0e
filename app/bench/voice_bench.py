"""``parley bench voice``: a server and its callers on this machine, mode by mode."""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

import httpx

from app.bench.engines import Delays
from app.bench.serve import NUMBER
from app.bench.voice_line import HTTP_S, Pacer
from app.bench.voice_modes import Scene, Stage, disturb, interrupt, listen, play_all, take_turns
from app.bench.voice_row import Row, row_of
from app.bench.voice_server import (
    Target,
    Use,
    parley_command,
    peer_command,
    share_cores,
    started,
    use_of,
)
from app.bench.voice_speech import SPEECH, Clip, kinds, noises, people, synthetic
from core.errors import ProviderError

TURNS_A_CALL: Final = 8  # as long as calls are in life
NOISES_A_CALL: Final = 4
SETTLE_S: Final = 1.0  # before memory is read
BURST: Final = (25, 3.0)  # calls, and the seconds within which they come
PROMPTS: Final = 6  # clear recordings that make the agent speak
PROMPT_S: Final = (1.2, 3.0)
MOST_FAULTS: Final = 3  # kinds of them that are told; all are in the JSON


class Mode(StrEnum):
    """What is measured."""

    SINGLE = "single"  # replies to people who do not pause
    PAUSES = "pauses"  # replies to people who do
    BARGEIN = "bargein"  # people speak over the agent
    NOISE = "noise"  # noise under the agent
    RAMP = "ramp"  # more and more calls
    GREETING = "greeting"  # a burst of calls


# Tokens of a reply in each mode, about a word each: how long the agent is to speak.
TOKENS: Final = {Mode.BARGEIN: 30, Mode.NOISE: 90}
FOR_MODE: Final = {  # what only one mode wants of ``parley bench serve``
    Mode.NOISE: ("--ears", "speech"),
    Mode.RAMP: ("--turn-model-apart",),  # its share of a core is known, and grows with the calls
}
TOKENS_OF_A_TURN: Final = 14  # with thinking and speaking, a turn comes each 8 to 10 s


@dataclass(frozen=True, slots=True)
class VoicePlan:
    """What to measure and how. ``url``: a server that runs already; ``peer``: see ``--peer``."""

    modes: tuple[Mode, ...] = (Mode.SINGLE,)
    delays: Delays = field(default_factory=Delays)
    options: tuple[str, ...] = ()  # more options of ``parley bench serve``
    url: str | None = None
    number: str = NUMBER
    peer: str | None = None
    speech: Path = SPEECH
    is_synthetic: bool = False
    turns: int = 200
    at_once: int = 4
    calls: tuple[int, ...] = (1, 10, 25, 50, 100)
    seconds: float = 60.0  # of each step of the ramp, once all calls are there
    seed: int = 1

    def delays_in(self, mode: Mode) -> Delays:
        """The delays, with replies as long as the mode needs."""
        given = self.delays
        tokens = given.llm_tokens or TOKENS.get(mode, TOKENS_OF_A_TURN)
        return Delays(
            given.stt_ms, given.llm_first_ms, tokens, given.llm_token_ms, given.tts_first_ms
        )


async def bench_voice(plan: VoicePlan, say: Callable[[str], None]) -> list[Row]:
    """Measure, mode by mode, server by server. ``say`` is told how far it is.

    Raises:
        InvalidInputError: there are no recordings.
        ProviderError: a server does not start.
    """
    rows = []
    for mode in plan.modes:  # what is missing is told before anything is started
        _scenes(plan, mode)
        if mode not in {Mode.NOISE, Mode.GREETING}:
            said = _clips(plan, with_pauses=mode is Mode.PAUSES)
            say(f"{mode.value}: the callers say {kinds(said)}")
    cores = (frozenset[int](), frozenset[int]()) if plan.url else share_cores()
    if cores[1]:
        os.sched_setaffinity(0, cores[1])
    for mode in plan.modes:
        for is_peer in (False, True) if plan.peer else (False,):
            async with _target(plan, mode, cores, is_peer=is_peer) as target:
                async for row in _measure(plan, mode, target):
                    say(row.line())
                    for fault, count in Counter(row.faults).most_common(MOST_FAULTS):
                        say(f"  {count} times: {fault}")
                    rows.append(row)
    return rows


async def _answers(url: str) -> None:
    """Raises ProviderError: nobody answers at ``url``."""
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=HTTP_S) as http:
            await http.get(url)  # whatever it answers
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        told = f"nothing answers at {url} ({error}). Is it running?"
        raise ProviderError("voice server", told, retryable=False) from None


@asynccontextmanager
async def _target(
    plan: VoicePlan,
    mode: Mode,
    cores: tuple[frozenset[int], frozenset[int]],
    *,
    is_peer: bool,
) -> AsyncIterator[Target]:
    """The server to call. ``cores``: the server's and the callers', with our own services."""
    if plan.url is not None and not is_peer:
        await _answers(plan.url)
        yield Target(plan.url, plan.url, plan.number)
        return
    port, delays = _free_port(), plan.delays_in(mode)
    options = {
        "stt_ms": delays.stt_ms,
        "llm_first_ms": delays.llm_first_ms,
        "llm_tokens": delays.llm_tokens,
        "llm_token_ms": delays.llm_token_ms,
        "tts_first_ms": delays.tts_first_ms,
    }
    own, others = cores
    url = f"http://127.0.0.1:{port}"
    if is_peer and plan.peer is not None:
        command = peer_command(plan.peer, {"port": port, **options})
        server = started("peer", command, url, plan.number, own)
    else:
        words = [[f"--{name.replace('_', '-')}", f"{value:g}"] for name, value in options.items()]
        for_mode = FOR_MODE.get(mode, ())
        command = parley_command(port, [*itertools.chain(*words), *for_mode, *plan.options], own)
        server = started("parley", command, url, plan.number, own | others, own)
    async with server as target:
        yield target


async def _measure(plan: VoicePlan, mode: Mode, target: Target) -> AsyncIterator[Row]:
    """The rows of one mode: one, or one for each step of the ramp."""
    async with AsyncExitStack() as stack:
        limits = httpx.Limits(max_connections=200, max_keepalive_connections=50)
        http = await stack.enter_async_context(
            httpx.AsyncClient(trust_env=False, timeout=HTTP_S, limits=limits)
        )
        group = await stack.enter_async_context(asyncio.TaskGroup())
        pacer = Pacer()
        pacing = group.create_task(pacer.run(), name="pace the callers")
        stack.callback(pacing.cancel)
        stage = Stage(pacer, http, target, plan.seed)
        await play_all(stage, [listen(10.0)], 1, 0.0)  # the first call of a server is no measure
        if mode is Mode.RAMP:
            await asyncio.sleep(SETTLE_S)
            idle = use_of(target)  # memory that an earlier step took may serve a later one
            for calls in plan.calls:
                yield await _ramp(plan, stage, calls, idle)
                await asyncio.sleep(SETTLE_S)
            return
        scenes, at_once, gap_s = _scenes(plan, mode)
        before, _ = use_of(target), pacer.late_ms()
        figures = await play_all(stage, scenes, at_once, gap_s)
        yield row_of(mode.value, target, at_once, figures, before, use_of(target), pacer.late_ms())


def _scenes(plan: VoicePlan, mode: Mode) -> tuple[list[Scene], int, float]:
    """The calls of a mode, how many at once, and the seconds between their beginnings."""
    chance = random.Random(plan.seed)  # noqa: S311  which recording is said when is no secret
    if mode is Mode.GREETING:
        calls, within_s = BURST
        return [listen(10.0)] * calls, calls, within_s / calls
    if mode is Mode.NOISE:
        rooms = noises(plan.speech)
        chance.shuffle(rooms)
        prompts = _prompts(_clips(plan, with_pauses=False))
        cut = [rooms[at : at + NOISES_A_CALL] for at in range(0, len(rooms), NOISES_A_CALL)]
        return [disturb(part, prompts) for part in cut], plan.at_once, 0.7
    clips = _clips(plan, with_pauses=mode is Mode.PAUSES)
    said = list(itertools.islice(_shuffled(clips, chance), plan.turns))
    calls_of = [said[at : at + TURNS_A_CALL] for at in range(0, len(said), TURNS_A_CALL)]
    if mode is Mode.BARGEIN:
        prompts = _prompts(clips)
        return [interrupt(part, prompts) for part in calls_of], plan.at_once, 0.7
    return [take_turns(part) for part in calls_of], plan.at_once, 0.7


async def _ramp(plan: VoicePlan, stage: Stage, calls: int, idle: Use) -> Row:
    """So many calls that last until the step is over; processor time from when all are there."""
    chance = random.Random(plan.seed + calls)  # noqa: S311  as above
    clips = _clips(plan, with_pauses=False)
    gap_s = 0.12
    ends_s = time.monotonic() + calls * gap_s + plan.seconds
    scenes = [
        take_turns(
            list(itertools.islice(_shuffled(clips, chance), 1000)),
            over=lambda: time.monotonic() >= ends_s,
        )
        for _ in range(calls)
    ]
    async with asyncio.TaskGroup() as group:
        playing = group.create_task(play_all(stage, scenes, calls, gap_s), name="ramp")
        await asyncio.sleep(calls * gap_s)
        before, _ = use_of(stage.target), stage.pacer.late_ms()
        await asyncio.sleep(max(0.0, ends_s - time.monotonic()))
        after, late_ms = use_of(stage.target), stage.pacer.late_ms()
    return row_of(
        Mode.RAMP.value, stage.target, calls, playing.result(), before, after, late_ms, idle=idle
    )


def _clips(plan: VoicePlan, *, with_pauses: bool) -> list[Clip]:
    return synthetic() if plan.is_synthetic else people(plan.speech, with_pauses=with_pauses)


def _shuffled(clips: Sequence[Clip], chance: random.Random) -> itertools.chain[Clip]:
    """The clips in another order each time round, for ever."""
    return itertools.chain.from_iterable(
        chance.sample(list(clips), len(clips)) for _ in itertools.count()
    )


def _prompts(clips: Sequence[Clip]) -> list[Clip]:
    """A few clips of middling length."""
    fit = [clip for clip in clips if PROMPT_S[0] <= (clip.end - clip.start) / 8000 <= PROMPT_S[1]]
    return (fit or list(clips))[:PROMPTS]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
