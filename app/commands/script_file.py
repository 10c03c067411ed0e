"""Script files of operators: read, and checked with the file named in every fault."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agents.script import Script
from agents.script_loader import load_script
from core.errors import InvalidInputError

SUFFIXES: Final = frozenset({".yaml", ".yml"})


@dataclass(frozen=True, slots=True)
class CheckedScript:
    """A script without faults. ``text``: the YAML of a file; None for one on the shelf."""

    script: Script
    text: str | None


def is_file_name(path: Path) -> bool:
    """Whether the operator means a file, rather than a script's name."""
    return path.suffix in SUFFIXES or path.is_file()


def text_of(path: Path) -> str:
    """The text of a script file. Raises InvalidInputError."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise InvalidInputError(
            f"The script file {path} cannot be read: {reason}.", field="script"
        ) from None


def check_file(path: Path) -> tuple[Script, str]:
    """The script in a file, and its text.

    Raises:
        InvalidInputError: naming the file, and every fault by line and key.
    """
    text = text_of(path)
    try:
        return load_script(text), text
    except InvalidInputError as error:
        raise InvalidInputError(f"{path}: {error}", field=error.field) from None
