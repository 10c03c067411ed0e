"""G.711 by tables: the laws of mu-law, and the scalar rule of the standard beside it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from voice.audio import g711

EVERY_BYTE = bytes(range(256))
EVERY_SAMPLE = np.arange(-32768, 32768).astype(np.int16)


def encoded_by_the_book(sample: int) -> int:
    """One sample by the 14 bit rule, segment by segment."""
    value, mask = sample >> 2, 0xFF
    if value < 0:
        value, mask = -value, 0x7F
    value = min(value, 8159) + 33
    for segment in range(8):
        if value <= (0x40 << segment) - 1:
            return ((segment << 4) | ((value >> (segment + 1)) & 0x0F)) ^ mask
    return 0x7F ^ mask


def test_every_sample_is_encoded_as_the_book_says() -> None:
    encoded = g711.encode(EVERY_SAMPLE)
    assert list(encoded) == [encoded_by_the_book(int(sample)) for sample in EVERY_SAMPLE]


def test_a_decoded_byte_encodes_to_itself_but_for_negative_zero() -> None:
    back = g711.encode(g711.decode(EVERY_BYTE))
    assert [byte for byte in range(256) if back[byte] != byte] == [0x7F]
    assert back[0x7F] == g711.SILENCE_BYTE


def test_known_points() -> None:
    loudest = g711.decode(b"\x00\x80\xff\x7f")
    assert loudest.tolist() == [-32124, 32124, 0, 0]


@given(st.integers(-32768, 32767))
def test_the_error_is_at_most_half_a_step(sample: int) -> None:
    heard = int(g711.decode(g711.encode(np.array([sample], dtype=np.int16)))[0])
    assert abs(heard - max(-32124, min(32124, sample))) <= max(8, abs(sample) // 24 + 4)


@given(st.lists(st.integers(-32768, 32767)))
def test_one_byte_per_sample(samples: list[int]) -> None:
    assert len(g711.encode(np.array(samples, dtype=np.int16))) == len(samples)


def test_louder_never_becomes_softer() -> None:
    assert (np.diff(g711.decode(g711.encode(EVERY_SAMPLE)).astype(int)) >= 0).all()


def test_a_strided_view_is_encoded_by_its_own_samples() -> None:
    stereo = np.array([100, -100, 2000, -2000], dtype=np.int16)
    assert g711.encode(stereo[::2]) == g711.encode(np.array([100, 2000], dtype=np.int16))
