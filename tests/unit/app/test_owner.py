"""Owners of calls: a name for each process, and the dead found out."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.owner import own_calls
from tests.fakes.clock import RepeatableEntropy


def test_the_living_are_not_buried(tmp_path: Path) -> None:
    entropy = RepeatableEntropy()
    with own_calls(tmp_path, entropy) as first, own_calls(tmp_path, entropy) as second:
        assert first.name != second.name
        assert first.dead == second.dead == ()
    assert list((tmp_path / "owners").iterdir()) == []


def test_the_dead_are_found_once(tmp_path: Path) -> None:
    (tmp_path / "owners").mkdir()
    (tmp_path / "owners" / "host-1-abcd").touch()  # what a killed process leaves
    entropy = RepeatableEntropy()
    with own_calls(tmp_path, entropy) as first:
        assert first.dead == ("host-1-abcd",)
        with own_calls(tmp_path, entropy) as second:
            assert second.dead == ()


def test_a_name_is_given_back_after_a_fault(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), own_calls(tmp_path, RepeatableEntropy()):
        raise RuntimeError
    assert list((tmp_path / "owners").iterdir()) == []
