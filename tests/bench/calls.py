"""Whole calls in virtual time: the reducer, a recorded line, and engines of known delay."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from app.replay.loudspeaker import Loudspeaker
from core.speech import Expectation, ReplyPiece, TurnKind
from tests.bench.lines import Stretch
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
from voice.cues import (
    Cue,
    DraftEnded,
    PieceReady,
    PlaybackStopped,
    SoundStarted,
    StreamStarted,
    Timer,
    TimerFired,
    TranscriptReady,
    TurnCommitted,
    TurnJudged,
    VoiceWindow,
)
from voice.endpointing import WINDOW_MS, Patience
from voice.ports import Transcript
from voice.reducer import step

PACKET_MS = 20  # a window is judged when the last packet of it has come
VOICE_MS, MARK_MS = 20, 60  # to the first sound of a sentence, and to its first mark
WHOLE = 0.9  # of the voice, with which ears that want all are content
REPLY_MS = 1000  # of an answer
SPEECH = " ".join(["and", "so", "on"] * 400)  # what the agent says for as long as the line lasts

Made = Callable[[int], Cue | None]  # the cue at its moment; None: it is void by now


@dataclass(frozen=True)
class Engines:
    """What hears: ``ears_ms`` for a decode, ``opinion`` of the turn model, None without one.

    The ears know the words by heart, and hear as many as the share of the voice that they get;
    ``whole``: all of them or nothing, as a grammar does.
    """

    ears_ms: int = 200
    opinion: float | None = None
    opinion_ms: int = 64
    whole: bool = False

    def words(self, spoken: Stretch, from_ms: int, to_ms: int) -> str:
        """What is heard between two positions of the line."""
        words = spoken.words
        if not words:
            return ""
        first, last = spoken.said(from_ms, to_ms)
        if self.whole:
            return " ".join(words) if last - first > WHOLE else ""
        return " ".join(words[round(len(words) * first) : round(len(words) * last)])


@dataclass
class Told:
    """What became of a call. Times in ms of the line."""

    answers: list[tuple[int, TurnKind, str]] = field(default_factory=list)  # begun to sound
    hushed: list[int] = field(default_factory=list)
    silenced: list[int] = field(default_factory=list)
    went_on: list[int] = field(default_factory=list)  # after a hush
    decodes: int = 0
    begun: int = 0  # stretches that were taken for speech


class Call:
    """One call on one line. ``speaks``: the agent does, all the time; else it listens."""

    def __init__(
        self, line: Stretch, engines: Engines, patience: Patience, *, speaks: bool
    ) -> None:
        self._line = line
        self._engines = engines
        self._speaks = speaks
        self._state = CallState(patience=patience)
        self._coming: list[tuple[int, int, Made]] = []
        self._order = count()
        self._timers: dict[Timer, object] = {}
        self._making: dict[int, int] = {}
        self._asked: dict[int, Prepare] = {}
        self._decode: object = None
        self._speaker = Loudspeaker(_length_ms, VOICE_MS, MARK_MS)
        self._hushed = False
        self.told = Told()

    def run(self) -> Told:
        """Hold the call until the line ends."""
        self._at(0, lambda at: StreamStarted(at, 1, Expectation()))
        for number, window in enumerate(self._line.windows, 1):
            end_ms = number * WINDOW_MS
            cue = VoiceWindow(end_ms + PACKET_MS, end_ms, window.probability, window.level_db)
            self._at(cue.at_ms, _always(cue))
        until_ms = len(self._line.windows) * WINDOW_MS + PACKET_MS
        while self._coming and self._coming[0][0] <= until_ms:
            at_ms, _, made = heapq.heappop(self._coming)
            cue_now = made(at_ms)
            if cue_now is not None:
                self._take(cue_now)
        self.told.begun = self._state.segments
        return self.told

    def _at(self, at_ms: int, made: Made) -> None:
        heapq.heappush(self._coming, (at_ms, next(self._order), made))

    def _take(self, cue: Cue) -> None:
        if isinstance(cue, SoundStarted):
            self._note_sound(cue)
        self._state, commands = step(self._state, cue)
        stopped: Cue | None = None
        for command in commands:
            stopped = self._obey(command, cue.at_ms) or stopped
        for at_ms, made in self._speaker.plans():
            self._at(at_ms, made)
        if stopped is not None:
            self._take(stopped)

    def _note_sound(self, cue: SoundStarted) -> None:
        asked = self._asked[cue.turn]
        if self._hushed:
            self.told.went_on.append(cue.at_ms)
        else:
            self.told.answers.append((cue.at_ms, asked.kind, asked.text))
        self._hushed = False

    def _obey(self, command: Command, now: int) -> Cue | None:
        match command:
            case Hush():
                self.told.hushed.append(now)
                self._hushed = True
                return PlaybackStopped(now, self._speaker.hush(command.turn, now))
            case Silence():
                self.told.silenced.append(now)
                self._hushed = False
                self._speaker.forget(command.turn)
            case Drop():
                self._hushed = False
                self._making.pop(command.turn, None)
                self._speaker.forget(command.turn)
            case Speak():
                self._speaker.speak(command, now)
            case Release():
                self._speaker.release(command.turn, now)
            case SetTimer():
                self._set_timer(command, now)
            case CancelTimer():
                self._timers.pop(command.timer, None)
            case EndCall():
                self._coming.clear()
            case _:
                self._obey_engines(command, now)
        return None

    def _obey_engines(self, command: Command, now: int) -> None:
        match command:
            case Transcribe():
                self._transcribe(command, now)
            case Judge() if self._engines.opinion is not None:
                judged = TurnJudged(0, command.segment, command.attempt, self._engines.opinion)
                self._at(now + self._engines.opinion_ms, _stamped(judged))
            case Prepare():
                self._prepare(command, now)
            case Commit():
                self._making.pop(command.turn, None)
                self._at(
                    now + 1, _stamped(TurnCommitted(0, command.turn, (), Expectation(), False))
                )
            case _:
                pass

    def _set_timer(self, command: SetTimer, now: int) -> None:
        running = self._timers[command.timer] = object()

        def fired(at_ms: int) -> Cue | None:
            if self._timers.get(command.timer) is not running:
                return None
            del self._timers[command.timer]
            return TimerFired(at_ms, command.timer)

        self._at(now + command.after_ms, fired)

    def _transcribe(self, command: Transcribe, now: int) -> None:
        self.told.decodes += 1
        text = self._engines.words(self._line, command.from_ms, command.to_ms)
        heard = Transcript(text, 0.9 if text else 0.0, "bench", command.to_ms - command.from_ms)
        decode = object()
        if not command.probe:
            self._decode = decode  # what it overtakes is given up

        def decoded(at_ms: int) -> Cue | None:
            if not command.probe and self._decode is not decode:
                return None
            return TranscriptReady(at_ms, command.segment, command.attempt, heard, command.probe)

        self._at(now + self._engines.ears_ms, decoded)

    def _prepare(self, command: Prepare, now: int) -> None:
        self._making[command.turn] = command.draft
        self._asked[command.turn] = command

        def if_making(cue: Cue) -> Made:
            made = _stamped(cue)
            return lambda at: made(at) if self._making.get(command.turn) == command.draft else None

        opens = command.kind is TurnKind.OPENING
        if self._speaks or not opens:
            text = SPEECH if self._speaks else "Thank you."
            piece = ReplyPiece(0, text, "bench")
            self._at(now, if_making(PieceReady(0, command.turn, command.draft, piece)))
        self._at(now, if_making(DraftEnded(0, command.turn, command.draft, failed=False)))


def calls(
    lines: Sequence[Stretch], engines: Engines, patience: Patience, *, speaks: bool
) -> list[tuple[Stretch, Told]]:
    """A call on each line."""
    return [(line, Call(line, engines, patience, speaks=speaks).run()) for line in lines]


def _length_ms(text: str) -> int:
    return 10 * REPLY_MS * 60 if text == SPEECH else REPLY_MS


def _always(cue: Cue) -> Made:
    return lambda _at: cue


def _stamped(cue: Cue) -> Made:
    return lambda at_ms: replace(cue, at_ms=at_ms)
