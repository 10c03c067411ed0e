"""What went wrong on a call, by Twilio's error codes, as its debugger would list it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Code(IntEnum):
    """The codes that this emulator gives out. Source: twilio.com/docs/api/errors."""

    HTTP_FAILURE = 11200  # a webhook could not be fetched or answered with an error
    BAD_XML = 12100
    SCHEMA_WARNING = 12200  # a verb or attribute that TwiML does not know
    BAD_CONTENT_TYPE = 12300
    DIAL_INVALID_NUMBER = 13224
    STREAM_CONNECT_TIMEOUT = 31901
    STREAM_BROKEN_PIPE = 31903  # the server died or stopped reading
    STREAM_HANDSHAKE = 31920  # the upgrade was not answered with 101
    STREAM_CLOSED_BY_SERVER = 31921
    STREAM_BAD_URL = 31922  # not wss
    STREAM_PROTOCOL = 31924
    STREAM_BUFFER_FULL = 31931


@dataclass(frozen=True, slots=True)
class Fault:
    """One entry of the debugger. ``at_ms`` counts from the answer; before it, it is zero."""

    code: int
    message: str
    at_ms: int = 0


class FaultError(Exception):
    """Something failed in a way that Twilio has a code for."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
