"""What the caller must have heard to its end, and what of it is still owed.

A line of the opening that must be heard comes again, whole, before anything else is said, until
the words that the caller heard hold all of it. This is known by ``Heard`` alone: which lines were
heard is part of the state, so it survives the process; what was sent, or held a mark, is not asked.

Who wants no more calls is not kept on the line: the confirmation comes at once and alone. There is
no other exception; whoever was called by mistake may know by whom, too.

Where lines do not come through however often they come again, as when a television speaks over
each reply, the call cannot go on: the agent takes leave. Half a line and the other half, heard
apart, are no line.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Final

from agents.language.reading import Intent
from agents.script import Script
from agents.script_lines import fill
from agents.script_opening import Segment
from agents.thread import Thread
from core.call import Outcome
from core.card import CallCard
from core.speech import Heard
from graph.context import Surroundings
from graph.repeats import words_of
from graph.state import CallState

MOST_REPEATS: Final = 3  # with nothing new heard: half a minute of the same lines
NOT_HEARD: Final = "The caller did not hear what must be heard, however often it came again."


def segments(script: Script, card: CallCard, *, but: Collection[int] = ()) -> Iterator[Segment]:
    """The lines of this call that must be heard, in order; without those at the places ``but``."""
    for place, line in enumerate(script.opening):
        if line.must_hear and place not in but:
            yield Segment(place, fill(line.say, script, card.variables), line.must_hear)


def heard_lines(
    state: CallState, script: Script, card: CallCard, *heards: Heard | None
) -> list[int]:
    """The places of the lines that were heard to their end, with what ``heards`` tell."""
    known = set(state.get("heard_lines", []))
    for heard in filter(None, heards):
        left = tuple(segments(script, card, but=known))
        if not left:
            break
        said = _sounds(heard.text)
        known.update(segment.place for segment in left if _sounds(segment.text) in said)
    return sorted(known)


def owed(state: CallState, context: Surroundings) -> tuple[Segment, ...]:
    """What was not heard to its end yet, as this turn begins."""
    heard = heard_lines(state, context.script, context.card, context.heard)
    return tuple(segments(context.script, context.card, but=heard))


def due(state: CallState, context: Surroundings) -> tuple[Segment, ...]:
    """What this turn's reply begins with."""
    if context.reading.has(Intent.OPT_OUT):
        return ()
    left = owed(state, context)
    if not left or Thread.from_json(state.get("thread", {})).outcome is Outcome.OPTED_OUT:
        return ()
    return left


def counted(thread: Thread, state: CallState, context: Surroundings) -> Thread:
    """``thread`` with what was heard by now, and how often in a row it came again in vain."""
    left = owed(state, context)
    heard = len(heard_lines(state, context.script, context.card, context.heard))
    repeated = thread.repeated
    if not left or not state.get("turn"):
        repeated = 0
    elif due(state, context):
        repeated = 1 if heard > thread.lines_heard else min(repeated, MOST_REPEATS) + 1
    if (thread.disclosed, thread.lines_heard, thread.repeated) == (not left, heard, repeated):
        return thread
    return replace(thread, disclosed=not left, lines_heard=heard, repeated=repeated)


def is_in_vain(thread: Thread, state: CallState, context: Surroundings) -> bool:
    """Whether this turn would only say once more what does not come through."""
    return thread.repeated > MOST_REPEATS and bool(due(state, context))


def _sounds(text: str) -> str:
    """The words alone, each between spaces, so that a line is found by whole words."""
    return f" {' '.join(words_of(text))} "
