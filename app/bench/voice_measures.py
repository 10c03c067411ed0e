"""What a run of the voice bench comes to: from positions on the line to figures. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.bench.spread import percentile
from app.bench.voice_ledger import Sound, holes, minutes_of, spans
from emulator.g711 import LINE_HZ, SAMPLES_PER_MS

MISSED_S = 4.0  # a later sound is no reply: a prompt for somebody who was not heard
SOON_MS = 1200.0  # an agent that speaks again within this only hesitated
SETTLED_S = 2.0  # speech over the agent that does not stop it by then did not stop it
STOP_BRIDGE_MS = 60.0  # a stop is a longer silence than that


@dataclass(frozen=True, slots=True)
class Said:
    """One thing the caller said: the samples of its first and after its last sound."""

    name: str
    start: int
    end: int
    until: int  # the sample at which the caller began the next thing, or the call ended


@dataclass(frozen=True, slots=True)
class Reply:
    """How a turn was answered. ``v2v_ms`` is None for a turn without an answer in time."""

    name: str
    v2v_ms: float | None
    is_early: bool

    @property
    def is_missed(self) -> bool:
        """Whether nobody answered."""
        return self.v2v_ms is None and not self.is_early


@dataclass(frozen=True, slots=True)
class NoiseTime:
    """A stretch of noise under the agent's voice and what it did: all in milliseconds or counts."""

    name: str
    level_dbfs: float
    is_talk: bool  # people who speak, so that it is right to fall silent
    spoken_ms: float
    false_stops: int
    hesitations: int


@dataclass(slots=True)
class CallFigures:
    """What one call brought."""

    greeting_ms: float | None = None
    replies: list[Reply] = field(default_factory=list)
    stops: list[float | None] = field(default_factory=list)  # barge-ins: to silence; None: never
    spoke_on: int = 0  # barge-ins after whose stop the agent went on while the caller spoke
    noise: list[NoiseTime] = field(default_factory=list)
    agent_minutes: float = 0.0
    held_s: tuple[float, float] | None = None  # on the machine's clock; None: never let in
    hole_ms: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def held_within(self, from_s: float, to_s: float) -> float:
        """How long it was held between two moments, in seconds."""
        began_s, ended_s = self.held_s or (0.0, 0.0)
        return max(0.0, min(ended_s, to_s) - max(began_s, from_s))


@dataclass(frozen=True, slots=True)
class Figure:
    """A row of figures by nearest rank."""

    count: int
    p50: float
    p90: float
    p95: float
    p99: float
    top: float


def figure(values: Sequence[float]) -> Figure | None:
    """The percentiles of ``values`` in any order; None of none."""
    if not values:
        return None
    ordered = sorted(values)
    p50, p90, p95, p99 = (percentile(ordered, percent) for percent in (50, 90, 95, 99))
    return Figure(len(ordered), p50, p90, p95, p99, ordered[-1])


def reply_to(said: Said, sounds: Sequence[Sound]) -> Reply:
    """How the agent answered what was ``said``.

    An answer that begins before the end of the speech is early; one that was silent by then and
    came again, or that came later, is measured from the last sound of the speech.
    """
    begun = [span.start for span in spans(sounds) if said.start <= span.start < said.until]
    is_early = any(start < said.end for start in begun)
    latest = said.end + MISSED_S * LINE_HZ
    after = next((start for start in begun if said.end <= start <= latest), None)
    v2v_ms = None if after is None else (after - said.end) / SAMPLES_PER_MS
    return Reply(said.name, v2v_ms, is_early)


def silence_after(start: int, sounds: Sequence[Sound], clears: Sequence[int]) -> float | None:
    """From the first sound of the caller at ``start`` to the agent's silence, in milliseconds.

    None: the agent was not stopped by a ``clear`` within 2 s.
    """
    stops = [at for at in clears if start <= at <= start + SETTLED_S * LINE_HZ]
    for sound in spans(sounds, STOP_BRIDGE_MS):
        if sound.start <= start < sound.end or start < sound.start:
            if any(sound.end <= at <= sound.end + STOP_BRIDGE_MS * SAMPLES_PER_MS for at in stops):
                return (sound.end - start) / SAMPLES_PER_MS
            if sound.end > start + SETTLED_S * LINE_HZ:
                return None
    return None


def spoke_on(said: Said, silent_ms: float, sounds: Sequence[Sound]) -> bool:
    """Whether the agent, once stopped, spoke again before the caller had finished."""
    silent = said.start + silent_ms * SAMPLES_PER_MS
    return any(silent < sound.start < said.end for sound in sounds)


def under_noise(
    noise: tuple[str, float, bool],
    start: int,
    end: int,
    sounds: Sequence[Sound],
    clears: Sequence[int],
) -> NoiseTime:
    """What noise from sample ``start`` to ``end`` did to an agent that was speaking."""
    false_stops = hesitations = 0
    for at in clears:
        if start <= at < end:
            again = next((sound.start for sound in sounds if sound.start >= at), None)
            if again is not None and again - at <= SOON_MS * SAMPLES_PER_MS:
                hesitations += 1
            else:
                false_stops += 1
    spoken = sum(max(0, min(each.end, end) - max(each.start, start)) for each in sounds)
    return NoiseTime(*noise, spoken / SAMPLES_PER_MS, false_stops, hesitations)


def add_sound(call: CallFigures, sounds: Sequence[Sound], clears: Sequence[int]) -> None:
    """Add to ``call`` how much was spoken and what broke."""
    call.agent_minutes += minutes_of(sounds)
    call.hole_ms += [hole.ms for hole in holes(sounds, clears)]
