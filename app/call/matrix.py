"""All scenarios with several voices: does everybody get what their scenario says?"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.call.console import Silence
from app.call.parts import scenario_part, voice_of
from app.call.player import Player
from app.call.result import CallResult
from app.call.scenario import load, names

# Five callers of different pitch, accent and pace, within what espeak-ng makes intelligible.
VOICES: Final = (
    ("en-us", 140),
    ("en-us+f3", 150),
    ("en-us+m3", 130),
    ("en-gb-x-rp", 140),
    ("en-gb", 150),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One call of the matrix."""

    scenario: str
    voice: str
    result: CallResult


async def run(player: Player, console: Console, at_once: int, limit_s: float) -> list[Cell]:
    """Play every scenario with every voice, ``at_once`` calls at a time."""
    cells: list[Cell] = []
    gate = asyncio.Semaphore(at_once)

    async def play(name: str, voice: str, wpm: int) -> None:
        async with gate:
            part = scenario_part(load(name), voice_of(voice, wpm), limit_s)
            played = await player.play(part, Silence())
            cells.append(Cell(name, f"{voice} {wpm}", played.result))
            console.print(_line(cells[-1]))

    async with asyncio.TaskGroup() as group:
        for voice, wpm in VOICES:
            for name in names():
                group.create_task(play(name, voice, wpm), name=f"{name} {voice}")
    return cells


def table(cells: Sequence[Cell]) -> Table:
    """Scenarios down, voices across; what each call came to."""
    grid = Table(
        title=f"{sum(cell.result.succeeded for cell in cells)} of {len(cells)} as expected"
    )
    grid.add_column("scenario")
    voices = [f"{voice} {wpm}" for voice, wpm in VOICES]
    for voice in voices:
        grid.add_column(voice)
    found = {(cell.scenario, cell.voice): cell.result for cell in cells}
    for name in names():
        grid.add_row(name, *(_cell(found.get((name, voice))) for voice in voices))
    return grid


def _cell(result: CallResult | None) -> Text:
    if result is None:
        return Text("not played", style="dim")
    return Text(result.outcome.value, style="green" if result.succeeded else "bold red")


def _line(cell: Cell) -> Text:
    result = cell.result
    text = f"{cell.scenario:16} {cell.voice:15} {result.outcome.value:15} {result.seconds:5.1f} s"
    if not result.succeeded:
        text += f"  {' '.join(result.problems)} ({result.call_sid})"
    return Text(text, style="" if result.succeeded else "red")
