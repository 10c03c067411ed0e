"""What the embedded servers have in common as programs: awaited, ended, and told of when not."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.embedded_process import becomes_ready, end, tail
from core.errors import ProviderError


@dataclass(frozen=True, slots=True)
class Program:
    """One server's program. All methods block.

    ``start_s``: how long it may take to answer; ``stopping``: the signals that end it in order,
    each with the seconds that it is given.
    """

    name: str
    log: Path
    start_s: float
    stopping: Sequence[tuple[signal.Signals, float]]

    def becomes_ready(
        self, pid: int, why_not: Callable[[], str | None], is_running: Callable[[int], bool]
    ) -> bool:
        """Ask the server until ``why_not`` says None: True when it is ready, False when it ended.

        Raises:
            ProviderError: it runs, but does not answer.
        """
        try:
            return becomes_ready(why_not, lambda: is_running(pid), self.start_s)
        except TimeoutError as error:
            raise ProviderError(
                self.name, f"the server (pid {pid}) does not answer: {error}", retryable=True
            ) from error

    def stop(self, pid: int) -> None:
        """End the server in order. Raises ProviderError: it does not end."""
        if not end(pid, self.stopping):
            raise ProviderError(
                self.name, f"the server (pid {pid}) does not stop.", retryable=False
            )

    def ended_early(self) -> ProviderError:
        """Of a server that ended while it started: with the end of its log."""
        return ProviderError(
            self.name,
            f"the server ended while it started. {self.log} says:\n{tail(self.log)}",
            retryable=True,
        )

    def belongs_elsewhere(self, what: str) -> ProviderError:
        """Of a server that answers, but is none of the processes here. ``what``: what it has."""
        return ProviderError(
            self.name,
            f"{what} a server that this process cannot see (in another container?). Give each "
            "container a data directory of its own.",
            retryable=False,
        )
