"""What a turn came to: the change of the state as plain JSON, and the result for the caller."""

from __future__ import annotations

from agents.agent import Role, Stage
from agents.expects import expectation
from agents.progress import Progress
from agents.roster import ROSTER
from core.effects import Json
from core.speech import ReplyPiece, Transition, TurnResult
from graph.briefing import chosen_route, thread_of
from graph.context import Surroundings
from graph.must_hear import heard_lines
from graph.state import CallState, Change, active_agent, words_of


def made_so_far(state: CallState, context: Surroundings) -> Progress:
    """The progress of the turn; of a turn that was cut off before it began, none."""
    made = context.making.progress
    if made is not None:
        return made
    return Progress(thread_of(state, context), state.get("slots", {}), active_agent(state))


def speaker(state: CallState, context: Surroundings) -> Role:
    """Who spoke in this turn."""
    brief = context.making.brief
    return chosen_route(state, context).role if brief is None else brief.agent.role


def change_of(
    state: CallState,
    context: Surroundings,
    progress: Progress | None = None,
    pieces: tuple[ReplyPiece, ...] | None = None,
) -> Change:
    """What the turn changes. ``progress`` and ``pieces`` replace what was made, if given."""
    made = progress if progress is not None else made_so_far(state, context)
    turn = context.turn
    reply = reply_of(context, pieces)
    messages: list[Json] = []
    if words_of(turn):
        messages.append({"by": "caller", "turn": turn.number, "text": words_of(turn)})
    if reply:
        messages.append({"by": "agent", "turn": turn.number, "text": reply})
    return {
        "turn": turn.number,
        "messages": messages,
        "slots": dict(made.slots),
        "thread": made.thread.to_json(),
        "active_agent": made.next_agent.value,
        "stage": stage_of(speaker(state, context), made).value,
        "heard_lines": list(heard_lines(state, context.script, context.card, context.heard)),
    }


def result_of(
    state: CallState,
    context: Surroundings,
    progress: Progress | None = None,
    pieces: tuple[ReplyPiece, ...] | None = None,
) -> TurnResult:
    """What the turn came to, for those who speak, store and show it."""
    made = progress if progress is not None else made_so_far(state, context)
    role = speaker(state, context)
    return TurnResult(
        reply=reply_of(context, pieces),
        agent=role.value,
        next_agent=made.next_agent.value,
        stage=stage_of(role, made).value,
        expects=expectation(context.script, made.thread, context.turn.at.astimezone(context.zone)),
        slots=dict(made.slots),
        intent=context.reading.intents[0].value,
        effects=made.effects,
        transitions=_transitions(state, context, role, made),
        usage=context.making.cost.so_far,
        tools=made.tools,
        model=", ".join(context.making.models),
        faults=tuple(context.making.faults),
        ends_call=made.ends_call,
        outcome=made.thread.outcome,
    )


def reply_of(context: Surroundings, pieces: tuple[ReplyPiece, ...] | None) -> str:
    """The whole reply: what was voiced at once, then what waited or replaced it."""
    making = context.making
    waited = tuple(making.waiting) if pieces is None else pieces
    return " ".join(piece.text for piece in (*making.first, *making.pieces, *waited))


def stage_of(role: Role, made: Progress) -> Stage:
    """The stage of a turn in which ``role`` spoke."""
    if made.ends_call:
        return Stage.FAREWELL
    if role is Role.GREETING and made.next_agent is Role.QUALIFICATION:
        return Stage.INTRODUCTION
    return ROSTER[role].stage


def _transitions(
    state: CallState, context: Surroundings, role: Role, made: Progress
) -> tuple[Transition, ...]:
    """The moves of this turn, in order."""
    before = active_agent(state)
    stage = stage_of(role, made).value
    moves: list[Transition] = []
    if role is not before:
        reason = chosen_route(state, context).reason
        moves.append(Transition(before.value, role.value, stage, reason))
    elif stage != state.get("stage", Stage.GREETING.value):
        moves.append(Transition(role.value, role.value, stage, f"stage {stage}"))
    if made.next_agent is not role:
        reason = made.reason or "back to the thread"
        next_stage = ROSTER[made.next_agent].stage.value if not made.ends_call else stage
        moves.append(Transition(role.value, made.next_agent.value, next_stage, reason))
    return tuple(moves)
