"""The card of a call: what is known of it before a word is spoken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from core.call import Direction
from core.ids import BrandId, CallId, CallSid
from core.phone import PhoneNumber


@dataclass(frozen=True, slots=True)
class ScriptRef:
    """One version of one script. Version 0 is the file as shipped."""

    name: str
    version: int


@dataclass(frozen=True, slots=True)
class CallCard:
    """Who talks to whom, for which brand, by which script.

    ``theirs`` is None when the caller withholds the number.
    ``variables`` fill the script's placeholders (lead_name, address, ...).
    """

    call_id: CallId
    brand: BrandId
    direction: Direction
    script: ScriptRef
    ours: PhoneNumber
    theirs: PhoneNumber | None
    opened_at: datetime
    call_sid: CallSid | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
