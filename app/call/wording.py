"""How figures and facts read on screen and in the report: one wording for both."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from core.call import Outcome
from core.usage import Unit

OUTCOMES: Final = {
    Outcome.BOOKED: "Booked",
    Outcome.CALLBACK: "Call back promised",
    Outcome.NOT_INTERESTED: "Not interested",
    Outcome.OPTED_OUT: "Opted out",
    Outcome.NO_RESPONSE: "No response",
    Outcome.COMPLETED: "Completed",
    Outcome.FAILED: "Failed",
}
UNITS: Final = {
    Unit.CARRIER_MINUTE: "minutes on the line",
    Unit.STREAM_SECOND: "seconds of stream",
    Unit.STT_MILLISECOND: "ms of speech heard",
    Unit.LLM_INPUT_TOKEN: "tokens read",
    Unit.LLM_CACHED_TOKEN: "tokens read from cache",
    Unit.LLM_OUTPUT_TOKEN: "tokens written",
    Unit.TTS_CHARACTER: "characters spoken",
}
SMALL_USD = 0.01  # below a cent the interesting digits are the micro-dollars


def usd(amount: float) -> str:
    """An amount of dollars: four decimals, below a cent six."""
    if amount == 0:
        return "$0"
    return f"${amount:.6f}" if abs(amount) < SMALL_USD else f"${amount:.4f}"


def ms(value: int | None) -> str:
    """Milliseconds, or a dash where nothing was measured."""
    return "–" if value is None else f"{value:,} ms".replace(",", " ")


def unit(name: str) -> str:
    """A unit of usage as a person says it; an unknown one as it is called."""
    known = {key.value: text for key, text in UNITS.items()}
    return known.get(name, name.replace("_", " "))


def clock(at_ms: int) -> str:
    """A moment of the call: ``1:07``."""
    return f"{at_ms // 60_000}:{at_ms // 1000 % 60:02d}"


def day_and_time(moment: datetime, zone: ZoneInfo) -> str:
    """A moment on the wall clock of ``zone``: ``Tuesday 24 November, 10:00``."""
    local = moment.astimezone(zone)
    return f"{local:%A} {local.day} {local:%B}, {local:%H:%M}"


def name_of(identifier: str) -> str:
    """``call_back`` as words: ``Call back``."""
    words = identifier.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]
