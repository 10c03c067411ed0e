"""``parley bench``: measures the program's own machinery on this machine."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import typer

from app.bench.graph_turns import Plan, bench_graph
from app.commands.telling import errors_told, settings_of


def run_graph_bench(env_file: Path, plan: Plan, *, own_services: bool, as_json: bool) -> None:
    """Run the bench of the graph and print what it found."""
    with errors_told():
        settings = settings_of(env_file)
        report = asyncio.run(bench_graph(settings, plan, own_services=own_services))
        if as_json:
            typer.echo(json.dumps(report.to_json(), indent=2))
        else:
            typer.echo("\n".join(report.lines()))
