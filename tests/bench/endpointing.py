"""When has the caller finished? Rules for it on human recordings: delay against early replies.

Each recording comes as mu-law at 8 kHz in four phases of framing, with a quiet line before and
after it. A rule is *early* when it ends the turn over 50 ms before the last speech; its *delay* is
from the last speech to the decision. ``--model`` names the turn model's file where the pipecat-ai
wheel is not installed, ``--keep`` a file that keeps the slow part (the model's answers, minutes).
"""

from __future__ import annotations

import argparse
import json
import pickle
import sys
import wave
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np

from core.speech import AnswerKind, Expectation
from voice.audio import g711
from voice.audio.frame import Sound, silence
from voice.audio.loudness import with_noise_floor
from voice.audio.resample import resample
from voice.endpointing import WINDOW_MS, Patience, pause_ms
from voice.patience import CallerPauses, silence_needed_ms
from voice.ports import LINE_HZ, Pcm
from voice.providers.turn_smart import SmartTurn
from voice.vad import WINDOW, SharedVad, VadStream

RECORDINGS = Path(__file__).parents[3] / "shared" / "speech"
CATEGORIES = ("utterances", "short_words", "digits", "long", "composite")
PHASES_MS = (0, 8, 16, 24)
BEFORE_MS, AFTER_MS, LINE_DBFS = 320, 4200, -62.0
EARLY_MS = 50
HANGOVERS_MS = (96, 128, 160, 192, 224, 256, 288, 320, 384, 512, 704)
ASKED_AT = (1, 2, 3, 4, 5, 6)  # quiet windows after which the turn model is asked
PIPECAT_VOICE, PIPECAT_WINDOWS, PIPECAT_WAITS_MS = 0.7, 6, 3000  # its 0.2 s in windows of 32 ms
WORDS_WINDOWS = 3  # a decode begins after 64 ms and takes at least one more window
PATIENCE = Patience()
YES_NO, TIME, NUMBER = AnswerKind.YES_NO, AnswerKind.DATE_TIME, AnswerKind.NUMBER
KINDS = {"dograh_yes": YES_NO, "dograh_nope": YES_NO, "gcp_today": TIME, "phone_number": NUMBER}


@dataclass(slots=True)
class Line:
    """One recording in one phase: what Silero and the turn model make of it."""

    name: str
    kind: AnswerKind
    words: tuple[str, ...]
    word_ends_ms: tuple[float, ...]  # where known
    paused: bool
    end_ms: float
    probabilities: list[float]
    answers: dict[int, float] = field(default_factory=dict)  # by window

    def onset(self) -> int:
        """The window where the caller's turn begins."""
        loud = [p >= PATIENCE.on_probability for p in self.probabilities]
        return next(at for at in range(1, len(loud)) if loud[at - 1] and loud[at])

    def text(self, at: int) -> str:
        """The words spoken until window ``at``: by their times, else by the share of voice."""
        if self.word_ends_ms:
            return " ".join(
                word
                for word, end in zip(self.words, self.word_ends_ms, strict=True)
                if end <= (at + 1) * WINDOW_MS
            )
        voiced = np.cumsum([p >= PATIENCE.off_probability for p in self.probabilities])
        return " ".join(self.words[: round(len(self.words) * voiced[at] / voiced[-1])])


Rule = Callable[[Line], float | None]


def lines(vad: SharedVad, model: SmartTurn) -> list[Line]:
    """Every recording in every phase."""
    made = []
    for entry in json.loads((RECORDINGS / "manifest.json").read_text())["files"]:
        if entry["category"] in CATEGORIES and entry.get("transcript"):
            made += [_line(entry, phase, vad, model) for phase in PHASES_MS]
    return made


def _line(entry: dict[str, Any], phase: int, vad: SharedVad, model: SmartTurn) -> Line:
    name, lead = entry["file"], BEFORE_MS + phase
    with wave.open(str(RECORDINGS / name)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16)
        sound = Sound(samples[:: file.getnchannels()].copy(), file.getframerate())
    whole = np.concatenate((silence(lead), resample(sound).samples, silence(AFTER_MS)))
    audio = g711.decode(g711.encode(with_noise_floor(whole, LINE_DBFS, seed=phase)))
    stream = VadStream()
    stream.feed(audio)
    segments: list[tuple[float, float, str]] = entry.get("segments") or []
    line = Line(
        name=f"{name} +{phase}",
        kind=_kind(name, entry["category"]),
        words=tuple(entry["transcript"].split()),
        word_ends_ms=tuple(lead + 1000 * end for _, end, _ in segments),
        paused=entry["longest_pause_s"] >= 0.2,
        end_ms=lead + 1000 * entry["speech_end_s"],
        probabilities=[window.probability for window in vad.probabilities([stream])[0]],
    )
    _ask(line, audio, model)
    return line


def _kind(name: str, category: str) -> AnswerKind:
    """What was asked for, as far as the recording tells."""
    named = (kind for prefix, kind in KINDS.items() if prefix in name)
    by_category = {"digits": AnswerKind.NUMBER, "short_words": AnswerKind.CHOICE}
    return next(named, by_category.get(category, AnswerKind.OPEN))


def _ask(line: Line, audio: Pcm, model: SmartTurn) -> None:
    """Ask the turn model wherever one of the rules might."""
    begins = max(0, line.onset() * WINDOW - PATIENCE.lead_in_ms * LINE_HZ // 1000)
    for at in {at for at, quiet in quiet_runs(line) if quiet in ASKED_AT} | {*_changes(line)[1::2]}:
        line.answers[at] = model.judge(audio[begins : (at + 1) * WINDOW])


def quiet_runs(line: Line) -> Iterable[tuple[int, int]]:
    """(window, how many quiet windows there have been up to it), from the onset on."""
    quiet = 0
    for at in range(line.onset() + 1, len(line.probabilities)):
        quiet = quiet + 1 if line.probabilities[at] < PATIENCE.off_probability else 0
        yield at, quiet


def _changes(line: Line) -> list[int]:
    """The windows in which Pipecat's voice detector starts, stops, starts again ..."""
    speaking, count, changes = False, 0, []
    for at, probability in enumerate(line.probabilities):
        count = count + 1 if (probability >= PIPECAT_VOICE) is not speaking else 0
        if count == PIPECAT_WINDOWS:
            speaking, count = not speaking, 0
            changes.append(at)
    return changes


def pipecat(line: Line) -> float | None:
    """Pipecat's default without its loudness gate: ask when the voice stops, else wait 3 s."""
    changes = [*_changes(line), len(line.probabilities) * 9]
    for stop, start in zip(changes[1:-1:2], changes[2::2], strict=True):
        decided = stop if line.answers[stop] > 0.5 else stop + PIPECAT_WAITS_MS // WINDOW_MS
        if decided < start:  # else the caller has gone on, and stops again later
            return (decided + 1) * WINDOW_MS
    return None


def fixed(hangover_ms: int) -> Rule:
    """The turn ends after so much quiet."""

    def decide(line: Line) -> float | None:
        runs = quiet_runs(line)
        return next((at + 1) * WINDOW_MS for at, run in runs if run * WINDOW_MS >= hangover_ms)

    return decide


def patient(
    *, model: bool, text: bool = False, kinds: bool = False, answer_windows: int = 2
) -> Rule:
    """``voice.patience`` with the model asked once a pause, at its first quiet window.

    The answer is there ``answer_windows`` later, the words three. ``kinds``: what the recording
    answers was asked for, else an open question.
    """

    def decide(line: Line) -> float | None:
        expects = Expectation(frozenset({line.kind if kinds else AnswerKind.OPEN}))
        pauses, before, voiced = CallerPauses(), 0, PATIENCE.onset_windows
        for at, quiet in quiet_runs(line):
            if not quiet:
                pauses = pauses.after(before * WINDOW_MS) if before else pauses
                voiced += 1
            before = quiet
            complete = line.answers.get(at - quiet + 1) if quiet > answer_windows else None
            needed = silence_needed_ms(
                expects,
                line.text(at) if text and quiet > WORDS_WINDOWS else None,
                complete if model else None,
                pauses,
                PATIENCE,
                voiced_ms=voiced * WINDOW_MS,
            )
            if quiet and quiet * WINDOW_MS >= needed:
                return (at + 1) * WINDOW_MS
        return None

    return decide


def row(name: str, rule: Rule, group: Sequence[Line]) -> str:
    """One line of the table."""
    decided = [(line, rule(line)) for line in group]
    delays = [at - line.end_ms for line, at in decided if at is not None]
    on_time = [delay for delay in delays if delay >= -EARLY_MS]
    early = (len(delays) - len(on_time)) / len(group)
    times = " | ".join(f"{value:.0f}" for value in np.percentile(on_time, (50, 90, 95, 99)))
    return f"| {name} | {times} | {early:.1%} | {len(group) - len(delays)} |\n"


def table(title: str, rules: dict[str, Rule], group: Sequence[Line]) -> str:
    """All rules on one group of lines; delays of the replies that were not early."""
    head = "| rule | p50 | p90 | p95 | p99 | early | never |\n|---|---|---|---|---|---|---|\n"
    rows = (row(name, rule, group) for name, rule in rules.items())
    return f"\n### {title} ({len(group)} turns; delay in ms)\n\n{head}{''.join(rows)}"


def model_table(every: Sequence[Line]) -> str:
    """What the turn model says in pauses and at the end, by how long it is quiet."""
    out = "\n### Turn model: share of answers over 0.5 / 0.95, and how many there are\n\n"
    out += "| quiet ms | inside, no pause of 0.2 s | inside, pauses | end, none | end, pauses |\n"
    out += "|---|---|---|---|---|\n"
    for wanted in ASKED_AT:
        out += f"| {wanted * WINDOW_MS}"
        for ended, paused in product((False, True), repeat=2):
            said = np.array([
                line.answers[at]
                for line in every
                for at, quiet in quiet_runs(line)
                if line.paused is paused and quiet == wanted
                if ((at + 1) * WINDOW_MS >= line.end_ms - EARLY_MS) is ended
            ])  # fmt: skip
            shares = (f"{np.sum(said > level) / max(1, said.size):.0%}" for level in (0.5, 0.95))
            out += f" | {' / '.join(shares)} of {said.size}"
        out += " |\n"
    return out


def quiet_table(every: Sequence[Line]) -> str:
    """When the first quiet window comes, and how long pauses are: what a silence must outlast."""
    out = "\n### Quiet windows (probability under 0.35)\n\n"
    out += "| turns | first quiet window after the speech: p50 / p90 / p99 ms "
    out += (
        "| pauses inside over 32 / 96 / 160 / 224 / 320 / 512 / 704 ms, per turn |\n|---|---|---|\n"
    )
    for name, group in parted(every):
        last = [max(at for at, run in quiet_runs(line) if run == 1) for line in group]
        delays = [(at + 1) * WINDOW_MS - line.end_ms for at, line in zip(last, group, strict=True)]
        first = np.percentile(delays, (50, 90, 99))
        inner = [pause for line in group for pause in inner_pauses(line)]
        over = (32, 96, 160, 224, 320, 512, 704)
        longer = (f"{sum(each >= least for each in inner) / len(group):.2f}" for least in over)
        out += f"| {name} | {' / '.join(f'{v:.0f}' for v in first)} | {' / '.join(longer)} |\n"
    return out


def inner_pauses(line: Line) -> list[int]:
    """The pauses inside the turn, in ms of quiet windows."""
    runs = list(quiet_runs(line))
    return [run * WINDOW_MS for (_, run), (_, after) in pairwise(runs) if run and not after]


def parted(every: Sequence[Line]) -> Iterable[tuple[str, list[Line]]]:
    """Turns without and with a pause of 0.2 s, by the manifest."""
    yield "no pause of 0.2 s", [line for line in every if not line.paused]
    yield "with pauses of 0.2 s", [line for line in every if line.paused]


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, help="the file smart-turn-v3.2-cpu.onnx")
    parser.add_argument("--keep", type=Path, help="keep what the models said in this file")
    options = parser.parse_args()
    if options.keep is not None and options.keep.is_file():
        every = pickle.loads(options.keep.read_bytes())
    else:
        every = lines(SharedVad(), SmartTurn(options.model))
        if options.keep is not None:
            options.keep.write_bytes(pickle.dumps(every))
    rules: dict[str, Rule] = {
        **{f"fixed {ms} ms": fixed(ms) for ms in HANGOVERS_MS},
        "by kind of answer alone": lambda line: fixed(
            pause_ms(Expectation(frozenset({line.kind})), PATIENCE)
        )(line),
        "patience, no model, no words, open question": patient(model=False),
        "patience, no model, words, kind known": patient(model=False, text=True, kinds=True),
        "as Pipecat": pipecat,
        "patience, model, no words, open question": patient(model=True),
        "the same, answer a window later": patient(model=True, answer_windows=3),
        "patience, model, words, open question": patient(model=True, text=True),
        "patience, model, words, kind known": patient(model=True, text=True, kinds=True),
    }
    tables = (table(name, rules, group) for name, group in parted(every))
    sys.stdout.write("".join((quiet_table(every), *tables, model_table(every))))


if __name__ == "__main__":
    main()
