"""Settings: defaults that need nothing, and every fault told at once."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from app.settings import ENVIRONMENT_NAMES, SettingsError, load_settings, strangers
from core.phone import PhoneNumber
from db.crypto import new_key_text
from tests.bare_environment import unset_all

EXAMPLE = Path(__file__).parents[3] / ".env.example"
ACCOUNT = "AC" + "1" * 32


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    unset_all(monkeypatch)


def test_nothing_has_to_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/home/anna/data")
    settings = load_settings(None)
    assert settings.data_dir == Path("/home/anna/data/parley")
    assert settings.public_base_url == "http://127.0.0.1:8080"
    assert settings.database_url is settings.twilio_auth_token is settings.key is None
    assert settings.uses_real_carrier
    assert not settings.allow_unsigned
    assert settings.record_calls


def test_the_data_folder_falls_back_to_the_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setenv("HOME", "/home/anna")
    assert load_settings(None).data_dir == Path("/home/anna/.local/share/parley")


def test_every_fault_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {
        "DATABASE_URL": "mysql://anna:hidden1@host/db",
        "REDIS_URL": "http://:hidden2@host",
        "PARLEY_PORT": "70000",
        "PUBLIC_BASE_URL": "calls.example.com",
        "TWILIO_ACCOUNT_SID": "AC123",
        "TWILIO_API_BASE_URL": "https://x/?y",
        "PARLEY_KEY": "hidden3",
        "PARLEY_OWN_NUMBERS": "+442079460123, 020",
        "PARLEY_ALLOW_UNSIGNED": "perhaps",
        "STT_ENGINE": "ears",
        "LOG_LEVEL": "loud",
    }
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings(None)
    told = [problem.partition(":")[0] for problem in caught.value.problems]
    assert sorted(told) == sorted([*wrong, "TWILIO_AUTH_TOKEN"])
    assert all("Set it to" in problem for problem in caught.value.problems)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"), [("TWILIO_ACCOUNT_SID", ACCOUNT), ("TWILIO_AUTH_TOKEN", "x")]
)
def test_the_carriers_credentials_come_together(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match="TWILIO_AUTH_TOKEN"):
        load_settings(None)


CREDENTIALS = {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": "secret"}


def problems(monkeypatch: pytest.MonkeyPatch, **given: str) -> tuple[str, ...]:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    try:
        load_settings(None)
    except SettingsError as error:
        return error.problems
    return ()


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"PUBLIC_BASE_URL": "http://127.0.0.1:8080"},
        {"PUBLIC_BASE_URL": "http://calls.example.com"},
        {"TWILIO_API_BASE_URL": "https://api.dublin.ie1.twilio.com"},
    ],
)
def test_real_calls_need_an_address_that_twilio_reaches(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str]
) -> None:
    (told,) = problems(monkeypatch, **CREDENTIALS, **given)
    assert told.startswith("PUBLIC_BASE_URL: ")
    assert "Set it to the address Twilio reaches, such as https://" in told


@pytest.mark.parametrize(
    "given",
    [
        {"PUBLIC_BASE_URL": "https://calls.example.com"},
        {"TWILIO_API_BASE_URL": "http://127.0.0.1:9000"},
        {
            "TWILIO_API_BASE_URL": "http://127.0.0.1:9000",
            "PUBLIC_BASE_URL": "http://127.0.0.1:8080",
        },
    ],
)
def test_real_calls_by_https_and_an_emulators_by_loopback(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str]
) -> None:
    assert problems(monkeypatch, **CREDENTIALS, **given) == ()


def test_a_public_server_without_a_token_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    (told,) = problems(monkeypatch, PUBLIC_BASE_URL="https://calls.example.com")
    assert told.startswith("TWILIO_AUTH_TOKEN: ")
    assert problems(monkeypatch, PARLEY_ALLOW_UNSIGNED="true") == ()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_a_local_server_needs_no_token(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    assert problems(monkeypatch, PUBLIC_BASE_URL=f"http://{host}:8080") == ()


def test_values_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": "secret",
        "TWILIO_API_BASE_URL": "http://127.0.0.1:9000/",
        "PUBLIC_BASE_URL": "https://calls.example.com/",
        "PARLEY_OWN_NUMBERS": "+442079460123, +447700900123,",
        "PARLEY_KEY": f"{new_key_text()},{new_key_text()}",
        "LOG_LEVEL": "DEBUG",
        "RECORD_CALLS": "false",
        "PARLEY_DATA_DIR": "~/parley",
        "DATABASE_URL": "",  # as in .env.example: the same as not set
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOME", "/home/anna")
    settings = load_settings(None)
    assert settings.own_numbers == (PhoneNumber("+442079460123"), PhoneNumber("+447700900123"))
    assert settings.public_base_url == "https://calls.example.com"
    assert settings.data_dir == Path("/home/anna/parley")
    assert settings.database_url is None
    assert settings.log_level.value == "debug"
    assert not settings.record_calls
    assert not settings.uses_real_carrier
    assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    ("host", "url"), [("0.0.0.0", "http://127.0.0.1:8080"), ("::1", "http://[::1]:8080")]
)
def test_the_public_address_follows_the_host(
    monkeypatch: pytest.MonkeyPatch, host: str, url: str
) -> None:
    monkeypatch.setenv("PARLEY_HOST", host)
    assert load_settings(None).public_base_url == url


def test_the_environment_overrides_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "my.env"
    file.write_text("PARLEY_PORT=9001\nPARLEY_VOICE=en-us\n")
    monkeypatch.setenv("PARLEY_PORT", "9002")
    settings = load_settings(file)
    assert (settings.port, settings.voice) == (9002, "en-us")


def test_the_example_names_every_setting_and_is_valid() -> None:
    named = re.findall(r"^([A-Z_]+)=", EXAMPLE.read_text(), re.MULTILINE)
    assert sorted(named) == sorted(ENVIRONMENT_NAMES)
    load_settings(EXAMPLE)


def test_a_misspelt_setting_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_OWN_NUMBER", "x")
    monkeypatch.setenv("PARLEY_SOMETHING_ELSE", "x")
    assert strangers() == ["PARLEY_OWN_NUMBER is not a setting. Did you mean PARLEY_OWN_NUMBERS?"]


def test_checkpoints_are_strict_and_nothing_is_traced() -> None:
    assert os.environ["LANGGRAPH_STRICT_MSGPACK"] == "true"
    assert os.environ["LANGSMITH_TRACING_V2"] == "false"  # the name that outweighs the others
