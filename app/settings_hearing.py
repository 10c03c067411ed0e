"""The settings of hearing: engine, Whisper model, when speech begins and ends."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, Field, ValidationInfo, field_validator

from app.whisper_languages import LANGUAGES


class SttEngine(StrEnum):
    """Who hears. Without its weights, Whisper leaves the hearing to pocketsphinx."""

    WHISPER = "whisper"
    POCKETSPHINX = "pocketsphinx"


class WhisperDevice(StrEnum):
    """Where Whisper runs."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


class TurnModelChoice(StrEnum):
    """Whether the turn model is asked; ``AUTO``: if it is installed."""

    AUTO = "auto"
    ON = "on"
    OFF = "off"


class HearingSettings(BaseModel):
    """What can be set about hearing, by its environment name."""

    stt_engine: SttEngine = Field(
        SttEngine.WHISPER, alias="STT_ENGINE", description="one of: whisper, pocketsphinx"
    )
    whisper_model: str = Field(
        "medium",
        alias="WHISPER_MODEL",
        min_length=1,
        description="a size, such as tiny.en, base.en, small.en, medium or large-v3, or a folder",
    )
    whisper_device: WhisperDevice = Field(
        WhisperDevice.AUTO, alias="WHISPER_DEVICE", description="one of: auto, cpu, cuda"
    )
    whisper_compute_type: str = Field(
        "auto",
        alias="WHISPER_COMPUTE_TYPE",
        pattern=r"^(auto|default|int8|int8_float16|int8_float32|int8_bfloat16|int16|float16|bfloat16|float32)$",
        description="auto (int8 on the CPU, float16 on a GPU) or a type of CTranslate2",
    )
    whisper_language: str = Field(
        "en",
        alias="WHISPER_LANGUAGE",
        description="the language of the callers, such as en or de, or auto to detect it",
    )
    whisper_beam_size: int = Field(
        1, alias="WHISPER_BEAM_SIZE", ge=1, le=10, description="1 (quick) to 10 (thorough)"
    )
    whisper_workers: int = Field(
        1,
        alias="WHISPER_WORKERS",
        ge=1,
        le=32,
        description="processes that hear at the same time, each with a model in its memory",
    )
    whisper_threads: int = Field(
        0,
        alias="WHISPER_THREADS",
        ge=0,
        le=256,
        description="CPU threads of one; 0: the cores, shared out",
    )
    stt_timeout_ms: int = Field(
        6000,
        alias="STT_TIMEOUT_MS",
        ge=200,
        le=60_000,
        description="milliseconds for one decode; then its worker is replaced",
    )
    # tests/bench/hearing, pocketsphinx: below 0.4 lie 0.8 % of the lines that are understood,
    # 8 % of those misheard, and half of what is said outside the vocabulary
    stt_confidence_floor: float = Field(
        0.4,
        alias="STT_CONFIDENCE_FLOOR",
        ge=0,
        le=1,
        description="0 to 1: below it the agent asks again, twice at most",
    )
    vad_threshold: float = Field(
        0.5, alias="VAD_THRESHOLD", ge=0.05, le=0.95, description="0.05 to 0.95: speech begins"
    )
    vad_threshold_off: float = Field(
        0.35,
        alias="VAD_THRESHOLD_OFF",
        ge=0.01,
        le=0.95,
        description="0.01 to 0.95, not over VAD_THRESHOLD: speech goes on above it",
    )
    vad_barge_in_caution: float = Field(
        0,
        alias="VAD_BARGE_IN_CAUTION",
        ge=0,
        le=3,
        description="0 to 3: how much surer of a voice the agent must be to fall silent",
    )
    vad_min_speech_ms: int = Field(
        64, alias="VAD_MIN_SPEECH_MS", ge=32, le=1000, description="milliseconds of voice to begin"
    )
    vad_lead_in_ms: int = Field(
        320,
        alias="VAD_LEAD_IN_MS",
        ge=0,
        le=1000,
        description="milliseconds of sound before the onset that are decoded too",
    )
    vad_extra_pause_ms: int = Field(
        0,
        alias="VAD_EXTRA_PAUSE_MS",
        ge=-200,
        le=2000,
        description="milliseconds added to every pause that ends a caller's turn",
    )

    turn_model: TurnModelChoice = Field(
        TurnModelChoice.AUTO,
        alias="TURN_MODEL",
        description="auto, on or off: a model hears whether a caller has finished",
    )

    @field_validator("vad_threshold_off")
    @classmethod
    def _is_below_on(cls, value: float, info: ValidationInfo) -> float:
        if value > info.data.get("vad_threshold", 1.0):
            raise ValueError("it is over VAD_THRESHOLD")
        return value

    @field_validator("whisper_language")
    @classmethod
    def _is_known(cls, value: str) -> str:
        if value != "auto" and value not in LANGUAGES:
            raise ValueError("it is no language that Whisper knows")
        return value

    @field_validator("stt_engine", "whisper_device", "turn_model", mode="before")
    @classmethod
    def _is_lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value
