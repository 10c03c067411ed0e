"""Effects: what a turn wants to change in the world, as data, done once at commit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from core.ids import CallId

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


class EffectTool(StrEnum):
    """The tools that change something."""

    BOOK_APPOINTMENT = "book_appointment"  # starts_at (ISO, aware), minutes, name, ...
    REQUEST_CALLBACK = "request_callback"  # due_at (ISO, aware) or null, wording
    OPT_OUT = "opt_out"  # wording


@dataclass(frozen=True, slots=True)
class Effect:
    """One change, keyed by call, turn, tool and arguments: the same key is done once."""

    tool: EffectTool
    arguments: Mapping[str, Json]
    key: str
    refusal_line: str = ""  # spoken instead of the announcement when the commit refuses it


def effect_key(call: CallId, turn: int, tool: EffectTool, arguments: Mapping[str, Json]) -> str:
    """The idempotency key of an effect: stable over retries, replays and processes."""
    canonical = json.dumps(arguments, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256(canonical.encode()).hexdigest()[:16]
    return f"{call}:{turn}:{tool.value}:{digest}"
