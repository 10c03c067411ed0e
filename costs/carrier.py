"""Which carrier price a call is charged at: by direction and kind of number."""

from __future__ import annotations

from typing import Final

from core.call import Direction
from core.phone import PhoneNumber
from core.usage import Unit, Usage

INBOUND: Final = "twilio/voice/gb-inbound"
MOBILE: Final = "twilio/voice/gb-mobile-out"
LANDLINE: Final = "twilio/voice/gb-landline-out"
STREAM: Final = "twilio/media-stream"
MINUTE_S: Final = 60  # the carrier charges started minutes, of the leg and of its stream

UK_MOBILE: Final = "+447"  # Ofcom's plan: 07 is mobile; 070 and 076 are never dialled


def voice_sku(direction: Direction, theirs: PhoneNumber | None) -> str:
    """What one minute of the call is sold as. ``theirs`` is None when the caller withholds it."""
    if direction is Direction.INBOUND or theirs is None:
        return INBOUND
    return MOBILE if theirs.e164.startswith(UK_MOBILE) else LANDLINE


def started_minute(direction: Direction, theirs: PhoneNumber | None) -> tuple[Usage, ...]:
    """What one more started minute of a call with a media stream uses."""
    return (
        Usage(voice_sku(direction, theirs), Unit.CARRIER_MINUTE, 1),
        Usage(STREAM, Unit.STREAM_SECOND, MINUTE_S),
    )
