"""An order that ends the call: what the agent says gives way to it, what the caller says is kept.

Other orders wait until nobody speaks. This one silences the reply at once, before and while it
sounds. Only the caller is let finish: their words are answered without a sound, so that what they
ask for is true, and then the order is carried out.
"""

from __future__ import annotations

from voice.call_state import CallState, Reply
from voice.commands import CancelTimer, Command, Hush
from voice.cues import Timer
from voice.reducer_finish import take_order
from voice.reducer_interruption import silence
from voice.reducer_moves import Step, moved
from voice.turns import Turn, TurnCue


def make_room(state: CallState, at_ms: int) -> Step:
    """Come nearer to the order that waits. Asked after every cue, until it is carried out."""
    reply = state.reply
    if state.leaving is not None or reply is None or reply.silenced:
        return take_order(state, at_ms)
    if reply.hushed:
        return _no_doubt(state, reply)
    if _is_due(state):
        return _silence_now(state, reply)
    return take_order(state, at_ms)


def _is_due(state: CallState) -> bool:
    """Whether the reply sounds, or will when it is made."""
    if state.turn is Turn.PROCESSING:
        speech = state.speech
        return state.pending is None and (speech is None or not speech.is_open)
    return state.turn is Turn.SPEAKING


def _no_doubt(state: CallState, reply: Reply) -> Step:
    """The caller fell into its words: whatever that was, it does not sound again."""
    speech = state.speech
    state, commands = silence(state, reply)
    if speech is not None:
        state = state._replace(speech=speech._replace(in_doubt=False))
    return state, (CancelTimer(Timer.VERDICT), CancelTimer(Timer.KEEP), *commands)


def _silence_now(state: CallState, reply: Reply) -> Step:
    hush: tuple[Command, ...] = (Hush(reply.turn), CancelTimer(Timer.KEEP))
    state = moved(state, TurnCue.CALLER_SPOKE)._replace(speech=None, loud_windows=0)
    state, commands = silence(state, reply)
    return state, (*hush, *commands)
