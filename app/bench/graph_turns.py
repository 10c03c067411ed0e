"""The bench of the graph: one call turn after turn, or many calls at the pace of people."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass
from typing import Final

from app.bench.bare_model import time_bare_model
from app.bench.caller import Caller
from app.bench.machine import load, this_machine
from app.bench.place import Place, open_place
from app.bench.report import Report
from app.bench.samples import Samples
from app.long_lived import keep_from_collector
from app.settings import Settings

THINKING_S: Final = (1.5, 4.5)  # a caller listens and thinks that long between two turns
WARM_UP_CALLS: Final = 2  # whole ones, when there is one call at a time
SETTLE_S: Final = 3.0  # of paced calls before figures count


@dataclass(frozen=True, slots=True)
class Plan:
    """How the bench runs. ``seconds`` is the measured stretch of several calls."""

    calls: int = 1
    turns: int = 21  # of each call: the opening and twenty exchanges, 41 messages at its end
    seconds: float = 30.0
    measured_calls: int = 20  # when there is one call at a time
    bare_turns: int = 200
    seed: int = 1


async def bench_graph(settings: Settings, plan: Plan, *, own_services: bool) -> Report:
    """Run the bench and take everything down again.

    Raises:
        ProviderError: a service cannot be reached or started.
    """
    samples = Samples()
    async with open_place(settings, samples.checkpoint, own_services=own_services) as place:
        keep_from_collector()
        before = load()
        run = _one_by_one if plan.calls == 1 else _paced
        seconds, cpu_s = await run(place, samples, plan)
        first, whole = await time_bare_model(place, plan.bare_turns)
        return Report(
            calls=plan.calls,
            measured_turns=len(samples.turns),
            warm_up_turns=samples.warm_up,
            messages=f"calls of {plan.turns} turns (up to {2 * plan.turns - 1} messages)",
            seconds=seconds,
            cpu_s=cpu_s,
            dropped_lines=place.feed.dropped,
            cached=samples.cached,
            faults=samples.faults,
            machine=this_machine(),
            load_before=before,
            load_after=load(),
            services=place.services,
            parts=samples.parts(model_first_ms=first, model_ms=whole),
        )


async def _one_by_one(place: Place, samples: Samples, plan: Plan) -> tuple[float, float]:
    """One caller; the next turn begins when the last one's checkpoint is written."""
    caller = Caller(place, samples, plan.turns)
    for _ in range(WARM_UP_CALLS * plan.turns):
        await caller.take_turn()
        await place.house.all_saved()
    samples.measuring = True
    begun, cpu = time.perf_counter(), time.process_time()
    for _ in range(plan.measured_calls * plan.turns):
        await caller.take_turn()
        await place.house.all_saved()
    return time.perf_counter() - begun, time.process_time() - cpu


async def _paced(place: Place, samples: Samples, plan: Plan) -> tuple[float, float]:
    """Many callers, spread over their calls, each thinking between its turns."""
    chance = random.Random(plan.seed)  # noqa: S311  repeatable, not secret
    callers = [Caller(place, samples, plan.turns) for _ in range(plan.calls)]
    for number, caller in enumerate(callers):
        for _ in range(number * plan.turns // plan.calls):
            await caller.take_turn()
    over = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for number, caller in enumerate(callers):
            seed = chance.random()
            group.create_task(_talk(caller, seed, over), name=f"caller {number}")
        await asyncio.sleep(THINKING_S[1] + SETTLE_S)
        samples.measuring = True
        begun, cpu = time.perf_counter(), time.process_time()
        await asyncio.sleep(plan.seconds)
        samples.measuring = False
        taken = time.perf_counter() - begun, time.process_time() - cpu
        over.set()
    return taken


async def _talk(caller: Caller, seed: float, over: asyncio.Event) -> None:
    chance = random.Random(seed)  # noqa: S311  repeatable, not secret
    await asyncio.sleep(chance.uniform(0, THINKING_S[1]))
    while not over.is_set():
        await caller.take_turn()
        await asyncio.sleep(chance.uniform(*THINKING_S))
    await caller.hang_up()
