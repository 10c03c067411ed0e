"""``parley bench serve``: the gateway on engines of known delay, until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import os
from pathlib import Path

import typer

from app.commands.telling import errors_told, settings_of
from core.errors import InvalidInputError


def run_bench_serve(
    env_file: Path,
    port: int,
    delays: tuple[float, float, int, float, float],
    cores: str,
    *,
    own_services: bool,
    ears: str,
    has_turn_model: bool,
    model_apart: bool,
) -> None:
    """Serve; ``delays`` in the order of ``Delays``. Ends with exit code 0 after a signal."""
    with errors_told():
        settings = settings_of(env_file, quiet=False)
        chosen = cores_of(cores)
        gc.disable()  # as in ``parley serve``: what is loaded stays for good
        from app.bench.engines import Delays  # noqa: PLC0415  as said above
        from app.bench.serve import ServePlan, serve_bench  # noqa: PLC0415  as said above

        gc.freeze()
        gc.enable()
        plan = ServePlan(
            port, Delays(*delays), chosen, own_services, ears, has_turn_model, model_apart
        )
        asyncio.run(serve_bench(settings, plan, typer.echo))


def cores_of(text: str) -> frozenset[int]:
    """Processors as people write them: "0" or "0,2".

    Raises:
        InvalidInputError: they are no numbers, or this process may not use them.
    """
    try:
        cores = frozenset(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise InvalidInputError(f"{text!r} names no processors: write 0 or 0,2.") from None
    if not cores:
        return cores
    if not hasattr(os, "sched_setaffinity"):
        raise InvalidInputError("Processes cannot be kept on a processor on this system.")
    allowed = os.sched_getaffinity(0)
    if not cores <= allowed:
        shown = ",".join(str(core) for core in sorted(allowed))
        raise InvalidInputError(f"Processors {text} are not all among those to be had: {shown}.")
    return cores
