"""What the voice engine can be told; filled by the composition root."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from core.ids import VoiceName
from voice.endpointing import Patience

DEFAULT_VOICE: Final = VoiceName("en-gb")  # espeak-ng's British English


@dataclass(frozen=True, slots=True)
class VoiceConfig:
    """How calls are heard and spoken.

    ``lead_ms``: how far ahead of playout audio is sent. A stall of the process is inaudible up
    to 200 ms less than this, for the carrier's buffer is filled up in steps. More of it costs
    an interruption nothing: the carrier throws away any length at once.
    ``record_to``: the folder of recordings and cue logs; None records nothing.
    ``seal``: seals bytes for a place that is named; without it there are no cue logs.
    """

    voice: VoiceName = DEFAULT_VOICE
    patience: Patience = field(default_factory=Patience)
    lead_ms: int = 800
    record_to: Path | None = None
    seal: Callable[[bytes, str], bytes] | None = None
    transcribe_timeout_s: float = 6.0
    commit_timeout_s: float = 5.0
    max_live: int = 100
