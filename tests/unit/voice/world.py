"""A world for the reducer: answers its commands in any order and delay that can really happen."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field

from core.call import EndReason
from core.speech import Expectation, Heard, ReplyPiece
from voice.call_state import CallState
from voice.commands import (
    CancelTimer,
    Command,
    Commit,
    Drop,
    EndCall,
    Prepare,
    SetTimer,
    Speak,
    StopSpeaking,
    Transcribe,
)
from voice.cues import (
    CommitFailed,
    Cue,
    DigitPressed,
    DraftEnded,
    LineDropped,
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
    UtterancePlayed,
    VoiceWindow,
)
from voice.ports import Transcript
from voice.reducer import step
from voice.turns import Turn


@dataclass
class World:
    """Drives one call at random. ``chance`` decides everything, so a seed repeats a run."""

    chance: random.Random
    faults: bool = False
    state: CallState = field(default_factory=CallState)
    now: int = 0
    audio: int = 0
    coming: list[Cue] = field(default_factory=list)
    timers: dict[Timer, int] = field(default_factory=dict)
    prepared: list[Prepare] = field(default_factory=list)
    committed: list[int] = field(default_factory=list)
    dropped: list[int] = field(default_factory=list)
    spoken: dict[int, Speak] = field(default_factory=dict)
    queued: list[Speak] = field(default_factory=list)  # sound not played yet
    started: bool = False
    ended: EndReason | None = None
    trace: deque[tuple[Turn, Cue]] = field(default_factory=lambda: deque(maxlen=12))

    def begin(self) -> None:
        self.take(StreamStarted(0, 1, Expectation()))

    def take(self, cue: Cue) -> None:
        self.trace.append((self.state.turn, cue))
        self.state, commands = step(self.state, cue)
        for command in commands:
            self._obey(command)

    def window(self, probability: float) -> None:
        """32 ms pass."""
        self.now += 32
        self.audio += 32
        self.take(VoiceWindow(self.now, self.audio, probability))
        due = [timer for timer, at in self.timers.items() if at <= self.now]
        for timer in due:
            del self.timers[timer]
            self.take(TimerFired(self.now, timer))

    def deliver(self) -> None:
        """One of the answers on their way arrives; those about one subject keep their order."""
        if not self.coming:
            return
        at = self.chance.randrange(len(self.coming))
        kind = type(self.coming[at])
        if kind in (PieceReady, DraftEnded):
            at = next(i for i, c in enumerate(self.coming) if type(c) in (PieceReady, DraftEnded))
        cue = self.coming.pop(at)
        self.take(cue)

    def play(self) -> None:
        """The oldest queued utterance is heard to its end."""
        if not self.queued:
            return
        speak = self.queued.pop(0)
        if not self.started:
            self.started = True
            self.take(SoundMade(self.now, speak.turn))
            self.take(SoundStarted(self.now, speak.turn))
            self.take(SoundPlayed(self.now, speak.turn))
        self.take(UtterancePlayed(self.now, speak.turn, speak.utterance))
        if not self.queued:
            self.started = False

    def start_sound(self) -> None:
        if self.queued and not self.started:
            self.started = True
            self.take(SoundStarted(self.now, self.queued[0].turn))

    def settle(self) -> None:
        """No more from the caller: let everything that is on its way arrive."""
        for _ in range(600):
            if self.ended is not None:
                return
            for _ in range(20):
                if not self.coming:
                    break
                self.deliver()
            self.play()
            self.window(0.0)

    def _obey(self, command: Command) -> None:
        match command:
            case Prepare():
                self._prepare(command)
            case Transcribe():
                words = self.chance.choice(["yes", "no thank you", ""])
                transcript = Transcript(words, 0.9, "test/1", 500)
                failed = self.faults and self.chance.random() < 0.1
                self.coming.append(
                    TranscriptReady(
                        self.now, command.segment, command.attempt, None if failed else transcript
                    )
                )
            case Commit():
                self.committed.append(command.turn)
                self.coming = [
                    cue
                    for cue in self.coming
                    if not (isinstance(cue, PieceReady | DraftEnded) and cue.turn == command.turn)
                ]
                self._commit(command.turn)
            case Drop():
                self.dropped.append(command.turn)
                self.coming = [
                    cue
                    for cue in self.coming
                    if not (isinstance(cue, PieceReady | DraftEnded) and cue.turn == command.turn)
                ]
            case Speak():
                self.spoken[command.utterance] = command
                self.queued.append(command)
            case StopSpeaking():
                unheard = " ".join(
                    speak.text for speak in self.queued if speak.turn == command.turn
                )
                self.queued = []
                self.started = False
                self.coming.append(PlaybackStopped(self.now, Heard(command.turn, "", unheard, 0)))
                # The line is silenced before anything else happens, as in the session.
                self.take(self.coming.pop())
            case SetTimer():
                self.timers[command.timer] = self.now + command.after_ms
            case CancelTimer():
                self.timers.pop(command.timer, None)
            case EndCall():
                assert self.ended is None, "a call ends once"
                self.ended = command.reason
            case _:
                pass

    def _prepare(self, command: Prepare) -> None:
        assert command.turn not in self.committed, "a committed turn is never prepared again"
        self.prepared.append(command)
        if self.faults and self.chance.random() < 0.05:
            return  # the brain never answers
        for index in range(self.chance.randrange(3)):
            piece = ReplyPiece(index, f"piece {index} of {command.turn}.", "greeting")
            self.coming.append(PieceReady(self.now, command.turn, piece))
        failed = self.faults and self.chance.random() < 0.05
        self.coming.append(DraftEnded(self.now, command.turn, failed))

    def _commit(self, turn: int) -> None:
        if self.faults and self.chance.random() < 0.05:
            self.coming.append(CommitFailed(self.now, turn))
            return
        held = (
            (ReplyPiece(9, f"held of {turn}.", "scheduler", waits_for_commit=True),)
            if self.chance.random() < 0.5
            else ()
        )
        ends = turn > 6 and self.chance.random() < 0.3
        self.coming.append(TurnCommitted(self.now, turn, held, Expectation(), ends))

    def drop_line(self) -> None:
        self.take(LineDropped(self.now, EndReason.CALLER_HUNG_UP))

    def press(self) -> None:
        self.take(DigitPressed(self.now, self.chance.choice("123#")))

    def stuck(self) -> bool:
        """Whether nothing can ever move the call again, but the caller."""
        if self.ended is not None:
            return False
        moving = bool(self.timers or self.coming or self.queued)
        if self.state.turn is Turn.LISTENING and not self.state.leaving:
            return Timer.SILENCE not in self.timers and Timer.DIGITS not in self.timers
        return not moving
