"""A call imagined on virtual time: the caller as logged, all answers taken from the log.

Voice windows, keys, orders and the end of the line come as they came. What the reducer asks for
is answered by what was answered then, after the time that it took then: see
``app.replay.answers``. After the end of the log the caller is silent.
"""

from __future__ import annotations

from typing import Final

from app.replay.agenda import Agenda, Made
from app.replay.answers import Answers, answers_of, typical
from app.replay.loudspeaker import Loudspeaker
from core.speech import Expectation
from voice.call_state import CallState
from voice.commands import (
    CancelTimer,
    Command,
    Commit,
    Drop,
    EndCall,
    Hush,
    Judge,
    Prepare,
    Release,
    SetTimer,
    Silence,
    Speak,
    Transcribe,
)
from voice.cue_codec import CueTrace, Taken
from voice.cues import (
    Cue,
    DigitPressed,
    DraftEnded,
    LineDropped,
    OperatorSaid,
    PieceReady,
    PlaybackStopped,
    StreamStarted,
    TurnCommitted,
    TurnJudged,
    VoiceWindow,
)
from voice.endpointing import WINDOW_MS
from voice.reducer import step

FROM_OUTSIDE: Final = (StreamStarted, VoiceWindow, DigitPressed, OperatorSaid, LineDropped)
SILENT_MS: Final = 30_000  # of a caller after the log's end: enough for any last reply
QUIET_DB: Final = -60.0


class ImaginedCall:
    """One call that did not happen. ``taken`` is what the reducer was told and decided."""

    def __init__(self, trace: CueTrace, state: CallState) -> None:
        """``state`` to begin in: that of the log, or with another patience."""
        self._state = state
        self._answers: Answers = answers_of(trace)
        self._agenda = Agenda()
        self._making: dict[int, int] = {}  # the draft of each turn in the making
        self._source: dict[int, int] = {}  # the logged turn that answers for each turn
        self._speaker = Loudspeaker(
            self._answers.length_ms, typical(self._answers.voice_ms), typical(self._answers.mark_ms)
        )
        self._ended = False
        self.taken: list[Taken] = []
        self._plan_outside(trace)

    def run(self) -> list[Taken]:
        """Live the call to its end."""
        while not self._ended and (cue := self._agenda.next()) is not None:
            self._take(cue)
        return self.taken

    def _plan_outside(self, trace: CueTrace) -> None:
        last: VoiceWindow | None = None
        for cue, _ in trace.taken:
            if isinstance(cue, FROM_OUTSIDE):
                self._agenda.cue(cue)
                last = cue if isinstance(cue, VoiceWindow) else last
        if last is None:
            return
        for later in range(WINDOW_MS, SILENT_MS, WINDOW_MS):
            self._agenda.cue(VoiceWindow(last.at_ms + later, last.audio_ms + later, 0.0, QUIET_DB))

    def _take(self, cue: Cue) -> None:
        self._state, commands = step(self._state, cue)
        self.taken.append((cue, commands))
        stopped: Cue | None = None
        for command in commands:
            if isinstance(command, EndCall):
                self._ended = True
                return
            stopped = self._obey(command, cue.at_ms) or stopped
        for at_ms, made in self._speaker.plans():
            self._agenda.at(at_ms, made)
        if stopped is not None:  # nothing happens in between, as in a real call
            self._take(stopped)

    def _obey(self, command: Command, now: int) -> Cue | None:
        match command:
            case Hush():
                return PlaybackStopped(now, self._speaker.hush(command.turn, now))
            case Speak():
                self._speaker.speak(command, now)
            case Release():
                self._speaker.release(command.turn, now)
            case Silence():
                self._speaker.forget(command.turn)
            case SetTimer():
                self._agenda.set_timer(command, now)
            case CancelTimer():
                self._agenda.cancel_timer(command)
            case Transcribe():
                words, took_ms = self._answers.words(
                    command.from_ms, command.to_ms, probe=command.probe
                )
                self._agenda.decoded(command, words, now + took_ms)
            case Judge():
                self._judge(command, now)
            case _:
                self._obey_drafting(command, now)
        return None

    def _obey_drafting(self, command: Command, now: int) -> None:
        match command:
            case Prepare():
                self._prepare(command, now)
            case Commit():
                self._making.pop(command.turn, None)
                self._commit(command.turn, now)
            case Drop():
                self._making.pop(command.turn, None)
                self._speaker.forget(command.turn)
            case _:
                pass

    def _judge(self, command: Judge, now: int) -> None:
        opinion = self._answers.opinion(command.to_ms)
        if opinion is not None:
            complete = opinion.complete
            self._agenda.at(
                now + opinion.took_ms,
                lambda at: TurnJudged(at, command.segment, command.attempt, complete),
            )

    def _prepare(self, command: Prepare, now: int) -> None:
        self._making[command.turn] = command.draft
        draft = self._answers.draft(command)
        if draft is None:
            return  # the log has no answer at all: the brain stays silent
        self._source[command.turn] = draft.asked.turn
        for after_ms, piece in draft.pieces:
            self._agenda.at(now + after_ms, self._if_making(command, _piece(command, piece)))
        last_ms = draft.pieces[-1][0] if draft.pieces else 0
        after_ms, failed = (
            (last_ms, False) if draft.ended is None else (draft.ended[0], draft.ended[1].failed)
        )
        self._agenda.at(
            now + after_ms,
            self._if_making(
                command, lambda at: DraftEnded(at, command.turn, command.draft, failed)
            ),
        )

    def _if_making(self, command: Prepare, made: Made) -> Made:
        def in_time(at_ms: int) -> Cue | None:
            return made(at_ms) if self._making.get(command.turn) == command.draft else None

        return in_time

    def _commit(self, turn: int, now: int) -> None:
        logged = self._answers.commit(self._source.get(turn, turn))
        if logged is None:
            took = typical([took_ms for took_ms, _ in self._answers.committed.values()])
            told = TurnCommitted(0, turn, (), Expectation(), ends_call=False)
        else:
            took, told = logged
        self._agenda.at(
            now + took,
            lambda at: TurnCommitted(at, turn, told.voice_now, told.expects, told.ends_call),
        )


def _piece(command: Prepare, logged: PieceReady) -> Made:
    def made(at_ms: int) -> Cue:
        token_ms = None if logged.token_ms is None else at_ms - (logged.at_ms - logged.token_ms)
        return PieceReady(at_ms, command.turn, command.draft, logged.piece, token_ms)

    return made
