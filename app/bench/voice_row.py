"""One row of the voice bench's table: what one server did in one mode with so many calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from app.bench.machine import this_machine
from app.bench.voice_measures import CallFigures, Figure, NoiseTime, figure
from app.bench.voice_server import Target, Use

OVERLOADED_MS: Final = 5.0  # callers later than this measure themselves
LAST_S: Final = 1.0  # a call that stood so late in a step was held to its end
TURN_MODEL: Final = "smart-turn"
APART: Final = ("bench-ears", TURN_MODEL)  # processes that are no part of the gateway, by name
HEAD: Final = (
    "server",
    "mode",
    "calls",
    "turns",
    "v2v p50/p95/p99",
    "early",
    "missed",
    "barge-in p50/p90/max",
    "not stopped",
    "spoke on",
    "holes/min",
    "false stops/10 min",
    "hesitations/min",
    "stopped by talk",
    "greeting p50/p99",
    "CPU s/call-min",
    "apart",
    "services",
    "MB/call",
    "lag p99",
    "foreign",
    "faults",
)


@dataclass(frozen=True, slots=True)
class Row:
    """Figures of one run. Milliseconds, unless the name says otherwise."""

    mode: str
    server: str
    calls: int
    held: int  # of a ramp's calls, at the end of the step; elsewhere all: the others are faults
    turns: int
    v2v_ms: Figure | None
    early: int
    missed: int
    stop_ms: Figure | None  # barge-ins: from the caller's first sound to silence
    not_stopped: int
    spoke_on: int
    agent_minutes: float
    holes: int
    hole_ms: Figure | None
    noise_minutes: float  # of the agent's voice under noise that is no talk
    false_stops: int
    hesitations: int
    noise: tuple[NoiseTime, ...]
    greeting_ms: Figure | None
    call_minutes: float  # within the stretch whose processor time is taken
    cpu_s: float
    threads_s: Mapping[str, float]
    processes_s: Mapping[str, float]
    callers_share: float  # of a processor, that the callers themselves took
    foreign: float  # share of the server's processor that others took
    memory_mb: float
    mb_per_call: float | None
    lag_ms: Figure | None
    early_names: tuple[str, ...]
    slow: tuple[tuple[str, float], ...]  # the slowest replies
    replies: tuple[tuple[str, float | None, bool], ...]  # recording, v2v, early; all of them
    faults: tuple[str, ...]

    @property
    def is_overloaded(self) -> bool:
        """Whether the callers themselves were too late to measure."""
        return self.lag_ms is not None and self.lag_ms.p99 > OVERLOADED_MS

    @property
    def apart_s(self) -> float:
        """Processor time of what it started that is no part of the gateway."""
        return sum(self.processes_s.get(name, 0.0) for name in APART)

    @property
    def services_s(self) -> float:
        """Processor time of its database and its cache."""
        return sum(self.processes_s.values()) - self.apart_s

    def cells(self) -> tuple[str, ...]:
        """The row as text, in the order of ``HEAD``."""
        greeting, stop = self.greeting_ms, self.stop_ms
        talk = [each for each in self.noise if each.is_talk]
        return (
            self.server,
            self.mode,
            str(self.calls) if self.held == self.calls else f"{self.held} of {self.calls}",
            str(self.turns) if self.turns else "",
            _three(self.v2v_ms, "p50", "p95", "p99"),
            _share(self.early, self.turns),
            _share(self.missed, self.turns),
            _three(stop, "p50", "p90", "top"),
            _share(self.not_stopped, (stop.count if stop else 0) + self.not_stopped),
            _share(self.spoke_on, stop.count if stop else 0),
            _per(self.holes, self.agent_minutes),
            _per(10 * self.false_stops, self.noise_minutes),
            _per(self.hesitations, self.noise_minutes),
            _share(sum(each.false_stops > 0 for each in talk), len(talk)),
            f"{greeting.p50:.0f}/{greeting.p99:.0f}" if greeting else "",
            _per(self.cpu_s, self.call_minutes),
            _per(self.apart_s, self.call_minutes),
            _per(self.services_s, self.call_minutes),
            "" if self.mb_per_call is None else f"{self.mb_per_call:.1f}",
            (f"{self.lag_ms.p99:.1f}" if self.lag_ms else "")
            + (" OVERLOADED" if self.is_overloaded else ""),
            f"{self.foreign:.2f}",
            str(len(self.faults)) if self.faults else "",
        )

    def line(self) -> str:
        """The row for a terminal, without what it does not have."""
        named = zip(HEAD, self.cells(), strict=True)
        return "  ".join(f"{name} {cell}" for name, cell in named if cell)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        told = {"apart_s": self.apart_s, "services_s": self.services_s}
        return {**asdict(self), **told, "is_overloaded": self.is_overloaded}


def row_of(
    mode: str,
    target: Target,
    calls: int,
    figures: Sequence[CallFigures],
    before: Use,
    after: Use,
    late_ms: Sequence[float],
    *,
    idle: Use | None = None,
) -> Row:
    """The row of a run.

    ``before`` and ``after``: the stretch whose processor time is taken. ``idle``: before the first
    call of a ramp, whose steps are such stretches; ``calls``: at once.
    """
    replies = [reply for call in figures for reply in call.replies]
    stops = [stop for call in figures for stop in call.stops]
    noise = [stretch for call in figures for stretch in call.noise]
    no_talk = [stretch for stretch in noise if not stretch.is_talk]
    holes = [hole for call in figures for hole in call.hole_ms]
    timed = [reply for reply in replies if reply.v2v_ms is not None and not reply.is_early]
    v2v = [reply.v2v_ms for reply in timed if reply.v2v_ms is not None]
    seconds = after.at_s - before.at_s
    cpu_s = after.cpu_s - before.cpu_s
    processes_s = _more(after.processes, before.processes)
    own_s = cpu_s + (0.0 if idle is not None else processes_s.get(TURN_MODEL, 0.0))
    foreign = (after.busy_s - before.busy_s - own_s) / seconds if seconds and after.busy_s else 0.0
    held = sum(call.held_within(after.at_s - LAST_S, after.at_s) > 0 for call in figures)
    slowest = sorted(timed, key=lambda reply: -(reply.v2v_ms or 0))[:8]
    return Row(
        mode=mode,
        server=target.name,
        calls=calls,
        held=calls if idle is None else held,
        turns=len(replies),
        v2v_ms=figure(v2v),
        early=sum(reply.is_early for reply in replies),
        missed=sum(reply.is_missed for reply in replies),
        stop_ms=figure([stop for stop in stops if stop is not None]),
        not_stopped=sum(stop is None for stop in stops),
        spoke_on=sum(call.spoke_on for call in figures),
        agent_minutes=sum(call.agent_minutes for call in figures),
        holes=len(holes),
        hole_ms=figure(holes),
        noise_minutes=sum(stretch.spoken_ms for stretch in no_talk) / 60_000,
        false_stops=sum(stretch.false_stops for stretch in no_talk),
        hesitations=sum(stretch.hesitations for stretch in no_talk),
        noise=tuple(noise),
        greeting_ms=figure([call.greeting_ms for call in figures if call.greeting_ms is not None]),
        call_minutes=sum(call.held_within(before.at_s, after.at_s) for call in figures) / 60,
        cpu_s=cpu_s,
        threads_s=_more(after.threads, before.threads),
        processes_s=processes_s,
        callers_share=(after.callers_s - before.callers_s) / seconds if seconds else 0.0,
        foreign=max(0.0, foreign),
        memory_mb=after.memory_mb,
        mb_per_call=(
            (after.memory_mb - idle.memory_mb) / held if idle is not None and held else None
        ),
        lag_ms=figure(late_ms),
        early_names=tuple(sorted(reply.name for reply in replies if reply.is_early)),
        slow=tuple((reply.name, round(reply.v2v_ms or 0)) for reply in slowest),
        replies=tuple((reply.name, reply.v2v_ms, reply.is_early) for reply in replies),
        faults=tuple(fault for call in figures for fault in call.faults),
    )


def table(rows: Sequence[Row]) -> list[str]:
    """The rows as a Markdown table, without the columns that none of them has, and the machine."""
    cells = [row.cells() for row in rows]
    kept = [at for at in range(len(HEAD)) if any(row[at] for row in cells)]
    machine = this_machine()
    return [
        _row([HEAD[at] for at in kept]),
        _row(["---"] * len(kept)),
        *(_row([row[at] for at in kept]) for row in cells),
        "",
        f"{machine.processor}, {machine.cores} cores for the callers, Python {machine.python}. "
        "Milliseconds; percentiles by nearest rank; holes: gaps of 20 ms to 1 s inside a reply.",
    ]


def _more(after: Mapping[str, float], before: Mapping[str, float]) -> dict[str, float]:
    return {name: used - before.get(name, 0.0) for name, used in after.items()}


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _three(of: Figure | None, *names: str) -> str:
    return "/".join(f"{getattr(of, name):.0f}" for name in names) if of else ""


def _share(count: int, of: int) -> str:
    return f"{count} ({100 * count / of:.1f} %)" if of else ""


def _per(count: float, of: float) -> str:
    return f"{count / of:.2f}" if of > 0.01 else ""
