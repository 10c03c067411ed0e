"""Who used how much of what, in which unit."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """What is counted. Every provider reports in its own unit, always a whole number."""

    CARRIER_MINUTE = "carrier_minute"  # started minutes of one leg
    STREAM_SECOND = "stream_second"  # media stream, both directions together
    STT_MILLISECOND = "stt_millisecond"  # caller audio decoded
    LLM_INPUT_TOKEN = "llm_input_token"
    LLM_CACHED_TOKEN = "llm_cached_token"
    LLM_OUTPUT_TOKEN = "llm_output_token"
    TTS_CHARACTER = "tts_character"  # characters bought, heard or not


@dataclass(frozen=True, slots=True)
class Usage:
    """``quantity`` units of ``sku``, used in one turn of a call.

    ``turn`` is None for what belongs to the whole call (carrier minutes, the stream).
    ``speculative`` marks work that was thrown away.
    """

    sku: str
    unit: Unit
    quantity: int
    turn: int | None = None
    agent: str | None = None
    speculative: bool = False
