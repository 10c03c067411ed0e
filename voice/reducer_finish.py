"""How a reply ends: all of it was heard, and it is the caller's turn, or time to leave."""

from __future__ import annotations

from core.call import EndReason
from core.speech import Heard, TurnKind
from voice.call_state import CallState, Order, PendingTurn
from voice.commands import CancelTimer, SetTimer
from voice.cues import DigitPressed, OperatorSaid, Timer, TimerFired
from voice.reducer_moves import Step, answer, joined, moved
from voice.turns import Turn, TurnCue

MOST_DIGITS = 32  # longer than any number that a caller is asked for; further keys are ignored
MOST_ORDERS = 4  # that wait for a call; who supervises it speaks one sentence at a time


def finish_if_heard(state: CallState, at_ms: int) -> Step:
    """The reply is over once it is committed and its last word was played."""
    reply = state.reply
    if reply is None or reply.silenced or reply.hushed:
        return state, ()
    if reply.outstanding or not (reply.committed or reply.farewell):
        return state, ()
    if state.turn not in (Turn.SPEAKING, Turn.PROCESSING):
        return state, ()
    text = joined(*(text for _, text in reply.spoken))
    heard = Heard(turn=reply.turn, text=text, unheard=joined(*reply.lost), heard_ms=0)
    state = moved(state, TurnCue.REPLY_FINISHED)._replace(heard=heard, speech=None, loud_windows=0)
    if reply.ends_call or state.leaving is not None:
        state = state._replace(leaving=state.leaving or EndReason.AGENT_HUNG_UP)
        return state, (SetTimer(Timer.DRAIN, state.patience.drain_ms),)
    state, commands = take_order(state, at_ms)
    if state.turn is not Turn.LISTENING:
        return state, commands
    state = state._replace(silent_since_ms=at_ms)
    return state, (SetTimer(Timer.SILENCE, state.patience.silence_ms),)


def operator_said(state: CallState, cue: OperatorSaid) -> Step:
    """Whoever supervises the call has words: they come next; those that end it, at once."""
    if not has_room(state, ends_call=cue.ends_call):
        return state, ()
    order = Order(cue.text, cue.ends_call)
    orders = (order,) if cue.ends_call else (*state.orders, order)  # after that nothing is said
    return take_order(state._replace(orders=orders), cue.at_ms)


def has_room(state: CallState, *, ends_call: bool, coming: int = 0) -> bool:
    """Whether one more order will be carried out, after ``coming`` that are on their way here."""
    if state.turn in (Turn.IDLE, Turn.ENDED) or state.leaving is not None:
        return False
    if ends_call:
        return not says_ordered_end(state)
    return not _takes_leave(state) and len(state.orders) + coming < MOST_ORDERS


def says_ordered_end(state: CallState) -> bool:
    """Whether the agent says what was ordered for the end of the call; nobody interrupts that."""
    reply = state.reply
    if state.turn not in (Turn.SPEAKING, Turn.PROCESSING) or reply is None or reply.silenced:
        return False
    return reply.asked is not None and reply.asked.ends_call


def _takes_leave(state: CallState) -> bool:
    """Whether the agent is about to say goodbye, or does."""
    reply = state.reply
    if state.orders and state.orders[0].ends_call:
        return True
    if state.pending is not None and state.pending.ends_call:
        return True
    leaves = reply is not None and not reply.silenced and reply.ends_call
    return leaves or says_ordered_end(state)


def take_order(state: CallState, at_ms: int) -> Step:
    """Say what was ordered, if nobody speaks."""
    if (
        not state.orders
        or state.leaving is not None
        or state.turn is not Turn.LISTENING
        or state.speech is not None
    ):
        return state, ()
    order, *rest = state.orders
    state = state._replace(orders=tuple(rest))
    turn = wordless_turn(TurnKind.OPERATOR, at_ms)._replace(
        text=order.text, ends_call=order.ends_call
    )
    return turn_over(state, turn)


def digit_pressed(state: CallState, cue: DigitPressed) -> Step:
    """Collect keys until none follows; a # ends them at once."""
    if cue.digit == "#" and state.digits:
        return digits_ended(state, TimerFired(cue.at_ms, Timer.DIGITS))
    state = state._replace(digits=(state.digits + cue.digit)[:MOST_DIGITS])
    return state, (SetTimer(Timer.DIGITS, state.patience.digits_ms), CancelTimer(Timer.SILENCE))


def digits_ended(state: CallState, cue: TimerFired) -> Step:
    """The keys pressed so far are the caller's turn, once the agent has stopped speaking."""
    if not state.digits or state.leaving is not None:
        return state, ()  # they are answered before the call is over
    if state.turn is not Turn.LISTENING or state.speech is not None:
        return state, (SetTimer(Timer.DIGITS, state.patience.digits_ms),)
    state, turn = keys_as_turn(state, cue.at_ms)
    state, commands = turn_over(state, turn)
    return state, (CancelTimer(Timer.DIGITS), *commands)


def keys_as_turn(state: CallState, at_ms: int) -> tuple[CallState, PendingTurn]:
    """The turn that the keys pressed so far are."""
    turn = wordless_turn(TurnKind.DTMF, at_ms)._replace(digits=state.digits)
    return state._replace(digits=""), turn


def silence_fell(state: CallState, cue: TimerFired) -> Step:
    """The caller says nothing: that too is a turn, and the agent answers it."""
    if state.turn is not Turn.LISTENING or state.speech is not None or state.leaving:
        return state, ()
    return turn_over(state, wordless_turn(TurnKind.SILENCE, cue.at_ms))


def wordless_turn(kind: TurnKind, at_ms: int) -> PendingTurn:
    """A turn in which the caller says nothing."""
    return PendingTurn(kind, "", 1.0, 0, at_ms, at_ms, at_ms)


def turn_over(state: CallState, turn: PendingTurn) -> Step:
    """The floor is the agent's."""
    state = moved(state, TurnCue.CALLER_FINISHED)
    state, commands = answer(state, turn)
    return state, (CancelTimer(Timer.SILENCE), *commands)
