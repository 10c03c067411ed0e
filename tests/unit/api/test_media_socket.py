"""The media socket: who is let in, who is not, and how a call that broke is closed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from api.stream_counts import Refusal
from core.call import EndReason
from core.errors import NotFoundError, ParleyError, ProviderError, RefusedError
from core.ids import CallId
from tests.unit.api.doors import CALL_SID, Doors
from tests.unit.api.stream_messages import CONNECTED, STREAM_SID, media, start, stop, ticket
from voice.wire.twilio import Media, Stop


async def test_a_call_is_held_until_it_stops(doors: Doors) -> None:
    doors.desk.answer = "hello back"
    socket = await doors.socket.run(
        CONNECTED, start(await ticket(doors)), media(2), stop(3), hang_up=False
    )
    ((card, stream_sid),) = doors.desk.held
    assert (card.call_sid, stream_sid) == (CALL_SID, STREAM_SID)
    assert [type(event) for event in doors.desk.events] == [Media, Stop]
    assert {"type": "websocket.send", "text": "hello back"} in socket.received
    assert socket.close_code == 1000
    assert (doors.services.counts.opened, doors.services.counts.refused) == (1, 0)


async def test_connected_may_be_missing(doors: Doors) -> None:
    await doors.socket.run(start(await ticket(doors)))
    assert len(doors.desk.held) == 1


async def test_an_unsigned_upgrade_is_never_accepted(doors: Doors) -> None:
    socket = doors.socket
    socket.signature = "bm90IGl0"
    await socket.run(CONNECTED)
    assert not socket.accepted
    assert doors.services.counts.refused == 1


async def test_a_token_opens_one_stream_only(doors: Doors) -> None:
    given = await ticket(doors)
    await doors.socket.run(CONNECTED, start(given))
    again = await doors.socket.run(CONNECTED, start(given), hang_up=False)
    assert again.close_code == 1008
    assert len(doors.desk.held) == 1


def test_the_tokens_secret_is_not_shown(doors: Doors) -> None:
    shown = repr(doors.services.tokens)
    assert "StreamTokens" in shown
    assert "secret" not in shown


async def test_a_stale_token_opens_nothing(doors: Doors) -> None:
    given = await ticket(doors)
    doors.clock.pass_s(61)
    socket = await doors.socket.run(CONNECTED, start(given), hang_up=False)
    assert socket.close_code == 1008
    assert not doors.desk.held


@pytest.mark.parametrize(
    "spoil",
    [
        lambda given: {},
        lambda given: {**given, "token": ""},
        lambda given: {**given, "token": "not base64!"},
        lambda given: {**given, "token": "A" * len(given["token"])},
        lambda given: {**given, "token": given["token"][:-4] + "AAA="},
        lambda given: {**given, "call_id": "01900000-0000-7000-8000-00000000dead"},
    ],
)
async def test_a_bad_token_opens_nothing(doors: Doors, spoil: Any) -> None:
    socket = await doors.socket.run(CONNECTED, start(spoil(await ticket(doors))), hang_up=False)
    assert socket.close_code == 1008
    assert not doors.desk.held
    assert doors.services.counts.refused == 1


async def test_the_stream_of_a_foreign_call_is_refused(doors: Doors) -> None:
    foreign = start(await ticket(doors), callSid="CA" + "f" * 32)
    socket = await doors.socket.run(CONNECTED, foreign, hang_up=False)
    assert socket.close_code == 1008
    assert not doors.desk.held


async def test_the_stream_of_a_foreign_account_is_refused(doors: Doors) -> None:
    foreign = start(await ticket(doors), accountSid="AC" + "f" * 32)
    socket = await doors.socket.run(CONNECTED, foreign, hang_up=False)
    assert socket.close_code == 1008
    assert not doors.desk.held


async def test_media_before_the_start_is_refused(doors: Doors) -> None:
    socket = await doors.socket.run(CONNECTED, media(1), hang_up=False)
    assert socket.close_code == 1008


async def test_a_socket_that_leaves_at_once_is_counted(doors: Doors) -> None:
    await doors.socket.run()
    assert doors.services.counts.refused == 1


async def test_a_full_desk_turns_the_stream_away(doors: Doors) -> None:
    given = await ticket(doors)
    doors.services.places.claim(CallId(UUID(given["call_id"])))  # as if it came too late
    doors.desk.has_room = False
    socket = await doors.socket.run(CONNECTED, start(given), hang_up=False)
    assert socket.close_code == 1013
    assert list(doors.register.reasons.values()) == [EndReason.TURNED_AWAY]
    assert doors.services.counts.refusals == {Refusal.NO_ROOM: 1}


async def test_a_stream_that_was_told_to_come_keeps_its_place(doors: Doors) -> None:
    given = await ticket(doors)
    doors.desk.has_room = False
    await doors.socket.run(CONNECTED, start(given))
    assert len(doors.desk.held) == 1
    assert doors.services.places.kept == 0


async def test_a_kept_place_is_no_use_at_a_closing_desk(doors: Doors) -> None:
    given = await ticket(doors)
    doors.desk.is_draining = True
    socket = await doors.socket.run(CONNECTED, start(given), hang_up=False)
    assert socket.close_code == 1013


async def test_a_second_greeting_is_no_start(doors: Doors) -> None:
    socket = await doors.socket.run(CONNECTED, CONNECTED, hang_up=False)
    assert socket.close_code == 1008
    assert doors.services.counts.refusals == {Refusal.UNOPENED: 1}


async def test_a_call_that_broke_is_counted(doors: Doors) -> None:
    doors.desk.reason = EndReason.INTERNAL_ERROR
    await doors.socket.run(CONNECTED, start(await ticket(doors)))
    assert doors.services.counts.failed == 1


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (NotFoundError("script", "estate_agency_inbound/1"), 1011),
        (RefusedError("CALL_ENDED", "The call is over."), 1008),
        (ProviderError("espeak", "gone", retryable=False), 1011),
        (ProviderError("postgres", "away", retryable=True), 1013),
    ],
)
async def test_a_call_that_cannot_be_held_is_closed(
    doors: Doors, fault: ParleyError, code: int
) -> None:
    doors.desk.fault = fault
    socket = await doors.socket.run(CONNECTED, start(await ticket(doors)), hang_up=False)
    assert socket.close_code == code
    assert (doors.services.counts.failed, doors.services.counts.refused) == (1, 0)
