"""The log of live calls: owned by one process, closed when that process is gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from api.services import StatusReport
from core.call import CallCue, EndReason, Outcome
from core.errors import NotFoundError, RefusedError
from core.ids import CallSid
from core.speech import Evidence, MustHear
from core.timing import TurnTiming
from core.usage import Unit, Usage
from tests.integration.db.scene import NOON, Desk, record
from voice.ports import CallLog


async def ends(desk: Desk) -> list[tuple[object, ...]]:
    return await desk.rows("SELECT state, outcome, end_reason FROM calls ORDER BY call_id")


async def test_opened_is_idempotent_and_owned(desk: Desk) -> None:
    log: CallLog = desk.log()
    card = desk.card()
    for _ in range(2):
        await log.opened(card, ["pocketsphinx", "espeak"])
    assert await desk.rows("SELECT state, lease_owner, lease_fence, engines FROM calls") == [
        ("talking", "one", 1, ["pocketsphinx", "espeak"])
    ]
    with pytest.raises(RefusedError) as refused:
        await desk.log("two").opened(card, [])
    assert refused.value.code == "CALL_OWNED"
    await log.ended(card.call_id, EndReason.AGENT_HUNG_UP, Outcome.BOOKED, None)
    with pytest.raises(RefusedError) as over:
        await log.opened(card, [])
    assert over.value.code == "CALL_ENDED"


async def test_the_first_end_stands_and_a_recording_may_follow(desk: Desk) -> None:
    card = await desk.talking()
    log = desk.log()
    desk.clock.move(timedelta(seconds=90))
    await log.ended(card.call_id, EndReason.AGENT_HUNG_UP, Outcome.BOOKED, None)
    await log.ended(card.call_id, EndReason.STREAM_LOST, Outcome.FAILED, "calls/a.wav")
    assert await ends(desk) == [("ended", "booked", "agent_hung_up")]
    assert await desk.views.recording(card.call_id) == "calls/a.wav"
    shown = await desk.shown(card)
    assert (shown["duration_s"], shown["recording"]) == (90.0, True)
    assert await desk.rows("SELECT data FROM events WHERE kind = 'call_ended'") == [
        ({"outcome": "booked", "reason": "agent_hung_up", "brand_id": str(card.brand)},)
    ]
    with pytest.raises(NotFoundError):
        await log.ended(desk.card().call_id, EndReason.STREAM_LOST, Outcome.FAILED, None)


async def test_a_recording_is_forgotten_with_its_file_and_no_other(desk: Desk) -> None:
    cards = [await desk.talking(sid) for sid in ("CA1", "CA2", "CA3")]
    for card in cards:
        await desk.log().ended(
            card.call_id, EndReason.AGENT_HUNG_UP, Outcome.COMPLETED, f"calls/{card.call_sid}.wav"
        )
    await desk.calls.forget_recordings([card.call_id for card in cards[:2]])
    await desk.calls.forget_recordings([])
    kept = [await desk.views.recording(card.call_id) for card in cards]
    assert kept == [None, None, "calls/CA3.wav"]
    assert [(await desk.shown(card))["recording"] for card in cards] == [False, False, True]


async def test_timings_come_before_or_after_the_turn_and_twice(desk: Desk) -> None:
    card = await desk.talking()
    log = desk.log()
    await log.used(card.call_id, (), [TurnTiming(1, 100, first_sent_ms=600)])
    await desk.turns().commit(card.call_id, record(1), None, None)
    await log.used(card.call_id, (), [TurnTiming(1, 100, first_sent_ms=600, first_played_ms=700)])
    shown = await desk.shown(card)
    timing = shown["turns"][0]["timing"]
    assert (timing["v2v_ms"], timing["first_played_ms"], timing["decided_ms"]) == (500, 700, None)
    assert (timing["first_clause_ms"], timing["drafts"]) == (None, 1)
    whole = TurnTiming(1, 100, 300, 310, 280, 350, 600, 700, first_clause_ms=290, drafts=3)
    await log.used(card.call_id, (), [whole])
    stored = (await desk.shown(card))["turns"][0]["timing"]
    assert stored.pop("v2v_ms") == 500
    assert TurnTiming(turn=1, **stored) == whole


async def test_what_was_heard_is_proved_once_a_turn(desk: Desk) -> None:
    card = await desk.talking()
    log = desk.log()
    first = Evidence(1, MustHear.IDENTITY, "e0:31", 3240)
    await log.proved(card.call_id, first)
    await log.proved(card.call_id, replace(first, mark="e9:99", at_ms=9000))
    await log.proved(card.call_id, Evidence(2, MustHear.IDENTITY, "e1:4", 7000))
    await log.proved(card.call_id, Evidence(1, MustHear.AUTOMATED, "e0:31", 3240))
    await desk.log("two").proved(card.call_id, Evidence(1, MustHear.OPT_OUT, "e0:50", 5000))
    assert (await desk.shown(card))["evidence"] == [
        {"turn": 1, "what": "automated", "mark": "e0:31", "at_ms": 3240},
        {"turn": 1, "what": "identity", "mark": "e0:31", "at_ms": 3240},
        {"turn": 2, "what": "identity", "mark": "e1:4", "at_ms": 7000},
    ]
    with pytest.raises(NotFoundError):
        await log.proved(desk.card().call_id, first)


async def test_a_proof_without_a_mark_is_none(desk: Desk) -> None:
    card = await desk.talking()
    with pytest.raises(IntegrityError):
        await desk.log().proved(card.call_id, Evidence(1, MustHear.AUTOMATED, "", 3240))
    assert (await desk.shown(card))["evidence"] == []


async def test_what_was_thrown_away_last_is_owed(desk: Desk) -> None:
    card = await desk.talking()
    few = Usage("llm/x", Unit.LLM_INPUT_TOKEN, 20, speculative=True)
    book = desk.turns()
    await book.close(card.call_id, None, Outcome.COMPLETED, EndReason.CALLER_HUNG_UP, [few])
    query = "SELECT quantity, speculative, micros FROM usage_events"
    assert await desk.rows(query) == [(20, True, 2)]


async def test_usage_outside_turns_is_priced_by_sums(desk: Desk) -> None:
    card = await desk.talking()
    log = desk.log()
    # 4 tokens at 0.10 USD per million cost 0.4 micros: nothing each, 2 micros for five of them.
    few = Usage("llm/x", Unit.LLM_INPUT_TOKEN, 4, speculative=True)
    await log.used(card.call_id, [few] * 5)
    await log.used(card.call_id, [Usage("unknown", Unit.CARRIER_MINUTE, 2)])
    await log.used(card.call_id, [])
    with pytest.raises(NotFoundError):
        await log.used(desk.card().call_id, [few])
    query = "SELECT micros, priced_by FROM usage_events WHERE sku = 'unknown'"
    assert await desk.rows(query) == [(None, None)]
    shown = await desk.shown(card)
    assert shown["cost"] == {
        "total_micros": 2,
        "lines": [
            {"sku": "llm/x", "unit": "llm_input_token", "quantity": 20, "micros": 2},
            {"sku": "unknown", "unit": "carrier_minute", "quantity": 2, "micros": None},
        ],
    }


async def test_a_renewed_call_is_no_orphan(desk: Desk) -> None:
    card = await desk.talking()
    log = desk.log()
    for _ in range(4):
        desk.clock.move(timedelta(seconds=20))
        assert await log.renew([card.call_id]) == 1
        assert await log.close_orphans(desk.clock.now()) == []
    assert await desk.log("two").renew([card.call_id]) == 0
    desk.clock.move(timedelta(seconds=30))
    assert await desk.log("two").close_orphans(desk.clock.now()) == [card.call_id]
    assert await ends(desk) == [("ended", "failed", "process_died")]
    assert await log.renew([card.call_id]) == 0


async def test_a_call_without_a_session_is_not_renewed(desk: Desk) -> None:
    held, lost = await desk.talking("CA1"), await desk.talking("CA2")
    log = desk.log()
    desk.clock.move(timedelta(seconds=20))
    assert await log.renew(frozenset({held.call_id})) == 1
    assert await log.renew(frozenset()) == 0
    desk.clock.move(timedelta(seconds=20))
    assert await log.close_orphans(desk.clock.now()) == [lost.call_id]


async def test_a_process_that_lost_the_call_adds_what_it_used_and_nothing_else(desk: Desk) -> None:
    card = await desk.talking()
    desk.clock.move(timedelta(seconds=31))
    await desk.log("two").opened(card, ["espeak"])
    lost = desk.log("one")
    await lost.used(card.call_id, [Usage("llm/x", Unit.LLM_INPUT_TOKEN, 4)])
    await lost.used(card.call_id, (), [TurnTiming(1, 100)])
    await lost.ended(card.call_id, EndReason.STREAM_LOST, Outcome.FAILED, "calls/a.wav")
    await desk.turns("one").close(card.call_id, None, Outcome.FAILED, EndReason.STREAM_LOST)
    assert await desk.rows("SELECT quantity FROM usage_events") == [(4,)], "it is owed"
    assert await desk.rows("SELECT count(*) FROM turn_timings") == [(0,)]
    assert await ends(desk) == [("talking", None, None)]
    await desk.log("two").ended(card.call_id, EndReason.CALLER_HUNG_UP, Outcome.COMPLETED, None)
    assert await ends(desk) == [("ended", "completed", "caller_hung_up")]
    with pytest.raises(NotFoundError):
        await lost.used(desk.card().call_id, (), [TurnTiming(1, 100)])


async def test_a_turn_that_was_written_knows_more_than_the_memory(desk: Desk) -> None:
    first, second = await desk.talking("CA1"), await desk.talking("CA2")
    for card in (first, second):
        await desk.turns().commit(card.call_id, record(1, outcome=Outcome.BOOKED), None, None)
    await desk.turns().close(first.call_id, None, Outcome.FAILED, EndReason.INTERNAL_ERROR)
    await desk.log().ended(first.call_id, EndReason.INTERNAL_ERROR, Outcome.FAILED, None)
    await desk.log().ended(second.call_id, EndReason.INTERNAL_ERROR, Outcome.FAILED, None)
    assert await ends(desk) == [("ended", "booked", "internal_error")] * 2


async def test_an_orphan_keeps_its_committed_turns_and_what_they_came_to(desk: Desk) -> None:
    card = await desk.talking()
    await desk.turns().commit(card.call_id, record(1, outcome=Outcome.CALLBACK), None, None)
    closed = await desk.log("two").close_orphans(NOON, dead_owners={"one"})
    assert closed == [card.call_id]
    assert await ends(desk) == [("ended", "callback", "process_died")]
    assert await desk.rows("SELECT count(*) FROM turns") == [(1,)]
    assert await desk.log("two").close_orphans(NOON, dead_owners={"one"}) == []


async def test_an_orphan_that_had_said_why_it_ends(desk: Desk) -> None:
    card = await desk.talking()
    await desk.turns().close(card.call_id, None, Outcome.BOOKED, EndReason.AGENT_HUNG_UP)
    await desk.log("two").close_orphans(NOON, dead_owners={"one"})
    assert await ends(desk) == [("ended", "booked", "agent_hung_up")]


async def test_calls_that_hang_or_were_forgotten(desk: Desk) -> None:
    hanging = await desk.talking("CA1")
    waiting = await desk.calls.receive(CallSid("CA2"), hanging.ours, None, NOON)
    assert waiting is not None
    log = desk.log()
    over = StatusReport(CallSid("CA1"), None, 3, "completed", CallCue.ENDED, None, NOON)
    await desk.calls.follow(over)
    desk.clock.move(timedelta(seconds=59))
    await log.renew([hanging.call_id])
    assert await log.close_orphans(desk.clock.now()) == []
    desk.clock.move(timedelta(seconds=1))
    assert await log.close_orphans(desk.clock.now()) == [hanging.call_id]
    desk.clock.move(timedelta(minutes=14))
    assert await log.close_orphans(desk.clock.now()) == [waiting.call_id]
    assert await ends(desk) == [
        ("ended", "failed", "stream_lost"),
        ("ended", "failed", "carrier_failed"),
    ]
