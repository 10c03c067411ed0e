"""The options that many commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

EnvFile = Annotated[
    Path,
    typer.Option(
        help="Settings are read from the environment, then from this file.", show_default=True
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
ENV_FILE = Path(".env")
