"""The media socket: checks who comes, then pumps messages between the carrier and the desk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

import structlog
from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect, WebSocketState

from api.services import Services
from core.call import EndReason
from core.card import CallCard
from core.errors import NotFoundError, ParleyError, ProviderError, RefusedError
from voice.wire.fields import WireError
from voice.wire.twilio import Connected, InboundEvent, Start, parse

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

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket

    async def send(self, message: str) -> None:
        """Send one text frame. Raises ConnectionError once the line is gone. Cancel-safe: no."""
        try:
            async with asyncio.timeout(SEND_S):
                await self._socket.send_text(message)
        except (WebSocketDisconnect, RuntimeError, OSError) as error:
            # Starlette answers a send after the close with RuntimeError; TimeoutError is OSError.
            raise ConnectionError("The media socket is closed.") from error


@dataclass(slots=True)
class Incoming:
    """The incoming side of one media socket: malformed messages are counted and left out."""

    socket: WebSocket
    malformed: int = 0

    async def events(self) -> AsyncIterator[InboundEvent]:
        """Each well-formed message, until the carrier closes the socket."""
        while True:
            message = await self.socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            content: str | bytes | None = message.get("text")
            if content is None:
                content = message.get("bytes") or b""
            try:
                event = parse(content)
            except WireError as error:
                self.malformed += 1
                if self.malformed == 1:  # one line per stream; the rest are only counted
                    log.warning("malformed stream message", fault=str(error))
                continue
            yield event


@router.websocket("/twilio/stream")
async def stream(socket: WebSocket) -> None:
    """Hold one call on this socket, once it has proved which call it is."""
    services: Services = socket.app.state.services
    if not services.door.admits(socket.scope):
        _count_refusal(services, "not signed by the carrier", "")
        await socket.close(POLICY_VIOLATION)  # before accepting: the upgrade is answered 403
        return
    await socket.accept()
    incoming = Incoming(socket)
    code = INTERNAL_ERROR
    try:
        code = await _admit_and_hold(services, socket, incoming)
    finally:
        services.counts.malformed += incoming.malformed
        await _close(socket, code)


async def _admit_and_hold(services: Services, socket: WebSocket, incoming: Incoming) -> int:
    """Hold the call if it may come; the code to close the socket with."""
    events = incoming.events()
    call_sid = ""
    try:
        async with asyncio.timeout(START_WITHIN_S):
            start = await _start(events)
        call_sid = start.call_sid
        card = await _card(services, start)
    except TimeoutError:
        _count_refusal(services, f"no start within {START_WITHIN_S:.0f} s", call_sid)
        return POLICY_VIOLATION
    except (RefusedError, NotFoundError) as error:
        _count_refusal(services, str(error), call_sid)
        return POLICY_VIOLATION
    if not services.desk.has_room:
        _count_refusal(services, "no room for another call", call_sid)
        await services.register.failed(card.call_id, EndReason.TURNED_AWAY, services.clock.now())
        return TRY_AGAIN_LATER
    services.counts.opened += 1
    with structlog.contextvars.bound_contextvars(call_id=str(card.call_id), call_sid=call_sid):
        try:
            reason = await services.desk.hold(
                card, start.stream_sid, SocketTransport(socket), events
            )
        except (RefusedError, NotFoundError, ProviderError) as error:
            services.counts.failed += 1
            log.error("call not held", fault=type(error).__name__, reason=str(error))
            return _code_for(error)
        log.info("stream over", reason=reason.value, malformed=incoming.malformed)
    return NORMAL


def _code_for(error: ParleyError) -> int:
    if isinstance(error, RefusedError):
        return POLICY_VIOLATION
    is_passing = isinstance(error, ProviderError) and error.retryable
    return TRY_AGAIN_LATER if is_passing else INTERNAL_ERROR


async def _start(events: AsyncIterator[InboundEvent]) -> Start:
    """The stream's first word. Raises RefusedError when something else comes first."""
    async for event in events:
        if isinstance(event, Start):
            return event
        if not isinstance(event, Connected):
            raise RefusedError("STREAM_UNOPENED", "The stream began without a start message.")
    raise RefusedError("STREAM_UNOPENED", "The stream was closed before its start message.")


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


def _count_refusal(services: Services, reason: str, call_sid: str) -> None:
    services.counts.refused += 1
    log.warning("stream refused", reason=reason, call_sid=call_sid or None)


async def _close(socket: WebSocket, code: int) -> None:
    if (
        socket.application_state is WebSocketState.CONNECTED
        and socket.client_state is WebSocketState.CONNECTED
    ):
        try:
            async with asyncio.timeout(SEND_S):
                await socket.close(code)
        except (RuntimeError, OSError):
            log.debug("socket was already closed")
