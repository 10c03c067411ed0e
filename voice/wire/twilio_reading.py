"""Reading the messages that come all the time, media and marks, without a JSON parser."""

from __future__ import annotations

import binascii
import json
import re
from typing import Final

from core.ids import StreamSid
from voice.wire.twilio import MAX_PAYLOAD_BYTES, InboundEvent, Mark, Media, parse


class StreamReader:
    """Reads the messages of one stream: quickly those that come all the time.

    Media and marks in exactly the shape that Twilio writes are read without a JSON parser, in a
    quarter of the time; whatever differs in the least is left to ``parse``, which decides.
    """

    def __init__(self, stream_sid: StreamSid) -> None:
        self._stream_sid = stream_sid
        self._tail = f'"}},"streamSid":{json.dumps(stream_sid)}}}'
        self._sound = re.compile(_SOUND + re.escape(self._tail.encode()))

    def read(self, message: str) -> InboundEvent:
        """The event in ``message``, as ``parse`` finds it. Raises WireError."""
        if message.endswith(self._tail):
            tail = len(self._tail)
            event = _exact_media(message, tail) or _exact_mark(message, tail)
            if event is not None:
                return event
        return parse(message, self._stream_sid)

    def sound(self, message: bytes) -> tuple[int, bytes] | None:
        """The number and the payload of ``message``, if ``read`` finds plain media in it.

        None also where only ``read`` can tell.
        """
        found = self._sound.fullmatch(message)
        if found is None:
            return None
        try:
            payload = binascii.a2b_base64(found[2], strict_mode=True)
        except ValueError:
            return None
        if not 0 < len(payload) <= MAX_PAYLOAD_BYTES:
            return None
        return int(found[1]), payload


_SOUND: Final = (
    rb'\{"event":"media","sequenceNumber":"([0-9]{1,18})","media":\{"track":"inbound",'
    rb'"chunk":"[0-9]{1,18}","timestamp":"[0-9]{1,18}","payload":"([A-Za-z0-9+/=]+)'
)
_NUMBER: Final = r'"([0-9]{1,18})"'
_MEDIA_HEAD: Final = re.compile(
    r'\{"event":"media","sequenceNumber":'
    + _NUMBER
    + r',"media":\{"track":"inbound","chunk":'
    + _NUMBER
    + r',"timestamp":'
    + _NUMBER
    + r',"payload":"'
)
_MARK_HEAD: Final = re.compile(
    r'\{"event":"mark","sequenceNumber":' + _NUMBER + r',"mark":\{"name":"'
)
_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9:._ -]{1,64}")


def _exact_media(message: str, tail: int) -> Media | None:
    head = _MEDIA_HEAD.match(message)
    if head is None:
        return None
    try:
        payload = binascii.a2b_base64(message[head.end() : -tail], strict_mode=True)
    except ValueError:
        return None
    if not 0 < len(payload) <= MAX_PAYLOAD_BYTES:
        return None
    sequence, chunk, timestamp = head.groups()
    return Media(int(sequence), "inbound", int(chunk), int(timestamp), payload)


def _exact_mark(message: str, tail: int) -> Mark | None:
    head = _MARK_HEAD.match(message)
    if head is None:
        return None
    name = message[head.end() : -tail]
    return Mark(int(head[1]), name) if _PLAIN_NAME.fullmatch(name) else None
