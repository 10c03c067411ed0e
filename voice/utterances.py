"""Sentences on their way to the caller, and what was heard of them.

The sound of a sentence is kept as mu-law bytes, one a sample, until its end was played: so a
reply that fell silent goes on from its first unheard word without being made again. Places in
the sound are samples from its beginning.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from core.speech import Heard
from voice.audio import g711
from voice.heard import heard_until, length_ms, resumes_at_ms
from voice.ports import LINE_HZ, WordTime

FRAME_MS: Final = 20  # one G.711 packet on every carrier we support
PER_MS: Final = LINE_HZ // 1000
FRAME: Final = FRAME_MS * PER_MS
SILENCE: Final = bytes([g711.SILENCE_BYTE])
FADE: Final = 5 * PER_MS  # samples; a word that begins in the middle of a wave would click
UNSURE: Final = 120 * PER_MS  # samples; a mobile network delays what silences it by so much more


@dataclass(slots=True)
class Utterance:
    """One sentence of a reply.

    ``complete``: no more sound will come. ``whole``: and all of the text is in it.
    ``sent``: the place of the next sample to send. ``played``: up to here it was played, by our
    clock or a mark. ``proved``: up to here marks came back, or were given up. When it fell silent
    last, ``furthest`` was played, ``floor`` is the index in the text up to which it was heard,
    and ``resumed_at`` is where the next word begins: those three places start there again.
    ``over``: all words were heard, so what is left of the sound is not worth sending.
    ``must_hear``: it is heard to its end only when a mark proves it, so its last word is played
    again when it fell silent before that mark came, as is any other word that was cut.
    """

    turn: int
    number: int
    text: str
    must_hear: bool = False
    sound: bytearray = field(default_factory=bytearray)
    words: dict[int, WordTime] = field(default_factory=dict)
    made: int = 0
    sent: int = 0
    played: int = 0
    proved: int = 0
    resumed_at: int = 0
    furthest: int = 0
    floor: int = 0
    complete: bool = False
    whole: bool = False
    over: bool = False
    resumes: bool = False
    reported: bool = False
    mark: str = ""

    def take(self, sound: bytes, words: Iterable[WordTime]) -> None:
        """More of its sound; words told before may come again with a later end."""
        for word in words:
            known = self.words.get(word.start)
            if word != known:
                self.words[word.start] = word if known is None else _joined_times(known, word)
        self.sound += sound
        self.made += len(sound)

    def end(self, *, whole: bool) -> None:
        """No more sound will come."""
        self.complete = True
        self.whole = whole

    @property
    def all_sent(self) -> bool:
        """Whether nothing of it is left to send, now or later."""
        return self.over or (self.complete and self.sent >= self.made)

    @property
    def all_played(self) -> bool:
        """Whether its end is known to have been played."""
        return self.over or (self.complete and self.proved >= self.made)

    @property
    def voiced(self) -> bool:
        """Whether any of it has sounded."""
        return self._reached() > 0

    def next_piece(self, longest: int, *, to_word_end: bool = True) -> int:
        """How many samples to send next: whole frames, at most ``longest``.

        ``to_word_end``: not beyond the next end of a word. The first piece after a silence is
        better long: the next one may take 100 ms longer on its way, and that would be a hole.
        The last frame of all may be longer than what is left of the sound.
        """
        ready = self.made - self.sent + (FRAME - 1 if self.complete else 0)
        size = min(ready - ready % FRAME, longest)
        if not to_word_end:
            return size
        ends = [word.until_ms for word in self._closed_words()]
        inside = [end * PER_MS - self.sent for end in ends if end * PER_MS > self.sent]
        return min(size, min(-(-end // FRAME) * FRAME for end in inside)) if inside else size

    def give(self, size: int) -> bytes:
        """The next ``size`` samples, which count as sent from now on."""
        piece = bytes(self.sound[self.sent : self.sent + size])
        piece += SILENCE * (size - len(piece))
        self.sent += size
        if self.resumes:
            self.resumes = False
            return _faded_in(piece)
        return piece

    def rewind(self) -> None:
        """It was silenced: go back to its first word not heard."""
        self.furthest = self._reached()
        self.mark = ""  # it stood somewhere in the middle
        self.floor = self.heard()
        if self.floor >= len(self.text):
            self.over = True
            return
        total_ms = length_ms(self.text, self.made / PER_MS, whole=self.whole)
        heard = self._heard_without_a_cut() if self.must_hear else self.floor
        at_ms = resumes_at_ms(self.text, self._in_order(), heard, total_ms)
        place = min(round(at_ms * PER_MS), self.made)
        self.sent = self.played = self.proved = self.resumed_at = place
        self.resumes = place > 0

    def release_memory(self) -> None:
        """Its sound is not needed any more."""
        self.sound = bytearray()

    def heard(self) -> int:
        """The index in the text up to which it was heard."""
        made_ms = self.made / PER_MS
        total_ms = length_ms(self.text, made_ms, whole=self.whole)
        words = self._in_order()
        until = heard_until(self.text, words, self.played / PER_MS, total_ms, whole=self.whole)
        until = max(self.floor, until)
        return until if self._is_sure else min(until, _last_word(self.text))

    @property
    def unheard(self) -> str:
        """What of its text was not heard; a text that makes no sound has nothing of the kind."""
        return "" if self.whole and not self.made else self.text[self.heard() :]

    @property
    def _is_sure(self) -> bool:
        """Whether its last word counts as heard once it was played by our clock."""
        proved = self.whole and self.proved >= self.made and self.mark != ""
        return proved or not self.must_hear

    def heard_ms(self) -> float:
        """How much of its sound was played."""
        return min(self.made, self._reached()) / PER_MS

    def _heard_without_a_cut(self) -> int:
        """The index up to which all words were surely played to their ends; 0 without times."""
        sure = max(self.resumed_at, self.played - UNSURE)
        ends = [word.end for word in self.words.values() if word.until_ms * PER_MS <= sure]
        return min(max(ends, default=0), self.floor)

    def _reached(self) -> int:
        """The furthest sample that was played."""
        return max(self.furthest, self.played if self.played > self.resumed_at else 0)

    def _in_order(self) -> list[WordTime]:
        return sorted(self.words.values(), key=lambda word: word.at_ms)

    def _closed_words(self) -> list[WordTime]:
        words = list(self.words.values())
        return words if self.complete else words[:-1]


@dataclass(slots=True)
class Reply:
    """The sentences of the reply to one turn, in order. ``released``: they may sound."""

    turn: int
    utterances: list[Utterance] = field(default_factory=list)
    released: bool = False
    has_sound: bool = False

    @property
    def told(self) -> bool:
        """Whether the end of each sentence was reported."""
        return all(item.reported for item in self.utterances)

    def heard(self) -> Heard:
        """How much of it the caller heard."""
        return told(self.turn, self.utterances)


def told(turn: int, utterances: Sequence[Utterance]) -> Heard:
    """How much of ``utterances``, the reply to ``turn``, the caller heard."""
    cuts = [(item.text, item.heard()) for item in utterances]
    return Heard(
        turn=turn,
        text=_joined([text[:cut] for text, cut in cuts]),
        unheard=_joined([text[cut:] for text, cut in cuts]),
        heard_ms=round(sum(item.heard_ms() for item in utterances)),
    )


def _last_word(text: str) -> int:
    """Where the last word of ``text`` begins."""
    return text.rstrip().rfind(" ") + 1


def _joined(parts: Sequence[str]) -> str:
    return " ".join(stripped for part in parts if (stripped := part.strip()))


def _joined_times(one: WordTime, other: WordTime) -> WordTime:
    """A written word may be said as several, and a word's end is only known in the end."""
    return WordTime(
        one.start,
        max(one.end, other.end),
        min(one.at_ms, other.at_ms),
        max(one.until_ms, other.until_ms),
    )


def _faded_in(piece: bytes) -> bytes:
    head = g711.decode(piece[:FADE])
    ramp = np.linspace(0.0, 1.0, head.size, endpoint=False)
    return g711.encode((head * ramp).astype(np.int16)) + piece[FADE:]
