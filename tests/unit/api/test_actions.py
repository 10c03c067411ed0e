"""Actions on live calls: who may, what is understood, how often, and what is answered."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

import httpx

from api.orders import OrderAnswer
from api.rate import RateLimit
from api.services import ORDERS_A_MINUTE
from tests.unit.api.doors import CALL_SID, Doors


async def act(client: httpx.AsyncClient, **asked: Any) -> httpx.Response:
    return await client.post("/api/llm-action", json={"call_sid": CALL_SID, **asked})


async def test_the_end_is_said_in_the_words_given(doors: Doors, manager: httpx.AsyncClient) -> None:
    answer = await act(
        manager, action="end_conversation", reason="booked", message="  Goodbye, Anna. "
    )
    assert answer.status_code == HTTPStatus.OK
    assert answer.json() == {
        "success": True,
        "action": "end_conversation",
        "call_sid": CALL_SID,
        "message": "Taken.",
    }
    assert doors.orders.given == [(CALL_SID, "Goodbye, Anna.", True)]


async def test_without_words_the_script_says_its_farewell(
    doors: Doors, manager: httpx.AsyncClient
) -> None:
    assert (await act(manager, action="end_conversation")).json()["success"] is True
    assert doors.orders.given == [(CALL_SID, "", True)]


async def test_say_needs_words(doors: Doors, manager: httpx.AsyncClient) -> None:
    for message in (None, "", "  ", "... !"):
        told = (await act(manager, action="say", message=message)).json()
        assert told["success"] is False
        assert "needs a message" in told["message"]
    assert doors.orders.given == []
    assert (await act(manager, action="say", message="One moment.")).json()["success"] is True
    assert doors.orders.given == [(CALL_SID, "One moment.", False)]


async def test_a_call_may_go_by_its_id(doors: Doors, manager: httpx.AsyncClient) -> None:
    call_id = UUID(int=7)
    await act(manager, action="say", message="Yes.", call_sid=str(call_id))
    assert doors.orders.given == [(call_id, "Yes.", False)]


async def test_what_cannot_be_done_is_told(doors: Doors, manager: httpx.AsyncClient) -> None:
    transfer = await act(manager, action="transfer")
    assert transfer.status_code == HTTPStatus.OK
    assert transfer.json()["success"] is False
    assert "not supported yet" in transfer.json()["message"]
    unknown = await act(manager, action="dance")
    assert unknown.status_code == HTTPStatus.OK
    assert unknown.json()["success"] is False
    assert "'end_conversation' and 'say'" in unknown.json()["message"]
    assert doors.orders.given == []
    doors.orders.answer = OrderAnswer(taken=False, why="There is no such call.")
    gone = await act(manager, action="end_conversation")
    assert gone.status_code == HTTPStatus.OK
    assert gone.json() == {
        "success": False,
        "action": "end_conversation",
        "call_sid": CALL_SID,
        "message": "There is no such call.",
    }


async def test_viewers_may_not_act(doors: Doors, viewer: httpx.AsyncClient) -> None:
    answer = await act(viewer, action="say", message="Hello.")
    assert answer.status_code == HTTPStatus.FORBIDDEN
    async with doors.client() as nobody:
        answer = await act(nobody, action="say", message="Hello.")
    assert answer.status_code == HTTPStatus.UNAUTHORIZED
    assert doors.orders.given == []


async def test_nobody_is_made_to_say_a_speech(doors: Doors, manager: httpx.AsyncClient) -> None:
    unnamed = [{"call_sid": sid} for sid in ("", "C" * 65, "CA1\x00", "CA1\n", "CA 1", "CÄ1")]
    for wrong in ({"message": "a" * 501}, {"reason": "a" * 501}, {"x": 1}, *unnamed):
        answer = await act(manager, action="say", **wrong)
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert doors.orders.given == []
    await act(manager, action="say", message="a" * 500)
    assert len(doors.orders.given) == 1


async def test_a_body_that_is_no_object_is_told_so(
    doors: Doors, manager: httpx.AsyncClient
) -> None:
    as_json = {"Content-Type": "application/json"}
    good = f'{{"call_sid": "{CALL_SID}", "action": "say", "message": "Hello."}}'
    for content, headers in (("nonsense", as_json), ("[]", as_json), ("", as_json), (good, {})):
        answer = await manager.post("/api/llm-action", content=content, headers=headers)
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert answer.json()["errors"] != []
        if content:
            (error,) = answer.json()["errors"]
            assert "JSON object, sent as Content-Type: application/json" in error["message"]
    assert doors.orders.given == []


async def test_a_key_gives_so_many_orders_a_minute(
    doors: Doors, manager: httpx.AsyncClient
) -> None:
    for _ in range(ORDERS_A_MINUTE):
        assert (await act(manager, action="say", message="Hm.")).status_code == HTTPStatus.OK
    answer = await act(manager, action="say", message="Hm.")
    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    async with doors.client("admin") as other:
        assert (await act(other, action="say", message="Hm.")).status_code == HTTPStatus.OK


def test_the_window_slides_and_keys_are_forgotten() -> None:
    limit = RateLimit(2)
    assert [limit.wait_s("a", at) for at in (0.0, 10.0, 20.0)] == [0, 0, 40]
    assert limit.wait_s("a", 60.0) == 0
    assert limit.wait_s("a", 61.0) == 9
    for at in range(3000):
        limit.wait_s(f"key {at}", 100.0 + at)
    assert len(limit._seen) <= 1001
