"""The price in force at a moment, and the prices an installation starts with."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import Micros, Price, charge
from core.usage import Unit
from costs.price_book import SHIPPED_PRICES, PriceBook

DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))


def price(read_on: date, usd: str = "1", sku: str = "talk") -> Price:
    return Price(sku, Unit.CARRIER_MINUTE, Decimal(usd), 1, "a list", read_on)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def test_a_price_holds_from_its_day_until_the_next_one() -> None:
    old, new = price(date(2026, 1, 1), "1"), price(date(2026, 6, 1), "2")
    book = PriceBook([new, old])
    at = {day: book.price_at(noon(day), "talk", Unit.CARRIER_MINUTE) for day in (
        date(2025, 12, 31), date(2026, 1, 1), date(2026, 5, 31), date(2026, 6, 1))}  # fmt: skip
    assert list(at.values()) == [None, old, old, new]


def test_the_day_is_the_one_in_utc() -> None:
    book = PriceBook([price(date(2026, 6, 1))])
    east = timezone(timedelta(hours=3))
    just_before = datetime(2026, 6, 1, 2, 59, tzinfo=east)
    assert book.price_at(just_before, "talk", Unit.CARRIER_MINUTE) is None
    assert book.price_at(just_before + timedelta(minutes=1), "talk", Unit.CARRIER_MINUTE)


def test_another_sku_or_unit_has_no_price() -> None:
    book = PriceBook([price(date(2026, 1, 1))])
    now = datetime(2026, 7, 1, tzinfo=UTC)
    assert book.price_at(now, "other", Unit.CARRIER_MINUTE) is None
    assert book.price_at(now, "talk", Unit.STREAM_SECOND) is None


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        PriceBook([]).price_at(datetime(2026, 1, 1), "talk", Unit.CARRIER_MINUTE)  # noqa: DTZ001 - the fault


def test_two_prices_of_one_day_contradict_each_other() -> None:
    with pytest.raises(ValueError, match="two prices"):
        PriceBook([price(date(2026, 1, 1), "1"), price(date(2026, 1, 1), "2")])


@given(st.sets(DAYS, min_size=1, max_size=6), DAYS)
def test_the_price_in_force_is_the_latest_that_was_read(read: set[date], day: date) -> None:
    book = PriceBook([price(one) for one in read])
    found = book.price_at(noon(day), "talk", Unit.CARRIER_MINUTE)
    expected = max((one for one in read if one <= day), default=None)
    assert (found.read_on if found else None) == expected
    assert [entry.read_on for entry in book.all_prices()] == sorted(read)


@pytest.mark.parametrize(
    ("sku", "unit", "quantity", "micros"),
    [
        ("twilio/voice/gb-mobile-out", Unit.CARRIER_MINUTE, 3, 91_500),
        ("twilio/voice/gb-landline-out", Unit.CARRIER_MINUTE, 3, 47_400),
        ("twilio/voice/gb-inbound", Unit.CARRIER_MINUTE, 3, 30_000),
        ("twilio/media-stream", Unit.STREAM_SECOND, 180, 12_000),
        ("pocketsphinx", Unit.STT_MILLISECOND, 60_000, 0),
        ("espeak-ng", Unit.TTS_CHARACTER, 1_200, 0),
        ("faster-whisper", Unit.STT_MILLISECOND, 60_000, 0),
        ("ollama", Unit.LLM_INPUT_TOKEN, 22_800, 0),
        ("ollama", Unit.LLM_OUTPUT_TOKEN, 540, 0),
        ("script-brain", Unit.LLM_INPUT_TOKEN, 22_800, 0),
        ("script-brain", Unit.LLM_CACHED_TOKEN, 22_800, 0),
        ("script-brain", Unit.LLM_OUTPUT_TOKEN, 540, 0),
        ("groq/openai/gpt-oss-120b", Unit.LLM_INPUT_TOKEN, 22_800, 3_420),
        ("groq/openai/gpt-oss-120b", Unit.LLM_CACHED_TOKEN, 22_800, 1_710),
        ("groq/openai/gpt-oss-120b", Unit.LLM_OUTPUT_TOKEN, 1_740, 1_044),
        ("groq/openai/gpt-oss-20b", Unit.LLM_OUTPUT_TOKEN, 1_740, 522),
        ("groq/whisper-large-v3-turbo", Unit.STT_MILLISECOND, 3_600_000, 40_000),
        ("deepgram/nova-3", Unit.STT_MILLISECOND, 180_000, 14_400),
        ("deepgram/aura-2", Unit.TTS_CHARACTER, 1_200, 36_000),
        ("elevenlabs/eleven_flash_v2_5", Unit.TTS_CHARACTER, 1_200, 60_000),
        ("elevenlabs/eleven_multilingual_v2", Unit.TTS_CHARACTER, 1_200, 120_000),
    ],
)
def test_shipped_prices_charge_what_their_lists_say(
    sku: str, unit: Unit, quantity: int, micros: int
) -> None:
    found = PriceBook(SHIPPED_PRICES).price_at(datetime(2026, 12, 1, tzinfo=UTC), sku, unit)
    assert found is not None
    assert charge(quantity, found) == Micros(micros)


def test_every_shipped_price_says_where_and_when_it_was_read() -> None:
    assert len(PriceBook(SHIPPED_PRICES).all_prices()) == len(SHIPPED_PRICES)
    assert all(entry.source and entry.read_on <= date(2026, 11, 21) for entry in SHIPPED_PRICES)
