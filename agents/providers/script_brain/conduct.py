"""The order of things: what a turn is answered with, the most urgent first."""

from __future__ import annotations

from agents.brief import Brief
from agents.providers.script_brain import parting, topics
from agents.providers.script_brain.reflexes import REFLEXES, after_goodbye
from agents.providers.script_brain.reply import Reply, Step
from agents.thread import Topic
from core.call import Outcome
from core.speech import TurnKind


def conduct(brief: Brief) -> tuple[Step, ...]:
    """The whole answer to one turn. Deterministic: the same brief, the same answer."""
    reply = Reply(brief)
    if brief.turn.kind is TurnKind.OPENING:
        return topics.open_call(reply).finished()
    if brief.turn.kind is TurnKind.SILENCE:
        return _after_silence(reply).finished()
    if brief.misheard:
        return (after_goodbye(reply) or parting.misheard(reply)).finished()
    for reflex in REFLEXES:
        answered = reflex(reply)
        if answered is not None:
            return answered.finished()
    return topics.answer(reply).finished()


def _after_silence(reply: Reply) -> Reply:
    """Prompt, prompt again, then say goodbye."""
    lines = reply.brief.script.lines
    count = reply.thread.silences
    if reply.thread.asked in (Topic.MORE, Topic.CLOSED) and reply.thread.outcome is not None:
        return reply.end(reply.thread.outcome, lines.farewell)
    if count > len(lines.silence):
        return reply.end(Outcome.NO_RESPONSE, lines.no_response)
    reply.say(lines.silence[count - 1])
    return reply.back() if count > 1 else reply
