"""What each group makes of what it saw: thresholds, words and remedies."""

from __future__ import annotations

import os
import resource
from pathlib import Path
from urllib.parse import quote

import pytest

from agents.vendor import Checkup, Condition
from app.brain_vendors import candidates
from app.doctor import brain, carrier, ears, machine, services, settings, voice
from app.doctor.finding import Finding, State
from app.doctor.report import secrets_of
from app.settings import ENVIRONMENT_NAMES, Settings, load_settings
from app.storage import newest_revision
from db.crypto import new_key_text

GIB = 1024**3
ACCOUNT = "AC" + "1" * 32


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ENVIRONMENT_NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PARLEY_DATA_DIR", str(tmp_path / "data"))


def with_settings(monkeypatch: pytest.MonkeyPatch, **values: str) -> Settings:
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return load_settings(None)


def states(*findings: Finding) -> list[str]:
    return [finding.state.value for finding in findings]


# Settings


def test_misspelt_names_are_found_in_the_file_and_in_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / ".env"
    file.write_text("OLLAMA_MODLE=x\nexport GROQ_API_KEYS=y\nPOSTGRES_PASSWORD=z\n# A=b\n")
    monkeypatch.setenv("PARLEY_VOICES", "en-gb")
    found = settings.names_found(file)
    assert found.state is State.WARN
    for name in ("OLLAMA_MODEL?", "GROQ_API_KEY?", "PARLEY_VOICE?"):
        assert name in found.what
    assert "POSTGRES" not in found.what


def test_right_names_are_counted(tmp_path: Path) -> None:
    assert settings.names_found(tmp_path / ".env").state is State.OK
    (tmp_path / ".env").write_text("PARLEY_VOICE=en-us\nlog_level=info\n")
    assert "names 2;" in settings.names_found(tmp_path / ".env").what


def test_a_file_with_secrets_is_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    assert states(*settings.env_file_found(file)) == []
    file.write_text("PARLEY_VOICE=en-gb\nTWILIO_AUTH_TOKEN=\n")
    assert states(*settings.env_file_found(file)) == []  # no secret in it
    file.write_text("TWILIO_AUTH_TOKEN=abc\n")
    file.chmod(0o644)
    (found,) = settings.env_file_found(file)
    assert found.state is State.WARN
    assert found.remedy == f"Close it: chmod 600 {file}"
    file.chmod(0o600)
    assert states(*settings.env_file_found(file)) == ["ok"]


def test_the_data_folder_is_tried_and_its_mode_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given = with_settings(monkeypatch)
    assert "not there yet" in next(settings.folder_found(given)).what
    given.data_dir.mkdir(mode=0o755)
    given.data_dir.chmod(0o755)
    found = next(settings.folder_found(given))
    assert (found.state, found.remedy) == (State.WARN, f"Close it: chmod 700 {given.data_dir}")
    given.data_dir.chmod(0o711)  # what a service account needs to pass through
    assert next(settings.folder_found(given)).state is State.OK
    assert list(given.data_dir.iterdir()) == []  # nothing is left behind


def test_a_data_folder_that_is_a_file_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "data").write_text("not a folder")
    (found,) = settings.folder_found(with_settings(monkeypatch))
    assert found.state is State.FAIL
    assert "PARLEY_DATA_DIR" in found.remedy


@pytest.mark.parametrize(("free", "state"), [(20 * GIB, "ok"), (GIB, "warn"), (GIB // 8, "fail")])
def test_little_room_is_told(free: int, state: str) -> None:
    assert states(settings.room_found(free, records=True)) == [state]


def test_recordings_are_counted_only_when_they_are_made() -> None:
    assert "hours" in settings.room_found(10 * GIB, records=True).what
    assert "hours" not in settings.room_found(10 * GIB, records=False).what


def test_where_the_key_is(monkeypatch: pytest.MonkeyPatch) -> None:
    given = with_settings(monkeypatch)
    assert "none yet" in settings.key_found(given).what
    given.data_dir.mkdir()
    kept = given.data_dir / "field.key"
    kept.write_text("no key at all")
    assert settings.key_found(given).state is State.FAIL
    kept.write_text(new_key_text())
    kept.chmod(0o644)
    assert settings.key_found(given).remedy == f"Close it: chmod 600 {kept}"
    kept.chmod(0o600)
    assert settings.key_found(given).state is State.OK
    ring = f"{new_key_text()},{new_key_text()}"
    two = settings.key_found(with_settings(monkeypatch, PARLEY_KEY=ring))
    assert "PARLEY_KEY is given (1 and 1 older)" in two.what


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
    (tmp_path / "cpu.max").write_text("50000 100000\n")
    assert machine.usable_cores(tmp_path) == 0.5
    (tmp_path / "cpu.max").write_text("max 100000\n")
    assert machine.usable_cores(tmp_path) == len(os.sched_getaffinity(0))


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
