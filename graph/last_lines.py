"""What is said when a model leaves the caller without words: the script's own lines."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from agents.brief import Brief
from agents.progress import Progress
from agents.refusals import if_refused
from agents.thread import Topic
from agents.wording import Wording
from core.effects import Effect, EffectTool
from core.speech import ReplyPiece
from graph.sentences import Sentences

# After them nothing is left to talk about.
PARTING: Final = frozenset({EffectTool.OPT_OUT, EffectTool.REQUEST_CALLBACK})


def taken_back(progress: Progress, brief: Brief, *, refused: bool) -> Progress:
    """The conversation as the script's own lines leave it. What was done stands.

    ``refused``: an effect was not allowed, so the call cannot end on it.
    """
    done = {effect.tool for effect in progress.effects}
    thread = progress.thread
    if done & PARTING:
        return replace(progress, thread=thread.ask(Topic.CLOSED), ends_call=True)
    if done and not progress.ends_call and thread.asked == Topic.CONFIRM:
        thread = thread.ask(Topic.MORE)
    if refused and not done:
        closed = thread.asked == Topic.CLOSED
        asked = brief.thread.asked if closed else thread.asked
        thread = replace(thread, asked=asked, outcome=brief.thread.outcome)
    ends_call = progress.ends_call and not (refused and not done)
    return replace(progress, thread=thread, ends_call=ends_call)


def last_lines(progress: Progress, brief: Brief) -> tuple[str, ...]:
    """What was done, then the farewell, or what was asked again. Never nothing."""
    wording = Wording(brief.script, brief.variables, progress.slots, brief.now)
    lines = brief.script.lines
    said = [_told(effect, brief, wording) for effect in progress.effects]
    if progress.ends_call:
        goodbye = progress.effects and progress.effects[-1].tool is EffectTool.REQUEST_CALLBACK
        return tuple(said) if goodbye else (*said, wording.say(lines.farewell))
    again = wording.ask(progress.thread, again=not said)
    if not again and not said:
        again = wording.say(lines.clarify[0])
    return tuple(filter(None, (*said, again)))


def _told(effect: Effect, brief: Brief, wording: Wording) -> str:
    """The line that belongs to an effect."""
    proposal = brief.thread.proposal
    time = "" if proposal is None else proposal.said
    match effect.tool:
        case EffectTool.OPT_OUT:
            return wording.say(brief.script.lines.opt_out)
        case EffectTool.BOOK_APPOINTMENT:
            return wording.say(brief.script.booking.booked, time=time)
        case EffectTool.REQUEST_CALLBACK:
            callback = brief.script.callback
            timed = effect.arguments.get("due_at") is not None
            return wording.say(callback.done if timed else callback.done_open, time=time)


def told_instead(
    progress: Progress, brief: Brief, said: int
) -> tuple[Progress, tuple[ReplyPiece, ...]]:
    """What the turn comes to when the world refuses its effects. ``said``: pieces before."""
    back, line = if_refused(progress, brief)
    splitter = Sentences(clauses=False)
    sentences = (*splitter.feed(f"{line} "), *splitter.flush())
    role = brief.agent.role
    return back, tuple(
        ReplyPiece(said + at, text, role, waits_for_commit=True)
        for at, text in enumerate(sentences)
    )
