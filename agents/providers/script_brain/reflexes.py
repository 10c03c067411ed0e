"""Reflexes: what is answered the same way wherever the conversation stands."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from agents.agreement import agreed
from agents.language.reading import Intent
from agents.providers.script_brain import callbacks, parting, topics
from agents.providers.script_brain.reply import Reply, gave_value
from agents.thread import Topic
from agents.tools.specs import Tool
from core.call import Outcome

MOST_OBJECTIONS: Final = 3  # answered in one call; who has a fourth reason means no

READ_BACKS: Final = (Topic.CONFIRM, Topic.CALLBACK_CONFIRM)

QUESTION_HEARD: Final = 0.5  # of the question: less, and a bare yes or no answers nothing


def opt_out(reply: Reply) -> Reply | None:
    """ "Stop calling me": done at once, confirmed, and the call is over."""
    if not reply.brief.reading.has(Intent.OPT_OUT):
        return None
    lines = reply.brief.script.lines
    reply.do(Tool.OPT_OUT, wording=reply.brief.turn.text[:300])
    return reply.say(lines.opt_out).end(Outcome.OPTED_OUT, lines.farewell)


def after_goodbye(reply: Reply) -> Reply | None:
    """We have said goodbye and they still speak."""
    reading = reply.brief.reading
    if reply.thread.asked != Topic.CLOSED:
        return None
    if reading.has(Intent.ASKS_IF_ROBOT):
        reply.say(reply.brief.script.lines.robot)
    elif _fact_line(reply):
        reply.say(_fact_line(reply))
    elif reply.thread.outcome is Outcome.NOT_INTERESTED and reading.has(Intent.WANTS_APPOINTMENT):
        return topics.go_on(reply)
    lines = reply.brief.script.lines
    return reply.end(reply.thread.outcome or Outcome.COMPLETED, lines.farewell)


def wrong_person(reply: Reply) -> Reply | None:
    """Somebody else is on the line."""
    person = reply.brief.script.right_person
    if person is None or not reply.brief.reading.has(Intent.WRONG_PERSON):
        return None
    return reply.end(Outcome.COMPLETED, person.wrong)


def robot(reply: Reply) -> Reply | None:
    """ "Are you a robot?" is always answered truthfully."""
    if not reply.brief.reading.has(Intent.ASKS_IF_ROBOT):
        return None
    return reply.say(reply.brief.script.lines.robot).back()


def human(reply: Reply) -> Reply | None:
    """They want a person: a colleague calls them back."""
    if not reply.brief.reading.has(Intent.WANTS_HUMAN):
        return None
    return parting.by_a_colleague(reply, reply.brief.script.lines.human)


def repeat(reply: Reply) -> Reply | None:
    """ "Pardon?": the last reply again, whole."""
    if not reply.brief.reading.has(Intent.REPEAT):
        return None
    last = next((line.text for line in reversed(reply.brief.history) if not line.by_caller), "")
    last = " ".join(part for part in (last, reply.brief.unheard) if part)
    if not reply.brief.thread.disclosed or not last:
        return reply.back()
    reply.say(reply.brief.script.lines.repeat)
    reply.steps.append(last.removeprefix(reply.wording.say(reply.brief.script.lines.repeat)))
    return reply


def wait(reply: Reply) -> Reply | None:
    """ "One moment": we wait; the question stands."""
    if not reply.brief.reading.has(Intent.WAIT):
        return None
    return reply.say(reply.brief.script.lines.wait)


def call_later(reply: Reply) -> Reply | None:
    """A bad moment: agree on another one."""
    return callbacks.begin(reply) if reply.brief.reading.has(Intent.CALL_LATER) else None


def not_interested(reply: Reply) -> Reply | None:
    """A no is a no."""
    if not reply.brief.reading.has(Intent.NOT_INTERESTED):
        return None
    return parting.let_go(reply)


def objection(reply: Reply) -> Reply | None:
    """A reason not to: answered as often as the script allows, then we let them go."""
    found = reply.brief.script.objection(reply.brief.reading.objection or "")
    if found is None:
        return None
    done = reply.thread.objections.get(found.id, 0)
    if done >= found.limit or sum(reply.thread.objections.values()) >= MOST_OBJECTIONS:
        if found.again is None:
            return parting.let_go(reply)
        return reply.say(found.again).end(Outcome.NOT_INTERESTED, reply.brief.script.lines.farewell)
    reply.do(Tool.ANSWER_OBJECTION, objection=found.id).say(found.answer)
    return reply.back()


def unheard_question(reply: Reply) -> Reply | None:
    """A bare yes or no answers what was heard last; if that was not the question, it is put again.

    So it is after a reply that was cut off, after "take your time", after "are you still there?".
    A read-back that was heard to its end stands, in whoever's words it asked.
    """
    if not reply.brief.unheard and any(agreed(reply.brief, topic) for topic in READ_BACKS):
        return None
    reading = reply.brief.reading
    answers = reading.has(Intent.YES) or reading.has(Intent.NO)
    if not answers or gave_value(reading) or reading.fact is not None:
        return None
    asked = reply.wording.questions(reply.thread)
    if not asked or any(_begun(question, reply.brief.last_heard) for question in asked):
        return None
    return reply.back()


def _begun(question: str, heard: str) -> bool:
    """Whether enough of the question was heard to know what was asked."""
    return question[: math.ceil(len(question) * QUESTION_HEARD)].strip() in heard


def question(reply: Reply) -> Reply | None:
    """A question about the company: answered from the facts, then back to the thread.

    "Yes, but what does it cost?" both asks and answers: then the thread goes on after the fact,
    except at a read-back, where only an undivided yes counts.
    """
    reading = reply.brief.reading
    line = _fact_line(reply)
    answers = gave_value(reading) or reading.has(Intent.YES) or reading.has(Intent.NO)
    if not line:
        if not reading.has(Intent.QUESTION) or answers or reading.has(Intent.WANTS_APPOINTMENT):
            return None
        if reading.has(Intent.GREETING):
            return reply.back()  # "hello?"
        if reply.thread.asked == Topic.RIGHT_PERSON:
            return reply.ask(Topic.RIGHT_PERSON)  # first of all, who they are
        line = _why(reply) or reply.brief.script.lines.unknown_question
        answers = False
    reply.say(line)
    if reply.thread.asked == Topic.PURPOSE and not reading.has(Intent.WANTS_APPOINTMENT):
        return reply.ask(Topic.MORE)
    if answers and reply.thread.asked not in (Topic.CONFIRM, Topic.CALLBACK_CONFIRM):
        return None
    return reply.back()


def goodbye(reply: Reply) -> Reply | None:
    """They take their leave."""
    reading = reply.brief.reading
    if not reading.has(Intent.GOODBYE) or gave_value(reading):
        return None
    if reply.thread.asked in (Topic.CALLBACK_TIME, Topic.CALLBACK_CONFIRM):
        return callbacks.without_time(reply)
    came_to = Outcome.NOT_INTERESTED if reading.has(Intent.NO) else Outcome.COMPLETED
    if reply.thread.asked == Topic.MORE:
        came_to = Outcome.COMPLETED
    return reply.end(reply.thread.outcome or came_to, reply.brief.script.lines.farewell)


def courtesy(reply: Reply) -> Reply | None:
    """ "Thank you" or "hello" and nothing else."""
    reading = reply.brief.reading
    idle = {Intent.GREETING, Intent.THANKS, Intent.UNCLEAR}
    if not set(reading.intents) <= idle or gave_value(reading):
        return None
    if reading.has(Intent.THANKS) and reply.thread.asked != Topic.MORE:
        return reply.say(reply.brief.script.lines.thanks).back()
    if reading.has(Intent.GREETING):
        return reply.back()
    return None


def _fact_line(reply: Reply) -> str:
    fact = reply.brief.script.fact(reply.brief.reading.fact or "")
    return "" if fact is None else fact.answer


def _why(reply: Reply) -> str | None:
    """Why we ask, when that is what they want to know."""
    question = reply.brief.script.question(reply.thread.asked)
    return question.why if question is not None and reply.brief.reading.asks_why else None


REFLEXES: Final[tuple[Callable[[Reply], Reply | None], ...]] = (
    opt_out,
    after_goodbye,
    wrong_person,
    robot,
    human,
    repeat,
    wait,
    call_later,
    not_interested,
    objection,
    unheard_question,
    question,
    goodbye,
    courtesy,
)
