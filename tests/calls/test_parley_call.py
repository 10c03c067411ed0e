"""One whole call by the command itself: a real server, real hearing, a booked appointment."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app


@pytest.mark.timeout(180)  # a call lasts as long as it is spoken
def test_a_home_owner_books(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # no .env of the developer's, no files in the tree
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PARLEY_DATA_DIR", str(tmp_path / "data"))
    played = CliRunner().invoke(app, ["call", "booking", "--json", "call.json"])
    assert played.exit_code == 0, played.output
    result = json.loads(Path("call.json").read_text())
    assert result["outcome"] == "booked"
    assert result["booked_at"]
    assert result["problems"] == []
    assert result["greeting_ms"] > 0
    answered = [turn for turn in result["turns"] if turn["caller_said"] and not turn["interrupted"]]
    assert len(answered) >= 6
    assert all(turn["v2v_ms"] for turn in answered)  # a reply that was talked over has none
    assert result["turns"][1]["parts"]["endpointing_ms"] > 0
    assert result["cost"]["total_usd"] > 0
    assert result["engines"]
    assert result["call_sid"].startswith("CA")
    assert "Booked" in played.output
    assert "Booked" in Path("call.html").read_text(encoding="utf-8")
    with wave.open(result["recording"]) as recording:
        assert (recording.getnchannels(), recording.getframerate()) == (2, 8000)
