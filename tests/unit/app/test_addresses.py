"""Addresses with a password: only those that every reader takes apart in the same way are taken."""

from __future__ import annotations

import pytest

from app.addresses import ENCODE, check_service_address
from app.settings import SettingsError, load_settings


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://parley:parley@db:5432/parley",
        "postgresql://anna:p%40ss%2Fw%5Brd@db.example.com/x",
        "postgresql:///x?host=/run/postgresql&user=anna@corp",
        "postgresql://anna:pw@db/x?options=a@b",
        "redis://:pw@127.0.0.1:6379/0",
        "rediss://[::1]:6379/0",
        "unix:///run/a@b/valkey.sock",
    ],
)
def test_what_is_beyond_doubt_is_taken(address: str) -> None:
    check_service_address(address)


@pytest.mark.parametrize("special", ["se[ret", "se]ret", "se/ret", "12/ret", "12#ret", "12?ret", "s@ret", "s%ret", "s%"])  # fmt: skip  # noqa: E501
def test_a_special_character_is_told_without_any_of_it(
    monkeypatch: pytest.MonkeyPatch, special: str
) -> None:
    with pytest.raises(ValueError, match="percent-encode"):
        check_service_address(f"postgresql://anna:{special}@db:5432/x")
    for name, scheme in (("DATABASE_URL", "postgresql"), ("REDIS_URL", "redis")):
        monkeypatch.setenv(name, f"{scheme}://anna:{special}@db:5432/x")
    with pytest.raises(SettingsError) as caught:
        load_settings(None)
    (first, second) = caught.value.problems
    assert first.startswith(f"DATABASE_URL: {ENCODE}")
    assert second.startswith(f"REDIS_URL: {ENCODE}")
    for piece in ("ret", "anna", "12"):
        assert piece not in first + second
