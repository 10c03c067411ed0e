"""The engines that every call of a process shares."""

from __future__ import annotations

from dataclasses import dataclass

from core.clock import Clock
from voice.config import VoiceConfig
from voice.line_cache import LineCache
from voice.ports import CallLog, LiveFeed, Synthesizer, Transcriber, TurnModel
from voice.vad_hub import VadHub


@dataclass(frozen=True, slots=True)
class Engines:
    """What every call of a process shares.

    ``turn_model``: None leaves it to pauses and words whether a caller has finished.
    ``lines``: what was said before, ready to play; None keeps nothing.
    """

    transcriber: Transcriber
    synthesizer: Synthesizer
    vad: VadHub
    log: CallLog
    feed: LiveFeed
    clock: Clock
    config: VoiceConfig
    brain: str
    turn_model: TurnModel | None = None
    lines: LineCache | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The engines in use, as stored with each call: ears, brain, voice."""
        return (self.transcriber.name, self.brain, self.synthesizer.name)
