"""Is everybody answered, and nobody else? Whole calls on recordings and on noise, measured.

Run by hand: ``python -m tests.bench.turns [SPEECH_DIR] [--set NAME=VALUE ...]``, with a name of
``Patience``. Each human file comes at four places within a window on four kinds of line, to an
agent that listens and to one that speaks; noise, music and tones last a minute at four levels. The
ears decode in 200 ms; those of the second kind understand a whole utterance or nothing. *Answered*:
the reply sounds within 4 s of the last speech. *Early*: before it. *Stopped*: the agent is silent
for more than 1.2 s, *hesitated*: for less.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.speech import TurnKind
from tests.bench.calls import Engines, Told, calls
from tests.bench.lines import LINES, SOUNDS, Stretch, callers, judged, sounds
from tests.bench.recordings import FIT, TEST, recordings
from tests.bench.tables import row, table
from voice.endpointing import Patience
from voice.vad import HISS_DBFS, SharedVad

TAIL_S = 6.0  # of line after a recording: an answer is waited for so long
MINUTE_S = 60
MISSED_MS, EARLY_MS, STOPPED_MS = 4000, 50, 1200
BREATH_MS = 100  # before the first speech as the manifest has it
BABBLE = "babble8"
ENGINES = {
    "no turn model": Engines(),
    "doubtful model": Engines(opinion=0.2),
    "sure model": Engines(opinion=0.97),
    "ears that want all, no model": Engines(whole=True),
}

Held = list[tuple[Stretch, Told]]


def answers_row(name: str, held: Held) -> str:
    """How turns of humans are answered."""
    delays = [_answer_ms(line, told) for line, told in held]
    on_time = [ms for ms in delays if ms is not None and ms >= -EARLY_MS]
    early = sum(ms is not None and ms < -EARLY_MS for ms in delays)
    missed = sum(ms is None for ms in delays)
    decodes = np.mean([told.decodes for _, told in held])
    shares = (f"{each / len(held):.1%}" for each in (missed, early))
    return row(name, _percentiles(on_time), *shares, f"{decodes:.2f}")


def _answer_ms(line: Stretch, told: Told) -> float | None:
    """From the last speech to the first sound of a reply to words; the first that is not early."""
    delays = [
        at - line.ends_ms
        for at, kind, text in told.answers
        if kind is TurnKind.SPEECH and text and at - line.ends_ms <= MISSED_MS
    ]
    return next((ms for ms in delays if ms >= -EARLY_MS), delays[0] if delays else None)


def quiet_row(name: str, held: Held) -> str:
    """What sounds without words do to an agent that listens, a minute."""
    empty = [sum(k is TurnKind.SPEECH for _, k, _ in told.answers) for _, told in held]
    prompts = [sum(k is TurnKind.SILENCE for _, k, _ in told.answers) for _, told in held]
    begun = [told.begun for _, told in held]
    decodes = [told.decodes for _, told in held]
    return row(name, *(f"{np.mean(each):.2f}" for each in (begun, decodes, empty, prompts)))


def stops_row(name: str, held: Held) -> str:
    """How humans stop an agent that speaks."""
    first = [_since(line, told.hushed) for line, told in held]
    for_good = [_since(line, told.silenced) for line, told in held]
    went_on = np.mean([bool(told.went_on) for _, told in held])
    heard = [ms for ms in first if ms is not None]
    sure = [ms for ms in for_good if ms is not None]
    unheard = (1 - len(each) / len(held) for each in (heard, sure))
    shares = (f"{share:.1%}" for share in (*unheard, went_on))
    return row(name, _percentiles(heard), _percentiles(sure), *shares)


def _since(line: Stretch, times: Sequence[int]) -> float | None:
    """From the first speech to the first of ``times`` after it, while the caller is there."""
    after = [at - line.begins_ms for at in times if at >= line.begins_ms - BREATH_MS]
    return after[0] if after and after[0] <= line.ends_ms - line.begins_ms + MISSED_MS else None


def noise_row(name: str, held: Held) -> str:
    """How often sounds stop an agent that speaks."""
    stops = [length for _, told in held for length in _silences(told)]
    minutes = len(held) * MINUTE_S / 60
    stopped = sum(length > STOPPED_MS for length in stops)
    share = f"{10 * stopped / minutes:.2f}", f"{(len(stops) - stopped) / minutes:.2f}"
    return row(name, *share, _percentiles(stops))


def _silences(told: Told) -> Iterator[float]:
    """How long each hush lasted; for ever where the agent did not go on."""
    for at in told.hushed:
        later = [on for on in told.went_on if on >= at]
        yield min(later) - at if later else float(MINUTE_S * 1000)


def _percentiles(values: Sequence[float]) -> str:
    if not values:
        return "-"
    return " / ".join(f"{value:.0f}" for value in np.percentile(values, (50, 90, 95)))


def _groups(spoken: Sequence[Stretch]) -> Iterator[tuple[str, list[Stretch]]]:
    for line in LINES:
        yield f"{line} line", [each for each in spoken if each.line == line]
    for half in (FIT, TEST):
        yield f"{half} speakers", [each for each in spoken if each.half == half]


def _rooms(minutes: Sequence[Stretch]) -> Iterator[tuple[str, list[Stretch]]]:
    yield "all but babble", [each for each in minutes if BABBLE not in each.name]
    for name in sorted({each.name for each in minutes}):
        yield name, [each for each in minutes if each.name == name]


def report(
    spoken: Sequence[Stretch], minutes: Sequence[Stretch], patience: Patience
) -> Iterable[str]:
    """Every table."""
    yield "\nThe agent listens, a human speaks\n"
    yield table("", "v2v p50 / p90 / p95 ms", "missed", "early", "decodes a turn")
    for heard, engines in ENGINES.items():
        asks = replace(patience, turn_model=engines.opinion is not None)
        for name, group in _groups(spoken):
            held = calls(group, engines, asks, speaks=False)
            yield answers_row(f"{heard}, {name}", held)
    yield "\nThe agent listens, there is only noise; a minute\n"
    yield table("", "begun", "decodes", "answered without words", "silence prompts")
    for name, group in _rooms(minutes):
        yield quiet_row(name, calls(group, Engines(), patience, speaks=False))
    yield "\nThe agent speaks, a human speaks\n"
    yield table("", "silent p50 / p90 / p95 ms", "for good", "unnoticed", "never", "went on")
    for heard, engines in ENGINES.items():
        if engines.opinion is None:
            for name, group in _groups(spoken):
                held = calls(group, engines, patience, speaks=True)
                yield stops_row(f"{heard}, {name}", held)
    yield "\nThe agent speaks, there is noise\n"
    yield table("", "stops in 10 minutes", "hesitations a minute", "silent p50 / p90 / p95 ms")
    for name, group in _rooms(minutes):
        yield noise_row(name, calls(group, Engines(), patience, speaks=True))


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("../shared/speech"))
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--hiss", type=float, default=HISS_DBFS, help="dBFS; 0 for none")
    options = parser.parse_args()
    patience = Patience()
    for setting in options.set:
        name, value = setting.split("=")
        patience = replace(patience, **{name: type(getattr(patience, name))(float(value))})
    files, vad = list(recordings(options.folder)), SharedVad(hiss_dbfs=options.hiss or None)
    known = [each for each in files if each.words or each.category in SOUNDS]
    spoken = list(judged(vad, callers(known, TAIL_S)))
    minutes = list(judged(vad, sounds(files, MINUTE_S)))
    for line in report(spoken, minutes, patience):
        sys.stdout.write(line)
        sys.stdout.flush()


if __name__ == "__main__":
    main()
