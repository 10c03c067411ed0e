"""A call is a reducer: ``step(state, cue) -> (state, commands)``, pure and total.

Theory. Whatever reaches a call (voice activity, a transcript, a sentence, a mark, a timer, the
end of the line) is a stamped cue, and cues come in any order: a transcript after the caller has
gone on speaking, a mark after the sound was cut. So each cue names the segment, attempt, turn or
utterance it belongs to, and a cue whose subject is gone is dropped here, before the table of
``voice.turns`` is asked. What remains must be possible; the table raises if it is not.

The caller's side is in ``reducer_caller`` (voice) and ``reducer_pause`` (pauses, turns), the
agent's in ``reducer_agent`` and ``reducer_finish``; who yields to whom, in
``reducer_interruption`` and ``reducer_orders``; what happens once the line is dead, in
``reducer_last_words``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from core.call import EndReason
from voice import reducer_agent as agent
from voice import reducer_caller as caller
from voice import reducer_finish as finish
from voice import reducer_interruption as interruption
from voice import reducer_last_words as last_words
from voice import reducer_orders as orders
from voice import reducer_pause as pause
from voice.call_state import CallState
from voice.cues import (
    CommitFailed,
    Cue,
    DigitPressed,
    DraftEnded,
    LineDropped,
    OperatorSaid,
    PieceReady,
    PlaybackStopped,
    SoundMade,
    SoundPlayed,
    SoundStarted,
    StreamStarted,
    Timer,
    TimerFired,
    TranscriptReady,
    TurnCommitted,
    TurnJudged,
    UtterancePlayed,
    VoiceWindow,
)
from voice.reducer_moves import Step
from voice.turns import Turn


def step(state: CallState, cue: Cue) -> Step:
    """The state after ``cue``, and what is to be done. An ended call stays ended."""
    if state.turn is Turn.ENDED:
        return last_words.step(state, cue)
    if state.turn is Turn.IDLE and not isinstance(cue, StreamStarted | LineDropped):
        return state, ()
    state, commands = _STEPS[type(cue)](state, cue)
    if not state.orders or not state.orders[0].ends_call:
        return state, commands
    state, more = orders.make_room(state, cue.at_ms)
    return state, (*commands, *more)


def _drained(state: CallState, cue: TimerFired) -> Step:
    return last_words.leave(state, state.leaving or EndReason.AGENT_HUNG_UP, cue.at_ms)


_TIMERS: Final[Mapping[Timer, Callable[[CallState, TimerFired], Step]]] = MappingProxyType(
    {
        Timer.SILENCE: finish.silence_fell,
        Timer.DIGITS: finish.digits_ended,
        Timer.BRAIN: agent.brain_is_late,
        Timer.KEEP: agent.keep,
        Timer.VERDICT: interruption.verdict_is_due,
        Timer.CALL: agent.time_is_up,
        Timer.DRAIN: _drained,
    }
)


def _timer_fired(state: CallState, cue: TimerFired) -> Step:
    fired = _TIMERS.get(cue.timer)
    return (state, ()) if fired is None else fired(state, cue)


def _line_dropped(state: CallState, cue: LineDropped) -> Step:
    return last_words.leave(state, cue.reason, cue.at_ms)


_STEPS: Final[Mapping[type, Callable[[CallState, Any], Step]]] = MappingProxyType(
    {
        StreamStarted: caller.stream_started,
        VoiceWindow: caller.heard_window,
        TranscriptReady: pause.transcript_ready,
        TurnJudged: pause.turn_judged,
        DigitPressed: finish.digit_pressed,
        OperatorSaid: finish.operator_said,
        PieceReady: agent.piece_ready,
        DraftEnded: agent.draft_ended,
        TurnCommitted: agent.turn_committed,
        CommitFailed: agent.commit_failed,
        SoundMade: agent.sound_made,
        SoundStarted: agent.sound_started,
        SoundPlayed: agent.sound_played,
        UtterancePlayed: agent.utterance_played,
        PlaybackStopped: interruption.playback_stopped,
        TimerFired: _timer_fired,
        LineDropped: _line_dropped,
    }
)
