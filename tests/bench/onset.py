"""When is it known that the caller has begun, and what begins falsely? Rules compared, measured.

Run by hand: ``python -m tests.bench.onset [SPEECH_DIR]``; SPEECH_DIR is a folder of recordings with
a ``manifest.json``. Every human file comes at four places within a window, on a line that is dead
or quiet, and in noise; the delay runs from its first sound to the end of the deciding window, and
20 ms for the packet. Noise, music and tones sound for a minute at four levels; a false onset
silences the agent for 0.9 s and raises the bar. "Fresh" are 15 s that begin with the call, when the
detector knows nothing yet. Then the product's rule on each half of the speakers and with more or
less hiss under what the detector hears; the last table is how many words are found in all that.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from tests.bench.lines import DEAD, HUMAN, LINES, QUIET, Stretch, callers, judged, sounds
from tests.bench.recordings import FIT, TEST, recordings
from tests.bench.tables import row, table
from voice import speech_evidence
from voice.onset import Onset
from voice.ports import LINE_HZ
from voice.speech_evidence import evidence, words_in
from voice.vad import HISS_DBFS, WINDOW_MS, SharedVad, Voiced

CHOSEN = "voice.onset"
BABBLE = "babble8"  # eight people at once are speech: stated apart
FRESH_S, MINUTE_S = 15, 60
FRAME_MS = 20
HUSHED = 28  # windows until the verdict on a false onset
LATE_MS = 1000.0  # an onset later than this is a miss
DECAY_MS = 150.0  # the detector's answer to the last sound comes this late
HISSES_DBFS = (None, -72.0, -69.0, -66.0, -63.0, HISS_DBFS, -57.0)  # to compare
SUMS = (1.0, 2.0, 3.0, 4.0, 6.0, 9.0, 12.0, 15.0)  # of evidence, to compare


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
    CHOSEN: lambda: Chosen(Onset()),
    "voice.onset after a false alarm": lambda: Chosen(Onset().raised()),
}


def delay_ms(rule: Rule | Chosen, spoken: Stretch) -> float:
    """From the first sound to the decision; infinite if there is none. Early ones are dropped."""
    for window in spoken.windows:
        if not rule.hear(window.probability, window.level_db):
            continue
        at_ms = window.end_sample * 1000 / LINE_HZ
        if at_ms >= spoken.begins_ms:
            return at_ms - spoken.begins_ms + FRAME_MS
        rule.false_alarm()
    return math.inf


def false_onsets(rule: Rule | Chosen, sound: Stretch) -> int:
    """How often ``sound`` silences the agent."""
    count = hushed = 0
    for window in sound.windows:
        begun = rule.hear(window.probability, window.level_db)
        hushed -= 1
        if hushed == 0:
            rule.false_alarm()
        elif hushed < 0 and begun:
            count, hushed = count + 1, HUSHED
    return count


def delay_cells(name: str, spoken: Sequence[Stretch]) -> list[str]:
    """p50 / p90 and the share of misses, on each line."""
    cells = []
    for line in LINES:
        delays = [delay_ms(RULES[name](), each) for each in spoken if each.line == line]
        p50, p90 = np.percentile(np.minimum(delays, 9e9), (50, 90))
        cells += [f"{p50:.0f} / {p90:.0f}", f"{np.mean(np.greater(delays, LATE_MS)):.1%}"]
    return cells


def false_cells(name: str, minutes: Sequence[Stretch], per_minute: float = 1.0) -> list[str]:
    """False onsets a minute: of all sounds but babble, of music, of babble."""
    cells = []
    for wanted in ("", "music", BABBLE):
        counts = [
            false_onsets(RULES[name](), each)
            for each in minutes
            if wanted in each.name and (wanted == BABBLE or BABBLE not in each.name)
        ]
        cells.append(f"{np.mean(counts) * per_minute:.2f}")
    return cells


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


def words_tables(spoken: list[Stretch], minutes: list[Stretch]) -> Iterator[str]:
    """Words missed and words invented, by the evidence that is asked for; then per category."""
    calm = [each for each in minutes if BABBLE not in each.name]
    heads = (f"humans without a word: {' / '.join(LINES)}", "digits: dead / quiet")
    yield table("sum of evidence", *heads, "false stretches in 10 min", "of music")
    peaks = [(each, peak(_spoken(each))) for each in spoken]
    of_digits = [(each, most) for each, most in peaks if each.category == "digits"]
    for sure in SUMS:
        missed = [np.mean([most < sure for each, most in peaks if each.line == n]) for n in LINES]
        digits = [
            np.mean([most < sure for each, most in of_digits if each.line == line])
            for line in (DEAD, QUIET)
        ]
        music = [rises(each.windows, sure) for each in calm if "music" in each.name]
        false = [rises(each.windows, sure) for each in calm]
        shares = (" / ".join(f"{share:.1%}" for share in group) for group in (missed, digits))
        yield row(str(sure), *shares, *(f"{np.mean(of) * 10:.2f}" for of in (false, music)))
    yield f"\nwords_in (sum {speech_evidence.SURE}):\n\n| | words | per |\n| --- | --- | --- |\n"
    for name in sorted({each.name for each in minutes}):
        found = [len(words_in(each.windows)) for each in minutes if each.name == name]
        yield f"| {name} | {np.mean(found) * 10:.2f} | 10 min |\n"
    for name in HUMAN:
        found = [len(words_in(_spoken(each))) for each in spoken if each.category == name]
        yield f"| {name} | none in {np.mean(np.equal(found, 0)):.1%}, mean {np.mean(found):.1f} "
        yield "| recording, all lines |\n"


def _spoken(each: Stretch) -> Sequence[Voiced]:
    """The windows of the utterance, and the detector's decay after it."""
    first = max(0, int(each.begins_ms / WINDOW_MS) - 3)
    return each.windows[first : int((each.ends_ms + DECAY_MS) / WINDOW_MS) + 1]


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("../shared/speech"))
    files, vad = list(recordings(parser.parse_args().folder)), SharedVad()
    spoken = list(judged(vad, callers(files)))
    minutes = list(judged(vad, sounds(files, MINUTE_S)))
    fresh = list(judged(vad, sounds(files, FRESH_S)))
    say = sys.stdout.write
    delays = [head for line in LINES for head in (f"{line} p50 / p90 ms", "missed")]
    falsely = ["false a minute", "music", "babble"]
    say(table("rule", *delays, *falsely, "fresh, a minute", "music", "babble"))
    for name in RULES:
        often = false_cells(name, fresh, MINUTE_S / FRESH_S)
        say(row(name, *delay_cells(name, spoken), *false_cells(name, minutes), *often))
    say(table("voice.onset on", *delays))
    for half in (FIT, TEST):
        group = [each for each in spoken if each.half == half]
        say(row(f"{half} speakers", *delay_cells(CHOSEN, group)))
    say(table("hiss dBFS", *delays, *falsely))
    for hiss_dbfs in HISSES_DBFS:
        other = SharedVad(hiss_dbfs=hiss_dbfs)
        heard = list(judged(other, callers(files)))
        noise = list(judged(other, sounds(files, MINUTE_S)))
        say(row(str(hiss_dbfs), *delay_cells(CHOSEN, heard), *false_cells(CHOSEN, noise)))
    for line in words_tables(spoken, minutes):
        say(line)


if __name__ == "__main__":
    main()
