"""``parley models``: what is listed, fetched and said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from tests.bare_environment import move_into
from tests.fakes.model_hub import ModelHub, serve

RUNNER = CliRunner(env={"TERM": "dumb", "COLUMNS": "200"})


@pytest.fixture(autouse=True)
def data_dir(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    data = move_into(tmp_path, monkeypatch)
    monkeypatch.setenv("WHISPER_MODEL", "tiny")
    return data


@pytest.fixture
def hub(whisper_folder: Path) -> Iterator[ModelHub]:
    """A hub with a model that really works."""
    files = {file.name: file.read_bytes() for file in whisper_folder.iterdir()}
    with serve(ModelHub(files)) as one:
        yield one


def listed() -> dict[str, dict[str, object]]:
    shown = RUNNER.invoke(app, ["models", "list", "--json"])
    assert shown.exit_code == 0, shown.output
    return {model["name"]: model for model in json.loads(shown.stdout)}


def test_a_model_is_fetched_listed_and_not_fetched_again(hub: ModelHub, data_dir: Path) -> None:
    assert not any(model["installed"] for model in listed().values())
    assert [name for name, model in listed().items() if model["configured"]] == ["tiny"]
    fetched = RUNNER.invoke(app, ["models", "pull", "--endpoint", hub.url])
    assert fetched.exit_code == 0, fetched.output
    folder = data_dir / "models" / "whisper" / "tiny"
    assert f"tiny is in {folder}" in fetched.stdout
    assert "Fetching tiny: 30 MB" in fetched.stderr
    assert listed()["tiny"] == {
        "name": "tiny",
        "installed": True,
        "configured": True,
        "size_bytes": sum(map(len, hub.files.values())),
        "folder": str(folder),
    }
    hub.asked.clear()
    again = RUNNER.invoke(app, ["models", "pull", "tiny", "--endpoint", hub.url])
    assert "is here already" in again.stdout
    assert hub.asked == []
    (folder / "model.bin").write_bytes(b"damaged")
    anew = RUNNER.invoke(app, ["models", "pull", "tiny", "--again", "--endpoint", hub.url])
    assert anew.exit_code == 0, anew.output
    assert (folder / "model.bin").read_bytes() == hub.files["model.bin"]
    table = RUNNER.invoke(app, ["models", "list"]).stdout
    assert "30 MB" in table
    assert "this one" in table


def test_fetching_another_size_says_which_setting_uses_it(
    hub: ModelHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHISPER_MODEL", "medium")
    fetched = RUNNER.invoke(app, ["models", "pull", "tiny", "--endpoint", hub.url])
    assert "set it to tiny" in fetched.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["medum"], 2, "Did you mean medium"),
        (["tiny", "--endpoint", "http://127.0.0.1:9"], 1, "cannot be reached"),
        (["tiny", "--endpoint", "foo"], 2, "must begin with https://"),
        (["small"], 1, "there is no Systran/faster-whisper-small"),
    ],
)
def test_what_goes_wrong_is_told_in_one_line(
    hub: ModelHub, arguments: list[str], code: int, says: str
) -> None:
    if "--endpoint" not in arguments:
        arguments = [*arguments, "--endpoint", hub.url]
    told = RUNNER.invoke(app, ["models", "pull", *arguments])
    assert told.exit_code == code
    assert says in told.stderr
    assert "Traceback" not in told.output


def test_a_data_folder_that_cannot_be_made_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_DATA_DIR", "/proc/nobody")
    told = RUNNER.invoke(app, ["models", "pull", "tiny"])
    assert told.exit_code == 2
    assert "/proc/nobody" in told.stderr
    assert "Set PARLEY_DATA_DIR" in told.stderr
    assert "Traceback" not in told.output


def test_a_folder_that_is_set_is_no_size_to_fetch(
    monkeypatch: pytest.MonkeyPatch, whisper_folder: Path
) -> None:
    monkeypatch.setenv("WHISPER_MODEL", str(whisper_folder))
    told = RUNNER.invoke(app, ["models", "pull"])
    assert told.exit_code == 2
    assert "is no size" in told.stderr
    assert listed()[str(whisper_folder)]["installed"] is True
