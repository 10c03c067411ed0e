"""The book of turns: once, whole, in line, and only by the process that holds the call."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import StatementError

from core.call import EndReason, Outcome
from core.effects import EffectTool, Json
from core.errors import NotFoundError, RefusedError
from core.speech import Heard, TurnKind
from core.usage import Usage
from graph.ports import EffectOutcome, TurnBook
from tests.integration.db.scene import NOON, Desk, booking, effect, record, refused_record

TUESDAY_TEN = NOON + timedelta(hours=22)


async def test_a_turn_is_written_whole(desk: Desk) -> None:
    card = await desk.talking()
    wanted = booking(card, 2, TUESDAY_TEN)
    outcomes = await desk.turns().commit(card.call_id, record(2, wanted), None, None)
    assert outcomes == [EffectOutcome(wanted.key, done=True)]
    assert await desk.rows("SELECT number, agent, stage, intent FROM turns") == [
        (2, "scheduler", "booking", "yes")
    ]
    assert await desk.rows("SELECT from_agent, to_agent FROM agent_transitions") == [
        ("qualification", "scheduler")
    ]
    assert (await desk.shown(card))["transitions"][0]["reason"] == "agreed"
    assert await desk.rows("SELECT status, reason FROM effects") == [("done", "")]
    # 1234 tokens at 0.10 USD per million; 23 characters at 0.05 USD per thousand.
    assert await desk.rows("SELECT sku, turn, micros FROM usage_events ORDER BY sku") == [
        ("llm/x", 2, 123),
        ("tts/y", 2, 1150),
    ]
    assert await desk.rows("SELECT starts_at, value_micros, status FROM bookings") == [
        (TUESDAY_TEN, 2_500_000, "confirmed")
    ]
    assert await desk.rows("SELECT kind FROM events ORDER BY id") == [
        ("call_opened",),
        ("appointment_booked",),
    ]


async def test_the_same_turn_again_returns_the_first_outcome(desk: Desk) -> None:
    card = await desk.talking()
    wanted = booking(card, 1, TUESDAY_TEN)
    first = await desk.turns().commit(card.call_id, record(1, wanted), None, None)
    again = await desk.turns().commit(card.call_id, record(1, wanted, said="other"), None, None)
    assert again == first
    for table in ("turns", "effects", "bookings"):
        assert await desk.rows(f"SELECT count(*) FROM {table}") == [(1,)]
    assert await desk.rows("SELECT count(*) FROM usage_events") == [(2,)]


async def test_rival_commits_of_one_turn_write_it_once(desk: Desk) -> None:
    card = await desk.talking()
    wanted = booking(card, 1, TUESDAY_TEN)
    async with asyncio.TaskGroup() as rivals:
        tasks = [
            rivals.create_task(
                desk.turns().commit(card.call_id, record(1, wanted), None, None), name=f"rival {i}"
            )
            for i in range(4)
        ]
    assert {tuple(task.result()) for task in tasks} == {(EffectOutcome(wanted.key, done=True),)}
    assert await desk.rows("SELECT count(*) FROM turns") == [(1,)]
    assert await desk.rows("SELECT count(*) FROM bookings") == [(1,)]


async def test_rival_bookings_of_one_slot_have_one_winner(desk: Desk) -> None:
    cards = [await desk.talking(f"CA{i}") for i in range(4)]
    async with asyncio.TaskGroup() as rivals:
        tasks = [
            rivals.create_task(
                desk.turns().commit(
                    card.call_id,
                    record(1, booking(card, 1, TUESDAY_TEN + timedelta(minutes=10 * i))),
                    refused_record(1),
                    None,
                ),
                name=f"rival {i}",
            )
            for i, card in enumerate(cards)
        ]
    outcomes = [outcome for task in tasks for outcome in task.result()]
    assert sorted((outcome.done, outcome.reason) for outcome in outcomes) == [
        (False, "slot_taken"),
        (False, "slot_taken"),
        (False, "slot_taken"),
        (True, ""),
    ]
    assert await desk.rows("SELECT count(*) FROM bookings") == [(1,)]
    assert await desk.rows("SELECT count(*) FROM turns") == [(4,)]


async def test_bookings_end_to_end_do_not_overlap(desk: Desk) -> None:
    card = await desk.talking()
    book = desk.turns()
    for number in (1, 2):
        at = TUESDAY_TEN + timedelta(minutes=45 * number)
        (outcome,) = await book.commit(
            card.call_id, record(number, booking(card, number, at)), None, None
        )
        assert outcome.done


async def test_a_refused_effect_takes_the_others_with_it(desk: Desk) -> None:
    first, second = await desk.talking("CA1"), await desk.talking("CA2")
    book = desk.turns()
    await book.commit(first.call_id, record(1, booking(first, 1, TUESDAY_TEN)), None, None)
    later = effect(second, 1, EffectTool.REQUEST_CALLBACK, due_at=None, wording="some day")
    taken = booking(second, 1, TUESDAY_TEN)
    outcomes = await book.commit(
        second.call_id, record(1, later, taken), refused_record(1), Heard(9, "", "", 0)
    )
    assert outcomes == [
        EffectOutcome(later.key, done=False, reason="another_was_refused"),
        EffectOutcome(taken.key, done=False, reason="slot_taken"),
    ]
    assert await desk.rows("SELECT count(*) FROM callbacks") == [(0,)]
    assert await desk.rows("SELECT kind FROM events WHERE kind = 'callback_requested'") == []
    shown = await desk.shown(second)
    (turn,) = shown["turns"]
    assert turn["reply"] == "I am sorry, that time has just gone."
    assert await book.commit(second.call_id, record(1, later, taken), None, None) == outcomes


async def test_without_a_second_text_the_turn_is_written_as_it_is(desk: Desk) -> None:
    card = await desk.talking()
    past = booking(card, 1, NOON - timedelta(minutes=1))
    outcomes = await desk.turns().commit(card.call_id, record(1, past), None, None)
    assert outcomes == [EffectOutcome(past.key, done=False, reason="in_the_past")]
    assert await desk.rows("SELECT count(*) FROM turns") == [(1,)]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"starts_at": "tomorrow"}, "bad_arguments"),
        ({"starts_at": "2026-11-24T10:00:00"}, "bad_arguments"),
        ({"starts_at": None}, "bad_arguments"),
        ({"minutes": 0}, "bad_arguments"),
        ({"minutes": True}, "bad_arguments"),
        ({"minutes": "45"}, "bad_arguments"),
        ({"value_micros": -1}, "bad_arguments"),
        ({"value_micros": "much"}, "bad_arguments"),
        ({"starts_at": NOON.isoformat()}, "in_the_past"),
    ],
)
async def test_what_cannot_be_booked(desk: Desk, change: dict[str, Json], reason: str) -> None:
    card = await desk.talking()
    arguments: dict[str, Json] = {
        "starts_at": TUESDAY_TEN.isoformat(),
        "minutes": 45,
        "name": None,
        **change,
    }
    wanted = effect(card, 1, EffectTool.BOOK_APPOINTMENT, **arguments)
    (outcome,) = await desk.turns().commit(card.call_id, record(1, wanted), None, None)
    assert (outcome.done, outcome.reason) == (False, reason)


async def test_callbacks_and_opt_outs(desk: Desk) -> None:
    card = await desk.talking()
    due = effect(
        card, 1, EffectTool.REQUEST_CALLBACK, due_at=TUESDAY_TEN.isoformat(), wording="at ten"
    )
    past = effect(card, 2, EffectTool.REQUEST_CALLBACK, due_at=NOON.isoformat(), wording="now")
    leave = effect(card, 3, EffectTool.OPT_OUT, wording="never ring me again")
    book = desk.turns()
    assert (await book.commit(card.call_id, record(1, due), None, None))[0].done
    (refused,) = await book.commit(card.call_id, record(2, past), None, None)
    assert refused.reason == "in_the_past"
    assert card.theirs is not None
    assert not await desk.brands.is_suppressed(card.brand, card.theirs)
    assert (await book.commit(card.call_id, record(3, leave), None, None))[0].done
    assert await desk.brands.is_suppressed(card.brand, card.theirs)
    assert await desk.rows("SELECT kind FROM events ORDER BY id") == [
        ("call_opened",),
        ("callback_requested",),
        ("opted_out",),
    ]


async def test_the_same_key_twice_in_a_turn_is_one_effect(desk: Desk) -> None:
    card = await desk.talking()
    wanted = booking(card, 1, TUESDAY_TEN)
    outcomes = await desk.turns().commit(card.call_id, record(1, wanted, wanted), None, None)
    assert outcomes == [EffectOutcome(wanted.key, done=True)]


async def test_a_failure_on_the_way_leaves_nothing(desk: Desk) -> None:
    card = await desk.talking()
    good = record(1, booking(card, 1, TUESDAY_TEN))
    fault = Usage("llm/x", "no unit", 1)  # type: ignore[arg-type]  # what no column takes
    bad = replace(good, result=replace(good.result, usage=(fault,)))
    with pytest.raises(StatementError, match="no unit"):
        await desk.turns().commit(card.call_id, bad, None, None)
    for table in ("turns", "effects", "bookings", "usage_events", "agent_transitions"):
        assert await desk.rows(f"SELECT count(*) FROM {table}") == [(0,)]
    assert await desk.rows("SELECT kind FROM events") == [("call_opened",)]


async def test_a_cancelled_commit_is_whole_or_nothing(desk: Desk) -> None:
    card = await desk.talking()
    wanted = record(1, booking(card, 1, TUESDAY_TEN))
    for steps in range(0, 60, 3):
        async with asyncio.TaskGroup() as group:
            task = group.create_task(
                desk.turns().commit(card.call_id, wanted, None, None), name="commit"
            )
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
        (turns,), (bookings,) = [
            (await desk.rows(f"SELECT count(*) FROM {table}"))[0] for table in ("turns", "bookings")
        ]
        assert turns == bookings
    assert (await desk.turns().commit(card.call_id, wanted, None, None))[0].done


async def test_what_was_heard_completes_its_turn(desk: Desk) -> None:
    card = await desk.talking()
    book = desk.turns()
    await book.commit(card.call_id, record(1), None, None)
    await book.commit(card.call_id, record(2), None, Heard(1, "Lovely,", " you are booked.", 600))
    assert await desk.rows("SELECT number, heard_ms FROM turns ORDER BY number") == [
        (1, 600),
        (2, None),
    ]
    for _ in range(2):
        await book.close(
            card.call_id, Heard(2, "all", "", 900), Outcome.COMPLETED, EndReason.CALLER_HUNG_UP
        )
    assert await desk.rows("SELECT heard_ms FROM turns WHERE number = 2") == [(900,)]
    shown = await desk.shown(card)
    assert [turn["heard"] for turn in shown["turns"]] == ["Lovely,", "all"]
    assert (shown["state"], shown["outcome"]) == ("talking", "completed")


async def test_a_resumed_conversation_finds_its_turns(desk: Desk) -> None:
    card = await desk.talking()
    book: TurnBook = desk.turns()
    for number in (1, 2, 3):
        await book.commit(card.call_id, record(number, said=f"said {number}"), None, None)
    after = await book.turns_after(card.call_id, 1)
    assert [turn.number for turn in after] == [2, 3]
    assert after[0].state_change == {"number": 2, "messages": [{"text": "said 2"}]}
    assert await book.turns_after(card.call_id, 3) == []


async def test_nothing_is_committed_to_a_call_that_is_over(desk: Desk) -> None:
    card = await desk.talking()
    book = desk.turns()
    first = await book.commit(card.call_id, record(1), None, None)
    await desk.log().ended(card.call_id, EndReason.AGENT_HUNG_UP, Outcome.COMPLETED, None)
    with pytest.raises(RefusedError) as refused:
        await book.commit(card.call_id, record(2), None, None)
    assert refused.value.code == "CALL_ENDED"
    assert await book.commit(card.call_id, record(1), None, None) == first
    await book.close(card.call_id, None, Outcome.FAILED, EndReason.STREAM_LOST)
    assert await desk.rows("SELECT outcome, end_reason FROM calls") == [
        ("completed", "agent_hung_up")
    ]


async def test_a_process_that_lost_the_lease_commits_nothing(desk: Desk) -> None:
    card = await desk.talking()
    desk.clock.move(timedelta(seconds=31))
    await desk.log("two").opened(card, ["espeak"])
    with pytest.raises(RefusedError) as refused:
        await desk.turns("one").commit(card.call_id, record(1), None, None)
    assert refused.value.code == "LEASE_LOST"
    await desk.turns("two").commit(card.call_id, record(1), None, None)
    assert await desk.rows("SELECT lease_fence FROM calls") == [(2,)]


async def test_a_turn_of_no_call(desk: Desk) -> None:
    card = desk.card()
    with pytest.raises(NotFoundError):
        await desk.turns().commit(card.call_id, record(1), None, None)
    with pytest.raises(NotFoundError):
        await desk.turns().close(card.call_id, None, Outcome.FAILED, EndReason.STREAM_LOST)


async def test_an_operators_words_are_no_callers(desk: Desk) -> None:
    card = await desk.talking()
    said = record(1, said="One moment, please.")
    turn = replace(said.turn, kind=TurnKind.OPERATOR)
    await desk.turns().commit(card.call_id, replace(said, turn=turn), None, None)
    row = (await desk.shown(card))["turns"][0]
    assert (row["kind"], row["caller_said"], row["language"]) == ("operator", "", None)
