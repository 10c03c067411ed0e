"""What the caller's turn says, read in the light of what was asked."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from agents.language.read import read
from agents.language.reading import Intent, Reading
from agents.script import Script
from agents.thread import Thread
from core.speech import CallerTurn, TurnKind
from graph.state import words_of


def read_turn(turn: CallerTurn, script: Script, thread: Thread, zone: ZoneInfo) -> Reading:
    """The reading of ``turn``. ``thread``: as the turn before left it; ``zone``: the script's."""
    text = words_of(turn)
    if turn.kind in (TurnKind.OPENING, TurnKind.SILENCE) or not text:
        return Reading(text, (Intent.UNCLEAR,))
    return read(
        text,
        script=script,
        asked=thread.asked,
        offers=thread.offers,
        now=turn.at.astimezone(zone),
    )
