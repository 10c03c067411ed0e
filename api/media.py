"""The media socket: checks who comes, then pumps messages between the carrier and the desk.

It is a plain ASGI application: with fifty messages a second for every call, each layer between
the server and here is paid for.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from typing import Final

import structlog
from fastapi import APIRouter
from starlette.types import Message, Receive, Scope, Send

from api.incoming import Incoming
from api.services import Services
from api.stream_counts import Refusal
from core.call import EndReason
from core.card import CallCard
from core.errors import NotFoundError, ParleyError, ProviderError, RefusedError
from voice.wire.twilio import Connected, InboundEvent, Start

START_WITHIN_S: Final = 10.0  # Twilio sends `connected` and `start` at once
SEND_S: Final = 5.0  # a socket that takes no frame for this long is dead
NORMAL: Final = 1000
POLICY_VIOLATION: Final = 1008  # RFC 6455, 7.4.1
TRY_AGAIN_LATER: Final = 1013  # IANA registry of close codes
INTERNAL_ERROR: Final = 1011

log = structlog.get_logger(__name__)
router = APIRouter()


class SocketTransport:
    """The outgoing side of one media socket."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def send(self, message: str) -> None:
        """Send one text frame. Raises ConnectionError once the line is gone. Cancel-safe: no."""
        try:
            async with asyncio.timeout(SEND_S):
                await self._send({"type": "websocket.send", "text": message})
        except (RuntimeError, OSError) as error:
            # The server answers a send after the close with either; TimeoutError is an OSError.
            raise ConnectionError("The media socket is closed.") from error


class MediaSocket:
    """The endpoint of the carrier's streams, as an ASGI application."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hold one call on this socket, once it has proved which call it is."""
        services: Services = scope["app"].state.services
        await receive()  # the upgrade that asks to be answered
        refusal = None if services.door.admits(scope) else Refusal.UNSIGNED
        address = _address(scope)
        refusal = refusal or services.room.enter(address)
        if refusal is not None:
            _refuse(services, refusal, "")
            # Before it is accepted: the upgrade is answered 403.
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
            return
        incoming = Incoming(receive, services.counts, scope)
        code = INTERNAL_ERROR
        try:
            try:
                await send({"type": "websocket.accept"})
                start = await _start(services, incoming)
            finally:
                services.room.leave(address)
            code = POLICY_VIOLATION
            if start is not None:
                code = await _admit_and_hold(services, start, incoming, SocketTransport(send))
        finally:
            incoming.close()
            if not incoming.is_gone:
                await _close(send, POLICY_VIOLATION if incoming.cut else code)


router.add_websocket_route("/twilio/stream", MediaSocket())  # type: ignore[arg-type]  # ASGI


async def _admit_and_hold(
    services: Services,
    start: Start,
    incoming: Incoming,
    transport: SocketTransport,
) -> int:
    """Hold the call if it may come; the code to close the socket with."""
    call_sid = start.call_sid
    try:
        card = await _card(services, start)
    except (RefusedError, NotFoundError) as error:
        _refuse(services, Refusal.FOREIGN, str(error), call_sid)
        return POLICY_VIOLATION
    kept = services.places.claim(card.call_id)
    if services.desk.is_draining or not (kept or services.desk.has_room):
        _refuse(services, Refusal.NO_ROOM, services.load.reason, call_sid)
        await services.register.failed(card.call_id, EndReason.TURNED_AWAY, services.clock.now())
        return TRY_AGAIN_LATER
    services.counts.opened += 1
    with structlog.contextvars.bound_contextvars(call_id=str(card.call_id), call_sid=call_sid):
        try:
            reason = await services.desk.hold(card, start.stream_sid, transport, incoming)
        except (RefusedError, NotFoundError, ProviderError) as error:
            services.counts.failed += 1
            log.error("call not held", fault=type(error).__name__, reason=str(error))
            return _code_for(error)
        if reason is EndReason.INTERNAL_ERROR:
            services.counts.failed += 1
        log.info("stream over", reason=reason.value, malformed=incoming.malformed)
    return NORMAL


async def _start(services: Services, events: AsyncIterable[InboundEvent]) -> Start | None:
    """The stream's first word; None, and counted, if it does not come or is another."""
    try:
        async with asyncio.timeout(START_WITHIN_S):
            greeted = False
            async for event in events:
                if isinstance(event, Start):
                    return event
                if greeted or not isinstance(event, Connected):
                    _refuse(services, Refusal.UNOPENED, "It began without a start message.")
                    return None
                greeted = True
    except TimeoutError:
        _refuse(services, Refusal.NO_START, f"Nothing came within {START_WITHIN_S:.0f} s.")
        return None
    _refuse(services, Refusal.UNOPENED, "It was closed before its start message.")
    return None


async def _card(services: Services, start: Start) -> CallCard:
    """The call of this stream. Raises RefusedError or NotFoundError: it is not ours to hold."""
    if services.account_sid is not None and start.account_sid != services.account_sid:
        raise RefusedError("ACCOUNT_FOREIGN", "The stream is of another Twilio account.")
    given = start.parameters
    call_id = await services.tokens.redeem(given.get("token", ""), given.get("call_id", ""))
    card = await services.register.card(call_id)
    if card.call_sid != start.call_sid:
        raise RefusedError("CALL_FOREIGN", "The stream is of another call than its token.")
    return card


def _code_for(error: ParleyError) -> int:
    if isinstance(error, RefusedError):
        return POLICY_VIOLATION
    is_passing = isinstance(error, ProviderError) and error.retryable
    return TRY_AGAIN_LATER if is_passing else INTERNAL_ERROR


def _refuse(services: Services, refusal: Refusal, detail: str, call_sid: str = "") -> None:
    services.counts.refusals[refusal] += 1
    log.warning("stream refused", reason=refusal.value, detail=detail, call_sid=call_sid or None)


def _address(scope: Scope) -> str:
    client: tuple[str, int] | None = scope.get("client")
    return "" if client is None else client[0]


async def _close(send: Send, code: int) -> None:
    closing: Message = {"type": "websocket.close", "code": code}
    try:
        async with asyncio.timeout(SEND_S):
            await send(closing)
    except (RuntimeError, OSError):
        log.debug("socket was already closed")
