"""The media socket: who is let in, who is not, and what malformed messages do."""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID

import pytest

from api.incoming import BURST, MOST_MALFORMED, SAMPLES_AT_ONCE, SAMPLES_PER_S
from api.stream_counts import Cut, Disorder, Refusal
from api.waiting_room import MOST_FROM_ONE, MOST_WAITING
from core.call import EndReason
from core.errors import NotFoundError, ParleyError, ProviderError, RefusedError
from core.ids import CallId
from tests.unit.api.doors import ACCOUNT, CALL_SID, Doors, FakeSocket
from tests.unit.api.test_carrier_hooks import INBOUND, parameters
from voice.wire.twilio import Media, Stop

CONNECTED = {"event": "connected", "protocol": "Call", "version": "1.0.0"}
STREAM_SID = "MZ" + "c" * 32


def start(given: dict[str, str], **changes: Any) -> dict[str, Any]:
    return {
        "event": "start",
        "sequenceNumber": "1",
        "streamSid": STREAM_SID,
        "start": {
            "streamSid": STREAM_SID,
            "accountSid": ACCOUNT,
            "callSid": CALL_SID,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": given,
            **changes,
        },
    }


def media(sequence: int, samples: int = 160) -> dict[str, Any]:
    payload = base64.b64encode(b"\xff" * samples).decode()
    chunk = {"track": "inbound", "chunk": "1", "timestamp": "20", "payload": payload}
    return {
        "event": "media",
        "sequenceNumber": str(sequence),
        "streamSid": STREAM_SID,
        "media": chunk,
    }


def stop(sequence: int) -> dict[str, Any]:
    return {
        "event": "stop",
        "sequenceNumber": str(sequence),
        "streamSid": STREAM_SID,
        "stop": {"accountSid": ACCOUNT, "callSid": CALL_SID},
    }


async def ticket(doors: Doors) -> dict[str, str]:
    """The parameters of the stream of a call that just came in."""
    return parameters((await doors.webhook("/twilio/voice", INBOUND)).text)


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


async def test_a_socket_that_says_nothing_is_closed(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.media.START_WITHIN_S", 0.0)
    socket = await doors.socket.run(hang_up=False)
    assert socket.close_code == 1008


async def test_malformed_messages_are_counted_and_left_out(doors: Doors) -> None:
    await doors.socket.run(
        "not json",
        CONNECTED,
        b"\xff\xfe",
        start(await ticket(doors)),
        {"event": "media", "sequenceNumber": "2"},
        "x" * 70_000,
        media(3),
        {"event": "tomorrow", "sequenceNumber": "4"},
    )
    assert doors.services.counts.malformed == 4
    assert isinstance(doors.desk.events[0], Media)


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


async def test_a_flood_is_cut_and_counted(doors: Doors) -> None:
    started = start(await ticket(doors))
    socket = await doors.socket.run(
        CONNECTED, started, *(media(2 + n) for n in range(BURST + 50)), hang_up=False
    )
    assert socket.close_code == 1008
    assert doors.services.counts.cut == {Cut.FLOOD: 1}
    assert BURST - 2 <= len(doors.desk.events) < BURST + 48  # while it ran, some came due


async def test_a_flood_of_sound_is_cut_however_few_messages_it_comes_in(doors: Doors) -> None:
    started = start(await ticket(doors))
    loud = [media(2 + n, SAMPLES_PER_S) for n in range(SAMPLES_AT_ONCE // SAMPLES_PER_S + 2)]
    socket = await doors.socket.run(CONNECTED, started, *loud, hang_up=False)
    assert socket.close_code == 1008
    assert doors.services.counts.cut == {Cut.FLOOD: 1}
    assert SAMPLES_AT_ONCE // SAMPLES_PER_S <= len(doors.desk.events) < len(loud)


async def test_what_a_stalled_line_delivers_at_once_is_heard(doors: Doors) -> None:
    """Five seconds of frames, and it happens three times: all that a call has in that time."""
    started = start(await ticket(doors))
    frames = [media(2 + n) for n in range(3 * 250)]
    socket = await doors.socket.run(CONNECTED, started, *frames, stop(752), hang_up=False)
    assert socket.close_code == 1000
    assert len(doors.desk.events) == len(frames) + 1
    assert doors.services.counts.cut == {}


class Gone(FakeSocket):
    """A client that has gone when it is let in."""

    async def _take(self, message: Any) -> None:
        raise OSError("the client has gone")


async def test_whoever_goes_while_being_let_in_leaves_the_waiting_room(doors: Doors) -> None:
    for _ in range(3):
        with pytest.raises(OSError, match="gone"):
            await Gone(doors.app).run(CONNECTED)
    assert doors.services.room.waiting == 0


async def test_a_socket_of_malformed_messages_is_cut(doors: Doors) -> None:
    started = start(await ticket(doors))
    rubbish = ["rubbish"] * (MOST_MALFORMED - 1)
    kept = await doors.socket.run(CONNECTED, started, *rubbish, media(2), stop(3), hang_up=False)
    assert kept.close_code == 1000
    cut = await doors.socket.run(CONNECTED, *rubbish, b"rubbish", hang_up=False)
    assert cut.close_code == 1008
    counts = doors.services.counts
    assert counts.cut == {Cut.MALFORMED: 1}
    assert counts.faults == {"not_json": 2 * len(rubbish), "not_text": 1}


async def test_what_stands_in_the_wrong_place_is_left_out_and_counted(doors: Doors) -> None:
    started = start(await ticket(doors))
    await doors.socket.run(
        CONNECTED,
        started,
        started,
        CONNECTED,
        {"event": "tomorrow", "sequenceNumber": "2"},
        media(3),
        media(3),
        {**media(4), "streamSid": "MZ" + "f" * 32},
        media(9),
    )
    counts = doors.services.counts
    assert [type(event) for event in doors.desk.events] == [Media, Media, Media]
    assert counts.disorder == {Disorder.AGAIN: 2, Disorder.UNKNOWN: 1, Disorder.LATE: 1}
    assert counts.faults == {"foreign_stream": 1}
    assert counts.lost == 5  # 4 to 8
    assert (counts.opened, counts.refused) == (1, 0)


async def test_a_second_greeting_is_no_start(doors: Doors) -> None:
    socket = await doors.socket.run(CONNECTED, CONNECTED, hang_up=False)
    assert socket.close_code == 1008
    assert doors.services.counts.refusals == {Refusal.UNOPENED: 1}


async def test_so_many_sockets_may_wait_and_a_share_from_each_address(doors: Doors) -> None:
    room, counts = doors.services.room, doors.services.counts
    for _ in range(MOST_FROM_ONE):
        assert room.enter("203.0.113.9") is None
    socket = await doors.socket.run(CONNECTED)
    assert not socket.accepted
    assert counts.refusals == {Refusal.CROWD_FROM_ONE: 1}
    for at in range(MOST_WAITING - MOST_FROM_ONE):
        assert room.enter(f"198.51.100.{at % 100}") is None
    assert room.enter("192.0.2.1") is Refusal.CROWD
    room.leave("203.0.113.9")
    await doors.socket.run(CONNECTED, start(await ticket(doors)))
    assert counts.opened == 1, "one that leaves makes room for one"
    assert room.waiting == MOST_WAITING - 1


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
