"""Rule: whoever catches a cancellation passes it on."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
PROJECT: Final[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES: Final[list[str]] = PROJECT["tool"]["importlinter"]["root_packages"]
MODULES: Final = sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))

CATCHES_CANCELLATION: Final = {"CancelledError", "BaseException"}


def swallowed_cancellations(source: str) -> list[int]:
    """The lines at which a cancellation could get lost."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ExceptHandler):
            caught = node.type is None or _names(node.type) & CATCHES_CANCELLATION
            if caught and not _ends_in_bare_raise(node.body):
                found.append(node.lineno)
        elif isinstance(node, ast.Call) and "suppress" in _names(node.func):
            found += [node.lineno for each in node.args if _names(each) & CATCHES_CANCELLATION]
    return sorted(found)


def _ends_in_bare_raise(body: list[ast.stmt]) -> bool:
    last = body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def _names(node: ast.expr) -> set[str]:
    """The last words of a name, a dotted name, or a tuple of them."""
    if isinstance(node, ast.Name):
        return {node.id}
    if isinstance(node, ast.Attribute):
        return {node.attr}
    if isinstance(node, ast.Tuple):
        return {name for element in node.elts for name in _names(element)}
    return set()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_cancellation_is_passed_on(path: Path) -> None:
    assert swallowed_cancellations(path.read_text()) == []


@pytest.mark.parametrize(
    "planted",
    [
        "try: work()\nexcept asyncio.CancelledError: pass",
        "try: work()\nexcept CancelledError: return_()",
        "try: work()\nexcept BaseException as error: log(error)",
        "try: work()\nexcept (ValueError, asyncio.CancelledError): tidy()",
        "try: work()\nexcept: tidy()",
        "try: work()\nexcept asyncio.CancelledError as error: raise error",
        "try: work()\nexcept asyncio.CancelledError: raise Stopped from None",
        "try: work()\nexcept* asyncio.CancelledError: tidy()",
        "try: work()\nexcept BaseException:\n    if mine: raise",
        "\nwith suppress(asyncio.CancelledError): work()",
        "\nwith contextlib.suppress(ValueError, BaseException): work()",
    ],
)
def test_a_planted_swallower_is_found(planted: str) -> None:
    assert swallowed_cancellations(planted) == [2]


@pytest.mark.parametrize(
    "fine",
    [
        "try: work()\nexcept asyncio.CancelledError:\n    tidy()\n    raise",
        "try: work()\nexcept BaseException: raise",
        "try: work()\nexcept ValueError: pass",
        "try: work()\nexcept* OSError: pass",
        "with suppress(ValueError): work()",
        "try: work()\nfinally: tidy()",
    ],
)
def test_handlers_that_pass_it_on_are_left_alone(fine: str) -> None:
    assert swallowed_cancellations(fine) == []
