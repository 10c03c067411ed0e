"""The settings of the brain: what can be no key and no address is told at start."""

from __future__ import annotations

import pytest

from app.settings import Settings, SettingsError, load_settings
from tests.bare_environment import unset_all


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    unset_all(monkeypatch)


def loaded(monkeypatch: pytest.MonkeyPatch, **given: str) -> Settings:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return load_settings(None)


@pytest.mark.parametrize("name", ["GROQ_API_KEY", "LANGSMITH_API_KEY"])
@pytest.mark.parametrize("key", ["gsk_kéy", "gsk_one two", "gsk_\u200bkey", "gsk_a\nb"])
def test_a_key_that_no_header_holds_is_told(
    monkeypatch: pytest.MonkeyPatch, name: str, key: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        loaded(monkeypatch, **{name: key})
    (told,) = caught.value.problems
    assert told.startswith(f"{name}: it has a space, or a letter that no key has")
    assert "gsk_" not in told


def test_spaces_around_a_key_are_no_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    key = loaded(monkeypatch, GROQ_API_KEY=" gsk_key\r").groq_api_key
    assert key is not None
    assert key.get_secret_value() == "gsk_key"


@pytest.mark.parametrize("name", ["GROQ_BASE_URL", "OLLAMA_BASE_URL", "LANGSMITH_ENDPOINT"])
@pytest.mark.parametrize(
    "address",
    ["http://host:abc", "http://[::1", "http://host:99999", "http://ho st", "http:///x", "host:80"],
)
def test_what_is_no_address_is_told(
    monkeypatch: pytest.MonkeyPatch, name: str, address: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        loaded(monkeypatch, **{name: address})
    (told,) = caught.value.problems
    assert told.startswith(f"{name}: it is not an http:// or https:// address. Set it to the ")


@pytest.mark.parametrize(
    "address", ["http://[::1]:11434", "http://me:secret@10.0.0.1:11434", "https://models.example"]
)
def test_addresses(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    assert loaded(monkeypatch, OLLAMA_BASE_URL=f"{address}/").ollama_base_url == address
