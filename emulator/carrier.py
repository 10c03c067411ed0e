"""A whole Twilio for one account: its REST API, its phone network and its webhooks."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Final

import httpx

from core.clock import Clock, Entropy
from emulator.call import (
    CallPlan,
    CallStatus,
    ChangeCall,
    Direction,
    EndCall,
    LiveCall,
    TwimlAt,
)
from emulator.call_form import ApiRefusalError, NewCall
from emulator.caller import Caller
from emulator.exchange import Bridged, Declined, Exchange, OnDial, OnTransfer, Pickup, hum
from emulator.life import Life
from emulator.links import LinkOpener, open_websocket
from emulator.network import Network
from emulator.rest import RestServer
from emulator.webhooks import WEBHOOK_TIMEOUT_S, CallbackTrouble, Webhooks

VOICE_PATH: Final = "/twilio/voice"
STATUS_PATH: Final = "/twilio/status-callback"
FAREWELL_S: Final = 10.0  # for live calls to end when the emulator is left


class EmulatedTwilio:
    """Twilio on this machine, for as long as it is entered.

    ``webhook_base_url``: the customer's server; its ``/twilio/voice`` answers incoming calls and
    its ``/twilio/status-callback`` hears of their end, unless ``numbers`` says otherwise.
    ``people``: who answers at which number; ``on_dial`` answers for all other numbers, and
    without it nobody does. ``http`` and ``open_link`` are the doors to the server: real sockets
    unless a test hands in others. ``serves_rest`` opens the REST API on a free loopback port.
    """

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        webhook_base_url: str,
        *,
        clock: Clock,
        entropy: Entropy = lambda count: secrets.token_bytes(count),
        network: Network | None = None,
        trouble: CallbackTrouble | None = None,
        people: Mapping[str, Caller | Pickup | Declined] | None = None,
        on_dial: OnDial | None = None,
        on_transfer: OnTransfer | None = None,
        numbers: Mapping[str, CallPlan] | None = None,
        speak: Callable[[str], bytes] = hum,
        http: httpx.AsyncClient | None = None,
        open_link: LinkOpener = open_websocket,
        is_strict: bool = True,
        setup_ms: int = 100,
        serves_rest: bool = True,
    ) -> None:
        self._base_url = webhook_base_url.rstrip("/")
        self._clock = clock
        self._http = http or httpx.AsyncClient(trust_env=False, timeout=WEBHOOK_TIMEOUT_S)
        self._owns_http = http is None
        self._exchange = Exchange(
            account_sid=account_sid,
            auth_token=auth_token,
            webhooks=Webhooks(self._http, auth_token),
            open_link=open_link,
            clock=clock,
            entropy=entropy,
            network=network or Network(),
            trouble=trouble or CallbackTrouble(),
            is_strict=is_strict,
            setup_ms=setup_ms,
            speak=speak,
            on_transfer=on_transfer or (lambda _: Bridged()),
        )
        self._people = dict(people or {})
        self._on_dial = on_dial
        self._numbers = dict(numbers or {})
        self._calls: dict[str, LiveCall] = {}
        self._refusals: list[ApiRefusalError] = []
        self._group = asyncio.TaskGroup()
        self._lives: set[asyncio.Task[None]] = set()
        self._doors = AsyncExitStack()
        self._rest = RestServer(self, clock, account_sid, auth_token) if serves_rest else None

    async def __aenter__(self) -> EmulatedTwilio:
        if self._owns_http:
            await self._doors.enter_async_context(self._http)
        if self._rest is not None:
            self._doors.push_async_callback(self._rest.close)
            await self._rest.open()
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End all calls. An error of the body passes as it is; one of a call comes in a group."""
        try:
            if error is None:
                await self._end_all()
            elif not isinstance(error, asyncio.CancelledError):
                for task in self._lives:
                    task.cancel()
                kind = error = trace = None
        finally:
            try:
                await self._group.__aexit__(kind, error, trace)
            finally:
                await self._doors.aclose()

    @property
    def rest_url(self) -> str:
        """The base URL of the REST API; empty when it is not served."""
        return self._rest.url if self._rest else ""

    def dial_in(self, from_: str, to: str, caller: Caller) -> LiveCall:
        """``caller`` at ``from_`` calls ``to``, a number of the customer."""
        plan = self._numbers.get(to) or CallPlan(
            source=TwimlAt(self._base_url + VOICE_PATH),
            status_callback=TwimlAt(self._base_url + STATUS_PATH),
        )
        call = self._new_call(Direction.INBOUND, from_, to, plan)
        self._begin(call, Life(self._exchange, call).receive(caller))
        return call

    def answer_at(self, number: str, answer: Caller | Pickup | Declined) -> None:
        """From now on this is who answers at ``number``."""
        self._people[number] = answer

    def refuse_next(self, status: int = 429, code: int = 20429, times: int = 1) -> None:
        """Refuse the next ``times`` requests for new calls, as an overloaded API does."""
        refusal = ApiRefusalError(status, code, "Too Many Requests" if status == 429 else "Refused")
        self._refusals += [refusal] * times

    def place(self, new: NewCall) -> LiveCall:
        """Place a call, as the REST API is asked to. Raises ApiRefusalError."""
        if self._refusals:
            raise self._refusals.pop(0)
        answer = self._answer_of(new.to)
        call = self._new_call(Direction.OUTBOUND, new.from_, new.to, new.plan)
        self._begin(call, Life(self._exchange, call).place(answer))
        return call

    def call(self, call_sid: str) -> LiveCall | None:
        """One call, if there is such."""
        return self._calls.get(call_sid)

    def calls(self) -> Sequence[LiveCall]:
        """All calls, the newest first."""
        return tuple(reversed(self._calls.values()))

    def change(self, call: LiveCall, change: ChangeCall | str) -> None:
        """Change a call, as the REST API is asked to. Raises ApiRefusalError."""
        if isinstance(change, ChangeCall):
            if call.status is not CallStatus.IN_PROGRESS:
                raise ApiRefusalError(400, 21220, "Call is not in-progress. Cannot redirect.")
            call.order(change)
        elif call.is_over:
            raise ApiRefusalError(400, 21220, "Call is not in-progress. Cannot redirect.")
        elif call.status is CallStatus.IN_PROGRESS:
            if change == "canceled":
                raise ApiRefusalError(400, 21220, "Call is in-progress. Cannot cancel.")
            call.order(EndCall("api"))
        else:
            call.order(EndCall("api", CallStatus.CANCELED))

    def _answer_of(self, number: str) -> Pickup | Declined:
        answer = self._people.get(number)
        if answer is None and self._on_dial is not None:
            answer = self._on_dial(number)
        if answer is None:
            return Declined(CallStatus.NO_ANSWER, ring_ms=60_000)
        return answer if isinstance(answer, Pickup | Declined) else Pickup(answer)

    def _begin(self, call: LiveCall, life: Coroutine[Any, Any, None]) -> None:
        task = self._group.create_task(life, name=f"call {call.call_sid}")
        self._lives.add(task)
        task.add_done_callback(self._lives.discard)

    def _new_call(self, direction: Direction, from_: str, to: str, plan: CallPlan) -> LiveCall:
        call = LiveCall(
            call_sid=self._exchange.sid("CA"),
            account_sid=self._exchange.account_sid,
            direction=direction,
            from_=from_,
            to=to,
            plan=plan,
            created_at=self._clock.now(),
        )
        self._calls[call.call_sid] = call
        return call

    async def _end_all(self) -> None:
        """Hang up what is live, and wait a while for the last callbacks."""
        live = list(self._calls.values())
        for call in live:
            if not call.is_over:
                call.hang_up("emulator")
        async with asyncio.timeout(FAREWELL_S):
            for call in live:
                await call.done
