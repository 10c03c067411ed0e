"""Reading a carrier's JSON field by field: the right type, or a `WireError` that names it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeAlias

from core.errors import InvalidInputError

MAX_MESSAGE_CHARS = 64 * 1024  # a 20 ms frame is about 400, a start with 100 parameters 50 000
MAX_DIGITS = 18  # of a number sent as a string: fits 64 bits

Object: TypeAlias = Mapping[str, object]


class WireFault(StrEnum):
    """Why a message was refused."""

    TOO_LONG = "too_long"
    NOT_TEXT = "not_text"
    NOT_JSON = "not_json"
    NOT_AN_OBJECT = "not_an_object"
    MISSING_FIELD = "missing_field"
    WRONG_TYPE = "wrong_type"
    BAD_PAYLOAD = "bad_payload"
    WRONG_FORMAT = "wrong_format"  # not mu-law, 8000 Hz, one channel
    FOREIGN_STREAM = "foreign_stream"  # it names another stream than its socket's


class WireError(InvalidInputError):
    """A message that Twilio would not send. ``fault`` is what to count it under."""

    def __init__(self, fault: WireFault, message: str, *, field: str | None = None) -> None:
        super().__init__(message, field=field)
        self.fault = fault


def object_of(message: str | bytes) -> Object:
    """The JSON object in one WebSocket message; its size is checked before it is parsed."""
    if len(message) > MAX_MESSAGE_CHARS:
        raise WireError(
            WireFault.TOO_LONG, f"A message of {len(message)} exceeds {MAX_MESSAGE_CHARS}."
        )
    try:
        decoded = message if isinstance(message, str) else message.decode("utf-8")
    except UnicodeDecodeError:
        raise WireError(WireFault.NOT_TEXT, "The message is not UTF-8 text.") from None
    try:
        fields: object = json.loads(decoded)
    except (ValueError, RecursionError):
        raise WireError(WireFault.NOT_JSON, "The message is not JSON.") from None
    return as_object(fields, "message")


def as_object(value: object, name: str) -> Object:
    """``value`` itself, if it is a JSON object."""
    if not isinstance(value, dict):
        raise WireError(WireFault.NOT_AN_OBJECT, f"{name} is not an object.", field=name)
    return value


def field(fields: Object, name: str) -> object:
    """The field called ``name``, of any type."""
    if name not in fields:
        raise WireError(WireFault.MISSING_FIELD, f"{name} is missing.", field=name)
    return fields[name]


def inner(fields: Object, name: str) -> Object:
    """The object in the field called ``name``."""
    return as_object(field(fields, name), name)


def text(fields: Object, name: str) -> str:
    """The string in the field called ``name``; one that a database can store."""
    value = field(fields, name)
    if not isinstance(value, str):
        raise WireError(WireFault.WRONG_TYPE, f"{name} is not a string.", field=name)
    if "\0" in value or not (value.isascii() or _is_whole_text(value)):
        raise WireError(WireFault.NOT_TEXT, f"{name} holds what cannot be stored.", field=name)
    return value


def whole(fields: Object, name: str) -> int:
    """A whole number, as Twilio's decimal string or as a JSON number."""
    value = field(fields, name)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= MAX_DIGITS:
        return int(value)
    raise WireError(WireFault.WRONG_TYPE, f"{name} is not a whole number.", field=name)


def _is_whole_text(value: str) -> bool:
    """Whether no letter is half of a surrogate pair, which UTF-8 cannot hold."""
    return not any("\ud800" <= letter <= "\udfff" for letter in value)
