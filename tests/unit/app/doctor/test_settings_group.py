"""What the doctor makes of the settings: names, files, folder and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.doctor import settings
from app.doctor.finding import State
from db.crypto import new_key_text
from tests.unit.app.doctor.scene import GIB, states, with_settings


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


def test_a_folder_that_cannot_be_used_holds_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = with_settings(monkeypatch, PARLEY_DATA_DIR="/proc/nobody/here")
    assert states(*settings.folder_found(nowhere)) == ["fail"]
    assert settings.key_found(nowhere).state is State.SKIP
    given = with_settings(monkeypatch, PARLEY_KEY=new_key_text())
    assert settings.key_found(given).state is State.OK


def test_a_key_that_cannot_be_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    given = with_settings(monkeypatch)
    (given.data_dir / "field.key").mkdir(parents=True)
    found = settings.key_found(given)
    assert (found.state, "cannot be read" in found.what) == (State.FAIL, True)
    (given.data_dir / "field.key").rmdir()
    (given.data_dir / "field.key").write_bytes(b"\xff\xfe")
    assert "holds no key" in settings.key_found(given).what


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
