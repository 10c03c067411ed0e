"""Orders to a live call, from the API to the caller's ear."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from pathlib import Path

from api.orders import OrderAnswer
from app.replay.check import first_difference
from core.ids import CallId, CallSid
from core.speech import CallerTurn
from db.crypto import Keyring, new_key_text
from tests.calls.recorded import Caller, record
from tests.calls.stage import card
from tests.fakes.conversation import FakeConversation, FakeDraft, Line
from tests.unit.api.doors import Doors
from tests.virtual_time import virtual_time
from voice.commands import EndCall, Speak
from voice.cue_codec import CueTrace
from voice.desk import Desk

KEYS = Keyring.parse(new_key_text())
GREETING = Line(["Hello, this is Sophie from Hartley and Moss.", "Is now a good time?"])


class Obedient(FakeConversation):
    """Says what it is told to say, as the graph does."""

    def prepare(self, turn: CallerTurn) -> FakeDraft:
        if turn.text and turn.kind == "operator":
            self.prepared.append(turn)
            return FakeDraft(self, turn, Line([turn.text], ends_call=turn.ends_call))
        return super().prepare(turn)


class DeskOrders:
    """``api.orders.CallOrders`` within one process."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def give(self, name: CallId | CallSid, text: str, *, ends_call: bool) -> OrderAnswer:
        """Straight to the desk."""
        taken = name == card().call_sid
        if taken:
            taken = self._desk.order(card().call_id, text, ends_call=ends_call)
        return OrderAnswer(taken=taken, why="")


async def _act(caller: Caller, folder: Path, action: str, message: str) -> bool:
    doors = Doors(folder, orders=DeskOrders(caller.desk))
    asked = {"call_sid": card().call_sid, "action": action, "message": message}
    async with doors.client("manager") as client:
        answer = await client.post("/api/llm-action", json=asked)
    assert answer.status_code == HTTPStatus.OK
    return bool(answer.json()["success"])


def _spoken(trace: CueTrace) -> list[str]:
    return [each.text for _, made in trace.taken for each in made if isinstance(each, Speak)]


@virtual_time
async def test_the_agent_says_the_words_and_then_ends_the_call(tmp_path: Path) -> None:
    async def ordered(caller: Caller) -> None:
        await caller.listens()
        assert await _act(caller, tmp_path, "say", "One moment, please.")
        await caller.listens()
        assert await _act(caller, tmp_path, "end_conversation", "Goodbye, and thank you.")
        heard_ms = caller.line.heard_ms()
        await caller.listens()
        assert caller.line.heard_ms() - heard_ms == 4 * 300  # to the last word
        async with asyncio.timeout(2):
            while caller.desk.live:
                await asyncio.sleep(0.02)
        assert not await _act(caller, tmp_path, "say", "Too late.")

    trace = await record(tmp_path, KEYS, [GREETING], ordered, brain=Obedient)
    assert _spoken(trace)[2:] == ["One moment, please.", "Goodbye, and thank you."]
    assert isinstance(trace.taken[-1][1][-1], EndCall)
    assert first_difference(trace) is None


@virtual_time
async def test_an_ordered_goodbye_is_not_cut_by_a_second_one(tmp_path: Path) -> None:
    async def ordered(caller: Caller) -> None:
        await caller.listens()
        assert await _act(caller, tmp_path, "end_conversation", "Goodbye, and thank you.")
        while not caller.line.sounding:
            await asyncio.sleep(0.02)
        assert not await _act(caller, tmp_path, "end_conversation", "Once more, goodbye.")
        async with asyncio.timeout(5):
            while caller.desk.live:
                await asyncio.sleep(0.02)

    trace = await record(tmp_path, KEYS, [GREETING], ordered, brain=Obedient)
    assert _spoken(trace)[2:] == ["Goodbye, and thank you."]
