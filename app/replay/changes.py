"""Other settings for a replay: ``endpointing.NAME=VALUE``, a time or threshold of turn-taking."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any, Final, get_type_hints

from core.errors import InvalidInputError
from voice.call_state import CallState
from voice.endpointing import Patience

PREFIX: Final = "endpointing."
MOST: Final = 9_999_999  # ms: longer than any call
WORDS: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def changed(state: CallState, settings: Iterable[str]) -> CallState:
    """``state`` with every setting of ``settings`` in place of its own.

    Raises:
        InvalidInputError: no setting is called so, or its value does not fit.
    """
    values: dict[str, Any] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        field = name.strip().removeprefix(PREFIX)
        if not equals or not name.strip().startswith(PREFIX) or field not in names():
            raise _unknown(setting)
        values[field] = _value(name.strip(), get_type_hints(Patience)[field], text.strip())
    return state._replace(patience=replace(state.patience, **values))


def names() -> tuple[str, ...]:
    """The settings that there are, without their prefix."""
    return tuple(each.name for each in fields(Patience))


def _value(name: str, kind: Any, text: str) -> int | float | bool:
    try:
        if kind is bool:
            return WORDS[text.lower()]
        value = float(text) if kind is float else int(text)
    except (KeyError, ValueError):
        wanted = {bool: "true or false", float: "a number"}.get(kind, "a whole number")
        raise InvalidInputError(f"{name} is {wanted}, not '{text}'.", field="set") from None
    most = 1 if name.endswith("_probability") else MOST
    if not 0 <= value <= most:  # also no NaN
        raise InvalidInputError(f"{name} lies between 0 and {most:,}, not {text}.", field="set")
    return value


def _unknown(setting: str) -> InvalidInputError:
    known = ", ".join(f"{PREFIX}{name}" for name in names())
    return InvalidInputError(
        f"'{setting}' is no setting of a replay. Write NAME=VALUE with one of: {known}.",
        field="set",
    )
