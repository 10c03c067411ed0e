"""One place reads the environment, and ``.env.example`` names all that it reads."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest

from app.settings import ENVIRONMENT_NAMES

ROOT: Final = Path(__file__).resolve().parents[2]
PROJECT: Final[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES: Final[list[str]] = PROJECT["tool"]["importlinter"]["root_packages"]
MODULES: Final = sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))

MAY_TOUCH_IT: Final = {
    "app/settings.py": "reads it, once",
    "app/__init__.py": "sets switches of libraries before their first import, reads none",
    "app/call/house.py": "hands it on, unread, to the server that it starts",
}
DOORS: Final = {"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"}


def touches_environment(source: str) -> list[int]:
    """The lines that reach for the process environment."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in DOORS:
            found.append(node.lineno)
        elif isinstance(node, ast.ImportFrom) and node.module == "os":
            found += [node.lineno for alias in node.names if alias.name in DOORS]
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_settings_read_the_environment(path: Path) -> None:
    name = str(path.relative_to(ROOT))
    assert name in MAY_TOUCH_IT or touches_environment(path.read_text()) == []


def test_no_exception_outlives_its_reason() -> None:
    for name in MAY_TOUCH_IT:
        assert touches_environment((ROOT / name).read_text()), f"{name} needs no exception"


@pytest.mark.parametrize(
    "planted",
    ["import os\nos.environ['A']", "import os\nos.getenv('A')", "\nfrom os import environ"],
)
def test_a_planted_read_is_found(planted: str) -> None:
    assert touches_environment(planted) == [2]


def test_the_example_file_names_every_setting_and_no_other() -> None:
    example = (ROOT / ".env.example").read_text()
    named = re.findall(r"^#?\s?([A-Z][A-Z0-9_]+)=", example, re.M)
    assert sorted(named) == sorted(ENVIRONMENT_NAMES)


def test_the_example_file_holds_no_secret() -> None:
    example = (ROOT / ".env.example").read_text()
    for name, value in re.findall(r"^#?\s?([A-Z][A-Z0-9_]+)=(.*)$", example, re.M):
        if re.search(r"TOKEN|KEY|SECRET|PASSWORD", name):
            assert not re.search(r"[A-Za-z0-9+/]{20,}", value), f"{name} looks real"
