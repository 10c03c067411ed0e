"""What ``parley call`` does: plays the call and leaves its report behind."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from rich.console import Console
from rich.table import Table

from app.call import matrix, report
from app.call.console import Screen, Silence, Watcher, summary
from app.call.house import House, credentials
from app.call.parts import people, scenario_part, voice_of, wav_part
from app.call.player import Part, PlayedCall, Player
from app.call.playhouse import join_server, network_of, open_player
from app.call.result import CallResult
from app.call.scenario import load, names
from app.clock import MachineClock
from core.call import Direction, Outcome
from core.errors import InvalidInputError, NotFoundError, ParleyError
from voice.ports import Pcm

ZONE: Final = ZoneInfo("Europe/London")  # the demonstration brand's wall clock
NUMBERS: Final = 60  # people who can be called in one run
WRONG: Final = 1  # the call did not go as it should
MISUSED: Final = 2  # the options are wrong


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs already, and what it believes in."""

    url: str
    api_key: str
    account_sid: str
    auth_token: str


@dataclass(frozen=True, slots=True)
class Options:
    """All that can be asked of the command; see its help."""

    scenario: str
    wav_dir: Path | None
    direction: Direction
    voice: str
    rate: int
    html: Path
    json_file: Path | None
    server: Server | None
    network_delay_ms: float
    jitter_ms: float
    seed: int
    limit_s: float
    quiet: bool


def show_scenarios() -> None:
    """Print the shipped scenarios."""
    table = Table(box=None, padding=(0, 3, 0, 0), header_style="dim")
    for heading in ("scenario", "who is on the phone", "ends as"):
        table.add_column(heading)
    for name in names():
        scenario = load(name)
        table.add_row(name, scenario.title, scenario.expects.outcome.value.replace("_", " "))
    Console(highlight=False).print(table)


def play_one(options: Options) -> int:
    """Play one call, show it, leave report and data behind; the exit code."""
    console = Console(quiet=options.quiet, highlight=False)
    try:
        voice = voice_of(options.voice, options.rate)
        part = _part(options, voice)
        house = _house(options.server, part)
        _check_folders(options.html, options.json_file)
    except (InvalidInputError, NotFoundError) as error:
        return _misused(error)
    played = asyncio.run(_played(console, part, house, options))
    return _leave(console, played, options.html, options.json_file)


def play_matrix(options: Options, at_once: int) -> int:
    """Play all scenarios with five voices, ``at_once`` at a time; the exit code."""
    console = Console(quiet=options.quiet, highlight=False)
    cells = asyncio.run(_matrix(console, options, at_once))
    console.print(matrix.table(cells))
    if options.json_file is not None:
        rows = [{"voice": cell.voice, **cell.result.model_dump(mode="json")} for cell in cells]
        options.json_file.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    return 0 if all(cell.result.succeeded for cell in cells) else WRONG


def _part(options: Options, voice: Callable[[str], Pcm]) -> Part:
    """The call that was asked for. Raises InvalidInputError or NotFoundError."""
    if options.wav_dir is not None:
        return wav_part(options.wav_dir, options.direction, voice, options.limit_s)
    return scenario_part(load(options.scenario), voice, options.limit_s)


def _house(server: Server | None, part: Part) -> House | None:
    """The server that runs already, or None for one of our own. Raises InvalidInputError."""
    if server is None:
        return None
    needed = {"--api-key": server.api_key, "--auth-token": server.auth_token}
    missing = [name for name, value in needed.items() if not value]
    if missing:
        raise InvalidInputError(f"--server needs {' and '.join(missing)}.", field="server")
    if part.direction is not Direction.INBOUND:
        raise InvalidInputError(
            "A server that runs already can only be rung: take --scenario inbound or --wav-dir.",
            field="server",
        )
    account = server.account_sid or credentials()[0]
    return House(server.url.rstrip("/"), server.api_key, account, server.auth_token)


def _check_folders(*paths: Path | None) -> None:
    """Say before the call, not after it, that its report has nowhere to go."""
    for path in paths:
        if path is not None and not path.absolute().parent.is_dir():
            raise InvalidInputError(f"{path}: there is no folder {path.absolute().parent}.")


def _misused(error: ParleyError) -> int:
    Console(stderr=True, highlight=False).print(str(error), style="red", markup=False)
    return MISUSED


def _opened(house: House | None, options: Options) -> AbstractAsyncContextManager[Player]:
    clock = MachineClock()
    network = network_of(options.network_delay_ms, options.jitter_ms, options.seed)
    if house is not None:
        return join_server(house, clock, ZONE, network, people(NUMBERS))
    return open_player(clock, ZONE, network, people(NUMBERS))


async def _played(
    console: Console, part: Part, house: House | None, options: Options
) -> PlayedCall:
    """Play one call, whatever becomes of it."""
    with _watching(console) as watch:
        watch.phase("Starting Parley ...")
        try:
            async with _opened(house, options) as player:
                watch.began(f"Parley call · {part.title}", await player.engines())
                return await player.play(part, watch)
        except ParleyError as error:
            return PlayedCall(_failed(part, str(error)), np.zeros((0, 2), dtype=np.int16))


async def _matrix(console: Console, options: Options, at_once: int) -> list[matrix.Cell]:
    async with _opened(None, options) as player:
        return await matrix.run(player, console, at_once, options.limit_s)


@contextmanager
def _watching(console: Console) -> Iterator[Watcher]:
    if console.quiet:
        yield Silence()
        return
    with Screen(console) as screen:
        yield screen


def _leave(console: Console, played: PlayedCall, html: Path, json_file: Path | None) -> int:
    """Leave report, recording and data behind, and print what the call came to; the exit code."""
    result = _keep(played, html) if len(played.sound) else played.result
    if json_file is not None:
        json_file.write_text(result.model_dump_json(indent=2) + "\n", encoding="utf-8")
    summary(console, result, ZONE)
    if result.recording:
        console.print(f"Report     {html}", style="dim")
    if not result.succeeded and console.quiet:
        Console(stderr=True, highlight=False).print("\n".join(result.problems), markup=False)
    return 0 if result.succeeded else WRONG


def _keep(played: PlayedCall, html: Path) -> CallResult:
    """Write the report and the recording; the result with the recording's path."""
    wav = html.with_suffix(".wav")
    report.write_wav(wav, played.sound)
    result = played.result.model_copy(update={"recording": str(wav)})
    report.write(html, result, played.sound[:, 0], played.sound[:, 1], ZONE)
    return result


def _failed(part: Part, reason: str) -> CallResult:
    """The result of a call that could not even begin."""
    return CallResult(
        outcome=Outcome.FAILED,
        scenario=part.name,
        title=part.title,
        direction=part.direction.value,
        seconds=0.0,
        expected=part.expected.outcome if part.expected else None,
        reason=reason,
        problems=[reason],
    )
