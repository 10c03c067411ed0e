"""Barge-ins by our own echo, and callers lost in it, with and without `voice.echo`, measured.

Run by hand: ``python -m tests.bench.echo [SPEECH_DIR]``; SPEECH_DIR is a folder of recordings with
a ``manifest.json``. The agent speaks (espeak-ng, and human recordings in its place) into a
loudspeaker: clipped a little, coloured, with a reverberant room, 40 to 500 ms later and 6 to 20 dB
quieter, mu-law both ways. Alone, every onset is false. In double talk a human speaks over it, and
each onset within 700 ms of the first sound is right.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.bench.recordings import Recording, recordings
from voice.audio import g711
from voice.audio.loudness import level_dbfs, normalised, with_noise_floor
from voice.echo import echo_share
from voice.onset import Onset
from voice.ports import LINE_HZ, Pcm
from voice.providers.tts_espeak import speak
from voice.vad import WINDOW, WINDOW_MS, SharedVad, VadStream

LINES = (
    "Good morning, this is the office calling about your house. Is now a good time to talk?",
    "We have Tuesday at ten o'clock or Wednesday at half past two. Which one suits you better?",
    "Thank you. Someone will come to look at the kitchen and the garden, and call you before.",
)
DELAYS_MS = (40, 120, 250, 500)
LOSSES_DB = (6, 12, 20)
STRETCHES_MS = (160, 256, 320)  # of inbound sound that is compared
SHARES = (0.2, 0.25, 0.3, 0.4, 0.5)  # thresholds to compare
SPEECH_DBFS = -22.0  # what both sides speak at
LINE_NOISE_DBFS = -62.0
IN_TIME_MS = 700.0
NEVER = float("inf")


@dataclass(frozen=True)
class Loop:
    """What the line carried: the reference, what came in, and when a caller began, if at all."""

    played: Pcm
    inbound: Pcm
    begins_ms: float | None


@dataclass(frozen=True)
class Moment:
    """One window at which the onset would have stopped the agent, and our shares of its sound."""

    at_ms: int
    shares: tuple[float, ...]  # by STRETCHES_MS


def room(seed: int) -> NDArray[np.float64]:
    """An impulse response: a small loudspeaker, reflections that die away within 300 ms."""
    chance = np.random.default_rng(seed)
    length = int(0.3 * LINE_HZ)
    decay = np.exp(-6.9 * np.arange(length) / length)
    tail = chance.standard_normal(length) * decay * (chance.random(length) < 0.05)
    tail *= 0.7 / np.sqrt(np.sum(tail**2))  # 3 dB under the direct sound
    tail[0] = 1.0
    response = np.convolve(tail, [1.0, -0.7])  # thin below 500 Hz, as such loudspeakers are
    return response / np.sqrt(np.sum(response**2))


def echo_of(played: Pcm, delay_ms: int, loss_db: float, seed: int) -> NDArray[np.float64]:
    """What comes back of ``played``: as long as it, late, quieter, clipped softly, coloured."""
    loud = np.tanh(played / 32768 * 3) / 3 * 32768
    wet = np.convolve(loud, room(seed))[: played.size]
    delay = delay_ms * LINE_HZ // 1000
    late = np.concatenate((np.zeros(delay), wet))[: played.size]
    return late * 10 ** (-loss_db / 20)


def over_the_line(sound: NDArray[np.float64], seed: int) -> Pcm:
    """``sound`` with the noise of a line, through mu-law."""
    clipped = np.clip(np.rint(sound), -32768, 32767).astype(np.int16)
    return g711.decode(g711.encode(with_noise_floor(clipped, LINE_NOISE_DBFS, seed)))


def agents(humans: list[Recording]) -> list[Pcm]:
    """What the agent says: synthetic lines, and the longer human recordings; 0.5 s before it."""
    voices = [speak(line, voice) for line in LINES for voice in ("en-us", "en-gb+f3")]
    voices += [each.audio for each in humans if each.category == "utterances"][-8:]
    quiet, long = np.zeros(LINE_HZ // 2, dtype=np.int16), 4 * LINE_HZ
    return [
        g711.decode(g711.encode(np.concatenate((quiet, np.tile(said, -(-long // said.size))))))
        for said in (normalised(voice, SPEECH_DBFS) for voice in voices)
    ]


def alone(played: list[Pcm]) -> Iterator[Loop]:
    """Echo and nobody else."""
    for seed, (said, delay, loss) in enumerate(product(played, DELAYS_MS, LOSSES_DB)):
        yield Loop(said, over_the_line(echo_of(said, delay, loss, seed), seed), None)


def double_talk(played: list[Pcm], humans: list[Recording], *, echo: bool) -> Iterator[Loop]:
    """A human speaks over the agent, 1.2 s after it began; with its echo or without."""
    ways = list(product(DELAYS_MS, LOSSES_DB))
    for seed, human in enumerate(humans * 3):
        said = played[seed % len(played)]
        delay, loss = ways[(seed // len(humans) * 5 + seed) % len(ways)]
        sound = echo_of(said, delay, loss, seed) * echo
        first = int(1.7 * LINE_HZ) + seed * 37 % WINDOW
        caller = normalised(human.audio, SPEECH_DBFS)[: sound.size - first]
        sound[first : first + caller.size] += caller
        begins = first * 1000 / LINE_HZ + human.start_ms
        yield Loop(said, over_the_line(sound, seed), begins)


def moments(vad: SharedVad, loop: Loop) -> list[Moment]:
    """Each window at which the caller would be taken to have begun, alone by the onset."""
    stream, onset, found = VadStream(), Onset(), []
    stream.feed(loop.inbound)
    for at, judged in enumerate(vad.probabilities([stream])[0]):
        end = (at + 1) * WINDOW
        onset = onset.hear(judged.probability, level_dbfs(loop.inbound[end - WINDOW : end]))
        if onset.is_speech:
            found.append(Moment(end * 1000 // LINE_HZ, shares(loop, end)))
    return found


def shares(loop: Loop, end: int) -> tuple[float, ...]:
    """How much of the last stretches before sample ``end`` is ours, by length."""
    played = loop.played[max(0, end - LINE_HZ) : end]
    return tuple(
        echo_share(loop.inbound[max(0, end - ms * LINE_HZ // 1000) : end], played)
        for ms in STRETCHES_MS
    )


def first_onset_ms(found: list[Moment], stretch: int, threshold: float, after_ms: float) -> float:
    """When the agent stops: the first moment whose sound is not ours; NEVER if none is."""
    late = (each for each in found if each.at_ms >= after_ms)
    return next((each.at_ms for each in late if each.shares[stretch] < threshold), NEVER)


def row(name: str, stretch: int, threshold: float, kinds: dict[str, list[Found]]) -> str:
    """One line of the table, with one threshold."""
    echoes = [first_onset_ms(found, stretch, threshold, 0) for _, found in kinds["alone"]]
    cells = [name, f"{np.mean(np.isfinite(echoes)):.1%}"]
    for kind in ("talk", "quiet"):
        begins = np.array([loop.begins_ms for loop, _ in kinds[kind]], dtype=np.float64)
        stops = [
            first_onset_ms(found, stretch, threshold, loop.begins_ms or 0)
            for loop, found in kinds[kind]
        ]
        delays = np.array(stops) - begins
        fine = delays[delays <= IN_TIME_MS]
        p50, p90 = np.percentile(fine, (50, 90))
        cells.append(f"{p50:.0f} / {p90:.0f}")
        cells.append(f"{np.mean(delays > IN_TIME_MS):.1%}")
    return "| " + " | ".join(cells) + " |\n"


Found = tuple[Loop, list[Moment]]


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("../shared/speech"))
    folder = parser.parse_args().folder
    humans = [
        each
        for each in recordings(folder)
        if each.category in ("utterances", "short_words", "digits")
    ]
    vad, played = SharedVad(), agents(humans)
    kinds = {
        "alone": [(loop, moments(vad, loop)) for loop in alone(played)],
        "talk": [(loop, moments(vad, loop)) for loop in double_talk(played, humans, echo=True)],
        "quiet": [(loop, moments(vad, loop)) for loop in double_talk(played, humans, echo=False)],
    }
    say = sys.stdout.write
    say("| compared, threshold | agent stopped by its echo | double talk p50 / p90 ms | missed ")
    say("| no echo p50 / p90 ms | missed |\n| --- | --- | --- | --- | --- | --- |\n")
    say(row("not at all", 0, NEVER, kinds))
    for stretch, threshold in product(range(len(STRETCHES_MS)), SHARES):
        say(row(f"{STRETCHES_MS[stretch]} ms, {threshold}", stretch, threshold, kinds))
    say(f"\n{len(kinds['alone'])} loops of echo, {len(kinds['talk'])} of double talk; ")
    say(f"windows of {WINDOW_MS} ms, delays from the first sound to the end of the window.\n")


if __name__ == "__main__":
    main()
