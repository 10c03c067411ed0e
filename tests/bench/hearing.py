"""How well the offline ears hear: callers of the shipped script in several voices, measured.

Run by hand: ``python -m tests.bench.hearing [--every N] [--errors]``. Each line is spoken by
espeak-ng, carried as mu-law with some quiet around it, decoded with the vocabulary of the question
it answers, and read. "Right" is the sentence word for word; "meant" is what the reader makes of
it, which is what the conversation goes by. Sentences outside the vocabulary and plain noise show
whether the confidence can tell.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from agents.expects import KINDS
from agents.language.offered import offered_phrases
from agents.language.phrases import likely_names, likely_phrases
from agents.language.read import read
from agents.script import Script
from agents.script_loader import load_script
from core.speech import AnswerKind, Expectation
from voice.audio import g711
from voice.audio.loudness import with_noise_floor
from voice.ports import Pcm
from voice.providers.stt_pocketsphinx.ear import Ear
from voice.providers.tts_espeak import speak

VOICES = (
    ("en-us", 140),
    ("en-us+f3", 150),
    ("en-us+m3", 130),
    ("en-gb-x-rp", 140),
    ("en-gb", 150),
)
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Europe/London"))
OFFERS = (
    datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("Europe/London")),
    datetime(2026, 11, 25, 14, 30, tzinfo=ZoneInfo("Europe/London")),
)
ANYWHERE = (
    "i'm not interested",
    "no thanks i'm not interested",
    "please stop calling me",
    "stop calling me",
    "i already have an agent",
    "your fees are too high",
    "how much do you charge",
    "can you call me back later",
    "call me later",
    "are you a robot",
    "goodbye",
)
LINES: dict[str, tuple[str, ...]] = {
    "@right_person": ("yes speaking", "yes", "no", "speaking", "yes it is", "who is this"),
    "owner": ("yes i do", "yes", "no", "no i don't", "yes that is right", *ANYWHERE),
    "bedrooms": ("three", "three bedrooms", "four bedrooms", "two", "five", *ANYWHERE),
    "moving": ("within three months", "this year", "just curious", "i'm not selling", *ANYWHERE),
    "@time": (
        "tuesday at ten o'clock please",
        "wednesday at half past two please",
        "thursday at eleven o'clock please",
        "friday at half past eleven please",
        "tuesday at half past ten",
        "monday at quarter past three",
        "thursday at two o'clock",
        "tomorrow at nine o'clock",
        "the first one please",
        "the second one please",
        "the first one",
        "yes please",
        "no thank you",
        "tomorrow morning",
        "i'm not interested",
        "please stop calling me",
    ),
    "@confirm": (
        "yes please",
        "yes",
        "no",
        "no tuesday at ten o'clock",
        "no friday at half past eleven",
        "no wednesday at half past two",
        "that's right",
        "no thank you",
    ),
    "@callback_time": (
        "tuesday at two o'clock please",
        "call me tomorrow at ten",
        "tomorrow afternoon",
        "wednesday at half past four",
    ),
    "@more": ("no thank you", "no", "no that's all", "goodbye", "thank you goodbye"),
}
FLOORS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7)  # of STT_CONFIDENCE_FLOOR, 0.4 by default
FOREIGN = (
    "the weather is lovely over the mountains today",
    "my dog ate the newspaper again",
    "potatoes are cheaper at the market",
    "he bought a red car from his cousin",
    "can you hear the music next door",
    "mary put the kettle on the stove",
)


def expectation(script: Script, asked: str) -> Expectation:
    """What the agent expects after asking ``asked``."""
    question = script.question(asked)
    kinds = KINDS.get(asked, frozenset({AnswerKind.OPEN}))
    named = {"@time": OFFERS, "@confirm": OFFERS[:1]}.get(asked, ())
    return Expectation(
        kinds=kinds if question is None else frozenset({AnswerKind(question.kind.value)}),
        phrases=likely_phrases(script, asked=asked),
        likely=offered_phrases(named, NOW),
        names=likely_names(script) if asked == "name" else (),
        places=() if question is None else question.areas,
    )


def on_the_line(audio: Pcm) -> Pcm:
    """``audio`` as it comes from the carrier: mu-law, quiet before and after."""
    quiet = np.zeros(3200, dtype=np.int16)
    return g711.decode(g711.encode(np.concatenate((quiet, audio, quiet[:1600]))))


def lines(every: int) -> Iterator[tuple[str, str, str, int]]:
    """(asked, text, voice, wpm), every n-th of them."""
    everything = [
        (asked, text, voice, wpm)
        for asked, texts in LINES.items()
        for text in texts
        for voice, wpm in VOICES
    ]
    yield from everything[::every]


class Score:
    """Counts of one group of lines."""

    def __init__(self) -> None:
        self.lines = self.right = self.meant = self.wrong = 0

    def row(self, name: str) -> str:
        """One line of the table."""
        return (
            f"{name:16}{self.lines:6}{self.right / self.lines:8.1%}{self.meant / self.lines:8.1%}"
            f"{self.wrong / self.lines:8.1%}"
        )


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="take every n-th line only")
    parser.add_argument("--errors", action="store_true", help="show each line that went wrong")
    options = parser.parse_args()
    script = load_script(Path("agents/scripts/estate_agency_outbound.yaml").read_text())
    ear = Ear()
    say = sys.stdout.write

    def meaning(text: str, asked: str) -> object:
        reading = read(text, script=script, asked=asked, offers=OFFERS, now=NOW)
        return dataclasses.replace(reading, text="")

    scores: dict[str, Score] = defaultdict(Score)
    certain: list[float] = []
    wrongly: list[float] = []
    spent = sounded = 0.0
    for asked, text, voice, wpm in lines(options.every):
        audio = on_the_line(speak(text, voice, wpm))
        began = time.perf_counter()
        heard = ear.hear(audio, expectation(script, asked))
        spent += time.perf_counter() - began
        sounded += audio.size / 8000
        meant = bool(heard.text) and meaning(heard.text, asked) == meaning(text, asked)
        for group in (asked, voice, "all"):
            scores[group].lines += 1
            scores[group].right += heard.text == text
            scores[group].meant += meant
            scores[group].wrong += bool(heard.text) and not meant
        (certain if meant else wrongly).append(heard.confidence)
        if options.errors and not meant:
            say(f"  {asked:14}{voice:12}{text!r} -> {heard.text!r} {heard.confidence}\n")
    say(f"{'':16}{'lines':>6}{'right':>8}{'meant':>8}{'wrong':>8}\n")
    for name, score in scores.items():
        say(score.row(name) + "\n")
    foreign = [
        ear.hear(on_the_line(speak(text, voice, wpm)), expectation(script, asked))
        for text in FOREIGN
        for voice, wpm in VOICES
        for asked in ("owner", "@time")
    ]
    noise = [
        ear.hear(
            with_noise_floor(np.zeros(8000, dtype=np.int16), level, seed),
            expectation(script, asked),
        )
        for seed in range(5)
        for level in (-50, -35, -20)
        for asked in ("owner", "@time")
    ]
    for name, values in (
        ("meant", certain),
        ("misheard", wrongly),
        ("foreign", [heard.confidence for heard in foreign]),
        ("noise", [heard.confidence for heard in noise]),
    ):
        if values:
            say(f"confidence {name:10}{np.percentile(values, (5, 25, 50, 75, 95)).round(2)}\n")
            below = "".join(f"{floor:6}:{np.mean(np.less(values, floor)):6.1%}" for floor in FLOORS)
            say(f"  asked again below{below}\n")
    say(f"real-time factor {spent / sounded:.3f}\n")


if __name__ == "__main__":
    main()
