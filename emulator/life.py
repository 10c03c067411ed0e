"""The life of one call: dialled, ringing, answered, conducted, over, with its callbacks."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Coroutine
from email.utils import format_datetime
from typing import Any, Final

from emulator.call import EVENTS, CallStatus, EndCall, LiveCall, Order, TwimlAt
from emulator.caller import Caller
from emulator.exchange import Declined, Exchange, Pickup
from emulator.faults import FaultError
from emulator.flow import Flow, Script
from emulator.line import Line
from emulator.timeline import MomentKind
from emulator.twiml import Reject
from emulator.webhooks import Postman

# The SIP answer behind each end. Source: RFC 3261, 21.
_SIP: Final = {
    CallStatus.COMPLETED: "200",
    CallStatus.BUSY: "486",
    CallStatus.NO_ANSWER: "487",
    CallStatus.CANCELED: "487",
    CallStatus.FAILED: "404",
}


class Life:
    """Lives one call through."""

    def __init__(self, exchange: Exchange, call: LiveCall) -> None:
        self._exchange = exchange
        self._call = call
        self._loop = asyncio.get_running_loop()
        self._postman = Postman(exchange.webhooks, exchange.trouble, call.fault)
        self._flow = Flow(exchange, call, self._postman)
        self._answered_s: float | None = None
        self._callbacks_sent = 0

    async def receive(self, caller: Caller) -> None:
        """Somebody calls a number of ours. Returns when all is over and delivered."""
        await self._live(self._incoming(caller))

    async def place(self, answer: Pickup | Declined) -> None:
        """We call somebody, who does as ``answer`` says. Returns like ``receive``."""
        await self._live(self._outgoing(answer))

    async def _live(self, course: Coroutine[Any, Any, EndCall]) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._postman.run(), name=f"callbacks {self._call.call_sid}")
                self._conclude(await course)
                self._postman.finish()
        finally:
            self._call.close()

    async def _incoming(self, caller: Caller) -> EndCall:
        self._call.status = CallStatus.RINGING
        script = await self._first_script()
        if isinstance(script, EndCall):
            caller.line_closed()
            return script
        verbs = script.document.verbs if isinstance(script, Script) else ()
        if verbs and isinstance(verbs[0], Reject):
            caller.line_closed()
            is_busy = verbs[0].reason == "busy"
            return EndCall("twiml", CallStatus.BUSY if is_busy else CallStatus.NO_ANSWER)
        return await self._talk(caller, script)

    async def _outgoing(self, answer: Pickup | Declined) -> EndCall:
        caller = answer.caller if isinstance(answer, Pickup) else None
        end = await self._ring(answer)
        if end is None:
            assert isinstance(answer, Pickup)
            return await self._talk(answer.caller, None, answer)
        if caller is not None:
            caller.line_closed()
        return end

    async def _ring(self, answer: Pickup | Declined) -> EndCall | None:
        """Dial and ring; None when somebody answers."""
        self._report(CallStatus.INITIATED)
        end = await self._wait(self._exchange.setup_ms / 1000)
        if end is not None:
            return end
        self._call.status = CallStatus.RINGING
        self._report(CallStatus.RINGING)
        ring_s = answer.ring_ms / 1000
        end = await self._wait(min(ring_s, self._call.plan.ring_s))
        if end is not None:
            return end
        if ring_s > self._call.plan.ring_s:
            return EndCall("time-out", CallStatus.NO_ANSWER)
        return EndCall("callee", answer.status) if isinstance(answer, Declined) else None

    async def _wait(self, seconds: float) -> EndCall | None:
        """Let time pass; the order to end the call if one comes. Other orders change nothing."""
        until = self._loop.time() + seconds
        while True:
            order = await self._flow.under_orders(asyncio.sleep(until - self._loop.time()))
            if order is None or isinstance(order, EndCall):
                return order

    async def _first_script(self, answered_by: str = "") -> Script | FaultError | EndCall:
        extra = [("AnsweredBy", answered_by)] if answered_by else []
        source = self._call.plan.source
        while True:
            script: Script | FaultError | Order = await self._flow.under_orders(
                self._flow.fetch(source, extra)
            )
            if isinstance(script, Script | FaultError | EndCall):
                return script
            source = script.source

    async def _talk(
        self, caller: Caller, script: Script | FaultError | None, pickup: Pickup | None = None
    ) -> EndCall:
        """From the answer to the end. Without a script it is fetched after the answer."""
        call = self._call
        self._answered_s = self._loop.time()
        call.status = CallStatus.IN_PROGRESS
        call.answered_at = self._exchange.clock.now()
        call.line = Line(caller, call.timeline, call.recording)
        call.timeline.note(MomentKind.ANSWERED, 0.0)
        self._report(CallStatus.IN_PROGRESS)
        limit = self._loop.call_later(call.plan.time_limit_s, call.order, EndCall("time limit"))
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._keep_line(call.line), name="line")]
                if pickup is not None and call.plan.machine_detection:
                    tasks.append(group.create_task(self._detect(pickup), name="detect machine"))
                end = await self._conduct(script, pickup)
                for task in tasks:
                    task.cancel()
        finally:
            limit.cancel()
        return end

    async def _keep_line(self, line: Line) -> None:
        await line.run()
        self._call.order(EndCall("caller"))

    async def _conduct(self, script: Script | FaultError | None, pickup: Pickup | None) -> EndCall:
        if script is None:
            answered_by = ""
            if pickup and self._call.plan.machine_detection and not self._call.plan.is_async_amd:
                end = await self._wait(pickup.detection_ms / 1000)
                if end is not None:
                    return end
                answered_by = pickup.answered_by
            first = await self._first_script(answered_by)
            if isinstance(first, EndCall):
                return first
            script = first
        return await self._flow.follow(script)

    async def _detect(self, pickup: Pickup) -> None:
        """Answering machine detection: known after a while, told if it runs beside the call."""
        await asyncio.sleep(pickup.detection_ms / 1000)
        call = self._call
        call.answered_by = pickup.answered_by
        callback = call.plan.amd_callback
        if call.plan.is_async_amd and callback is not None:
            fields = [
                ("CallSid", call.call_sid),
                ("AccountSid", call.account_sid),
                ("AnsweredBy", pickup.answered_by),
                ("MachineDetectionDuration", str(pickup.detection_ms)),
            ]
            self._postman.post(callback.url, callback.method, fields)

    def _conclude(self, end: EndCall) -> None:
        call = self._call
        call.status = end.status
        call.ended_by = end.by
        call.ended_at = self._exchange.clock.now()
        if self._answered_s is not None:
            call.duration_s = math.ceil(self._loop.time() - self._answered_s)
        call.timeline.note(MomentKind.ENDED, call.now_ms, end.by)
        self._report(end.status)

    def _report(self, status: CallStatus) -> None:
        """Tell the status callback, if it wants to know of this."""
        callback: TwimlAt | None = self._call.plan.status_callback
        if callback is None or EVENTS[status] not in self._call.plan.status_events:
            return
        fields = [(name, value) for name, value in self._call.fields() if name != "CallStatus"]
        fields += [
            ("CallStatus", status.value),
            ("SequenceNumber", str(self._callbacks_sent)),
            ("Timestamp", format_datetime(self._exchange.clock.now())),
            ("CallbackSource", "call-progress-events"),
        ]
        if EVENTS[status] == "completed":
            seconds = self._call.duration_s
            fields += [
                ("CallDuration", str(seconds)),
                ("Duration", str(math.ceil(seconds / 60))),
                ("SipResponseCode", _SIP[status]),
            ]
            if self._call.answered_by:
                fields.append(("AnsweredBy", self._call.answered_by))
        self._callbacks_sent += 1
        self._postman.post(callback.url, callback.method, fields)
