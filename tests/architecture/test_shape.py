"""The shape of the tree: every package under contract, every file short and about one thing."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
PROJECT: Final[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES: Final[list[str]] = PROJECT["tool"]["importlinter"]["root_packages"]
MOST_LINES: Final = 300

LONG: Final[dict[str, str]] = {  # path -> why it may be longer, and until when
    "alembic/versions/0001_first_tables.py": "one migration is one step; it is never edited again",
}


def modules(*folders: str) -> list[Path]:
    found = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return sorted(path.relative_to(ROOT) for path in found)


EVERY_MODULE: Final = modules(*PACKAGES, "alembic", "tests")


def test_every_package_is_under_contract() -> None:
    found = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert found == set(PACKAGES)


def test_every_list_of_packages_is_the_same_list() -> None:
    tool = PROJECT["tool"]
    assert set(tool["mypy"]["packages"]) == set(PACKAGES)
    assert set(tool["coverage"]["run"]["source"]) == set(PACKAGES)
    assert {name.rstrip("*") for name in tool["setuptools"]["packages"]["find"]["include"]} == set(
        PACKAGES
    )
    siblings = [c for c in tool["importlinter"]["contracts"] if c["type"] == "acyclic_siblings"]
    assert [set(contract["ancestors"]) for contract in siblings] == [set(PACKAGES)]


def test_every_folder_of_modules_is_a_package() -> None:
    folders = {ROOT / path.parent for path in modules(*PACKAGES)}
    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_migrations_do_not_hide_the_installed_alembic() -> None:
    assert not (ROOT / "alembic/__init__.py").exists()


@pytest.mark.parametrize("path", EVERY_MODULE, ids=str)
def test_a_module_is_short_and_says_what_it_is(path: Path) -> None:
    source = (ROOT / path).read_text()
    tree = ast.parse(source)
    stated = ast.get_docstring(tree) or (path.name == "__init__.py" and not tree.body)
    assert stated, "first line: the one subject of this file"
    lines = source.count("\n")
    assert lines <= MOST_LINES or str(path) in LONG, f"{lines} lines: two subjects; split it"


def test_long_files_are_listed_only_while_they_are_long() -> None:
    for name in LONG:
        assert (ROOT / name).read_text().count("\n") > MOST_LINES, f"{name} is short again"
