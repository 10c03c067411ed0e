"""A desk that listens until the caller hangs up."""

from __future__ import annotations

from collections.abc import AsyncIterable
from dataclasses import dataclass, field

from core.call import EndReason
from core.card import CallCard
from core.errors import ParleyError
from core.ids import StreamSid
from voice.ports import CallTransport
from voice.wire.twilio import InboundEvent, Media, Stop


@dataclass
class ListeningDesk:
    """``api.services.CallDesk``: keeps what it heard; answers each frame with ``answer``."""

    live: int = 0
    has_room: bool = True
    is_draining: bool = False
    answer: str = ""
    fault: ParleyError | None = None
    forgets: bool = False  # keeps no events: it may listen for long
    reason: EndReason = EndReason.STREAM_LOST  # when the line ends without `stop`
    held: list[tuple[CallCard, StreamSid]] = field(default_factory=list)
    events: list[InboundEvent] = field(default_factory=list)

    async def hold(
        self,
        card: CallCard,
        stream_sid: StreamSid,
        transport: CallTransport,
        incoming: AsyncIterable[InboundEvent],
    ) -> EndReason:
        """Listen until `stop`."""
        self.held.append((card, stream_sid))
        if self.fault is not None:
            raise self.fault
        async for event in incoming:
            if not self.forgets:
                self.events.append(event)
            if isinstance(event, Media) and self.answer:
                await transport.send(self.answer)
            if isinstance(event, Stop):
                return EndReason.CALLER_HUNG_UP
        return self.reason
