"""Plays calls: an emulated carrier, a running server, and a caller on the line."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from http import HTTPStatus
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from app.call.agent_words import AgentWords
from app.call.collect import Played, SpokenLine, collect
from app.call.console import Watcher
from app.call.house import House, last_words
from app.call.performance import Performance, Stage
from app.call.persona import Caller
from app.call.result import CallResult, Span
from app.call.scenario import Expected
from app.call.seen import SeenCall
from app.call.server_client import FIRST_EVENT_S, ServerClient, ServerRefusedError
from core.call import CallState, Direction, Outcome
from core.clock import Clock
from core.errors import ParleyError
from emulator.call import LiveCall
from emulator.carrier import EmulatedTwilio
from emulator.exchange import Pickup
from emulator.queue_caller import QueueCaller
from emulator.timeline import MomentKind, Sound
from voice.ports import LINE_HZ, Pcm

RING_MS: Final = 300  # a person who waits for this call; every scenario pays it
ROOM_DBFS: Final = -65.0  # a quiet living room: digital silence is no honest test of hearing
SETTLED_S: Final = 10.0  # for the server to close its books on a call
LOOK_S: Final = 0.2
HANG_UP_S: Final = 10.0
TRIES: Final = 4  # numbers that are tried when the server may not call one
HOUSE_NUMBER: Final = "+442079460100"  # the demonstration brand's


@dataclass(frozen=True, slots=True)
class Part:
    """One call to be played.

    ``speak``: the caller's voice, mono at 8000 Hz. ``variables`` fill the script of an outbound
    call. ``limit_s``: longer than this, and the call has failed.
    """

    name: str
    title: str
    direction: Direction
    caller: Callable[[date], Caller]
    speak: Callable[[str], Pcm]
    variables: dict[str, str] = field(default_factory=dict)
    expected: Expected | None = None
    limit_s: float = 120.0


@dataclass(frozen=True, slots=True)
class PlayedCall:
    """A call that was played: what it came to, and both sides (samples, 2): the caller left."""

    result: CallResult
    sound: NDArray[np.int16]


class Player:
    """Plays calls against one server, one after the other or several at a time."""

    def __init__(
        self,
        house: House,
        carrier: EmulatedTwilio,
        client: ServerClient,
        clock: Clock,
        zone: ZoneInfo,
        numbers: Sequence[str],
    ) -> None:
        """``numbers``: the people's; the server may call them."""
        self._house = house
        self._carrier = carrier
        self._client = client
        self._clock = clock
        self._numbers = deque(numbers)
        self.zone = zone

    async def play(self, part: Part, watch: Watcher) -> PlayedCall:
        """Play one call to its end. Whatever goes wrong is in the result, not raised.

        Cancel-safe: yes; the line is then cut.
        """
        phone = QueueCaller(noise_dbfs=ROOM_DBFS)
        caller = part.caller(self._clock.now().astimezone(self.zone).date())
        failure, call, lines = "", None, list[SpokenLine]()
        try:
            call, number = await self._ring(part, phone)
            try:
                failure, lines = await self._hold(part, call, phone, caller, watch)
            finally:
                self._numbers.append(number)
        except ParleyError as error:
            failure = str(error)
        seen = await self._account(call, failure)
        if not failure and (seen is None or seen.outcome in (None, Outcome.FAILED)):
            why = (seen.end_reason if seen else None) or "no reason given"
            failure = f"The server gave the call up: {why}.{last_words(self._house.log)}"
        played = self._played(part, caller, call, lines, failure)
        sound = call.recording.stereo() if call else np.zeros((0, 2), dtype=np.int16)
        return PlayedCall(collect(played, seen), sound)

    async def engines(self) -> list[str]:
        """The engines of the server, as it names them; empty when it does not say."""
        try:
            return await self._client.engines()
        except ServerRefusedError:
            return []

    async def _open(self, part: Part, phone: QueueCaller, number: str) -> LiveCall:
        """Have the call placed, or place it. Raises ServerRefusedError."""
        if part.direction is Direction.INBOUND:
            return self._carrier.dial_in(number, HOUSE_NUMBER, phone)
        self._carrier.answer_at(number, Pickup(phone, ring_ms=RING_MS))
        await self._client.place(number, HOUSE_NUMBER, part.variables)
        placed = [call for call in self._carrier.calls() if call.to == number]
        if not placed:
            raise ServerRefusedError("The server placed the call with another carrier than ours.")
        return placed[-1]

    async def _ring(self, part: Part, phone: QueueCaller) -> tuple[LiveCall, str]:
        """Open the call with a number that nobody uses; some may have opted out in earlier plays.

        Raises ServerRefusedError: no number was accepted, or the server refuses for other reasons.
        """
        for left in reversed(range(TRIES)):
            number = self._numbers.popleft()
            try:
                return await self._open(part, phone, number), number
            except ServerRefusedError as error:
                self._numbers.append(number)
                if error.status != HTTPStatus.UNPROCESSABLE_ENTITY or not left:
                    raise
        raise AssertionError("a loop that ends by itself has returned or raised")

    async def _hold(
        self, part: Part, call: LiveCall, phone: QueueCaller, caller: Caller, watch: Watcher
    ) -> tuple[str, list[SpokenLine]]:
        """Hold the call until it is over; why it failed (or nothing), and the caller's lines."""
        words = AgentWords()

        async def look_up() -> str:
            return await self._last_reply(call.call_sid)

        stage = Stage(phone, words, part.speak, lambda: call.now_ms, look_up, watch.caller_spoke)
        performance = Performance(caller, stage)
        try:
            async with asyncio.TaskGroup() as group:
                helpers = [
                    group.create_task(performance.run(), name="caller"),
                    group.create_task(self._follow(call.call_sid, words, watch), name="feed"),
                ]
                failure = await self._until_over(call, part.limit_s)
                for task in helpers:
                    task.cancel()
        finally:
            if not call.is_over:
                call.hang_up("player")  # so that a server told to stop has no call to wait for
        return failure or _fault_of(call), performance.lines

    async def _until_over(self, call: LiveCall, limit_s: float) -> str:
        """Wait for the end of the call, of the server or of our patience; what was wrong."""
        async with asyncio.TaskGroup() as group:
            over = group.create_task(_over(call), name="over")
            died = group.create_task(self._house.died(), name="server")
            await asyncio.wait({over, died}, timeout=limit_s, return_when="FIRST_COMPLETED")
            failure = ""
            if died.done():
                failure = died.result()
            elif not over.done():
                failure = f"The call was not over after {limit_s:.0f} s."
            died.cancel()
            if not over.done():
                call.hang_up("player")
                await asyncio.wait({over}, timeout=HANG_UP_S)
                over.cancel()
        return failure

    async def _follow(self, sid: str, words: AgentWords, watch: Watcher) -> None:
        """Take in the live feed, from as soon as the server knows the call."""
        tries = int(FIRST_EVENT_S / LOOK_S)
        for _ in range(tries):
            try:
                async for event in self._client.live(sid):
                    words.take(event)
                    watch.happened(event)
                return
            except ServerRefusedError:
                await asyncio.sleep(LOOK_S)  # the call still rings, or the feed comes again

    async def _last_reply(self, sid: str) -> str:
        try:
            seen = await self._client.call(sid)
        except ServerRefusedError:
            return ""
        return (seen.turns[-1].reply or "") if seen.turns else ""

    async def _account(self, call: LiveCall | None, failure: str) -> SeenCall | None:
        """What the server says of the call, once it has closed its books."""
        if call is None:
            return None
        seen: SeenCall | None = None
        try:
            async with asyncio.timeout(LOOK_S if failure else SETTLED_S):
                while seen is None or seen.state != CallState.ENDED or seen.outcome is None:
                    seen = await self._client.call(call.call_sid)
                    await asyncio.sleep(LOOK_S)
        except (TimeoutError, ServerRefusedError):
            pass  # what was seen last is the best that can be had
        return seen

    def _played(
        self,
        part: Part,
        caller: Caller,
        call: LiveCall | None,
        lines: Sequence[SpokenLine],
        failure: str,
    ) -> Played:
        timeline = call.timeline if call else None
        starts = timeline.of(MomentKind.STREAM_STARTED) if timeline else ()
        barge_ins = [cut.to_silence_ms for cut in timeline.barge_ins] if timeline else []
        greeting = timeline.greeting_ms if timeline else None
        return Played(
            scenario=part.name,
            title=part.title,
            direction=part.direction.value,
            lines=lines,
            caller=_spans(timeline.caller_sounds) if timeline else [],
            agent=_spans(timeline.agent_sounds) if timeline else [],
            seconds=call.recording.heard_length / LINE_HZ if call else 0.0,
            stream_from_ms=round(starts[0].at_ms) if starts else 0,
            greeting_ms=None if greeting is None else round(greeting),
            barge_in_ms=round(max(barge_ins)) if barge_ins else None,
            call_sid=call.call_sid if call else None,
            expected=part.expected,
            agreed=caller.agreed,
            failure=failure,
            zone=self.zone,
        )


async def _over(call: LiveCall) -> None:
    await call.done


def _spans(sounds: Sequence[Sound]) -> list[Span]:
    return [Span(from_ms=round(sound.start_ms), to_ms=round(sound.end_ms)) for sound in sounds]


def _fault_of(call: LiveCall) -> str:
    """Why nobody could talk, when that is so."""
    if call.streams:
        return ""
    faults = "; ".join(f"{fault.code} {fault.message}" for fault in call.errors)
    return f"The call ended as {call.status.value} before anybody could talk. {faults}".strip()
