"""Which engine hears: Whisper where its weights are, else pocketsphinx, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Protocol

import structlog

from app.settings import Settings
from app.settings_hearing import SttEngine
from core.errors import ProviderError
from core.speech import Expectation
from voice.ports import Pcm, Transcriber, Transcript
from voice.providers.stt_pocketsphinx import PocketsphinxTranscriber
from voice.providers.stt_whisper import WhisperConfig, WhisperTranscriber, weights

AUTO: Final = "auto"
SLOW_PART: Final = 0.25  # of a decode's time limit: long answers and busy moments take the rest

log = structlog.get_logger(__name__)


class LocalTranscriber(Transcriber, Protocol):
    """A transcriber with processes of its own on this machine."""

    def warm_up(self) -> None:
        """Load the models; blocks. Raises ProviderError."""
        ...

    def check(self) -> None:
        """Whether a decode would be worked on now. Raises ProviderError: no process can."""
        ...

    def close(self) -> None:
        """End the processes."""
        ...


@dataclass(frozen=True, slots=True)
class Ears:
    """Who hears. ``note``: why it is not who was asked for, and what to do; else empty."""

    transcriber: LocalTranscriber
    note: str = ""


class Standby:
    """Whisper, and pocketsphinx in its place once it is known that Whisper does not load."""

    def __init__(
        self, whisper: WhisperTranscriber, instead: Callable[[], LocalTranscriber], timeout_s: float
    ) -> None:
        """``instead``: opens the other one; may raise ProviderError."""
        self._whisper = whisper
        self._instead = instead
        self._timeout_s = timeout_s
        self._hears: LocalTranscriber = whisper
        self._closed = False

    @property
    def name(self) -> str:
        """The engine that hears now, and its model."""
        return self._hears.name

    @property
    def sku(self) -> str:
        """What its usage is priced by."""
        return self._hears.sku

    def warm_up(self) -> None:
        """Load Whisper, else the other one; tell if Whisper is slow here. Blocks.

        Raises:
            ProviderError: neither loads.
        """
        try:
            self._whisper.warm_up()
        except ProviderError as error:
            if self._closed:  # the server ends while Whisper loads
                raise
            log.warning(
                "whisper does not load, pocketsphinx hears",
                reason=str(error),
                remedy="Run 'parley doctor'; set a smaller WHISPER_MODEL, then restart.",
            )
            instead = self._instead()
            instead.warm_up()
            self._hears = instead
            self._whisper.close()
            return
        decode_s = self._whisper.decode_s
        if decode_s is not None and decode_s > self._timeout_s * SLOW_PART:
            log.warning(
                "whisper is slow on this machine",
                model=self._whisper.name,
                decode_s=round(decode_s, 2),
                at_most_s=self._timeout_s * SLOW_PART,
                remedy="Run 'parley doctor' for sizes that keep up; set a smaller WHISPER_MODEL.",
            )

    def check(self) -> None:
        """Whether a decode would be worked on now. Raises ProviderError: no process can."""
        self._hears.check()

    def close(self) -> None:
        """End the processes."""
        self._closed = True
        self._hears.close()
        self._whisper.close()

    async def transcribe(self, audio: Pcm, expects: Expectation) -> Transcript:
        """As the one that hears now does; cancel-safe. Raises ProviderError."""
        return await self._hears.transcribe(audio, expects)


def ears(settings: Settings) -> Ears:
    """The transcriber that the settings ask for, or pocketsphinx where Whisper has no weights.

    Raises:
        ProviderError: neither can hear; the message says what to do.
    """
    if settings.stt_engine is SttEngine.POCKETSPHINX:
        return Ears(PocketsphinxTranscriber(timeout_s=timeout_s(settings)))
    config = whisper_config(settings)
    folder = weights.find(config)
    if folder is not None:
        whisper = WhisperTranscriber(config, folder)
        instead = partial(PocketsphinxTranscriber, timeout_s=timeout_s(settings))
        return Ears(Standby(whisper, instead, timeout_s(settings)))
    lack = lacks(config)
    try:
        sphinx = PocketsphinxTranscriber(timeout_s=timeout_s(settings))
    except ProviderError as error:
        raise ProviderError(
            "hearing", f"nobody can hear. {lack} And {error}", retryable=False
        ) from error
    log.warning("whisper has no weights, pocketsphinx hears", model=settings.whisper_model)
    return Ears(sphinx, f"{lack} Until then {sphinx.name} hears.")


def lacks(config: WhisperConfig) -> str:
    """What the configured model lacks and what to do, in two sentences."""
    if not weights.is_folder(config.model):
        return (
            f"Whisper's {config.model} model is not on this machine. "
            f"Get it with 'parley models pull {config.model}'."
        )
    folder = Path(config.model).expanduser()
    if folder.is_dir():
        return (
            f"The Whisper model in {folder} lacks {', '.join(weights.missing_from(folder))}. "
            "Set WHISPER_MODEL to a whole one."
        )
    return f"{weights.unknown(config.model)} Set WHISPER_MODEL to one of them or to a folder."


def whisper_config(settings: Settings) -> WhisperConfig:
    """What the settings say of Whisper."""
    return WhisperConfig(
        model=settings.whisper_model,
        device=settings.whisper_device.value,
        compute_type=settings.whisper_compute_type,
        language=None if settings.whisper_language == AUTO else settings.whisper_language,
        beam_size=settings.whisper_beam_size,
        workers=settings.whisper_workers,
        threads=settings.whisper_threads,
        timeout_s=timeout_s(settings),
        models_dir=models_dir(settings),
    )


def timeout_s(settings: Settings) -> float:
    """How long one decode may take."""
    return settings.stt_timeout_ms / 1000


def models_dir(settings: Settings) -> Path:
    """Where Whisper's weights are kept, a folder for each size."""
    return settings.data_dir / "models" / "whisper"
