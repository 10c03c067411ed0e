"""Rule: money is never a float."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
MONEY: Final = [ROOT / "core/money.py", *sorted((ROOT / "costs").rglob("*.py"))]


def floats(source: str) -> list[str]:
    """Where ``source`` uses a float: its line and what it is."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            found.append(f"{node.lineno}: {node.value}")
        elif isinstance(node, ast.Name) and node.id in ("float", "complex"):
            found.append(f"{node.lineno}: {node.id}")
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names]
            module = node.module if isinstance(node, ast.ImportFrom) else None
            if "math" in (module, *names):
                found.append(f"{node.lineno}: math")
    return found


@pytest.mark.parametrize("path", MONEY, ids=lambda path: str(path.relative_to(ROOT)))
def test_money_is_never_a_float(path: Path) -> None:
    assert floats(path.read_text()) == []


@pytest.mark.parametrize(
    ("planted", "line"),
    [
        ("price = 0.03", "1: 0.03"),
        ("def cost(minutes):\n    return minutes * 1e-6", "2: 1e-06"),
        ("def cost(usd: float) -> int: ...", "1: float"),
        ("x = float(usd)", "1: float"),
        ("x: list[float] = []", "1: float"),
        ("from math import floor", "1: math"),
        ("import math", "1: math"),
    ],
)
def test_a_planted_float_is_found(planted: str, line: str) -> None:
    assert floats(planted) == [line]


@pytest.mark.parametrize(
    "fine", ["x = Decimal('0.03')", "x = 3 * 1_000_000", "x = usd / per", "x = 'float'"]
)
def test_exact_numbers_pass(fine: str) -> None:
    assert floats(fine) == []
