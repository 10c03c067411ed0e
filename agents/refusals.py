"""What is said and asked when the world refuses an effect at the last moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from agents.agent import Role
from agents.brief import Brief
from agents.progress import Progress
from agents.thread import Topic
from agents.wording import Wording
from core.effects import EffectTool


def if_refused(progress: Progress, brief: Brief) -> tuple[Progress, str]:
    """The conversation with no effect done, and the line spoken instead of the announcement."""
    back = replace(
        progress,
        effects=(),
        ends_call=False,
        thread=replace(progress.thread, outcome=brief.thread.outcome, proposal=None),
    )
    tools = {effect.tool for effect in progress.effects}
    wording = Wording(brief.script, brief.variables, progress.slots, brief.now)
    if EffectTool.BOOK_APPOINTMENT in tools:
        return _other_times(back, brief, wording)
    if EffectTool.REQUEST_CALLBACK in tools:
        asked = replace(back, thread=back.thread.ask(Topic.CALLBACK_TIME))
        return _to_scheduler(asked), wording.say(brief.script.callback.closed)
    again = replace(back.thread, asked=brief.thread.asked)
    return replace(back, thread=again), wording.say(brief.script.lines.clarify[0])


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
