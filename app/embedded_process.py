"""Server processes: started apart from the terminal, recognised by pid, stopped in order."""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

POLL_S: Final = 0.02  # between two looks at a process that starts or stops: well below a start
LOG_KEPT_BYTES: Final = 8 * 1024 * 1024  # about a year of a quiet server
TAIL_LINES: Final = 12  # enough of a server's log to show why it gave up
ZOMBIE_STATES: Final = "ZX"

# What the servers see of our environment: no PG*, no locale, no proxy can change what they do.
ENVIRONMENT: Final = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}

# Children of this process. Kept, because a child that ended is a zombie until it is asked about.
_OURS: Final[dict[int, tuple[str, subprocess.Popen[bytes]]]] = {}


@dataclass(frozen=True, slots=True)
class RunAs:
    """How a program is started: words before it, and the account it runs under, if another."""

    prefix: tuple[str, ...] = ()
    user: str | None = None
    group: int | None = None
    extra_groups: tuple[int, ...] | None = field(default=None)


@atexit.register
def _leave_running() -> None:
    """Servers that other processes use outlive this one on purpose: Python need not warn of it."""
    for _, child in _OURS.values():
        if child.poll() is None:
            child.returncode = 0  # what Popen takes for an end


def run(command: Sequence[str], run_as: RunAs, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a short program to its end and keep what it says."""
    return subprocess.run(
        [*run_as.prefix, *command],
        cwd=cwd,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        start_new_session=True,
        user=run_as.user,
        group=run_as.group,
        extra_groups=run_as.extra_groups,
    )


def spawn(command: Sequence[str], run_as: RunAs, cwd: Path, log_file: Path) -> int:
    """Start a server in a session of its own, which Ctrl-C at the terminal does not reach; its pid.

    It may outlive us, when other processes use it.
    """
    keep_log_small(log_file)
    with open(log_file, "ab", opener=_for_us_alone) as log:
        child = subprocess.Popen(
            [*run_as.prefix, *command],
            cwd=cwd,
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=run_as.user,
            group=run_as.group,
            extra_groups=run_as.extra_groups,
        )
    _OURS[child.pid] = (" ".join(command), child)
    return child.pid


def _for_us_alone(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def keep_log_small(log_file: Path) -> None:
    """Set a large log aside as ``NAME.1``; the one before that is dropped."""
    if log_file.exists() and log_file.stat().st_size > LOG_KEPT_BYTES:
        log_file.replace(log_file.with_name(log_file.name + ".1"))


def tail(log_file: Path) -> str:
    """The last lines of a log, for an error message."""
    if not log_file.exists():
        return ""
    return "\n".join(log_file.read_text(errors="replace").splitlines()[-TAIL_LINES:])


def command_line(pid: int) -> str | None:
    """The words a process was started with; None when it is over (a zombie is over)."""
    if pid in _OURS:
        line, child = _OURS[pid]
        return line if child.poll() is None else None
    if sys.platform == "linux":
        try:
            state = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2]
            raw = Path(f"/proc/{pid}/cmdline").read_bytes()  # empty while it becomes a program
        except OSError:
            return None
        over = state.split()[0] in ZOMBIE_STATES
        return None if over else raw.replace(b"\0", b" ").decode(errors="replace").strip()
    shown = run(("/bin/ps", "-ww", "-o", "state=,args=", "-p", str(pid)), RunAs(), Path("/"))
    line = shown.stdout.strip()
    return None if not line or line[0] in ZOMBIE_STATES else line


def becomes_ready(
    why_not: Callable[[], str | None], is_running: Callable[[], bool], seconds: float
) -> bool:
    """Ask a server until it says None: True when it is ready, False when it ended. Blocking.

    Raises:
        TimeoutError: it runs, but is not ready in time; the message is its last reason.
    """
    deadline = time.monotonic() + seconds
    while True:
        reason = why_not()
        if reason is None:
            return True
        if not is_running():
            return False
        if time.monotonic() > deadline:
            raise TimeoutError(reason)
        time.sleep(POLL_S)


def wait_until_gone(pid: int, seconds: float) -> bool:
    """Whether the process is over within ``seconds``. Blocking."""
    deadline = time.monotonic() + seconds
    while command_line(pid) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True


def end(pid: int, signals: Sequence[tuple[signal.Signals, float]]) -> bool:
    """Send each signal in turn, waiting its seconds, until the process is over. Blocking."""
    for number, seconds in signals:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return True
        if wait_until_gone(pid, seconds):
            return True
    return False
