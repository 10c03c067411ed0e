"""Every setting is used by the program, not only read and checked."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from app.settings import Settings

APP = Path(__file__).parents[3] / "app"
TELLING = {*APP.glob("settings*.py"), *APP.glob("doctor/*.py")}  # they only check and show
ASKED_AS = {"base_url": "public_base_url"}  # a field that is asked for by a property


@pytest.fixture(scope="module")
def asked() -> set[str]:
    """Every attribute that the program asks any object for, the settings themselves aside."""
    return {
        node.attr
        for path in APP.rglob("*.py")
        if path not in TELLING
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    }


@pytest.mark.parametrize("name", Settings.model_fields)
def test_a_setting_is_used(name: str, asked: set[str]) -> None:
    assert ASKED_AS.get(name, name) in asked, f"nothing asks for {name}"
