"""Whose turn it is: the table of turn-taking, IDLE to INTERRUPTED, as data."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from core.errors import BrokenInvariantError


class Turn(StrEnum):
    """Where a call stands between caller and agent."""

    IDLE = "idle"  # the stream is not up yet
    LISTENING = "listening"
    PROCESSING = "processing"  # the caller's turn is over, the answer is in the making
    SPEAKING = "speaking"
    INTERRUPTED = "interrupted"  # the caller cut in, the sound is being stopped
    ENDED = "ended"


class TurnCue(StrEnum):
    """What moves the turn."""

    CALL_STARTED = "call_started"
    CALLER_FINISHED = "caller_finished"  # they stopped, or said nothing for too long
    CALLER_SPOKE = "caller_spoke"
    NOTHING_SAID = "nothing_said"  # what sounded like speech held no words
    FALSE_ALARM = "false_alarm"  # what silenced the agent was not the caller's turn: it goes on
    REPLY_STARTED = "reply_started"  # its first frame went to the carrier
    REPLY_FINISHED = "reply_finished"  # its last mark came back
    PLAYBACK_STOPPED = "playback_stopped"
    HUNG_UP = "hung_up"


NEXT: Final[Mapping[tuple[Turn, TurnCue], Turn]] = MappingProxyType(
    {
        (Turn.IDLE, TurnCue.CALL_STARTED): Turn.LISTENING,
        (Turn.LISTENING, TurnCue.CALLER_FINISHED): Turn.PROCESSING,
        (Turn.LISTENING, TurnCue.FALSE_ALARM): Turn.PROCESSING,
        (Turn.PROCESSING, TurnCue.CALLER_SPOKE): Turn.LISTENING,  # they had not finished
        (Turn.PROCESSING, TurnCue.NOTHING_SAID): Turn.LISTENING,
        (Turn.PROCESSING, TurnCue.REPLY_STARTED): Turn.SPEAKING,
        (Turn.PROCESSING, TurnCue.REPLY_FINISHED): Turn.LISTENING,  # the agent chose to say nothing
        (Turn.SPEAKING, TurnCue.CALLER_SPOKE): Turn.INTERRUPTED,  # barge-in: stop the sound first
        (Turn.SPEAKING, TurnCue.REPLY_FINISHED): Turn.LISTENING,
        (Turn.INTERRUPTED, TurnCue.PLAYBACK_STOPPED): Turn.LISTENING,
        **{(turn, TurnCue.HUNG_UP): Turn.ENDED for turn in Turn if turn is not Turn.ENDED},
    }
)


def follow(turn: Turn, cue: TurnCue) -> Turn:
    """The turn after ``cue``; raises BrokenInvariantError if the table has no such row."""
    try:
        return NEXT[(turn, cue)]
    except KeyError:
        raise BrokenInvariantError(f"{cue} cannot happen while {turn}.") from None
