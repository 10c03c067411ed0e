"""Field encryption: what is sealed opens with its key, at its place, and nowhere else."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy.engine.default import DefaultDialect

from core.errors import BrokenInvariantError, InvalidInputError
from db.crypto import FieldKey, Keyring, load_or_create_key, new_key_text
from db.encrypted import SealedText

OLD, NEW = new_key_text(), new_key_text()


@given(plain=some.binary(max_size=300), place=some.text(max_size=20))
def test_what_is_sealed_opens_again(plain: bytes, place: str) -> None:
    ring = Keyring.parse(OLD)
    sealed = ring.seal(plain, place)
    assert ring.open(sealed, place) == plain
    assert sealed != ring.seal(plain, place)  # a fresh nonce each time
    assert len(plain) < 4 or plain not in sealed


@given(at=some.integers(min_value=0, max_value=60), bit=some.integers(min_value=0, max_value=7))
def test_a_changed_value_does_not_open(at: int, bit: int) -> None:
    ring = Keyring.parse(OLD)
    sealed = bytearray(ring.seal(b"a name and a street of some length", "calls.theirs"))
    sealed[at] ^= 1 << bit
    with pytest.raises(InvalidInputError):
        ring.open(bytes(sealed), "calls.theirs")


def test_a_moved_value_does_not_open() -> None:
    ring = Keyring.parse(OLD)
    with pytest.raises(InvalidInputError, match="changed or moved"):
        ring.open(ring.seal(b"x", "calls.ours"), "calls.theirs")


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01abcd", b"plain text of some length"])
def test_no_sealed_value(sealed: bytes) -> None:
    with pytest.raises(InvalidInputError):
        Keyring.parse(OLD).open(sealed, "turns.reply")


def test_rotation_new_key_seals_all_keys_open() -> None:
    before, rotated = Keyring.parse(OLD), Keyring.parse(f"{NEW}, {OLD}\n")
    sealed = before.seal(b"x", "p")
    assert rotated.open(sealed, "p") == b"x"
    assert Keyring.parse(NEW).open(rotated.seal(b"x", "p"), "p") == b"x"
    assert before.index("+44") in rotated.indexes("+44")
    assert rotated.index("+44") == rotated.indexes("+44")[0] == Keyring.parse(NEW).index("+44")


def test_a_wrong_key_says_what_to_do() -> None:
    sealed = Keyring.parse(OLD).seal(b"x", "p")
    with pytest.raises(
        InvalidInputError, match="Give the key that the data was written with"
    ) as no:
        Keyring.parse(NEW).open(sealed, "p")
    assert no.value.field == "PARLEY_KEY"


def test_the_index_is_keyed_and_stable() -> None:
    one, two = Keyring.parse(OLD), Keyring.parse(NEW)
    assert one.index("+447700900456") == Keyring.parse(OLD).index("+447700900456")
    assert one.index("+447700900456") != two.index("+447700900456")
    assert one.index("+447700900456") != one.index("+447700900457")


@pytest.mark.parametrize("text", ["", " , ", "short", "a" * 44, "not base64 !!"])
def test_no_key(text: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        Keyring.parse(text)
    assert refused.value.field == "PARLEY_KEY"


def test_keys_never_print_themselves() -> None:
    ring = Keyring.parse(OLD)
    assert OLD.rstrip("=") not in repr(ring) + str(ring) + repr(ring.keys[0])
    assert ring.keys[0].id.hex() in repr(ring)
    assert repr(FieldKey.parse(OLD)) == repr(ring.keys[0])


def test_the_key_file_is_made_once_for_the_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "field.key"
    with ThreadPoolExecutor(8) as pool:
        rings = list(pool.map(load_or_create_key, [path] * 8))
    assert len({ring.index("x") for ring in rings}) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["field.key"]


def test_an_empty_key_file_is_refused_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "field.key"
    path.write_text("")
    with pytest.raises(InvalidInputError):
        load_or_create_key(path)
    assert path.read_text() == ""


def test_an_engine_without_a_keyring_touches_no_sealed_column() -> None:
    with pytest.raises(BrokenInvariantError):
        SealedText("a.b").process_bind_param("x", DefaultDialect())
