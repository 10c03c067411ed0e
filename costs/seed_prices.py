"""The prices an installation starts with: list prices in US dollars, before tax.

They are approximate. Each says where and when it was read; replace them by your own contract.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

from core.money import Price
from core.usage import Unit

READ_ON: Final = date(2026, 11, 21)

MINUTE_IN_SECONDS: Final = 60
MINUTE_IN_MS: Final = 60_000
HOUR_IN_MS: Final = 3_600_000
MILLION: Final = 1_000_000
THOUSAND: Final = 1_000

TWILIO_VOICE: Final = "twilio.com/en-us/voice/pricing/gb, per started minute and leg"
TWILIO_STREAMS: Final = "twilio.com/en-us/voice/pricing, Media Streams"
GROQ: Final = "groq.com/pricing and the litellm 1.109.1 price file"
ELEVENLABS: Final = "elevenlabs.io/pricing/api, as of 2026-06"
DEEPGRAM: Final = "deepgram.com/pricing and the litellm 1.109.1 price file"
OWN_MACHINE: Final = "runs on this machine; its electricity is not counted"


def _price(sku: str, unit: Unit, usd: str, per: int, source: str) -> Price:
    return Price(sku, unit, Decimal(usd), per, source, READ_ON)


def _tokens(model: str, fresh: str, cached: str, out: str) -> tuple[Price, ...]:
    """The three prices of a Groq language model, per million tokens."""
    sku = f"groq/{model}"
    return (
        _price(sku, Unit.LLM_INPUT_TOKEN, fresh, MILLION, GROQ),
        _price(sku, Unit.LLM_CACHED_TOKEN, cached, MILLION, GROQ),
        _price(sku, Unit.LLM_OUTPUT_TOKEN, out, MILLION, GROQ),
    )


SHIPPED_PRICES: Final[tuple[Price, ...]] = (
    # the carrier
    _price("twilio/voice/gb-mobile-out", Unit.CARRIER_MINUTE, "0.0305", 1, TWILIO_VOICE),
    _price("twilio/voice/gb-landline-out", Unit.CARRIER_MINUTE, "0.0158", 1, TWILIO_VOICE),
    _price("twilio/voice/gb-inbound", Unit.CARRIER_MINUTE, "0.0100", 1, TWILIO_VOICE),
    _price("twilio/media-stream", Unit.STREAM_SECOND, "0.0040", MINUTE_IN_SECONDS, TWILIO_STREAMS),
    # engines of this machine
    _price("pocketsphinx", Unit.STT_MILLISECOND, "0", 1, OWN_MACHINE),
    _price("espeak-ng", Unit.TTS_CHARACTER, "0", 1, OWN_MACHINE),
    _price("script-brain", Unit.LLM_INPUT_TOKEN, "0", 1, OWN_MACHINE),
    _price("script-brain", Unit.LLM_CACHED_TOKEN, "0", 1, OWN_MACHINE),
    _price("script-brain", Unit.LLM_OUTPUT_TOKEN, "0", 1, OWN_MACHINE),
    _price("faster-whisper", Unit.STT_MILLISECOND, "0", 1, OWN_MACHINE),
    _price("ollama", Unit.LLM_INPUT_TOKEN, "0", 1, OWN_MACHINE),
    _price("ollama", Unit.LLM_CACHED_TOKEN, "0", 1, OWN_MACHINE),
    _price("ollama", Unit.LLM_OUTPUT_TOKEN, "0", 1, OWN_MACHINE),
    # engines of vendors
    *_tokens("openai/gpt-oss-120b", "0.15", "0.075", "0.60"),
    *_tokens("openai/gpt-oss-20b", "0.075", "0.0375", "0.30"),
    _price("groq/whisper-large-v3-turbo", Unit.STT_MILLISECOND, "0.04", HOUR_IN_MS, GROQ),
    _price("deepgram/nova-3", Unit.STT_MILLISECOND, "0.0048", MINUTE_IN_MS, DEEPGRAM),
    _price("deepgram/nova-3-multilingual", Unit.STT_MILLISECOND, "0.0058", MINUTE_IN_MS, DEEPGRAM),
    _price("deepgram/nova-2", Unit.STT_MILLISECOND, "0.0058", MINUTE_IN_MS, DEEPGRAM),
    _price("deepgram/flux", Unit.STT_MILLISECOND, "0.0065", MINUTE_IN_MS, DEEPGRAM),
    _price("deepgram/aura-2", Unit.TTS_CHARACTER, "0.030", THOUSAND, DEEPGRAM),
    _price("deepgram/aura-1", Unit.TTS_CHARACTER, "0.015", THOUSAND, DEEPGRAM),
    _price("elevenlabs/eleven_flash_v2_5", Unit.TTS_CHARACTER, "0.05", THOUSAND, ELEVENLABS),
    _price("elevenlabs/eleven_turbo_v2_5", Unit.TTS_CHARACTER, "0.05", THOUSAND, ELEVENLABS),
    _price("elevenlabs/eleven_multilingual_v2", Unit.TTS_CHARACTER, "0.10", THOUSAND, ELEVENLABS),
    _price("elevenlabs/eleven_v3", Unit.TTS_CHARACTER, "0.10", THOUSAND, ELEVENLABS),
)
