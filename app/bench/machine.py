"""What a bench ran on."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

CPU_INFO: Final = Path("/proc/cpuinfo")


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine and the versions that matter."""

    processor: str
    cores: int  # that this process may use
    python: str
    langgraph: str


def this_machine() -> Machine:
    """The machine that this runs on."""
    return Machine(
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else _all_cores(),
        python=platform.python_version(),
        langgraph=version("langgraph"),
    )


def load() -> tuple[float, float, float]:
    """How many processes wanted to run, over 1, 5 and 15 minutes."""
    return os.getloadavg()


def _all_cores() -> int:
    return os.cpu_count() or 1


def _processor() -> str:
    if CPU_INFO.is_file():
        for line in CPU_INFO.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.machine()
