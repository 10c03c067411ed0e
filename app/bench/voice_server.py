"""The server under measurement: started apart on a processor of its own, and what it uses there.

Processor time is that of the process and, apart, of its named threads and of the processes that it
started (its database and cache). Needs Linux's /proc; elsewhere only the callers' figures are had.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from app import child_server
from core.errors import InvalidInputError, ProviderError

READY_S: Final = 90.0
TAIL: Final = 2000  # characters of a dead server's output
TICKS_A_SECOND: Final = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
PROC: Final = Path("/proc")


@dataclass(frozen=True, slots=True)
class Target:
    """A server to call. ``pid`` and ``cores`` are known of one that was started here."""

    name: str
    url: str
    number: str
    pid: int | None = None
    cores: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Use:
    """What a server has used so far: seconds of processor, and memory as it is now.

    ``threads``: of ``cpu_s``, by the names of the threads; ``processes``: beside it, by the names
    of the processes that it started; ``busy_s``: of all that ran on its processors;
    ``callers_s``: of our own process.
    """

    at_s: float
    cpu_s: float = 0.0
    threads: Mapping[str, float] = field(default_factory=dict)
    processes: Mapping[str, float] = field(default_factory=dict)
    busy_s: float = 0.0
    memory_mb: float = 0.0
    callers_s: float = field(default_factory=time.process_time)


def use_of(target: Target) -> Use:
    """What ``target`` has used so far; nothing where it cannot be known."""
    now = time.monotonic()
    if target.pid is None or not (PROC / str(target.pid)).is_dir():
        return Use(now)
    home = PROC / str(target.pid)
    return Use(
        at_s=now,
        cpu_s=_cpu_s(home / "stat"),
        threads=_by_name((home / "task").iterdir()),
        processes=_by_name(PROC / str(pid) for pid in _descendants(target.pid)),
        busy_s=_busy_s(target.cores),
        memory_mb=_memory_mb(home),
    )


def _by_name(homes: Iterable[Path]) -> dict[str, float]:
    """The processor seconds of threads or processes, by their names."""
    found: dict[str, float] = {}
    for home in homes:
        try:
            name = (home / "comm").read_text(encoding="utf-8").strip()
        except OSError:  # it has just ended
            continue
        found[name] = found.get(name, 0.0) + _cpu_s(home / "stat")
    return found


def _cpu_s(stat: Path) -> float:
    try:
        fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:  # it has just ended
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND  # user and system time


def _descendants(pid: int) -> list[int]:
    """The processes that ``pid`` started, and those that they started."""
    parents: dict[int, list[int]] = {}
    for home in PROC.iterdir():
        if home.name.isdigit():
            try:
                fields = (home / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            except OSError:
                continue
            parents.setdefault(int(fields[1]), []).append(int(home.name))
    found, due = [], [pid]
    while due:
        children = parents.get(due.pop(), [])
        found += children
        due += children
    return found


def _busy_s(cores: frozenset[int]) -> float:
    busy = 0.0
    for line in (PROC / "stat").read_text(encoding="utf-8").splitlines():
        name, *figures = line.split()
        if name.startswith("cpu") and name[3:].isdigit() and int(name[3:]) in cores:
            user, nice, system, _, _, irq, soft = (int(each) for each in figures[:7])
            busy += (user + nice + system + irq + soft) / TICKS_A_SECOND
    return busy


def _memory_mb(home: Path) -> float:
    for line in (home / "status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def share_cores() -> tuple[frozenset[int], frozenset[int]]:
    """A processor for the server and the others for the callers; empty with fewer than two."""
    if not hasattr(os, "sched_getaffinity"):
        return frozenset(), frozenset()
    first, *others = sorted(os.sched_getaffinity(0))
    return (frozenset({first}), frozenset(others)) if others else (frozenset(), frozenset())


@asynccontextmanager
async def started(
    name: str,
    command: Sequence[str],
    url: str,
    number: str,
    cores: frozenset[int],
    pinned: frozenset[int] = frozenset(),
) -> AsyncIterator[Target]:
    """Start a server on ``cores``, wait until it is ready, and end it afterwards.

    ``pinned``: those of them to which it keeps itself, if it does.

    Raises:
        ProviderError: it ended, or was not ready in time; the message has its last words.
    """
    with TemporaryDirectory(prefix="parley-bench-") as folder:
        log = Path(folder) / "server.log"
        try:
            with log.open("wb") as output:
                process = await asyncio.create_subprocess_exec(
                    *command,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=output,
                    stderr=asyncio.subprocess.STDOUT,
                    start_new_session=True,
                )
        except OSError as error:  # no such program
            told = f"{command[0]} cannot be started: {error.strerror}."
            raise ProviderError(name, told, retryable=False) from None
        try:
            if cores:
                os.sched_setaffinity(process.pid, cores)
            await _ready(name, url, process, log)
            yield Target(name, url, number, process.pid, pinned or cores)
        finally:
            await child_server.stop(process)


async def _ready(name: str, url: str, process: asyncio.subprocess.Process, log: Path) -> None:
    try:
        is_ready = await child_server.becomes_ready(url, process, READY_S)
    except TimeoutError:
        is_ready = False
    if not is_ready:
        raise ProviderError(name, f"it does not start:\n{_last_words(log)}", retryable=False)


def _last_words(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-TAIL:]


def parley_command(port: int, options: Sequence[str], cores: frozenset[int]) -> list[str]:
    """The command of our own server."""
    pinned = ["--cores", ",".join(str(core) for core in sorted(cores))] if cores else []
    return [*child_server.PARLEY, "bench", "serve", "--port", str(port), *options, *pinned]


def peer_command(text: str, values: Mapping[str, float]) -> list[str]:
    """The command of another server: ``{port}``, ``{stt_ms}`` ... in it are filled in.

    Raises:
        InvalidInputError: it names something else in braces, or its quotes do not match.
    """
    try:
        return shlex.split(text.format(**{name: f"{value:g}" for name, value in values.items()}))
    except (KeyError, ValueError, IndexError) as error:
        known = ", ".join(f"{{{name}}}" for name in values)
        raise InvalidInputError(
            f"The command of the peer cannot be read ({error}). It may hold {known}.", field="peer"
        ) from None
