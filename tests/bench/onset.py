"""When is it known that the caller has begun, and what begins falsely? Rules compared, measured.

Run by hand: ``python -m tests.bench.onset [SPEECH_DIR]``; SPEECH_DIR is a folder of recordings with
a ``manifest.json``. Every human file comes at four places within a window, on a quiet line and in
noise; the delay runs from its first sound to the end of the deciding window, and 20 ms for the
packet. Noise, music and tones sound for a minute at four levels; a false onset silences the agent
for 0.9 s and raises the bar. "Fresh" are 15 s that begin with the call, when the detector knows
nothing yet. The last table is how many words are found in all that.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.bench.recordings import Recording, recordings
from voice import speech_evidence
from voice.audio import g711
from voice.audio.loudness import level_dbfs, speech_dbfs, with_noise_floor
from voice.onset import Onset
from voice.ports import LINE_HZ, Pcm
from voice.speech_evidence import evidence, words_in
from voice.vad import WINDOW, WINDOW_MS, SharedVad, VadStream, Voiced

HUMAN = ("utterances", "short_words", "digits", "long")
SOUNDS = ("noise", "tones")
BABBLE = "babble8"  # eight people at once are speech: stated apart
MIXED = ("noise/coffee_shop", "noise/office_ambience", "noise/sb_noise1", "noise/koala")
PHASES = 4  # places within a window, 8 ms apart
LEAD_IN_S, TAIL_S = 2, 1  # of line before and after a recording
LINE_NOISE_DBFS = -62.0
LINES: tuple[float | None, ...] = (None, 20.0, 10.0)  # dB that speech is over the noise
LEVELS_DBFS = (-50, -40, -30, -20)
OFFSETS = 4  # places in a sound at which its minute begins
FRESH_S, MINUTE_S = 15, 60
FRAME_MS = 20
HUSHED = 28  # windows until the verdict on a false onset
LATE_MS = 1000.0  # an onset later than this is a miss
DECAY_MS = 150.0  # the detector's answer to the last sound comes this late
AT_ONCE = 64  # streams judged together
SUMS = (1.0, 2.0, 3.0, 4.0, 6.0, 9.0, 12.0, 15.0)  # of evidence, to compare


@dataclass(frozen=True)
class Judged:
    """One stretch of line, window by window, and where a human speaks in it, if anyone does."""

    name: str
    line: float | None  # dB over the noise, dBFS of a sound, or None on a quiet line
    windows: list[Voiced]
    levels: list[float]
    begins_ms: float = 0.0
    ends_ms: float = 0.0


class Rule:
    """One way to know an onset, with its memory of one call."""

    def __init__(self, evidence: Callable[[float], float], enough: float) -> None:
        self._evidence, self._enough, self._sum = evidence, enough, 0.0

    def hear(self, probability: float, level_db: float) -> bool:
        """Whether the caller speaks, after one more window."""
        self._sum = max(0.0, self._sum + self._evidence(probability))
        return self._sum >= self._enough

    def false_alarm(self) -> None:
        """Begin again."""
        self._sum = 0.0


class Chosen:
    """The product's own: `voice.onset`."""

    def __init__(self, onset: Onset, *, adapts: bool = True) -> None:
        self._onset, self._adapts = onset, adapts

    def hear(self, probability: float, level_db: float) -> bool:
        """Whether the caller speaks, after one more window."""
        self._onset = self._onset.hear(probability, level_db)
        return self._onset.is_speech

    def false_alarm(self) -> None:
        """Begin again, with the bar raised."""
        bar = self._onset.bar
        self._onset = self._onset.raised()
        if not self._adapts:
            self._onset = Onset(bar=bar, floor_db=self._onset.floor_db)


def windows_over(threshold: float) -> Callable[[float], float]:
    """Evidence that counts windows in a row."""
    return lambda probability: 1.0 if probability >= threshold else -math.inf


def odds(doubt: float) -> Callable[[float], float]:
    """Evidence that sums the logarithm of the odds, less ``doubt``."""

    def of(probability: float) -> float:
        sure = min(max(probability, 0.01), 0.99)
        return math.log(sure / (1 - sure)) - doubt

    return of


RULES: dict[str, Callable[[], Rule | Chosen]] = {
    "2 windows over 0.5": lambda: Rule(windows_over(0.5), 2),
    "3 windows over 0.5": lambda: Rule(windows_over(0.5), 3),
    "4 windows over 0.6": lambda: Rule(windows_over(0.6), 4),
    "2 windows over 0.7": lambda: Rule(windows_over(0.7), 2),
    "1 window over 0.9": lambda: Rule(windows_over(0.9), 1),
    "log odds + 1, sum 2": lambda: Rule(odds(-1), 2),
    "log odds, sum 2": lambda: Rule(odds(0), 2),
    "log odds - 0.5, sum 2": lambda: Rule(odds(0.5), 2),
    "log odds - 1, sum 3": lambda: Rule(odds(1), 3),
    "voice.onset, no adaptation": lambda: Chosen(Onset(), adapts=False),
    "voice.onset": lambda: Chosen(Onset()),
    "voice.onset after a false alarm": lambda: Chosen(Onset().raised()),
}


def looped(audio: Pcm, samples: int, first: int = 0) -> Pcm:
    """``samples`` of ``audio`` over and over, from its sample ``first``."""
    return np.resize(np.roll(audio, -first), samples)


def judged(vad: SharedVad, stretches: Iterable[tuple[Judged, Pcm]]) -> Iterator[Judged]:
    """Every stretch through mu-law and the detector."""
    lines = [(about, g711.decode(g711.encode(audio))) for about, audio in stretches]
    lines.sort(key=lambda each: each[1].size)
    for first in range(0, len(lines), AT_ONCE):
        part = lines[first : first + AT_ONCE]
        streams = [VadStream() for _ in part]
        for stream, (_, audio) in zip(streams, part, strict=True):
            stream.feed(audio)
        for windows, (about, audio) in zip(vad.probabilities(streams), part, strict=True):
            ends = (window.end_sample for window in windows)
            levels = [level_dbfs(audio[end - WINDOW : end]) for end in ends]
            yield Judged(about.name, about.line, windows, levels, about.begins_ms, about.ends_ms)


def callers(files: list[Recording]) -> Iterator[tuple[Judged, Pcm]]:
    """Each human at each place within a window, on each kind of line."""
    noises = [each.audio for each in files if each.file.startswith(MIXED)]
    humans = [each for each in files if each.category in HUMAN]
    for at, human in enumerate(humans):
        for phase in range(PHASES):
            lead = LEAD_IN_S * LINE_HZ + phase * WINDOW // PHASES
            quiet = np.zeros(lead + human.audio.size + TAIL_S * LINE_HZ, dtype=np.int16)
            line = with_noise_floor(quiet, LINE_NOISE_DBFS, at * PHASES + phase)
            noise = noises[(at + phase) % len(noises)]
            begins, ends = (edge + lead * 1000 / LINE_HZ for edge in (human.start_ms, human.end_ms))
            for over_db in LINES:
                sound = line.astype(np.float64)
                sound[lead : lead + human.audio.size] += human.audio
                if over_db is not None:
                    gain_db = speech_dbfs(human.audio) - over_db - speech_dbfs(noise)
                    under = looped(noise, sound.size, at * 7919 % noise.size)
                    sound += under * 10 ** (gain_db / 20)
                about = Judged(human.category, over_db, [], [], begins, ends)
                yield about, np.clip(sound, -32768, 32767).astype(np.int16)


def noises(files: list[Recording], length_s: int) -> Iterator[tuple[Judged, Pcm]]:
    """Each sound without speech, looped, at each level, begun at several places."""
    for each in files:
        for level in LEVELS_DBFS if each.category in SOUNDS else ():
            gain = 10 ** ((level - speech_dbfs(each.audio)) / 20)
            loud = np.clip(each.audio * gain, -32768, 32767).astype(np.int16)
            for offset in range(OFFSETS):
                first = offset * each.audio.size // OFFSETS
                about = Judged(Path(each.file).stem, level, [], [])
                yield about, looped(loud, length_s * LINE_HZ, first)


def delay_ms(rule: Rule | Chosen, spoken: Judged) -> float:
    """From the first sound to the decision; infinite if there is none. Early ones are dropped."""
    for window, level in zip(spoken.windows, spoken.levels, strict=True):
        if not rule.hear(window.probability, level):
            continue
        at_ms = window.end_sample * 1000 / LINE_HZ
        if at_ms >= spoken.begins_ms:
            return at_ms - spoken.begins_ms + FRAME_MS
        rule.false_alarm()
    return math.inf


def false_onsets(rule: Rule | Chosen, sound: Judged) -> int:
    """How often ``sound`` silences the agent."""
    count = hushed = 0
    for window, level in zip(sound.windows, sound.levels, strict=True):
        begun = rule.hear(window.probability, level)
        hushed -= 1
        if hushed == 0:
            rule.false_alarm()
        elif hushed < 0 and begun:
            count, hushed = count + 1, HUSHED
    return count


def rule_row(name: str, spoken: list[Judged], minutes: list[Judged], fresh: list[Judged]) -> str:
    """One line of the table of rules."""
    fresh_rule, cells = RULES[name], [name]
    for line in LINES:
        delays = [delay_ms(fresh_rule(), each) for each in spoken if each.line == line]
        p50, p90 = np.percentile(np.minimum(delays, 9e9), (50, 90))
        cells += [f"{p50:.0f} / {p90:.0f}", f"{np.mean(np.greater(delays, LATE_MS)):.1%}"]
    for group, per_minute in ((minutes, 1), (fresh, MINUTE_S // FRESH_S)):
        for wanted in ("", "music", BABBLE):
            counts = [
                false_onsets(fresh_rule(), each)
                for each in group
                if wanted in each.name and (wanted == BABBLE or BABBLE not in each.name)
            ]
            cells.append(f"{np.mean(counts) * per_minute:.2f}")
    return "| " + " | ".join(cells) + " |\n"


def peak(windows: Iterable[Voiced]) -> float:
    """The largest sum of evidence for words."""
    total = most = 0.0
    for window in windows:
        total = max(0.0, total + evidence(window.probability))
        most = max(most, total)
    return most


def rises(windows: Iterable[Voiced], sure: float) -> int:
    """How often the sum of evidence for words reaches ``sure``, from nothing."""
    total, count, counted = 0.0, 0, False
    for window in windows:
        total = min(max(0.0, total + evidence(window.probability)), sure + 4)
        counted = counted and total > 0
        if total >= sure and not counted:
            count, counted = count + 1, True
    return count


def words_tables(spoken: list[Judged], minutes: list[Judged]) -> Iterator[str]:
    """Words missed and words invented, by the evidence that is asked for; then per category."""
    calm = [each for each in minutes if BABBLE not in each.name]
    yield "\n| sum of evidence | humans without a word, quiet / 20 dB / 10 dB | digits, quiet "
    yield "| false stretches in 10 min | of music |\n| --- | --- | --- | --- | --- |\n"
    peaks = [(each, peak(_spoken(each))) for each in spoken]
    for sure in SUMS:
        missed = [np.mean([most < sure for each, most in peaks if each.line == n]) for n in LINES]
        digits = [most < sure for each, most in peaks if (each.name, each.line) == ("digits", None)]
        music = [rises(each.windows, sure) for each in calm if "music" in each.name]
        false = [rises(each.windows, sure) for each in calm]
        yield f"| {sure} | {' / '.join(f'{share:.1%}' for share in missed)} "
        yield f"| {np.mean(digits):.1%} | {np.mean(false) * 10:.2f} | {np.mean(music) * 10:.2f} |\n"
    yield f"\nwords_in (sum {speech_evidence.SURE}):\n\n| | words | per |\n| --- | --- | --- |\n"
    for name in sorted({each.name for each in minutes}):
        found = [len(words_in(each.windows)) for each in minutes if each.name == name]
        yield f"| {name} | {np.mean(found) * 10:.2f} | 10 min |\n"
    for name in HUMAN:
        found = [len(words_in(_spoken(each))) for each in spoken if each.name == name]
        yield f"| {name} | none in {np.mean(np.equal(found, 0)):.1%}, mean {np.mean(found):.1f} "
        yield "| recording, all lines |\n"


def _spoken(each: Judged) -> list[Voiced]:
    """The windows of the utterance, and the detector's decay after it."""
    first = max(0, int(each.begins_ms / WINDOW_MS) - 3)
    return each.windows[first : int((each.ends_ms + DECAY_MS) / WINDOW_MS) + 1]


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("../shared/speech"))
    files, vad = list(recordings(parser.parse_args().folder)), SharedVad()
    spoken = list(judged(vad, callers(files)))
    minutes = list(judged(vad, noises(files, MINUTE_S)))
    fresh = list(judged(vad, noises(files, FRESH_S)))
    say = sys.stdout.write
    say("| rule | quiet p50 / p90 ms | missed | 20 dB | missed | 10 dB | missed | false a minute ")
    say("| music | babble | fresh, a minute | music | babble |\n" + "| --- " * 13 + "|\n")
    for name in RULES:
        say(rule_row(name, spoken, minutes, fresh))
    for line in words_tables(spoken, minutes):
        say(line)


if __name__ == "__main__":
    main()
