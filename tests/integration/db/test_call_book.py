"""The book of calls: webhooks that come twice, reports that come late, and who ends what."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from itertools import permutations
from uuid import uuid4

import pytest

from api.services import CallRegister, CallViews, StatusReport
from campaigns.ports import AttemptBook
from compliance.gate import DialRequest, NumberClass, NumberFacts, permit_or_refuse
from compliance.permit import DialPermit
from core.call import CallCue, EndReason, Outcome
from core.card import CallCard
from core.errors import NotFoundError, RefusedError
from core.ids import CallId, CallSid
from core.phone import PhoneNumber
from db.seed import DEMO_NUMBER
from tests.integration.db.scene import CALLER, NOON, Desk, record

SID = CallSid("CA" + "0" * 31 + "1")


def says(
    sid: CallSid,
    call_id: CallId | None,
    sequence: int,
    status: str,
    cue: CallCue,
    reason: EndReason | None = None,
    at: datetime = NOON,
) -> StatusReport:
    """What the carrier says."""
    return StatusReport(sid, call_id, sequence, status, cue, reason, at)


def permit() -> DialPermit:
    facts = NumberFacts(CALLER, NumberClass.MOBILE, "GB")
    verdict = permit_or_refuse(
        DialRequest(facts, own_numbers=frozenset({CALLER}), suppressed=False, at=NOON)
    )
    assert isinstance(verdict, DialPermit)
    return verdict


async def state(desk: Desk) -> list[tuple[object, ...]]:
    return await desk.rows("SELECT state, outcome, end_reason FROM calls")


async def placed(desk: Desk) -> CallCard:
    card = desk.card(sid=None)
    await desk.calls.opened(card, permit())
    return card


def test_the_book_fits_its_ports(desk: Desk) -> None:
    book = desk.calls
    register: CallRegister = book
    attempts: AttemptBook = book
    views: CallViews = desk.views
    assert all((register, attempts, views))


async def test_an_outbound_call_from_attempt_to_end(desk: Desk) -> None:
    card = await placed(desk)
    await desk.calls.opened(card, permit())
    assert await desk.rows("SELECT state, permit_basis FROM calls") == [("queued", "own_number")]
    await desk.calls.placed(card.call_id, SID)
    assert (await desk.calls.name(card.call_id, SID)).call_sid == SID
    for sequence, (status, cue) in enumerate(
        [
            ("initiated", CallCue.PLACED),
            ("ringing", CallCue.RANG),
            ("in-progress", CallCue.ANSWERED),
        ]
    ):
        await desk.calls.follow(says(SID, card.call_id, sequence, status, cue))
    assert await state(desk) == [("talking", None, None)]
    await desk.log().opened(card, ["espeak"])
    stored = await desk.calls.card(card.call_id)
    assert stored.variables == {"lead_name": "Eleanor Pemberton"}
    assert (stored.ours, stored.theirs) == (DEMO_NUMBER, CALLER)


async def test_reports_in_any_order_and_twice_end_the_same(desk: Desk) -> None:
    cues = [
        ("initiated", CallCue.PLACED),
        ("ringing", CallCue.RANG),
        ("no-answer", CallCue.ENDED),
    ]
    for number, order in enumerate(permutations(range(3))):
        sid = CallSid(f"CA{number}")
        card = desk.card(sid=None)
        await desk.calls.opened(card, permit())
        for sequence in (*order, *order):
            status, cue = cues[sequence]
            why = EndReason.NO_ANSWER if cue is CallCue.ENDED else None
            await desk.calls.follow(says(sid, card.call_id, sequence, status, cue, why))
    assert set(await state(desk)) == {("ended", "no_response", "no_answer")}
    assert await desk.rows("SELECT count(*) FROM status_callbacks") == [(18,)]
    assert await desk.rows("SELECT count(*) FROM events WHERE kind = 'call_ended'") == [(6,)]


async def test_a_refused_attempt_is_over_once(desk: Desk) -> None:
    card = await placed(desk)
    assert not await desk.calls.is_over(card.call_id)
    for _ in range(2):
        await desk.calls.failed(card.call_id, EndReason.CARRIER_FAILED, NOON)
    assert await state(desk) == [("ended", "failed", "carrier_failed")]
    assert await desk.calls.is_over(card.call_id)
    with pytest.raises(RefusedError, match="over"):
        await desk.calls.name(card.call_id, SID)


async def test_an_inbound_webhook_that_comes_twice_is_one_call(desk: Desk) -> None:
    first = await desk.calls.receive(SID, DEMO_NUMBER, CALLER, NOON)
    again = await desk.calls.receive(SID, DEMO_NUMBER, CALLER, NOON + timedelta(seconds=5))
    assert first is not None
    assert again == first
    assert first.script.name == "estate_agency_inbound"
    assert await desk.rows("SELECT state, direction FROM calls") == [("ringing", "inbound")]


async def test_inbound_webhooks_that_race_are_one_call(desk: Desk) -> None:
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(desk.calls.receive(SID, DEMO_NUMBER, None, NOON), name=f"hook {i}")
            for i in range(4)
        ]
    cards = [card for task in tasks if (card := task.result()) is not None]
    assert len(cards) == 4
    assert len({card.call_id for card in cards}) == 1


async def test_a_call_to_a_number_that_is_not_ours(desk: Desk) -> None:
    assert await desk.calls.receive(SID, PhoneNumber("+442079460199"), None, NOON) is None
    assert await desk.rows("SELECT count(*) FROM calls") == [(0,)]


async def test_a_held_call_is_ended_by_its_process(desk: Desk) -> None:
    card = await desk.talking(SID)
    over = says(SID, None, 3, "completed", CallCue.ENDED)
    await desk.calls.follow(over)
    assert await state(desk) == [("talking", None, None)]
    await desk.turns().commit(card.call_id, record(1), None, None)
    await desk.log().ended(card.call_id, EndReason.CALLER_HUNG_UP, Outcome.COMPLETED, "r.wav")
    assert await state(desk) == [("ended", "completed", "caller_hung_up")]


@pytest.mark.parametrize(
    ("seconds", "answered", "reason"),
    [(31, True, "process_died"), (0, True, "stream_lost"), (0, False, "caller_hung_up")],
)
async def test_a_call_that_nobody_holds_is_ended_by_the_carrier(
    desk: Desk, seconds: int, answered: bool, reason: str
) -> None:
    if seconds:
        await desk.talking(SID)
    else:
        await desk.calls.receive(SID, DEMO_NUMBER, CALLER, NOON)
    if answered and not seconds:
        await desk.calls.follow(says(SID, None, 1, "in-progress", CallCue.ANSWERED))
    at = NOON + timedelta(seconds=seconds)
    await desk.calls.follow(says(SID, None, 2, "completed", CallCue.ENDED, None, at))
    assert await state(desk) == [("ended", "failed", reason)]


async def test_another_sid_for_the_same_call_is_refused(desk: Desk) -> None:
    card = await desk.talking(SID)
    other = CallSid("CAother")
    with pytest.raises(RefusedError) as refused:
        await desk.calls.placed(card.call_id, other)
    assert refused.value.code == "CALL_SID_DIFFERS"
    with pytest.raises(RefusedError):
        await desk.calls.follow(says(other, card.call_id, 0, "ringing", CallCue.RANG))


async def test_calls_that_there_are_not(desk: Desk) -> None:
    nobody = CallId(uuid4())
    with pytest.raises(NotFoundError):
        await desk.calls.card(nobody)
    with pytest.raises(NotFoundError):
        await desk.calls.follow(says(SID, None, 0, "ringing", CallCue.RANG))
    with pytest.raises(NotFoundError):
        await desk.calls.name(nobody, SID)
    assert await desk.calls.is_over(nobody)
    assert await desk.views.one(nobody) is None
    assert await desk.views.one(SID) is None
    assert await desk.views.recording(SID) is None
