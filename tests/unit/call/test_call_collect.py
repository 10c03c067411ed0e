"""From two accounts of a call to one result, and the verdict on it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from app.call import latency
from app.call.collect import collect
from app.call.result import CallResult, Parts, Span
from app.call.spoken_time import SpokenTime
from core.call import Outcome
from tests.unit.call.played_calls import played, result, seen_call, seen_turn, timing

KEYS = {
    *("outcome", "booked_at", "greeting_ms", "turns", "barge_in_ms", "cost", "recording"),
    *("call_sid", "engines", "scenario", "title", "direction", "seconds", "expected"),
    *("problems", "reason", "brand", "script", "started_at", "agreed", "bookings", "transitions"),
}
TURN_KEYS = {
    *("number", "caller_said", "heard", "agent", "stage", "reply", "heard_of_reply", "unheard"),
    *("v2v_ms", "parts", "intent", "tools", "cost_micros", "caller", "spoken", "interrupted"),
    *("confidence", "language", "language_probability", "model", "faults"),
}


def test_the_result_joins_what_was_said_with_what_was_heard() -> None:
    call = result()
    assert [turn.caller_said for turn in call.turns] == ["", "Yes, speaking.", "Now!"]
    assert [turn.heard for turn in call.turns] == ["", "yes speaking", "now"]
    assert [turn.v2v_ms for turn in call.turns] == [None, 525, 540]
    assert [turn.interrupted for turn in call.turns] == [False, True, False]
    assert call.turns[0].spoken == [Span(from_ms=600, to_ms=1500), Span(from_ms=1900, to_ms=2500)]
    assert call.turns[1].parts == Parts(
        endpointing_ms=400, transcript_ms=60, brain_ms=10, voice_ms=20, send_ms=5, played_ms=30
    )
    assert call.booked_at == datetime(2026, 11, 24, 10, tzinfo=UTC)
    assert call.cost.total_usd == pytest.approx(0.0205)
    assert call.succeeded
    assert call.problems == []


def test_the_json_has_its_shape() -> None:
    data = json.loads(result().model_dump_json())
    assert set(data) == KEYS
    assert all(set(turn) == TURN_KEYS for turn in data["turns"])
    assert set(data["cost"]) == {"total_usd", "lines"}
    assert data["outcome"] == "booked"
    assert CallResult.model_validate(data) == result()


@pytest.mark.parametrize(
    ("line", "server", "problem"),
    [
        ({}, {"outcome": "callback"}, "ended as callback, not as booked"),
        (
            {"agreed": SpokenTime(date(2026, 12, 1), 600)},
            {},
            "Booked for Tuesday 24 November 10:00, but the caller agreed to Tuesday 01 December",
        ),
        ({"agreed": None}, {}, "the caller agreed to no time"),
        ({}, {"outcome": None}, "no outcome"),
        ({"failure": "The server ended with code 9."}, {}, "The server ended with code 9."),
        (
            {},
            {"callbacks": [{"due_at": "2026-11-24T14:00:00Z", "wording": "at two"}]},
            "Callback for Tuesday 24 November 14:00",
        ),
        ({}, {"turns": [seen_turn(1, kind="opening")]}, "The agent was not interrupted."),
    ],
)
def test_what_is_not_as_the_scenario_says(
    line: dict[str, object], server: dict[str, object], problem: str
) -> None:
    call = collect(played(**line), seen_call(**server))
    assert any(problem in found for found in call.problems)
    assert not call.succeeded


def test_a_failed_call_is_failed_whatever_the_server_says() -> None:
    assert collect(played(failure="gone"), seen_call()).outcome is Outcome.FAILED
    lost = collect(played(failure="gone"), None)
    assert (lost.outcome, lost.turns, lost.reason) == (Outcome.FAILED, [], "gone")


def test_recordings_expect_nothing() -> None:
    call = collect(played(expected=None), seen_call(outcome="completed", bookings=[]))
    assert call.succeeded
    assert call.expected is None


def test_two_lines_can_be_one_turn_and_silence_takes_none() -> None:
    turns = [
        seen_turn(1, kind="opening"),
        seen_turn(2, kind="silence", timing=timing(2600)),
        seen_turn(3, timing=timing(6950)),
    ]
    call = collect(played(), seen_call(turns=turns))
    assert [turn.caller_said for turn in call.turns] == ["", "", "Yes, speaking. Now!"]


def test_a_turn_without_timing_takes_the_next_line() -> None:
    turns = [seen_turn(1, kind="opening"), seen_turn(2), seen_turn(3)]
    call = collect(played(), seen_call(turns=turns))
    assert [turn.caller_said for turn in call.turns] == ["", "Yes, speaking.", "Now!"]
    assert latency.stages(call.turns[1]) == ()


def test_the_latency_table() -> None:
    rows = {row.name: row for row in latency.table(result().turns)}
    assert (rows["Endpointing"].p50_ms, rows["Endpointing"].worst_ms) == (408, 415)
    assert rows["Played"].worst_ms == 30
    assert (rows["Voice to voice"].p50_ms, rows["Voice to voice"].worst_ms) == (532, 540)
    assert latency.v2v_p50_ms(result().turns) == 532
    assert latency.v2v_p50_ms([]) is None
    assert latency.table([])[0].count == 0


def test_the_stages_of_a_turn_add_up() -> None:
    for turn in result().turns[1:]:
        assert sum(stage.ms for stage in latency.stages(turn)) == turn.v2v_ms


def test_the_stages_of_an_answer_prepared_ahead_add_up_too() -> None:
    ahead = {"transcript_ms": 4100, "first_clause_ms": 4110, "first_audio_ms": 4120}
    sent = {"decided_ms": 4300, "first_sent_ms": 4301, "first_played_ms": 4331}
    turn = seen_turn(2, timing={"speech_end_ms": 3900, **ahead, **sent})
    call = collect(played(), seen_call(turns=[seen_turn(1, kind="opening"), turn]))
    answer = call.turns[1]
    assert answer.v2v_ms is not None
    parts = answer.parts
    assert (parts.transcript_ms, parts.brain_ms, parts.voice_ms) == (0, 0, 0)
    assert (parts.send_ms, parts.played_ms) == (1, 30)
    assert parts.ahead == ["transcript", "brain", "voice"]
    assert sum(stage.ms for stage in latency.stages(answer)) == answer.v2v_ms
    rows = {row.name: row for row in latency.table(call.turns)}
    assert rows["Voice"].meaning == "until the first sound of it; ahead in 1 of 1"
