"""What is said and asked when the world refuses an effect at the last moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from agents.agent import Role
from agents.brief import Brief
from agents.progress import Progress
from agents.thread import Topic
from agents.wording import Wording
from core.call import Outcome
from core.effects import EffectTool


def if_refused(progress: Progress, brief: Brief) -> tuple[Progress, str]:
    """The conversation with no effect done, and the line spoken instead of the announcement.

    A wish not to be called again is never refused: with one in the turn the call ends on it.
    """
    back = replace(
        progress,
        effects=(),
        ends_call=False,
        thread=replace(progress.thread, outcome=brief.thread.outcome, proposal=None),
    )
    tools = {effect.tool for effect in progress.effects}
    wording = Wording(brief.script, brief.variables, progress.slots, brief.now)
    if EffectTool.OPT_OUT in tools:
        return _goodbye(back, progress, brief, wording)
    if EffectTool.BOOK_APPOINTMENT in tools:
        return _other_times(back, brief, wording)
    if EffectTool.REQUEST_CALLBACK in tools:
        asked = replace(back, thread=back.thread.ask(Topic.CALLBACK_TIME))
        return _to_scheduler(asked), wording.say(brief.script.callback.closed)
    again = replace(back.thread, asked=brief.thread.asked)
    return replace(back, thread=again), wording.say(brief.script.lines.clarify[0])


def _goodbye(
    back: Progress, progress: Progress, brief: Brief, wording: Wording
) -> tuple[Progress, str]:
    """Whatever else was refused, they are off the list: say so and end the call."""
    left = tuple(effect for effect in progress.effects if effect.tool is EffectTool.OPT_OUT)
    thread = back.thread.came_to(Outcome.OPTED_OUT).ask(Topic.CLOSED)
    lines = brief.script.lines
    line = f"{wording.say(lines.opt_out)} {wording.say(lines.farewell)}"
    return replace(back, effects=left, thread=thread, ends_call=True), line


def _other_times(back: Progress, brief: Brief, wording: Wording) -> tuple[Progress, str]:
    """The slot went: offer the nearest others."""
    booking = brief.script.booking
    proposal = brief.thread.proposal
    times: tuple[datetime, ...] = ()
    if proposal is not None and brief.diary is not None:
        nearest = brief.diary.nearest(proposal.starts_at, booking.offers + 1)
        times = tuple(start for start in nearest if start != proposal.starts_at)[: booking.offers]
    thread = replace(back.thread, offers=times, asked=Topic.TIME, tries=0)
    line = f"{wording.say(booking.refused)} {wording.offer(times)}"
    return _to_scheduler(replace(back, thread=thread)), line


def _to_scheduler(progress: Progress) -> Progress:
    return replace(progress, next_agent=Role.SCHEDULER, reason="effect refused")
