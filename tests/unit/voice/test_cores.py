"""The cores that may be used: of the machine, and of a container that has fewer."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from voice.cores import usable_cores
from voice.providers.stt_whisper import config
from voice.providers.stt_whisper.config import WhisperConfig


def test_a_container_s_share_counts(tmp_path: Path) -> None:
    machine = len(os.sched_getaffinity(0))
    assert usable_cores(tmp_path) == machine
    (tmp_path / "cpu.max").write_text("50000 100000\n")
    assert usable_cores(tmp_path) == 0.5
    (tmp_path / "cpu.max").write_text("max 100000\n")
    assert usable_cores(tmp_path) == machine


@pytest.mark.parametrize(
    ("cores", "workers", "set_to", "threads"),
    [(8.0, 2, 0, 4), (2.5, 1, 0, 2), (3.0, 2, 0, 1), (0.5, 1, 0, 1), (8.0, 1, 3, 3)],
)
def test_whisper_s_threads_stay_within_the_share(
    monkeypatch: pytest.MonkeyPatch, cores: float, workers: int, set_to: int, threads: int
) -> None:
    monkeypatch.setattr(config, "usable_cores", lambda *_: cores)
    assert WhisperConfig(workers=workers, threads=set_to).threads_each() == threads
