"""What one completion changes: tool calls applied to the thread, checked against the house rules.

A model, whichever it is, can only do what these rules let it do: an appointment is booked only
when it was read back, heard, answered with a yes and is still free. Everything here is pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final, TypeVar, cast

from pydantic import ValidationError

from agents.agent import Role
from agents.agreement import agreed
from agents.answers import check_answer
from agents.brief import Brief
from agents.moments import is_free, must_be_callable, must_be_free, must_be_near
from agents.thread import Proposal, Thread, Topic
from agents.tools import specs
from agents.tools.call import ToolCall
from agents.tools.specs import EFFECTS, Tool
from core.call import Outcome
from core.effects import Effect, EffectTool, Json, effect_key
from core.errors import InvalidInputError
from core.ids import CallId

MICROS_PER_POUND: Final = 1_000_000


# Outcomes that a call comes to only by an effect, in this turn or, as the thread tells, before.
EARNED_BY: Final[Mapping[Outcome, EffectTool]] = MappingProxyType(
    {
        Outcome.BOOKED: EffectTool.BOOK_APPOINTMENT,
        Outcome.CALLBACK: EffectTool.REQUEST_CALLBACK,
        Outcome.OPTED_OUT: EffectTool.OPT_OUT,
    }
)

A = TypeVar("A", bound=specs.Arguments)


@dataclass(frozen=True, slots=True)
class Progress:
    """The conversation as the tool calls so far leave it."""

    thread: Thread
    slots: Mapping[str, Json]
    next_agent: Role
    reason: str = ""  # why the next agent is another one
    effects: tuple[Effect, ...] = ()
    tools: tuple[str, ...] = field(default=())
    ends_call: bool = False


def begin(brief: Brief) -> Progress:
    """Before the first tool call."""
    return Progress(brief.thread, brief.slots, brief.from_agent)


def settle(progress: Progress) -> Progress:
    """After the last tool call: counters of what did not happen this turn go back to zero."""
    if Tool.NOT_UNDERSTOOD.value in progress.tools or not progress.thread.not_understood:
        return progress
    return replace(progress, thread=replace(progress.thread, not_understood=0))


def advance(progress: Progress, call: ToolCall, brief: Brief, call_id: CallId) -> Progress:
    """``progress`` after that tool call.

    Raises:
        InvalidInputError: there is no such tool, its arguments are wrong, or the house rules
            do not allow it now. Nothing has changed then.
    """
    try:
        tool = Tool(call.name)
        arguments = specs.ARGUMENTS[tool].model_validate(dict(call.arguments))
        must_be_near(arguments, brief.now)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InvalidInputError(f"{call.name}: {place}: {first['msg']}", field=place) from None
    except OverflowError:
        raise InvalidInputError(f"{call.name}: a value is beyond counting.") from None
    except ValueError:
        raise InvalidInputError(f"There is no tool {call.name!r}.", field="name") from None
    if tool not in brief.agent.tools:
        raise InvalidInputError(f"{brief.agent.role} has no tool {tool}.", field="name")
    changed = _MOVES[tool](progress, arguments, brief, call_id)
    if tool in EFFECTS and any(effect.tool.value == tool.value for effect in progress.effects):
        return _once(progress, changed)
    return replace(changed, tools=(*progress.tools, tool.value))


def _once(progress: Progress, changed: Progress) -> Progress:
    """The effect was done in this turn: said again it changes nothing, but it cannot be another.

    Raises:
        InvalidInputError: it is meant for another time.
    """
    again = changed.effects[-1]
    if any(
        done.tool is again.tool and _moment(done) == _moment(again) for done in progress.effects
    ):
        return progress
    raise InvalidInputError(f"{again.tool} is done once in a turn.", field="name")


def _moment(effect: Effect) -> Json:
    return effect.arguments.get("starts_at", effect.arguments.get("due_at"))


def booking_name(brief: Brief, slots: Mapping[str, Json]) -> str:
    """Whom the appointment is with: the name they gave, else the name on the card, else empty."""
    for question in brief.script.questions:
        if question.kind.value == "name" and isinstance(slots.get(question.id), str):
            return cast("str", slots[question.id])
    return brief.variables.get("lead_name", "")


def _as(kind: type[A], arguments: specs.Arguments) -> A:
    assert isinstance(arguments, kind)
    return arguments


def _record(
    progress: Progress, arguments: specs.Arguments, brief: Brief, _call: CallId
) -> Progress:
    given = _as(specs.RecordAnswer, arguments)
    question = brief.script.question(given.question)
    if question is None:
        raise InvalidInputError(f"There is no question {given.question}.", field="question")
    value = check_answer(question, given.value)
    return replace(progress, slots={**progress.slots, question.id: value})


def _ask(progress: Progress, arguments: specs.Arguments, brief: Brief, _call: CallId) -> Progress:
    topic = _as(specs.Ask, arguments).topic
    if topic not in tuple(Topic) and brief.script.question(topic) is None:
        raise InvalidInputError(f"There is no question {topic}.", field="topic")
    return replace(progress, thread=progress.thread.ask(topic))


def _offer(progress: Progress, arguments: specs.Arguments, brief: Brief, _call: CallId) -> Progress:
    times = _as(specs.OfferTimes, arguments).times
    if not all(is_free(brief, start) for start in times):
        raise InvalidInputError("A time that is not free cannot be offered.", field="times")
    thread = replace(progress.thread, offers=times, proposal=None).ask(Topic.TIME)
    return replace(progress, thread=thread)


def _read_back(
    progress: Progress, arguments: specs.Arguments, brief: Brief, _call: CallId
) -> Progress:
    given = _as(specs.ReadBack, arguments)
    if not given.callback:
        must_be_free(brief, given.starts_at)
    else:
        must_be_callable(brief, given.starts_at)
    topic = Topic.CALLBACK_CONFIRM if given.callback else Topic.CONFIRM
    proposal = Proposal(given.starts_at, given.said)
    return replace(progress, thread=replace(progress.thread, proposal=proposal).ask(topic))


def _drop(progress: Progress, _args: specs.Arguments, _brief: Brief, _call: CallId) -> Progress:
    return replace(progress, thread=replace(progress.thread, proposal=None, offers=()))


def _wish(progress: Progress, arguments: specs.Arguments, _brief: Brief, _call: CallId) -> Progress:
    wish = _as(specs.NoteWish, arguments).starts_at
    return replace(progress, thread=replace(progress.thread, wish=wish))


def _objection(
    progress: Progress, arguments: specs.Arguments, brief: Brief, _call: CallId
) -> Progress:
    key = _as(specs.AnswerObjection, arguments).objection
    objection = brief.script.objection(key)
    done = progress.thread.objections.get(key, 0)
    if objection is None:
        raise InvalidInputError(f"There is no objection {key}.", field="objection")
    if done >= objection.limit:
        raise InvalidInputError(f"{key} was answered {done} times: give up.", field="objection")
    counted = {**progress.thread.objections, key: done + 1}
    return replace(progress, thread=replace(progress.thread, objections=counted))


def _not_understood(
    progress: Progress, _args: specs.Arguments, _brief: Brief, _call: CallId
) -> Progress:
    thread = progress.thread
    return replace(progress, thread=replace(thread, not_understood=thread.not_understood + 1))


def _hand_off(
    progress: Progress, arguments: specs.Arguments, _brief: Brief, _call: CallId
) -> Progress:
    given = _as(specs.HandOff, arguments)
    if given.to not in tuple(Role):
        raise InvalidInputError(f"There is no agent {given.to!r}.", field="to")
    return replace(progress, next_agent=Role(given.to), reason=given.reason)


def _end(progress: Progress, arguments: specs.Arguments, _brief: Brief, _call: CallId) -> Progress:
    outcome = _as(specs.EndCall, arguments).outcome
    needed = EARNED_BY.get(outcome)
    done = {effect.tool for effect in progress.effects}
    if needed is not None and progress.thread.outcome is not outcome and needed not in done:
        raise InvalidInputError(f"{outcome} needs {needed} in this call.", field="outcome")
    thread = progress.thread.came_to(outcome).ask(Topic.CLOSED)
    return replace(progress, thread=thread, ends_call=True)


def _book(progress: Progress, arguments: specs.Arguments, brief: Brief, call: CallId) -> Progress:
    starts_at = _as(specs.BookAppointment, arguments).starts_at
    proposal = brief.thread.proposal
    if proposal is None or proposal.starts_at != starts_at or not agreed(brief, Topic.CONFIRM):
        raise InvalidInputError("The caller has not agreed to this time.", field="starts_at")
    must_be_free(brief, starts_at)
    rules = brief.script.booking
    effect = _effect(
        EffectTool.BOOK_APPOINTMENT,
        {
            "starts_at": starts_at.isoformat(),
            "minutes": rules.minutes,
            "name": booking_name(brief, progress.slots),
            "value_micros": rules.value_gbp * MICROS_PER_POUND,
        },
        brief,
        call,
    )
    thread = replace(progress.thread, proposal=None, offers=()).came_to(Outcome.BOOKED)
    return replace(progress, thread=thread, effects=(*progress.effects, effect))


def _call_back(
    progress: Progress, arguments: specs.Arguments, brief: Brief, call: CallId
) -> Progress:
    given = _as(specs.RequestCallback, arguments)
    proposal = brief.thread.proposal
    if given.due_at is not None and not (
        proposal is not None
        and proposal.starts_at == given.due_at
        and agreed(brief, Topic.CALLBACK_CONFIRM)
    ):
        raise InvalidInputError("The caller has not agreed to this time.", field="due_at")
    due_at = None if given.due_at is None else given.due_at.isoformat()
    arguments_ = {"due_at": due_at, "wording": given.wording}
    effect = _effect(EffectTool.REQUEST_CALLBACK, arguments_, brief, call)
    thread = replace(progress.thread, proposal=None).came_to(Outcome.CALLBACK)
    return replace(progress, thread=thread, effects=(*progress.effects, effect))


def _opt_out(
    progress: Progress, arguments: specs.Arguments, brief: Brief, call: CallId
) -> Progress:
    wording = _as(specs.OptOut, arguments).wording
    effect = _effect(EffectTool.OPT_OUT, {"wording": wording}, brief, call)
    thread = replace(progress.thread, proposal=None).came_to(Outcome.OPTED_OUT)
    return replace(progress, thread=thread, effects=(*progress.effects, effect))


def _effect(tool: EffectTool, arguments: Mapping[str, Json], brief: Brief, call: CallId) -> Effect:
    return Effect(tool, arguments, effect_key(call, brief.turn.number, tool, arguments))


_MOVES: Final[Mapping[Tool, Callable[[Progress, specs.Arguments, Brief, CallId], Progress]]] = (
    MappingProxyType(
        {
            Tool.RECORD_ANSWER: _record,
            Tool.ASK: _ask,
            Tool.OFFER_TIMES: _offer,
            Tool.READ_BACK: _read_back,
            Tool.DROP_TIMES: _drop,
            Tool.NOTE_WISH: _wish,
            Tool.ANSWER_OBJECTION: _objection,
            Tool.NOT_UNDERSTOOD: _not_understood,
            Tool.HAND_OFF: _hand_off,
            Tool.END_CALL: _end,
            Tool.BOOK_APPOINTMENT: _book,
            Tool.REQUEST_CALLBACK: _call_back,
            Tool.OPT_OUT: _opt_out,
        }
    )
)
