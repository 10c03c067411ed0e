"""Small Whisper models for the real engine, made once for all tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from voice.providers.stt_whisper import WhisperConfig, WhisperTranscriber, shapes

SAID = "Yes, that's £350,000 at 10:30, BN3 2AB."


@pytest.fixture(scope="session")
def whisper_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that always hears `SAID`."""
    return shapes.make_scripted(tmp_path_factory.mktemp("whisper"), shapes.Script(SAID))


@pytest.fixture(scope="module")
def whisper(whisper_folder: Path) -> Iterator[WhisperTranscriber]:
    """The real engine with that model, one worker."""
    transcriber = WhisperTranscriber(
        WhisperConfig(model="medium", device="cpu", threads=1, timeout_s=30.0), whisper_folder
    )
    yield transcriber
    transcriber.close()
