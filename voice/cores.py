"""The processor cores that this process may use."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

CGROUP: Final = Path("/sys/fs/cgroup")


def usable_cores(cgroup: Path = CGROUP) -> float:
    """The cores of its affinity, or a container's share when that is less: 1.5 is a core and half.

    A program that starts a thread for every core of the machine is stopped by its container's
    quota again and again, and is slower than one with fewer threads.
    """
    cores = float(len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1)
    try:
        quota, _, period = (cgroup / "cpu.max").read_text().partition(" ")
    except OSError:
        return cores  # no container, or not Linux
    if quota.isdigit() and period.strip().isdigit():
        cores = min(cores, int(quota) / int(period))
    return cores
