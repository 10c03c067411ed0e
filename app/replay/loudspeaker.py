"""The sound of an imagined call: sentences of known length, played one after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from core.speech import Heard
from voice.commands import Speak
from voice.cues import Cue, SoundMade, SoundPlayed, SoundStarted, UtterancePlayed

Plan: TypeAlias = tuple[int, Callable[[int], Cue | None]]


@dataclass(slots=True)
class _Sentence:
    asked: Speak
    length_ms: int
    ready_ms: int  # when its audio is there
    played_ms: int = 0  # so much of it was heard


class Loudspeaker:
    """Plays what was released. Each move leaves ``plans``: the cues to come of it."""

    def __init__(self, length_ms: Callable[[str], int], voice_ms: int, mark_ms: int) -> None:
        """``voice_ms``: from a sentence to its audio. ``mark_ms``: until the first mark is back."""
        self._length_ms = length_ms
        self._voice_ms = voice_ms
        self._mark_ms = mark_ms
        self._queue: list[_Sentence] = []
        self._heard: list[_Sentence] = []
        self._released = 0
        self._playing_since: int | None = None  # of the first in the queue
        self._sounding = 0  # the turn whose sound goes out; 0 after a silence
        self._proved = 0  # the turn whose first mark came back
        self._epoch = 0
        self._plans: list[Plan] = []

    def plans(self) -> list[Plan]:
        """What is to come of the moves since the last time that this was asked."""
        plans, self._plans = self._plans, []
        return plans

    def speak(self, command: Speak, now: int) -> None:
        """Queue a sentence."""
        first = all(each.asked.turn != command.turn for each in (*self._queue, *self._heard))
        before = max((each.ready_ms for each in self._queue), default=now)
        ready_ms = max(now, before) + self._voice_ms
        sentence = _Sentence(command, self._length_ms(command.text), ready_ms)
        self._queue.append(sentence)
        if first:
            self._plans.append((ready_ms, self._made(sentence)))
        self._play(now)

    def release(self, turn: int, now: int) -> None:
        """The sound of ``turn`` may go out."""
        self._released = turn
        self._play(now)

    def hush(self, turn: int, now: int) -> Heard:
        """Fall silent; what of the reply was heard."""
        if self._playing_since is not None:
            playing = self._queue[0]
            playing.played_ms += max(0, now - self._playing_since)
        self._stop()
        heard = [each for each in self._heard if each.asked.turn == turn]
        rest = [each for each in self._queue if each.asked.turn == turn]
        told, untold = [each.asked.text for each in heard], [each.asked.text for each in rest]
        if rest and rest[0].played_ms:
            said, unsaid = _cut(rest[0])
            told.append(said)
            untold[0] = unsaid
        total_ms = sum(each.length_ms for each in heard) + sum(each.played_ms for each in rest)
        return Heard(turn, " ".join(filter(None, told)), " ".join(filter(None, untold)), total_ms)

    def forget(self, turn: int) -> None:
        """Nothing more of ``turn`` sounds."""
        if self._queue and self._queue[0].asked.turn == turn and self._playing_since is not None:
            self._stop()
        self._queue = [each for each in self._queue if each.asked.turn != turn]
        self._heard = [each for each in self._heard if each.asked.turn != turn]

    def _stop(self) -> None:
        self._epoch += 1
        self._playing_since = None
        self._released = self._sounding = 0

    def _play(self, now: int) -> None:
        """Begin the next sentence, if it may sound and nothing does."""
        if self._playing_since is not None or not self._queue:
            return
        sentence = self._queue[0]
        turn = sentence.asked.turn
        if turn != self._released:
            return
        starts_ms = max(now, sentence.ready_ms)
        self._playing_since = starts_ms
        if self._sounding != turn:
            self._sounding = turn
            self._plans.append((starts_ms, self._in_epoch(lambda at: SoundStarted(at, turn))))
        if self._proved != turn:
            self._proved = turn
            marked_ms = starts_ms + self._mark_ms
            self._plans.append((marked_ms, self._in_epoch(lambda at: SoundPlayed(at, turn))))
        left_ms = max(0, sentence.length_ms - sentence.played_ms)
        self._plans.append((starts_ms + left_ms, self._in_epoch(self._played)))

    def _played(self, at_ms: int) -> Cue:
        """The first sentence of the queue was heard to its end."""
        sentence = self._queue.pop(0)
        self._heard.append(sentence)
        self._playing_since = None
        self._play(at_ms)
        if self._playing_since is None:
            self._sounding = 0
        return UtterancePlayed(at_ms, sentence.asked.turn, sentence.asked.utterance)

    def _made(self, sentence: _Sentence) -> Callable[[int], Cue | None]:
        asked = sentence.asked

        def made(at_ms: int) -> Cue | None:
            return (
                SoundMade(at_ms, asked.turn, asked.utterance) if sentence in self._queue else None
            )

        return made

    def _in_epoch(self, made: Callable[[int], Cue]) -> Callable[[int], Cue | None]:
        epoch = self._epoch
        return lambda at_ms: made(at_ms) if epoch == self._epoch else None


def _cut(sentence: _Sentence) -> tuple[str, str]:
    """The words that were heard, and those that were not, by the share of its sound."""
    words = sentence.asked.text.split()
    share = sentence.played_ms / sentence.length_ms if sentence.length_ms else 1.0
    heard = min(len(words), int(len(words) * share))
    return " ".join(words[:heard]), " ".join(words[heard:])
