"""The carrier's webhooks: answers as TwiML, and no harm from repeats, strangers and late news."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from core.call import CallState, EndReason
from core.ids import CallSid
from tests.unit.api.doors import BASE, CALL_SID, Doors

INBOUND = {
    "CallSid": CALL_SID,
    "From": "+442079460123",
    "To": "+442079460100",
    "CallStatus": "ringing",
    "CallerName": "",
}


def verbs(text: str) -> list[str]:
    return [child.tag for child in ET.fromstring(text)]


def parameters(text: str) -> dict[str, str]:
    return {p.attrib["name"]: p.attrib["value"] for p in ET.fromstring(text).iter("Parameter")}


async def test_a_call_to_our_number_is_joined_to_the_stream(doors: Doors) -> None:
    answer = await doors.webhook("/twilio/voice", INBOUND)
    assert answer.status_code == HTTPStatus.OK
    assert answer.headers["content-type"].startswith("application/xml")
    root = ET.fromstring(answer.text)
    assert verbs(answer.text) == ["Connect", "Say", "Hangup"]
    assert root[0].attrib == {"action": f"{BASE}/twilio/after-stream", "method": "POST"}
    assert root[0][0].attrib["url"] == "wss://calls.example.com/twilio/stream"
    (call_id,) = doors.register.cards
    assert parameters(answer.text)["call_id"] == str(call_id)
    assert len(parameters(answer.text)["token"]) < 500  # the carrier's limit of a parameter


async def test_a_repeated_webhook_is_the_same_call(doors: Doors) -> None:
    first = await doors.webhook("/twilio/voice", INBOUND)
    second = await doors.webhook("/twilio/voice", INBOUND)
    assert len(doors.register.cards) == 1
    assert parameters(first.text)["call_id"] == parameters(second.text)["call_id"]
    assert parameters(first.text)["token"] != parameters(second.text)["token"]


@pytest.mark.parametrize("to", ["+442079460999", "client:alice", ""])
async def test_an_unknown_number_is_told_politely(doors: Doors, to: str) -> None:
    answer = await doors.webhook("/twilio/voice", {**INBOUND, "To": to})
    assert answer.status_code == HTTPStatus.OK
    assert verbs(answer.text) == ["Say", "Hangup"]
    assert not doors.register.cards


async def test_a_withheld_number_is_taken(doors: Doors) -> None:
    await doors.webhook("/twilio/voice", {**INBOUND, "From": "anonymous"})
    (card,) = doors.register.cards.values()
    assert card.theirs is None


async def test_no_room_is_told_politely(doors: Doors) -> None:
    doors.desk.has_room = False
    answer = await doors.webhook("/twilio/voice", INBOUND)
    assert verbs(answer.text) == ["Say", "Hangup"]
    await report(doors, "completed", 1)  # the carrier's word comes later and changes nothing
    assert list(doors.register.reasons.values()) == [EndReason.TURNED_AWAY]


async def test_a_call_whose_stream_was_not_let_in_was_turned_away(doors: Doors) -> None:
    await doors.webhook("/twilio/voice", INBOUND)
    (call_id,) = doors.register.cards
    doors.views.calls[0] |= {"call_sid": CALL_SID, "call_id": str(call_id), "state": "ringing"}
    answer = await doors.webhook("/twilio/after-stream", {"CallSid": CALL_SID})
    assert verbs(answer.text) == ["Say", "Hangup"]
    assert doors.register.reasons == {call_id: EndReason.TURNED_AWAY}


@pytest.mark.parametrize(
    "path", ["/twilio/voice", "/twilio/status-callback", "/twilio/after-stream"]
)
async def test_unsigned_webhooks_are_forbidden(doors: Doors, path: str) -> None:
    answer = await doors.webhook(path, INBOUND, signature="bm90IGl0")
    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert not doors.register.cards


async def test_without_a_token_only_this_machine_may_come(tmp_path: Path) -> None:
    doors = Doors(tmp_path, auth_token=None)
    form = b"CallSid=" + CALL_SID.encode()
    for peer, status in (("127.0.0.1", HTTPStatus.OK), ("203.0.113.9", HTTPStatus.FORBIDDEN)):
        async with doors.client(peer=peer) as client:
            here = {"Host": "127.0.0.1:8080"}
            answer = await client.post("/twilio/voice", content=form, headers=here)
            assert answer.status_code == status


@pytest.mark.parametrize("sid", ["", "CA1", "XX" + "a" * 32, "CA" + "/" * 32])
async def test_a_malformed_call_sid_is_refused(doors: Doors, sid: str) -> None:
    answer = await doors.webhook("/twilio/voice", {**INBOUND, "CallSid": sid})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


async def test_a_giant_form_is_refused(doors: Doors) -> None:
    answer = await doors.webhook("/twilio/voice", {**INBOUND, "X": "x" * 70_000})
    assert answer.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE


async def placed_call(doors: Doors) -> str:
    async with doors.client("manager") as client:
        answer = await client.post("/api/calls", json={"to": "+447700900123"})
    return str(answer.json()["call_id"])


async def test_an_answered_call_of_ours_is_joined_to_the_stream(doors: Doors) -> None:
    doors.placer.silent = True  # the carrier's name for the call comes with the webhook
    call_id = await placed_call(doors)
    answer = await doors.webhook(f"/twilio/voice/{call_id}", INBOUND)
    assert verbs(answer.text)[0] == "Connect"
    (card,) = doors.register.cards.values()
    assert card.call_sid == CALL_SID


async def test_an_answered_call_of_another_name_is_hung_up(doors: Doors) -> None:
    call_id = await placed_call(doors)
    answer = await doors.webhook(f"/twilio/voice/{call_id}", INBOUND)
    assert verbs(answer.text) == ["Hangup"]


async def test_an_answered_call_that_we_never_placed_is_hung_up(doors: Doors) -> None:
    path = "/twilio/voice/01900000-0000-7000-8000-00000000dead"
    assert verbs((await doors.webhook(path, INBOUND)).text) == ["Hangup"]


async def report(doors: Doors, status: str, sequence: int, path: str = "") -> int:
    form = {"CallSid": CALL_SID, "CallStatus": status, "SequenceNumber": str(sequence)}
    answer = await doors.webhook(f"/twilio/status-callback{path}", form)
    return answer.status_code


async def test_reports_may_come_twice_and_in_any_order(doors: Doors) -> None:
    await doors.webhook("/twilio/voice", INBOUND)
    (call_id,) = doors.register.cards
    for status, sequence in [
        ("completed", 3),
        ("ringing", 1),
        ("completed", 3),
        ("in-progress", 2),
        ("initiated", 0),
    ]:
        assert await report(doors, status, sequence) == HTTPStatus.NO_CONTENT
    assert doors.register.states[call_id] is CallState.ENDED


async def test_a_report_may_overtake_the_carriers_own_answer(doors: Doors) -> None:
    doors.placer.silent = True
    call_id = await placed_call(doors)
    assert await report(doors, "no-answer", 2, f"/{call_id}") == HTTPStatus.NO_CONTENT
    assert list(doors.register.reasons.values()) == [EndReason.NO_ANSWER]


@pytest.mark.parametrize("status", ["completed", "teleported", ""])
async def test_reports_of_strangers_change_nothing(doors: Doors, status: str) -> None:
    assert await report(doors, status, 0) == HTTPStatus.NO_CONTENT
    assert not doors.register.cards


@pytest.mark.parametrize("sequence", ["-1", "one", "1" * 9, "١"])
async def test_a_malformed_sequence_is_refused(doors: Doors, sequence: str) -> None:
    form = {"CallSid": CALL_SID, "CallStatus": "ringing", "SequenceNumber": sequence}
    answer = await doors.webhook("/twilio/status-callback", form)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


@pytest.mark.parametrize(
    ("state", "reason", "expected"),
    [
        ("ended", "agent_hung_up", ["Hangup"]),
        ("ended", "stream_lost", ["Say", "Hangup"]),
        ("ended", "shut_down", ["Say", "Hangup"]),
        ("ended", "turned_away", ["Say", "Hangup"]),
        ("talking", None, ["Say", "Hangup"]),
    ],
)
async def test_after_the_stream(
    doors: Doors, state: str, reason: str | None, expected: list[str]
) -> None:
    doors.views.calls[0] |= {"call_sid": CALL_SID, "state": state, "end_reason": reason}
    answer = await doors.webhook("/twilio/after-stream", {"CallSid": CALL_SID})
    assert verbs(answer.text) == expected


async def test_after_a_stream_of_nobody(doors: Doors) -> None:
    answer = await doors.webhook("/twilio/after-stream", {"CallSid": CallSid("CA" + "b" * 32)})
    assert verbs(answer.text) == ["Say", "Hangup"]


async def test_a_webhook_that_comes_again_finds_its_place_kept(doors: Doors) -> None:
    await doors.webhook("/twilio/voice", INBOUND)
    doors.desk.has_room = False  # others came meanwhile
    answer = await doors.webhook("/twilio/voice", INBOUND)
    assert verbs(answer.text)[0] == "Connect"
    other = await doors.webhook("/twilio/voice", {**INBOUND, "CallSid": "CA" + "d" * 32})
    assert verbs(other.text) == ["Say", "Hangup"]
    assert doors.services.places.kept == 1
