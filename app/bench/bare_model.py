"""What the chat model alone costs: the same answer, without graph, calendar and database."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC
from zoneinfo import ZoneInfo

from agents.agent import Role
from agents.brief import Brief, Said
from agents.language.reading import Intent, Reading
from agents.roster import ROSTER
from agents.script_loader import load_script, shipped_text
from agents.thread import Thread
from app.bench.place import SCRIPT, Place
from core.speech import CallerTurn, TurnKind
from graph.sentences import Sentences

HISTORY = 40


async def time_bare_model(place: Place, turns: int) -> tuple[list[float], list[float]]:
    """Milliseconds to the first whole sentence and to the end, of ``turns`` answers."""
    brief = _brief(place)
    first: list[float] = []
    whole: list[float] = []
    for _ in range(turns):
        sentences = Sentences()
        begun = time.perf_counter()
        heard = None
        async for piece in place.model.answer(brief):
            if sentences.feed(piece.text) and heard is None:
                heard = time.perf_counter()
        done = time.perf_counter()
        first.append(1000 * ((heard or done) - begun))
        whole.append(1000 * (done - begun))
    return first, whole


def _brief(place: Place) -> Brief:
    script = load_script(shipped_text(SCRIPT))
    zone = ZoneInfo(script.timezone)
    now = place.storage.clock.now().astimezone(zone)
    turn = CallerTurn(21, TurnKind.SPEECH, "three bedrooms", 0.9, now.astimezone(UTC))
    said = tuple(Said(by_caller=at % 2 == 1, text="I see, thank you.") for at in range(HISTORY))
    return replace(
        Brief(
            agent=ROSTER[Role.QUALIFICATION],
            history=said,
            script=script,
            variables={"lead_name": "Emma Carter"},
            slots={},
            thread=Thread(),
            turn=turn,
            reading=Reading(turn.text, (Intent.UNCLEAR,)),
            now=now,
            diary=None,
            from_agent=Role.QUALIFICATION,
        ),
        zone=zone,
    )
