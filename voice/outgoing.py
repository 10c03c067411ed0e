"""The outgoing side of one media stream: messages one at a time, until the line is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from core.ids import StreamSid
from voice.ports import CallTransport
from voice.wire.twilio_sending import TwilioMessages


class Outgoing:
    """Sends media, marks and clears; a dead line is reported once and then ignored."""

    def __init__(
        self, transport: CallTransport, stream_sid: StreamSid, dropped: Callable[[], None]
    ) -> None:
        self._transport = transport
        self._messages = TwilioMessages(stream_sid)
        self._dropped = dropped
        self._one_at_a_time = asyncio.Lock()  # so that no sound is written after its clear
        self.is_gone = False

    async def media(self, mulaw: bytes) -> None:
        """Queue ``mulaw`` for playing. Cancel-safe: no."""
        await self._send(self._messages.media(mulaw))

    async def mark(self, name: str) -> None:
        """Ask for a mark behind what is queued. Cancel-safe: no."""
        await self._send(self._messages.mark(name))

    async def clear(self) -> None:
        """Throw away what is queued. Cancel-safe: no."""
        await self._send(self._messages.clear)

    async def _send(self, message: str) -> None:
        async with self._one_at_a_time:
            if self.is_gone:
                return
            try:
                await self._transport.send(message)
            except OSError:
                self.is_gone = True
                self._dropped()
