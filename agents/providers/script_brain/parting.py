"""Partings: letting people go, and handing them to a colleague."""

from __future__ import annotations

from agents.providers.script_brain.reply import Reply
from agents.thread import Topic
from agents.tools.specs import Tool
from core.call import Outcome


def let_go(reply: Reply) -> Reply:
    """They do not want it: nothing is booked, thanks, goodbye."""
    script = reply.brief.script
    scheduling = reply.thread.asked in (Topic.TIME, Topic.CONFIRM)
    if reply.thread.proposal is not None:
        reply.drop_times()
    reply.say(script.booking.declined if scheduling else script.lines.not_interested)
    return reply.end(Outcome.NOT_INTERESTED, script.lines.farewell)


def by_a_colleague(reply: Reply, line: str) -> Reply:
    """A person of ours takes over by calling back; ``line`` promises it."""
    reply.do(Tool.REQUEST_CALLBACK, due_at=None, wording=reply.brief.turn.text[:300])
    return reply.say(line).end(Outcome.CALLBACK, reply.brief.script.lines.farewell)


def clarify(reply: Reply) -> Reply:
    """Say that we did not understand and ask again; too often, and we take our leave."""
    lines = reply.brief.script.lines
    missed = reply.thread.not_understood
    if missed >= len(lines.clarify):
        return reply.end(Outcome.COMPLETED, lines.give_up)
    return _ask_again(reply, lines.clarify[missed])


def misheard(reply: Reply) -> Reply:
    """Say that we did not hear well and ask again. Whoever speaks softly is not given up."""
    clarify_lines = reply.brief.script.lines.clarify
    return _ask_again(reply, clarify_lines[min(reply.thread.unsure, len(clarify_lines)) - 1])


def _ask_again(reply: Reply, line: str) -> Reply:
    reply.do(Tool.NOT_UNDERSTOOD)
    if not reply.thread.asked:
        return reply.say(line)
    retry = reply.wording.ask(reply.thread, again=True)
    apology = line.partition(" ")[0]
    if not retry.startswith(apology):  # one "Sorry" is enough
        reply.say(line)
    return reply.ask(reply.thread.asked, retry)
