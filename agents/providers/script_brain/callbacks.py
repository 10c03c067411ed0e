"""Calling back: agree on a moment, read it back, note it."""

from __future__ import annotations

from dataclasses import replace

from agents.agreement import agreed
from agents.language.reading import Intent
from agents.providers.script_brain import parting
from agents.providers.script_brain.reply import Reply
from agents.thread import Proposal, Topic
from agents.tools.specs import Tool
from agents.tools.wishes import callback_time, may_call
from core.call import Outcome


def begin(reply: Reply) -> Reply:
    """A bad moment. When no time was said, ask for one."""
    if reply.brief.reading.when is not None or reply.thread.asked == Topic.CALLBACK_TIME:
        return choose(reply)
    if reply.thread.proposal is not None:
        reply.drop_times()
    return reply.ask(Topic.CALLBACK_TIME)


def choose(reply: Reply) -> Reply:
    """They name a moment, or none."""
    rules = reply.brief.script.callback
    when = reply.brief.reading.when
    at = None if when is None else callback_time(when, rules, reply.brief.now)
    if at is None:
        if reply.thread.asked == Topic.CALLBACK_TIME and reply.thread.tries > 0:
            return without_time(reply)
        asked_before = reply.thread.asked == Topic.CALLBACK_TIME
        return reply.ask(Topic.CALLBACK_TIME, rules.retry if asked_before else rules.ask)
    if not may_call(at, rules, reply.brief.now):
        return reply.ask(Topic.CALLBACK_TIME, rules.closed)
    said = reply.wording.when(at)
    reply.thread = replace(reply.thread, proposal=Proposal(at, said)).ask(Topic.CALLBACK_CONFIRM)
    reply.do(Tool.READ_BACK, starts_at=at.isoformat(), said=said, callback=True)
    return reply.say(rules.confirm, time=said)


def confirm(reply: Reply) -> Reply:
    """They agree to the moment, name another one, or neither."""
    reading = reply.brief.reading
    proposal = reply.thread.proposal
    if proposal is None:
        return reply.ask(Topic.CALLBACK_TIME)
    at = (
        None
        if reading.when is None
        else callback_time(reading.when, reply.brief.script.callback, reply.brief.now)
    )
    if at is not None and at != proposal.starts_at:
        return choose(reply)
    if agreed(reply.brief, Topic.CALLBACK_CONFIRM):
        due_at = proposal.starts_at.isoformat()
        reply.do(Tool.REQUEST_CALLBACK, due_at=due_at, wording=proposal.said)
        return reply.say(reply.brief.script.callback.done, time=proposal.said).end(Outcome.CALLBACK)
    if reading.has(Intent.NO):
        reply.drop_times()
        return reply.ask(Topic.CALLBACK_TIME, reply.brief.script.callback.retry)
    if reading.has(Intent.YES):  # to a time they did not hear
        return reply.ask(Topic.CALLBACK_CONFIRM)
    if reply.thread.tries > 0:
        return without_time(reply)
    return parting.clarify(reply)


def without_time(reply: Reply) -> Reply:
    """They want a call another time and name none."""
    reply.do(Tool.REQUEST_CALLBACK, due_at=None, wording=reply.brief.turn.text[:300])
    return reply.say(reply.brief.script.callback.done_open).end(Outcome.CALLBACK)
