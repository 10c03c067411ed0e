"""Tables on a screen or in a file: a column that names things is never cut."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from rich.console import Console
from rich.table import Table

WIDE: Final = 200  # columns of a line for a file or a program; wider than any row


def show_table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print ``rows`` under ``names``; where a terminal is narrow, all but the first column wrap."""
    table = Table(box=None, pad_edge=False)
    whole = list(rows)
    for at, name in enumerate(names):
        longest = max((len(row[at]) for row in whole), default=0)
        table.add_column(name, no_wrap=at == 0, min_width=longest if at == 0 else None)
    for row in whole:
        table.add_row(*row)
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDE)
    console.print(table)
