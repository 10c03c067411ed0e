"""Remedies name commands that a user has: there is no pip in .venv, and none in the image."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
SAYS = [
    *sorted((ROOT / "app/doctor").glob("*.py")),
    *(ROOT / "voice" / name for name in ("vad.py", "providers/tts_espeak.py")),
]
PIP = re.compile(r"(?<!uv )\bpip install")


@pytest.mark.parametrize("path", SAYS, ids=lambda path: path.name)
def test_no_remedy_wants_pip(path: Path) -> None:
    texts = [
        node.value
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    assert [text for text in texts if PIP.search(text) or "cudnn" in text.lower()] == []


def test_a_planted_one_is_found() -> None:
    assert PIP.search("Run: pip install x")
    assert not PIP.search("Run: uv pip install x")
