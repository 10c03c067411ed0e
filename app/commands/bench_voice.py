"""``parley bench voice``: callers who measure a voice server on this machine."""

from __future__ import annotations

import asyncio
import gc
import json
import signal
from collections.abc import Sequence
from pathlib import Path

import typer

from app.bench.pace import window_us
from app.bench.voice_bench import Mode, VoicePlan, bench_voice
from app.bench.voice_row import table
from app.commands.telling import errors_told
from app.logs import configure_logs
from core.errors import InvalidInputError


def run_bench_voice(plan: VoicePlan, json_file: Path | None) -> None:
    """Measure and print a table."""
    with errors_told():
        _can_write(json_file)
        configure_logs("WARNING")
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # our servers end with us
        gc.collect()
        gc.freeze()
        gc.disable()  # a look at everything would make all callers late; what is kept is kept
        before_us = window_us()
        rows = asyncio.run(bench_voice(plan, lambda line: typer.echo(line, err=True)))
        after_us = window_us()
        typer.echo("\n".join(table(rows)))
        typer.echo(
            f"One window of Silero alone took {before_us:.0f} us before the run and "
            f"{after_us:.0f} us after it: compare processor times only as far as these agree."
        )
        if json_file is not None:
            found = {
                "rows": [row.to_json() for row in rows],
                "silero_window_us": [before_us, after_us],
            }
            json_file.write_text(json.dumps(found, indent=1), encoding="utf-8")


def _can_write(path: Path | None) -> None:
    """Raises InvalidInputError: the figures of a long run could not be written there."""
    if path is not None and (path.is_dir() or not path.resolve().parent.is_dir()):
        raise InvalidInputError(f"{path} cannot be written: there is no such folder.", field="json")


def modes_of(names: Sequence[str]) -> tuple[Mode, ...]:
    """The modes by their names; all of them for "all".

    Raises:
        InvalidInputError: there is no such mode.
    """
    if list(names) == ["all"]:
        return tuple(Mode)
    try:
        return tuple(Mode(name) for name in names)
    except ValueError:
        known = ", ".join(Mode)
        raise InvalidInputError(
            f"{' '.join(names)}: the modes are {known}, or all.", field="modes"
        ) from None


def numbers_of(text: str) -> tuple[int, ...]:
    """How many calls in each step of a ramp, as in "1,10,25".

    Raises:
        InvalidInputError: they are no such numbers.
    """
    try:
        numbers = tuple(int(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if not numbers or min(numbers) < 1:
        raise InvalidInputError(f"{text!r}: write numbers of calls as in 1,10,25.", field="calls")
    return numbers
