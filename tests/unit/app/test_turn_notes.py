"""Notes beside a turn: none when all went well, one for each thing that did not."""

from __future__ import annotations

from typing import Any

import pytest

from api.schemas.calls import CallDetail
from app.commands import calls
from app.turn_notes import answer_notes, evidence_note, hearing_notes
from tests.fakes.call_views import ENDED_CALL


@pytest.mark.parametrize(
    ("confidence", "language", "probability", "notes"),
    [
        (0.9, "en", 0.99, ()),
        (0.4, "en", None, ()),
        (0.39, "en", 0.99, ("confidence 0.39",)),
        (0.9, "fr", 0.75, ("language fr (75%)",)),
        (0.9, "fr", 0.2, ()),
        (0.1, "fr", None, ("confidence 0.10", "language fr (100%)")),
        (0.0, None, None, ()),
    ],
)
def test_what_was_heard(
    confidence: float, language: str | None, probability: float | None, notes: tuple[str, ...]
) -> None:
    assert notes == hearing_notes(
        confidence=confidence, language=language, language_probability=probability, floor=0.4
    )


def test_what_was_answered() -> None:
    engines = ["pocketsphinx/en-us", "groq/x", "espeak-ng/1.52"]
    assert answer_notes(model="groq/x", faults=(), engines=engines) == ()
    assert answer_notes(model="", faults=(), engines=engines) == ()
    faults = ["groq/x did not answer within 4 s."]
    assert answer_notes(model="cache", faults=faults, engines=engines) == ("by cache", *faults)


def _shown(capsys: pytest.CaptureFixture[str], **change: Any) -> str:
    turn = ENDED_CALL["turns"][0] | change
    call = ENDED_CALL | {"turns": [turn], "engines": ["ears/1", "script-brain/1", "voice/1"]}
    calls._show_one(CallDetail.model_validate(call), floor=0.4)
    return capsys.readouterr().out


def test_a_call_is_shown_with_its_notes(capsys: pytest.CaptureFixture[str]) -> None:
    shown = _shown(
        capsys,
        caller_said="oui",
        confidence=0.2,
        language="fr",
        language_probability=0.9,
        model="cache",
        faults=["The model was too slow."],
    )
    said, answered = shown.split("caller    oui")[1].split("Hello.")
    assert [line.strip() for line in said.splitlines() if line.strip()] == [
        "confidence 0.20",
        "language fr (90%)",
        "greeting",
    ]
    assert [line.strip() for line in answered.splitlines() if line.strip()][:3] == [
        "heard: identity at 3.2 s (mark e0:31)",
        "by cache",
        "The model was too slow.",
    ]


def test_a_call_in_which_all_went_well_is_shown_without(capsys: pytest.CaptureFixture[str]) -> None:
    shown = _shown(capsys, caller_said="yes", confidence=0.9, language="en")
    assert shown.splitlines()[-7:-2] == [
        "  caller    yes",
        "  greeting  Hello.",
        "            heard: identity at 3.2 s (mark e0:31)",
        "",
        "  Milliseconds from the caller's last sound:",
    ]


def test_an_answer_prepared_ahead_has_its_token_before_the_decision(
    capsys: pytest.CaptureFixture[str],
) -> None:
    timing = ENDED_CALL["turns"][0]["timing"] | {
        "speech_end_ms": 4000,
        "decided_ms": 4300,
        "transcript_ms": 4210,
        "first_token_ms": 4250,
        "first_clause_ms": 4260,
        "first_audio_ms": 4280,
        "first_sent_ms": 4301,
        "first_played_ms": None,
        "drafts": 2,
    }
    table = _shown(capsys, timing=timing).splitlines()[-2:]
    assert table[0].split()[1:-1] == [
        "decided", "transcript", "token", "clause", "audio", "sent", "played"
    ]  # fmt: skip
    assert table[1].split() == ["1", "+300", "+210", "+250", "+260", "+280", "+301", "-", "2"]


def test_a_turn_without_timings_has_no_waterfall(capsys: pytest.CaptureFixture[str]) -> None:
    assert "Milliseconds" not in _shown(capsys, timing=None)


def test_a_proof_tells_its_witness() -> None:
    assert evidence_note(what="opt_out", mark="e0:50", at_ms=960) == (
        "heard: opt_out at 1.0 s (mark e0:50)"
    )
