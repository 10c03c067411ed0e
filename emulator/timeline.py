"""What happened on a call, with milliseconds, and the figures that follow from it.

Time zero is the answer: the moment the line opens. Sound is judged on what was truly played
and truly said, so the figures are those a person on the phone would measure.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise


class MomentKind(StrEnum):
    """Kinds of moments."""

    ANSWERED = "answered"
    STREAM_STARTED = "stream_started"
    STREAM_STOPPED = "stream_stopped"  # detail: how it ended
    CALLER_STARTED = "caller_started"
    CALLER_STOPPED = "caller_stopped"
    AGENT_STARTED = "agent_started"
    AGENT_STOPPED = "agent_stopped"
    MEDIA_ARRIVED = "media_arrived"  # the first sound put into an empty buffer
    MARK_PLACED = "mark_placed"  # detail: its name
    MARK_PLAYED = "mark_played"  # detail: its name
    MARK_CLEARED = "mark_cleared"  # detail: its name; echoed by a clear, not heard
    CLEARED = "cleared"
    PRESSED = "pressed"  # detail: the digit
    ANNOUNCED = "announced"  # detail: the text of a <Say>, or what was played
    FAULT = "fault"  # detail: code and message
    ENDED = "ended"  # detail: who ended the call


@dataclass(frozen=True, slots=True)
class Moment:
    """One fact. ``at_ms`` counts from the answer."""

    at_ms: float
    kind: MomentKind
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Sound:
    """A stretch of sound of one side, from its first sample to after its last."""

    start_ms: float
    end_ms: float


@dataclass(frozen=True, slots=True)
class BargeIn:
    """The caller spoke over the agent, who was stopped by a ``clear``."""

    caller_at_ms: float
    cleared_at_ms: float
    silent_at_ms: float

    @property
    def to_silence_ms(self) -> float:
        """From the caller's first sample to the agent's last."""
        return self.silent_at_ms - self.caller_at_ms


class Timeline:
    """The moments of one call."""

    def __init__(self) -> None:
        self._moments: list[Moment] = []

    def note(self, kind: MomentKind, at_ms: float, detail: str = "") -> None:
        """Add one moment; ends of sound are only known a little later, so any order will do."""
        self._moments.append(Moment(at_ms, kind, detail))

    @property
    def moments(self) -> tuple[Moment, ...]:
        """All moments by time."""
        return tuple(sorted(self._moments, key=lambda moment: moment.at_ms))

    def of(self, *kinds: MomentKind) -> tuple[Moment, ...]:
        """The moments of these kinds by time."""
        return tuple(moment for moment in self.moments if moment.kind in kinds)

    @property
    def agent_sounds(self) -> tuple[Sound, ...]:
        """When the agent was heard; a sound still going on is not in it."""
        return self._sounds(MomentKind.AGENT_STARTED, MomentKind.AGENT_STOPPED)

    @property
    def caller_sounds(self) -> tuple[Sound, ...]:
        """When the caller spoke; a sound still going on is not in it."""
        return self._sounds(MomentKind.CALLER_STARTED, MomentKind.CALLER_STOPPED)

    def _sounds(self, start: MomentKind, stop: MomentKind) -> tuple[Sound, ...]:
        starts, stops = self.of(start), self.of(stop)
        return tuple(
            Sound(begun.at_ms, ended.at_ms) for begun, ended in zip(starts, stops, strict=False)
        )

    @property
    def greeting_ms(self) -> float | None:
        """From the answer to the first sample of the agent; None if nothing was heard."""
        started = self.of(MomentKind.AGENT_STARTED)
        return started[0].at_ms if started else None

    @property
    def v2v_ms(self) -> tuple[float, ...]:
        """For each reply: from the caller's last sample to the agent's first one played."""
        figures = []
        waiting_since: float | None = None
        for moment in self.of(MomentKind.CALLER_STOPPED, MomentKind.AGENT_STARTED):
            if moment.kind is MomentKind.CALLER_STOPPED:
                waiting_since = moment.at_ms
            elif waiting_since is not None:
                figures.append(moment.at_ms - waiting_since)
                waiting_since = None
        return tuple(figures)

    @property
    def barge_ins(self) -> tuple[BargeIn, ...]:
        """Each time the caller spoke over the agent and a ``clear`` ended the sound."""
        found = []
        clears = [moment.at_ms for moment in self.of(MomentKind.CLEARED)]
        for agent in self.agent_sounds:
            over = [
                caller.start_ms
                for caller in self.caller_sounds
                if agent.start_ms < caller.start_ms < agent.end_ms
            ]
            if not over:
                continue
            # The buffer is silent from the clear on; the last loud sample may lie before it.
            after = [at for at in clears if over[0] <= at <= agent.end_ms + _CLEAR_SLACK_MS]
            if after:
                found.append(BargeIn(over[0], after[0], agent.end_ms))
        return tuple(found)

    @property
    def talked_over_ms(self) -> float:
        """How long both sides were sounding at once."""
        edges = sorted(
            {edge for sound in (*self.agent_sounds, *self.caller_sounds) for edge in _edges(sound)}
        )
        return sum(
            after - before
            for before, after in pairwise(edges)
            if _covers(self.agent_sounds, before, after)
            and _covers(self.caller_sounds, before, after)
        )


# A clear may fall into a short pause between words: longer than any of these in speech,
# shorter than a pause between sentences.
_CLEAR_SLACK_MS = 250


def _edges(sound: Sound) -> tuple[float, float]:
    return sound.start_ms, sound.end_ms


def _covers(sounds: tuple[Sound, ...], start_ms: float, end_ms: float) -> bool:
    return any(sound.start_ms <= start_ms and end_ms <= sound.end_ms for sound in sounds)
