"""What a call's engines, brain and line answered, and how long each took: read from its log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from voice.commands import Command, Commit, Hush, Judge, Prepare, Speak, Transcribe
from voice.cue_codec import CueTrace
from voice.cues import (
    Cue,
    DraftEnded,
    PieceReady,
    SoundMade,
    SoundPlayed,
    SoundStarted,
    TranscriptReady,
    TurnCommitted,
    TurnJudged,
    UtterancePlayed,
)
from voice.ports import Transcript
from voice.reducer_moves import same_words

CHARACTER_MS: Final = 65  # of speech, where a call has no sentence that was played to its end
NEAR_MS: Final = 300  # stretches of audio that differ by less are the same words


@dataclass(frozen=True, slots=True)
class Decoded:
    """One decode: the stretch (audio positions), what came of it, and after how long."""

    from_ms: int
    to_ms: int
    probe: bool
    took_ms: int
    transcript: Transcript | None


@dataclass(frozen=True, slots=True)
class Judged:
    """One opinion of the turn model on the pause that ends at ``to_ms``."""

    to_ms: int
    took_ms: int
    complete: float


@dataclass(slots=True)
class Drafted:
    """One answer of the brain: its sentences and its end, in ms after it was asked for."""

    asked: Prepare
    at_ms: int
    pieces: list[tuple[int, PieceReady]] = field(default_factory=list)
    ended: tuple[int, DraftEnded] | None = None


@dataclass(slots=True)
class Answers:
    """All answers of one call."""

    decoded: list[Decoded] = field(default_factory=list)
    judged: list[Judged] = field(default_factory=list)
    drafted: list[Drafted] = field(default_factory=list)
    committed: dict[int, tuple[int, TurnCommitted]] = field(default_factory=dict)
    voice_ms: list[int] = field(default_factory=list)  # from a sentence to its first audio
    mark_ms: list[int] = field(default_factory=list)  # from the first frame to the first mark
    lengths: dict[str, int] = field(default_factory=dict)  # of sentences, by their text

    def words(self, from_ms: int, to_ms: int, *, probe: bool) -> tuple[Transcript | None, int]:
        """What a decode of a stretch gives, and after how long.

        The nearest stretch that was decoded answers; what it leaves out is filled with others.
        """
        decodes = [each for each in self.decoded if each.probe is probe] or self.decoded
        if not decodes:
            return None, 0
        best = min(decodes, key=lambda each: _apart(each, from_ms, to_ms))
        if probe or best.transcript is None:
            return best.transcript, best.took_ms
        parts = [best]
        for each in sorted(decodes, key=lambda each: each.from_ms - each.to_ms):
            inside = each.from_ms >= from_ms - NEAR_MS and each.to_ms <= to_ms + NEAR_MS
            if inside and all(_disjoint(each, part) for part in parts):
                parts.append(each)
        parts.sort(key=lambda each: each.from_ms)
        told = [each.transcript for each in parts if each.transcript is not None]
        text = " ".join(each.text for each in told if each.text)
        spoken = Transcript(
            text,
            min(each.confidence for each in told),
            best.transcript.engine,
            to_ms - from_ms,
            best.transcript.language,
            best.transcript.language_probability,
        )
        return (spoken if len(parts) > 1 else best.transcript), best.took_ms

    def opinion(self, to_ms: int) -> Judged | None:
        """What the turn model says of a pause; None without one."""
        return min(self.judged, key=lambda each: abs(each.to_ms - to_ms), default=None)

    def draft(self, asked: Prepare) -> Drafted | None:
        """The answer to ``asked``: that to the same words, else that of the nearest turn."""

        def unlike(each: Drafted) -> tuple[bool, bool, bool, int]:
            return (
                each.asked.kind is not asked.kind,
                not same_words(each.asked.text, asked.text),
                each.ended is None,
                abs(each.asked.turn - asked.turn),
            )

        return min(self.drafted, key=unlike, default=None)

    def commit(self, turn: int) -> tuple[int, TurnCommitted] | None:
        """How turn ``turn`` was committed; None when it was not."""
        return self.committed.get(turn)

    def length_ms(self, text: str) -> int:
        """How long ``text`` sounds."""
        if text in self.lengths:
            return self.lengths[text]
        rates = [length / len(told) for told, length in self.lengths.items() if told]
        return round(len(text) * (median(rates) if rates else CHARACTER_MS))


def typical(times_ms: Sequence[int]) -> int:
    """The median; 0 of nothing."""
    return round(median(times_ms)) if times_ms else 0


def answers_of(trace: CueTrace) -> Answers:
    """Read the answers out of a log."""
    reading = _Reading()
    for cue, commands in trace.taken:
        reading.cue(cue)
        reading.commands(commands, cue.at_ms)
    return reading.found


class _Reading:
    """Pairs what was asked for with what came."""

    def __init__(self) -> None:
        self.found = Answers()
        self._decodes: dict[tuple[int, int, bool], tuple[int, Transcribe]] = {}
        self._judges: dict[tuple[int, int], tuple[int, Judge]] = {}
        self._drafts: dict[int, Drafted] = {}
        self._commits: dict[int, int] = {}
        self._spoken: dict[int, tuple[int, str]] = {}
        self._sounds_since: int | None = None
        self._cut: set[int] = set()  # sentences that may not have been played in one go

    def commands(self, commands: Iterable[Command], at_ms: int) -> None:
        for command in commands:
            match command:
                case Transcribe():
                    key = (command.segment, command.attempt, command.probe)
                    self._decodes[key] = (at_ms, command)
                case Judge():
                    self._judges[command.segment, command.attempt] = (at_ms, command)
                case Prepare():
                    self._drafts[command.draft] = Drafted(command, at_ms)
                    self.found.drafted.append(self._drafts[command.draft])
                case Commit():
                    self._commits[command.turn] = at_ms
                case Speak():
                    self._spoken[command.utterance] = (at_ms, command.text)
                case Hush():
                    self._sounds_since = None
                    self._cut |= self._spoken.keys()
                case _:
                    pass

    def cue(self, cue: Cue) -> None:
        match cue:
            case TranscriptReady():
                self._transcript(cue)
            case TurnJudged():
                judge = self._judges.pop((cue.segment, cue.attempt), None)
                if judge is not None:
                    at_ms, asked = judge
                    told = Judged(asked.to_ms, cue.at_ms - at_ms, cue.complete)
                    self.found.judged.append(told)
            case PieceReady() if (draft := self._drafts.get(cue.draft)) is not None:
                draft.pieces.append((cue.at_ms - draft.at_ms, cue))
            case DraftEnded() if (draft := self._drafts.get(cue.draft)) is not None:
                draft.ended = (cue.at_ms - draft.at_ms, cue)
            case TurnCommitted() if (at := self._commits.get(cue.turn)) is not None:
                self.found.committed[cue.turn] = (cue.at_ms - at, cue)
            case _:
                self._sound(cue)

    def _transcript(self, cue: TranscriptReady) -> None:
        decode = self._decodes.pop((cue.segment, cue.attempt, cue.probe), None)
        if decode is not None:
            at_ms, asked = decode
            took_ms = cue.at_ms - at_ms
            self.found.decoded.append(
                Decoded(asked.from_ms, asked.to_ms, cue.probe, took_ms, cue.transcript)
            )

    def _sound(self, cue: Cue) -> None:
        match cue:
            case SoundMade() if (spoken := self._spoken.get(cue.utterance)) is not None:
                self.found.voice_ms.append(cue.at_ms - spoken[0])
            case SoundStarted():
                self._sounds_since = cue.at_ms
            case SoundPlayed() if self._sounds_since is not None:
                self.found.mark_ms.append(cue.at_ms - self._sounds_since)
            case UtterancePlayed() if self._sounds_since is not None:
                spoken = self._spoken.get(cue.utterance)
                if spoken is not None and cue.voiced and cue.utterance not in self._cut:
                    self.found.lengths.setdefault(spoken[1], cue.at_ms - self._sounds_since)
                self._sounds_since = cue.at_ms
            case _:
                pass


def _apart(each: Decoded, from_ms: int, to_ms: int) -> int:
    return abs(each.from_ms - from_ms) + abs(each.to_ms - to_ms)


def _disjoint(one: Decoded, other: Decoded) -> bool:
    slack = 384  # the lead-in before a first word reaches back, and a decode goes on a little
    return one.from_ms >= other.to_ms - slack or other.from_ms >= one.to_ms - slack
