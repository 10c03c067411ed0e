"""What each group makes of what it saw: thresholds, words and remedies."""

from __future__ import annotations

import resource
from pathlib import Path
from urllib.parse import quote

import pytest
from pydantic import SecretStr

from agents.vendor import Checkup, Condition
from app.brain_vendors import candidates
from app.doctor import brain, carrier, ears, machine, services, voice
from app.doctor.finding import Finding, State
from app.doctor.report import secrets_of
from app.storage import newest_revision
from core.errors import ProviderError
from tests.unit.app.doctor.scene import GIB, states, with_settings

ACCOUNT = "AC" + "1" * 32


# Machine


def test_a_container_may_have_less_than_its_machine(tmp_path: Path) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal:  8388608 kB\nMemFree: 1 kB\nMemAvailable:  4194304 kB\n")
    assert machine.memory_here(tmp_path, meminfo) == machine.Memory(8 * GIB, 4 * GIB)
    (tmp_path / "memory.max").write_text(f"{3 * GIB}\n")
    (tmp_path / "memory.current").write_text(f"{GIB}\n")
    assert machine.memory_here(tmp_path, meminfo) == machine.Memory(3 * GIB, 2 * GIB)
    (tmp_path / "memory.max").write_text("max\n")
    assert machine.memory_here(tmp_path, meminfo) == machine.Memory(8 * GIB, 4 * GIB)


def test_small_machines_are_warned_of() -> None:
    assert states(
        machine.processors_found(1, 0.1),
        machine.processors_found(2, 0.1),
        machine.processors_found(2, 3.5),
    ) == ["warn", "ok", "warn"]
    assert states(
        machine.memory_found(machine.Memory(8 * GIB, GIB)),
        machine.memory_found(machine.Memory(8 * GIB, 4 * GIB)),
        machine.memory_found(machine.Memory(8 * GIB, None)),
    ) == ["warn", "ok", "ok"]


def test_few_open_files_are_warned_of_with_what_can_be_set() -> None:
    few = machine.files_found(256, 2048)
    assert (few.state, few.remedy) == (
        State.WARN,
        "Before starting the server: ulimit -n 2048",
    )
    assert states(
        machine.files_found(1024, 4096),
        machine.files_found(resource.RLIM_INFINITY, resource.RLIM_INFINITY),
    ) == ["ok", "ok"]
    assert machine.python_found().what.startswith("3.")


# Services


def test_postgres_is_new_enough_and_near() -> None:
    assert states(
        services.postgres_found(16, 0.4, "embedded"),
        services.postgres_found(14, 0.4, "at db:5432"),
        services.postgres_found(16, 80.0, "at db:5432"),
    ) == ["ok", "fail", "warn"]


def test_old_tables_fail_in_a_database_of_ones_own_and_mend_themselves_in_ours() -> None:
    known = services.known_revisions()
    assert {"0001", newest_revision()} <= known
    assert services.tables_found("0003", "0003", known, own=False).state is State.OK
    old = services.tables_found("0001", "0003", known, own=False)
    assert (old.state, old.remedy) == (State.FAIL, "Run: parley migrate")
    assert services.tables_found(None, "0003", known, own=True).state is State.OK


def test_tables_of_a_newer_program_are_not_to_be_migrated() -> None:
    for own in (True, False):
        newer = services.tables_found("0999", "0003", {"0001", "0003"}, own=own)
        assert newer.state is State.FAIL
        assert "parley migrate" not in newer.remedy


def test_a_cache_that_may_drop_a_live_feed_is_warned_of() -> None:
    facts: dict[str, object] = {"redis_version": "7.2", "maxmemory": 1, "maxmemory_policy": ""}
    for policy, state in (("allkeys-lru", "warn"), ("volatile-lru", "ok"), ("noeviction", "ok")):
        found = services.cache_found("Redis", facts | {"maxmemory_policy": policy}, 0.2, "at x")
        assert found.state.value == state
    unlimited = facts | {"maxmemory": 0, "maxmemory_policy": "allkeys-lru"}
    assert services.cache_found("Redis", unlimited, 0.2, "at x").state is State.OK
    assert services.cache_found("Redis", unlimited, 90, "at x").state is State.WARN


def test_an_address_is_shown_without_user_and_password() -> None:
    assert services.place_of("postgresql://anna:pw@db.example.com:5433/x") == (
        "at db.example.com:5433"
    )
    assert services.place_of("postgresql://db/x") == "at db"
    assert services.place_of("unix:///run/valkey.sock") == "at a local socket"
    for wrong in ("postgresql://anna:s[cret@db/x", "redis://anna:se/cret@db"):
        assert services.place_of(wrong) == "at an address that cannot be taken apart"


def test_an_address_that_cannot_be_taken_apart_is_a_secret_as_a_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wrong = SecretStr("postgresql://anna:s[cret@db/x")
    given = with_settings(monkeypatch).model_copy(update={"database_url": wrong})
    assert secrets_of(given) == {wrong.get_secret_value()}


# Brain


def told(monkeypatch: pytest.MonkeyPatch, *conditions: Condition, **values: str) -> list[Finding]:
    given = with_settings(monkeypatch, **values)
    found = [
        (each, Checkup(each.provider.value, condition, "It is so.", "Do that."))
        for each, condition in zip(candidates(given), conditions, strict=True)
    ]
    return list(brain.models_found(found, given))


def test_a_model_that_was_asked_for_fails_and_one_that_was_not_warns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (unasked,) = told(monkeypatch, Condition.UNREACHABLE)
    assert unasked.state is State.WARN
    assert "ollama pull llama3.1:8b" in unasked.remedy
    assert states(*told(monkeypatch, Condition.NO_MODEL)) == ["warn"]
    assert states(*told(monkeypatch, Condition.READY)) == ["ok"]
    key = {"GROQ_API_KEY": "gsk_1234"}
    assert states(*told(monkeypatch, Condition.READY, Condition.UNREACHABLE, **key)) == [
        "ok",
        "skip",
    ]
    assert states(*told(monkeypatch, Condition.WRONG_KEY, Condition.READY, **key)) == ["fail", "ok"]
    monkeypatch.delenv("GROQ_API_KEY")
    (asked,) = told(monkeypatch, Condition.UNREACHABLE, LLM_PROVIDER="ollama")
    assert (asked.state, asked.remedy) == (State.FAIL, "Do that.")
    assert states(*told(monkeypatch, LLM_PROVIDER="script")) == ["skip"]


def test_a_model_that_is_too_slow_or_silent_is_told() -> None:
    assert states(
        brain.speed_found("Ollama", "llama3.1:8b", 200, 500),
        brain.speed_found("Ollama", "llama3.1:8b", 900, 500),
        brain.speed_found("Groq", "gpt", None, 500),
    ) == ["ok", "warn", "fail"]


@pytest.mark.parametrize(
    ("fault", "remedy"),
    [
        (ProviderError("groq", "429", retryable=True, retry_after_s=12), "Ask again in 12 s"),
        (ProviderError("groq", "cut", retryable=True), "Ask again in a minute"),
        (ProviderError("groq", "no model. Set GROQ_MODEL.", retryable=False), "Do what it says"),
    ],
)
def test_a_fault_is_not_put_down_to_the_model_s_speed(fault: ProviderError, remedy: str) -> None:
    found = brain.fault_found("Groq speed", fault)
    assert found.state is State.FAIL
    assert found.remedy.startswith(remedy)
    assert "quicker" not in found.remedy


# Hearing and voice


def test_slow_ears_and_a_slow_tongue_are_told() -> None:
    assert states(ears.silero_found(20, 60), ears.silero_found(20, 900)) == ["ok", "warn"]
    assert states(
        ears.pocketsphinx_found("yes please", 900, 80),
        ears.pocketsphinx_found("", 900, 80),
        ears.pocketsphinx_found("yes please", 900, 800),
    ) == ["ok", "warn", "warn"]
    assert states(
        voice.spoken_found("espeak-ng/1.52", "en-gb", 1.0),
        voice.spoken_found("espeak-ng/1.52", "en-gb", 300.0),
    ) == ["ok", "warn"]


# Carrier


def test_an_account_is_judged_by_its_status() -> None:
    assert states(
        carrier.account_found({"status": "active", "type": "Full"}, "api.twilio.com"),
        carrier.account_found({"status": "active", "type": "Trial"}, "api.twilio.com"),
        carrier.account_found({"status": "suspended", "type": "Full"}, "api.twilio.com"),
        carrier.account_found({}, "api.twilio.com"),
    ) == ["ok", "warn", "fail", "fail"]
    assert states(carrier.own_numbers_found(0), carrier.own_numbers_found(2)) == ["warn", "ok"]


def test_every_secret_of_the_settings_is_known_to_the_report(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = with_settings(
        monkeypatch,
        DATABASE_URL=f"postgresql://anna:{quote('p@ss/word', safe='')}@db/x",
        GROQ_API_KEY="gsk_secret",
        TWILIO_ACCOUNT_SID=ACCOUNT,
        TWILIO_AUTH_TOKEN="token-secret",
        PUBLIC_BASE_URL="https://calls.example.com",
    )
    known = secrets_of(given)
    assert {"p@ss/word", "gsk_secret", "token-secret", ACCOUNT} <= known
