"""Checks and how they are run: side by side, each within its time, told in their order.

What is measured in milliseconds runs after everything else and one at a time, so that no other
check takes its processor. No check can stop another: a time-out or an error becomes a finding.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from app.doctor.finding import Finding, Findings, fail
from core.errors import ParleyError

USUAL_S: Final = 10.0  # a service that takes longer is of no use to a telephone call
ERROR_CHARS: Final = 300
REINSTALL: Final = (
    "Install Parley anew: rm -rf .venv && make setup; with Docker: docker compose build --no-cache"
)
REPORT: Final = "Run 'parley doctor --json' and report what it prints as a fault of Parley."

Run: TypeAlias = Callable[[], Awaitable[Findings]]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to try. ``remedy`` is what to do when it hangs or breaks in a way of its own.

    ``measures``: it takes times of this machine, so nothing else may run meanwhile.
    """

    name: str
    run: Run
    remedy: str
    limit_s: float = USUAL_S
    measures: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Checks under one heading."""

    name: str
    checks: Sequence[Check]


async def perform(groups: Sequence[Group], tell: Callable[[str, Findings], None]) -> None:
    """Run every check; ``tell`` is given each group's findings, in the order of the groups."""
    checks = [check for group in groups for check in group.checks]
    loop = asyncio.get_running_loop()
    answers: dict[int, asyncio.Future[Findings]] = {
        id(check): loop.create_future() for check in checks
    }

    async def answer(check: Check) -> None:
        answers[id(check)].set_result(await findings_of(check))

    async def work() -> None:
        async with asyncio.TaskGroup() as side_by_side:
            for check in checks:
                if not check.measures:
                    side_by_side.create_task(answer(check), name=check.name)
        for check in checks:
            if check.measures:
                await answer(check)

    async with asyncio.TaskGroup() as working:
        working.create_task(work(), name="doctor")
        for group in groups:
            found = [await answers[id(check)] for check in group.checks]
            tell(group.name, [finding for findings in found for finding in findings])


async def findings_of(check: Check) -> Findings:
    """What ``check`` found; its time-out or error as a failure with its remedy."""
    try:
        async with asyncio.timeout(check.limit_s):
            return await check.run()
    except TimeoutError:
        return (_failed(check, f"no answer within {check.limit_s:g} s"),)
    except ParleyError as error:
        return (_failed(check, in_short(error)),)
    except Exception as error:  # noqa: BLE001  whatever a check raises is its answer
        return (_failed(check, f"{type(error).__name__}: {in_short(error)}"),)


def _failed(check: Check, what: str) -> Finding:
    return fail(check.name, what, check.remedy)


def in_short(error: BaseException) -> str:
    """The first line of what an error says, or its kind when it says nothing."""
    lines = str(error).strip().splitlines()
    said = lines[0].strip() if lines else type(error).__name__
    return said if len(said) <= ERROR_CHARS else f"{said[:ERROR_CHARS]}..."
