"""The machine: Python, processors, memory and how many files may be open."""

from __future__ import annotations

import importlib.util
import os
import platform
import resource
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.doctor.check import REPORT, Check
from app.doctor.finding import Finding, Findings, ok, warn
from voice.cores import CGROUP, usable_cores

GIB: Final = 1024**3
LITTLE_MEMORY: Final = 2 * GIB  # the server, its services and Whisper base with room to spare
FEW_FILES: Final = 1024  # a hundred calls hold some 400 sockets and files
MEMINFO: Final = Path("/proc/meminfo")


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of memory: what this process may use in all, and what is free of it now, if known."""

    total: int
    free: int | None


def checks() -> list[Check]:
    """The checks of this group."""

    async def python() -> Findings:
        return (python_found(),)

    async def processors() -> Findings:
        return (processors_found(usable_cores(), os.getloadavg()[0]),)

    async def memory() -> Findings:
        return (memory_found(memory_here()),)

    async def files() -> Findings:
        return (files_found(*resource.getrlimit(resource.RLIMIT_NOFILE)),)

    return [
        Check("Python", python, REPORT),
        Check("Processors", processors, REPORT),
        Check("Memory", memory, REPORT),
        Check("Open files", files, REPORT),
    ]


def python_found() -> Finding:
    """The interpreter and what it runs on."""
    what = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    if sys.version_info[:2] == (3, 12) and importlib.util.find_spec("pocketsphinx") is None:
        return warn(
            "Python",
            f"{what}; the offline ears (pocketsphinx) have no wheel for 3.12",
            "Use Python 3.11 or 3.13, or build them: "
            "uv pip install --no-binary pocketsphinx pocketsphinx",
        )
    return ok("Python", what)


def processors_found(cores: float, load: float) -> Finding:
    """How many processors there are, and how many programs wanted one in the last minute."""
    what = f"{cores:g} usable"
    if cores < 2:
        return warn(
            "Processors",
            f"{what}: while Whisper hears, nothing else runs",
            "Give the machine or the container two cores or more, or set STT_ENGINE=pocketsphinx.",
        )
    if load > cores:
        return warn(
            "Processors",
            f"{what}, and other programs want {load:.1f}: what is measured below is too slow",
            "Stop what else runs on this machine, then run: parley doctor",
        )
    return ok("Processors", what)


def memory_here(cgroup: Path = CGROUP, meminfo: Path = MEMINFO) -> Memory:
    """This machine's memory, or the container's when that is less."""
    rows = {name: rest.split() for name, _, rest in map(_parted, _read(meminfo).splitlines())}
    if "MemTotal" not in rows:  # not Linux: what is free cannot be asked for simply
        return Memory(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"), None)
    total = int(rows["MemTotal"][0]) * 1024
    free = int(rows["MemAvailable"][0]) * 1024
    limit, used = _read(cgroup / "memory.max").strip(), _read(cgroup / "memory.current").strip()
    if limit.isdigit() and used.isdigit():
        total, free = min(total, int(limit)), min(free, max(0, int(limit) - int(used)))
    return Memory(total, free)


def memory_found(memory: Memory) -> Finding:
    """Whether it is enough."""
    counted = memory.total if memory.free is None else memory.free
    what = f"{memory.total / GIB:.1f} GiB" + (
        "" if memory.free is None else f", {memory.free / GIB:.1f} GiB of it free"
    )
    if counted < LITTLE_MEMORY:
        return warn(
            "Memory",
            what,
            "Close other programs, give the container more, or set STT_ENGINE=pocketsphinx.",
        )
    return ok("Memory", what)


def files_found(soft: int, hard: int) -> Finding:
    """Whether many calls can have their sockets."""
    if soft == resource.RLIM_INFINITY:
        return ok("Open files", "no limit")
    what = f"at most {soft:,}"
    if soft < FEW_FILES:
        most = 4096 if hard == resource.RLIM_INFINITY else min(4096, hard)
        return warn(
            "Open files",
            f"{what}: many calls at a time would run out of sockets",
            f"Before starting the server: ulimit -n {most}",
        )
    return ok("Open files", what)


def _parted(line: str) -> tuple[str, str, str]:
    return line.partition(":")


def _read(path: Path) -> str:
    """The file's text; empty when there is none, as outside containers and Linux."""
    try:
        return path.read_text()
    except OSError:
        return ""
