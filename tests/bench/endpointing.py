"""When has the caller finished? Rules for it on human recordings: delay against early replies.

Run by hand: ``python -m tests.bench.endpointing [SPEECH_DIR]``. Each recording comes as mu-law at
8 kHz in four phases of framing, with a quiet line before and after it. A rule is *early* when it
ends the turn over 50 ms before the last speech; its *delay* is from the last speech to the
decision. ``--model`` names the turn model's file where the pipecat-ai wheel is not installed,
``--keep`` a file that keeps the slow part (the model's answers, minutes). ``--fit`` chooses the
constants anew by one half of the speakers and shows what they are worth on the other.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import numpy as np

import voice.patience
from core.speech import AnswerKind, Expectation
from tests.bench.endings import (
    ASKED_AT,
    EARLY_MS,
    PATIENCE,
    Line,
    inner_pauses,
    lines,
    quiet_runs,
    voice_changes,
)
from tests.bench.recordings import FIT, TEST
from tests.bench.tables import row, table
from voice.endpointing import WINDOW_MS, Patience, pause_ms
from voice.patience import CallerPauses, silence_needed_ms

HANGOVERS_MS = (96, 128, 160, 192, 224, 256, 288, 320, 384, 512, 704)
EXTRA_MS = (0, 64, 128, 256, 384)  # points of our curve: patience that an operator adds
PIPECAT_WAITS_MS = 3000  # where its model denies
EARLY_COST_MS = 3000  # of waiting, that one reply too early is worth avoiding
TRIED: dict[str, tuple[int, ...]] = {
    "SHORT_LIKELY_MS": (96, 128, 160, 192),
    "SHORT_UNLIKELY_MS": (160, 224, 288, 352),
    "SURE_MS": (128, 160, 224),
    "LIKELY_MS": (288, 352, 416),
    "UNLIKELY_MS": (704, 1000, 1200),
}
WORDS_WINDOWS = 3  # a decode begins after 64 ms and takes at least one more window

Rule = Callable[[Line], float | None]


def pipecat(line: Line) -> float | None:
    """Pipecat's default without its loudness gate: ask when the voice stops, else wait 3 s."""
    changes = [*voice_changes(line), len(line.probabilities) * 9]
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
    *,
    model: bool,
    text: bool = False,
    kinds: bool = False,
    answer_windows: int = 2,
    patience: Patience = PATIENCE,
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
                patience,
                voiced_ms=voiced * WINDOW_MS,
            )
            if quiet and quiet * WINDOW_MS >= needed:
                return (at + 1) * WINDOW_MS
        return None

    return decide


def delay_cells(rule: Rule, group: Sequence[Line]) -> tuple[str, str, str]:
    """Delays of the replies that were not early, the share of early ones, and of none at all."""
    delays, early, never = _decided(rule, group)
    times = " / ".join(f"{value:.0f}" for value in np.percentile(delays, (50, 90, 95, 99)))
    return times, f"{early:.1%}", str(never)


def _decided(rule: Rule, group: Sequence[Line]) -> tuple[list[float], float, int]:
    decided = [(line, rule(line)) for line in group]
    delays = [at - line.end_ms for line, at in decided if at is not None]
    on_time = [delay for delay in delays if delay >= -EARLY_MS]
    return on_time, (len(delays) - len(on_time)) / len(group), len(group) - len(delays)


def rule_table(title: str, rules: dict[str, Rule], group: Sequence[Line]) -> str:
    """All rules on one group of lines."""
    head = table("rule", "p50 / p90 / p95 / p99", "early", "never")
    rows = (row(name, *delay_cells(rule, group)) for name, rule in rules.items())
    return f"\n### {title} ({len(group)} turns; delay in ms)\n{head}{''.join(rows)}"


def curve(every: Sequence[Line]) -> str:
    """Early replies against delay: every policy with more and less patience, on each half."""
    groups = [
        (f"{half} speakers, {name}", [line for line in group if line.half == half])
        for half in (FIT, TEST)
        for name, group in parted(every)
    ]
    sizes = (f"{name} ({len(group)})" for name, group in groups)
    out = "\n### Early replies against delay: p50 / p95 ms, early\n" + table("policy", *sizes)
    for name, rule in policies():
        cells = []
        for _, group in groups:
            delays, early, _ = _decided(rule, group)
            p50, p95 = np.percentile(delays, (50, 95))
            cells.append(f"{p50:.0f} / {p95:.0f}, {early:.1%}")
        out += row(name, *cells)
    return out


def policies() -> Iterator[tuple[str, Rule]]:
    """The points of the curve."""
    for ms in HANGOVERS_MS[2:]:
        yield f"silence of {ms} ms", fixed(ms)
    yield "as Pipecat: 0.2 s, Smart Turn, else 3 s", pipecat
    for model in (False, True):
        for extra in EXTRA_MS:
            asked = "turn model and words" if model else "words and kind of answer"
            rule = patient(
                model=model, text=True, kinds=True, patience=Patience(extra_pause_ms=extra)
            )
            yield f"ours, {asked}, + {extra} ms", rule


def cost_ms(rule: Rule, group: Sequence[Line]) -> float:
    """What a rule costs callers: waiting, and being cut off."""
    delays, early, _ = _decided(rule, group)
    return float(np.mean(delays)) + EARLY_COST_MS * early


@contextmanager
def constants(values: dict[str, int]) -> Iterator[None]:
    """``voice.patience`` with other constants for a while."""
    before = {name: getattr(voice.patience, name) for name in values}
    for name, value in values.items():
        setattr(voice.patience, name, value)
    yield
    for name, value in before.items():
        setattr(voice.patience, name, value)


def fitted(every: Sequence[Line]) -> str:
    """The constants that one half of the speakers would choose, judged by the other half."""
    rule = patient(model=True, text=True, kinds=True)
    present = {name: getattr(voice.patience, name) for name in TRIED}
    costs: dict[str, list[tuple[float, dict[str, int]]]] = {FIT: [], TEST: []}
    for chosen in product(*TRIED.values()):
        values = dict(zip(TRIED, chosen, strict=True))
        with constants(values):
            for half, tried in costs.items():
                tried.append((cost_ms(rule, [line for line in every if line.half == half]), values))
    out = "\n### Constants chosen by one half; cost in ms, an early reply counts 3 s\n"
    out += table("constants", *(f"{half} speakers" for half in costs))
    best = min(costs[FIT], key=lambda each: each[0])[1]
    for name, values in (("present", present), ("best on fit", best)):
        found = (next(cost for cost, tried in costs[half] if tried == values) for half in costs)
        shown = ", ".join(f"{key} {value}" for key, value in values.items())
        out += row(f"{name}: {shown}", *(f"{cost:.0f}" for cost in found))
    return out + row(
        "best of all", *(f"{min(c for c, _ in tried):.0f}" for tried in costs.values())
    )


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


def parted(every: Sequence[Line]) -> Iterable[tuple[str, list[Line]]]:
    """Turns without and with a pause of 0.2 s, by the manifest."""
    yield "no pause of 0.2 s", [line for line in every if not line.paused]
    yield "with pauses of 0.2 s", [line for line in every if line.paused]


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("../shared/speech"))
    parser.add_argument("--model", type=Path, help="the file smart-turn-v3.2-cpu.onnx")
    parser.add_argument("--keep", type=Path, help="keep what the models said in this file")
    parser.add_argument("--fit", action="store_true", help="choose the constants anew")
    options = parser.parse_args()
    every = lines(options.folder, options.model, options.keep)
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
    tables = [rule_table(name, rules, group) for name, group in parted(every)]
    tables += [fitted(every)] if options.fit else []
    sys.stdout.write("".join((quiet_table(every), *tables, curve(every), model_table(every))))


if __name__ == "__main__":
    main()
