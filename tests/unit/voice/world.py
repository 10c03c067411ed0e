"""A world for the reducer: answers its commands in any order and delay that can really happen."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field

from core.call import EndReason
from core.speech import Expectation, Heard, MustHear, ReplyPiece
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
    Prove,
    Release,
    SetTimer,
    Silence,
    Speak,
    Transcribe,
)
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
from voice.ports import Transcript
from voice.reducer import step
from voice.reducer_finish import has_room
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
    dropped: list[int] = field(default_factory=list)  # drafts
    spoken: dict[int, Speak] = field(default_factory=dict)
    queued: list[Speak] = field(default_factory=list)  # sound not played yet
    played: list[Speak] = field(default_factory=list)
    proved: list[Prove] = field(default_factory=list)
    making: dict[int, int] = field(default_factory=dict)  # the draft of each turn in the making
    released: int = 0  # the turn whose sound may go out
    started: bool = False
    hushed: Heard | None = None
    has_to_end: bool = False  # an order was taken that ends the call
    ended: EndReason | None = None
    trace: deque[tuple[Turn, Cue]] = field(default_factory=lambda: deque(maxlen=12))

    def begin(self) -> None:
        self.take(StreamStarted(0, 1, Expectation()))

    def take(self, cue: Cue) -> None:
        self.trace.append((self.state.turn, cue))
        self.state, commands = step(self.state, cue)
        for command in commands:
            self._obey(command)
        if self.hushed is not None:  # nothing happens in between, as in the session
            stopped, self.hushed = PlaybackStopped(self.now, self.hushed), None
            self.take(stopped)
        self._check()

    def _check(self) -> None:
        """What holds after every cue of a live call."""
        state = self.state
        if state.turn is Turn.ENDED:
            return
        assert state.pending is None or state.turn is Turn.PROCESSING, "a turn waits unheard"
        if state.speech is not None and state.speech.in_doubt:
            assert Timer.VERDICT in self.timers, "a doubt without an end"

    def window(self, probability: float) -> None:
        """32 ms pass."""
        self.now += 32
        self.audio += 32
        level_db = -25.0 if probability >= 0.35 else -62.0
        self.take(VoiceWindow(self.now, self.audio, probability, level_db))
        due = [timer for timer, at in self.timers.items() if at <= self.now]
        for timer in due:
            if self.timers.pop(timer, None) is not None:  # another may have cancelled it
                self.take(TimerFired(self.now, timer))

    def deliver(self) -> None:
        """One of the answers on their way arrives; those of one draft keep their order."""
        if not self.coming:
            return
        probes = [i for i, cue in enumerate(self.coming) if _is_probe(cue)]
        at = self.chance.randrange(len(self.coming))
        if probes and self.chance.random() < 0.5:  # they are short, so they overtake the others
            at = self.chance.choice(probes)
        picked = self.coming[at]
        if isinstance(picked, PieceReady | DraftEnded):
            of_one = [getattr(cue, "draft", None) == picked.draft for cue in self.coming]
            at = of_one.index(True)
        self.take(self.coming.pop(at))

    def play(self) -> None:
        """The oldest utterance that may sound is heard to its end."""
        self.start_sound()
        if not self.started:
            return
        speak = self.queued.pop(0)
        self.played.append(speak)
        turn, number = speak.turn, speak.utterance
        if self.faults and self.chance.random() < 0.1:  # the voice failed
            self.take(UtterancePlayed(self.now, turn, number, "", voiced=False, unheard=speak.text))
        else:
            self.take(SoundPlayed(self.now, turn))
            self.take(UtterancePlayed(self.now, turn, number, "e0:1"))
        if not self.queued:
            self.started = False

    def start_sound(self) -> None:
        if not self.queued or self.started or self.queued[0].turn != self.released:
            return
        self.started = True
        first = self.queued[0]
        self.take(SoundMade(self.now, first.turn, first.utterance))
        self.take(SoundStarted(self.now, first.turn))

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
                words = self.chance.choice(["yes", "no thank you", "mm-hm", "stop", ""])
                transcript = Transcript(words, 0.9, "test/1", 500)
                failed = self.faults and self.chance.random() < 0.1
                self.coming.append(
                    TranscriptReady(
                        self.now,
                        command.segment,
                        command.attempt,
                        None if failed else transcript,
                        command.probe,
                    )
                )
            case Judge():
                self.coming.append(TurnJudged(self.now, command.segment, command.attempt, 0.9))
            case Commit():
                assert command.turn in self.making, "what is committed is in the making"
                self.committed.append(command.turn)
                self._stop_making(self.making.pop(command.turn))
                self._commit(command.turn)
            case Drop():
                draft = self.making.pop(command.turn)
                self.dropped.append(draft)
                self._stop_making(draft)
                self._forget_sound(command.turn)
            case SetTimer():
                self.timers[command.timer] = self.now + command.after_ms
            case CancelTimer():
                self.timers.pop(command.timer, None)
            case EndCall():
                assert self.ended is None, "a call ends once"
                self.ended = command.reason
            case _:
                self._obey_sound(command)

    def _obey_sound(self, command: Command) -> None:
        match command:
            case Speak():
                assert command.utterance not in self.spoken
                self.spoken[command.utterance] = command
                self.queued.append(command)
            case Release():
                self.released = command.turn
            case Hush():
                self._hush(command.turn)
            case Silence():
                assert self.released != command.turn, "only a hushed reply is silenced"
                self._forget_sound(command.turn)
            case Prove():
                assert any(each.turn == command.evidence.turn for each in self.played)
                self.proved.append(command)
            case _:
                pass

    def _hush(self, turn: int) -> None:
        self.released = 0
        self.started = False
        heard = " ".join(each.text for each in self.played if each.turn == turn)
        unheard = " ".join(each.text for each in self.queued if each.turn == turn)
        self.hushed = Heard(turn, heard, unheard, 0)

    def _forget_sound(self, turn: int) -> None:
        self.queued = [each for each in self.queued if each.turn != turn]
        self.played = [each for each in self.played if each.turn != turn]
        self.started = False

    def _stop_making(self, draft: int) -> None:
        """Nothing new comes of a draft; what is in the inbox already, comes."""
        self.coming = [
            cue
            for cue in self.coming
            if not (isinstance(cue, PieceReady | DraftEnded) and cue.draft == draft)
            or self.chance.random() < 0.3
        ]

    def _prepare(self, command: Prepare) -> None:
        assert command.turn not in self.committed, "a committed turn is never prepared again"
        assert command.turn not in self.making, "one draft of a turn at a time"
        self.making[command.turn] = command.draft
        self.prepared.append(command)
        if self.faults and self.chance.random() < 0.05:
            return  # the brain never answers
        for index in range(self.chance.randrange(3)):
            told = (MustHear.IDENTITY,) if self.chance.random() < 0.3 else ()
            text = f"piece {index} of {command.turn}."
            piece = ReplyPiece(index, text, "greeting", must_hear=told)
            self.coming.append(PieceReady(self.now, command.turn, command.draft, piece))
        failed = self.faults and self.chance.random() < 0.05
        self.coming.append(DraftEnded(self.now, command.turn, command.draft, failed))

    def _commit(self, turn: int) -> None:
        if self.faults and self.chance.random() < 0.05:
            self.coming.append(CommitFailed(self.now, turn))
            return
        held = (
            (ReplyPiece(9, f"held of {turn}.", "scheduler", waits_for_commit=True),)
            if self.chance.random() < 0.5
            else ()
        )
        ordered = any(each.ends_call for each in self.prepared if each.turn == turn)
        ends = ordered or (turn > 6 and self.chance.random() < 0.3)
        self.coming.append(TurnCommitted(self.now, turn, held, Expectation(), ends))

    def drop_line(self) -> None:
        self.take(LineDropped(self.now, EndReason.CALLER_HUNG_UP))

    def order(self) -> None:
        ends = self.chance.random() < 0.2
        self.has_to_end |= ends and has_room(self.state, ends_call=ends)
        self.take(OperatorSaid(self.now, "One moment, please.", ends))

    def time_is_up(self) -> None:
        """The longest time of a call is over."""
        if self.timers.pop(Timer.CALL, None) is not None:
            self.take(TimerFired(self.now, Timer.CALL))

    def press(self) -> None:
        self.take(DigitPressed(self.now, self.chance.choice("123#")))

    def stuck(self) -> bool:
        """Whether nothing can ever move the call again, but the caller."""
        if self.ended is not None:
            return False
        sounds = bool(self.queued) and self.queued[0].turn == self.released
        moving = bool(self.timers.keys() - {Timer.CALL} or self.coming or sounds)
        if self.state.turn is Turn.LISTENING and not self.state.leaving:
            return Timer.SILENCE not in self.timers and Timer.DIGITS not in self.timers
        return not moving


def _is_probe(cue: Cue) -> bool:
    return isinstance(cue, TranscriptReady) and cue.probe
