"""What can be chosen about Whisper."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from voice.cores import usable_cores

AUTO: Final = "auto"


@dataclass(frozen=True, slots=True)
class WhisperConfig:
    """One Whisper, and how it runs. ``model``: a size ("medium", "small.en") or a folder."""

    model: str = "medium"
    device: str = AUTO  # "cpu", "cuda", or a GPU where there is one
    compute_type: str = AUTO  # of CTranslate2, or int8 on the CPU and float16 on a GPU
    language: str | None = "en"  # None: detected with each decode
    beam_size: int = 1
    workers: int = 1  # processes, each with a model in its memory
    threads: int = 0  # of each on the CPU; 0: the cores are shared out
    timeout_s: float = 6.0  # of one decode, waiting included
    models_dir: Path | None = None  # where "parley models pull" puts them

    @property
    def name(self) -> str:
        """How this model is named in a stored call."""
        return f"faster-whisper/{Path(self.model).name or self.model}"

    def threads_each(self) -> int:
        """The CPU threads of one worker."""
        return self.threads or max(1, int(usable_cores() / self.workers))
