"""The life of a call: its states, its ends and its outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from core.errors import BrokenInvariantError


class Direction(StrEnum):
    """Who called whom."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class CallState(StrEnum):
    """Where a call is in its life."""

    QUEUED = "queued"  # our row exists; the carrier may not know the call yet
    DIALING = "dialing"
    RINGING = "ringing"
    TALKING = "talking"
    ENDED = "ended"


class CallCue(StrEnum):
    """What can happen to a call, as the carrier or we report it."""

    PLACED = "placed"
    RANG = "rang"
    ANSWERED = "answered"
    ENDED = "ended"


class EndReason(StrEnum):
    """Why a call ended, technically."""

    AGENT_HUNG_UP = "agent_hung_up"
    CALLER_HUNG_UP = "caller_hung_up"
    NO_RESPONSE = "no_response"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    CANCELED = "canceled"
    CARRIER_FAILED = "carrier_failed"
    TURNED_AWAY = "turned_away"  # by us: no room, or its stream did not prove what call it is
    STREAM_LOST = "stream_lost"
    PROCESS_DIED = "process_died"
    SHUT_DOWN = "shut_down"
    INTERNAL_ERROR = "internal_error"


class Outcome(StrEnum):
    """What a call came to, in business terms."""

    BOOKED = "booked"
    CALLBACK = "callback"
    NOT_INTERESTED = "not_interested"
    OPTED_OUT = "opted_out"
    NO_RESPONSE = "no_response"
    COMPLETED = "completed"
    FAILED = "failed"


NEXT: Final[Mapping[tuple[CallState, CallCue], CallState]] = MappingProxyType(
    {
        (CallState.QUEUED, CallCue.PLACED): CallState.DIALING,
        (CallState.QUEUED, CallCue.RANG): CallState.RINGING,  # callbacks overtake the create reply
        (CallState.QUEUED, CallCue.ANSWERED): CallState.TALKING,
        (CallState.QUEUED, CallCue.ENDED): CallState.ENDED,
        (CallState.DIALING, CallCue.RANG): CallState.RINGING,
        (CallState.DIALING, CallCue.ANSWERED): CallState.TALKING,
        (CallState.DIALING, CallCue.ENDED): CallState.ENDED,
        (CallState.RINGING, CallCue.ANSWERED): CallState.TALKING,
        (CallState.RINGING, CallCue.ENDED): CallState.ENDED,
        (CallState.TALKING, CallCue.ENDED): CallState.ENDED,
    }
)

# Status callbacks come late, twice and out of order: such a cue changes nothing.
STALE: Final[frozenset[tuple[CallState, CallCue]]] = frozenset(
    {
        (CallState.DIALING, CallCue.PLACED),
        (CallState.RINGING, CallCue.PLACED),
        (CallState.RINGING, CallCue.RANG),
        (CallState.TALKING, CallCue.PLACED),
        (CallState.TALKING, CallCue.RANG),
        (CallState.TALKING, CallCue.ANSWERED),
        (CallState.ENDED, CallCue.PLACED),
        (CallState.ENDED, CallCue.RANG),
        (CallState.ENDED, CallCue.ANSWERED),
        (CallState.ENDED, CallCue.ENDED),
    }
)


def follow(state: CallState, cue: CallCue) -> CallState:
    """The state after ``cue``; a stale cue leaves it as it is."""
    if (state, cue) in STALE:
        return state
    try:
        return NEXT[(state, cue)]
    except KeyError:
        raise BrokenInvariantError(f"A {state} call cannot be {cue}.") from None
