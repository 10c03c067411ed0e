"""UUIDv7: sortable by time, random otherwise, repeatable in tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import ENTROPY_BYTES, made_at, uuid7

TIMES = st.integers(10**5, 10**14).map(  # 1970 to 5138, in milliseconds
    lambda ms: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
)
BYTES = st.binary(min_size=ENTROPY_BYTES, max_size=ENTROPY_BYTES)


def test_the_example_of_rfc_9562_comes_out() -> None:
    # Appendix A.6: 2022-02-22 14:22:22 -05:00, rand_a 0xCC3, rand_b 0x18C4DC0C0C07398F
    at = datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)
    entropy = ((0xCC3 << 62) | 0x18C4DC0C0C07398F).to_bytes(ENTROPY_BYTES, "big")
    assert uuid7(at, entropy) == UUID("017F22E2-79B0-7CC3-98C4-DC0C0C07398F")


@given(TIMES, BYTES)
def test_version_variant_and_time_are_in_their_places(at: datetime, entropy: bytes) -> None:
    made = uuid7(at, entropy)
    assert made.version == 7
    assert made.variant == uuid4().variant
    assert abs((made.int >> 80) - at.timestamp() * 1000) <= 1
    assert uuid7(at, entropy) == made


@given(TIMES, BYTES)
def test_an_id_tells_when_it_was_made(at: datetime, entropy: bytes) -> None:
    assert abs(made_at(uuid7(at, entropy)) - at) <= timedelta(milliseconds=1)


def test_another_version_tells_no_time() -> None:
    with pytest.raises(ValueError, match="no UUIDv7"):
        made_at(uuid4())
    with pytest.raises(OverflowError):
        made_at(UUID("ffffffff-ffff-7fff-8000-000000000000"))


@given(TIMES, BYTES, BYTES, st.integers(2, 10**9))
def test_a_later_id_sorts_after_an_earlier_one(
    at: datetime, first: bytes, second: bytes, later_ms: int
) -> None:
    later = at + timedelta(milliseconds=later_ms)
    assert str(uuid7(at, first)) < str(uuid7(later, second))


@given(TIMES, BYTES, BYTES)
def test_all_74_random_bits_count(at: datetime, first: bytes, second: bytes) -> None:
    mask = (1 << 74) - 1
    same = int.from_bytes(first, "big") & mask == int.from_bytes(second, "big") & mask
    assert (uuid7(at, first) == uuid7(at, second)) == same


@pytest.mark.parametrize("count", [0, 9, 11, 16])
def test_another_amount_of_entropy_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match=f"got {count}"):
        uuid7(datetime(2026, 1, 1, tzinfo=UTC), bytes(count))


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        uuid7(datetime(2026, 1, 1), bytes(ENTROPY_BYTES))  # noqa: DTZ001 - the fault itself
