"""What the voice engine can be told; filled by the composition root."""

from __future__ import annotations

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
    to this long; an interruption must clear this much at the carrier.
    ``record_to``: the folder of recordings; None records nothing.
    """

    voice: VoiceName = DEFAULT_VOICE
    patience: Patience = field(default_factory=Patience)
    lead_ms: int = 600
    record_to: Path | None = None
    transcribe_timeout_s: float = 6.0
    commit_timeout_s: float = 5.0
    max_live: int = 100
