"""The media socket: what is malformed, out of place or too much is left out, counted or cut."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from api.incoming import (
    BURST,
    MOST_MALFORMED,
    OFFER,
    SAMPLES_AT_ONCE,
    SAMPLES_PER_S,
    SHORTCUT,
    Incoming,
)
from api.stream_counts import Cut, Disorder, Refusal
from api.waiting_room import MOST_FROM_ONE, MOST_WAITING
from tests.unit.api.doors import Doors, FakeSocket
from tests.unit.api.stream_messages import CONNECTED, media, start, stop, ticket
from voice.wire.twilio import Media, Start


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


async def test_sound_takes_the_shortcut_as_far_as_it_may_come(doors: Doors) -> None:
    received: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    shortcuts: list[Any] = []
    scope = {"extensions": {SHORTCUT: {OFFER: shortcuts.append}}}
    incoming = Incoming(received.get, doors.services.counts, scope)
    heard: list[bytes] = []
    incoming.sound_to(heard.append)
    assert not shortcuts, "the stream has no name yet"
    received.put_nowait({"type": "websocket.receive", "text": json.dumps(start({}))})
    events = aiter(incoming)
    assert isinstance(await anext(events), Start)
    incoming.sound_to(heard.append)
    (takes,) = shortcuts

    def message(event: dict[str, Any]) -> bytes:
        ordered = {key: event[key] for key in ("event", "sequenceNumber", "media", "streamSid")}
        return json.dumps(ordered, separators=(",", ":")).encode()

    assert takes(message(media(2)))
    assert takes(message(media(4)))
    assert heard == [b"\xff" * 160] * 2
    assert not takes(message({**media(5), "streamSid": "MZ" + "f" * 32}))
    assert not takes(json.dumps(stop(5)).encode())
    loud = [takes(message(media(6 + n, SAMPLES_PER_S))) for n in range(30)]
    assert SAMPLES_AT_ONCE // SAMPLES_PER_S - 1 <= sum(loud) < len(loud)
    flood = {
        "type": "websocket.receive",
        "text": message(media(6 + sum(loud), SAMPLES_PER_S)).decode(),
    }
    received.put_nowait(flood)
    assert [event async for event in events] == []
    assert (incoming.cut, incoming.malformed) == (Cut.FLOOD, 0)
    incoming.sound_to(None)
    assert shortcuts[-1] is None
    incoming.close()
    assert doors.services.counts.lost == 2  # 3 and 5


async def test_sound_that_cannot_be_taken_is_read_in_its_turn(doors: Doors) -> None:
    received: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    shortcuts: list[Any] = []
    scope = {"extensions": {SHORTCUT: {OFFER: shortcuts.append}}}
    incoming = Incoming(received.get, doors.services.counts, scope)
    received.put_nowait({"type": "websocket.receive", "text": json.dumps(start({}))})
    await anext(aiter(incoming))

    def broken(payload: bytes) -> None:
        raise ValueError(payload)

    incoming.sound_to(broken)
    one = media(2)
    ordered = {key: one[key] for key in ("event", "sequenceNumber", "media", "streamSid")}
    assert not shortcuts[0](json.dumps(ordered, separators=(",", ":")).encode())


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
