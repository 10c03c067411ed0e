"""Script files at the command line: checked without a database, the documented one above all."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Final

import pytest
from typer.testing import CliRunner

from agents import script as scripts
from agents.script_loader import load_script, shipped_text
from app.brand_facts import freephone_of, number_of_ours
from app.cli import app
from core.errors import InvalidInputError
from core.phone import PhoneNumber
from db.numbers import same_name

RUNNER = CliRunner(env={"TERM": "dumb", "COLUMNS": "200"})
PAGE: Final = (Path(__file__).resolve().parents[3] / "docs" / "scripts.md").read_text("utf-8")
(EXAMPLE,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
PARTS: Final = (
    scripts.Script,
    scripts.Brand,
    scripts.RightPerson,
    scripts.Question,
    scripts.Objection,
    scripts.Fact,
    scripts.Booking,
    scripts.Callback,
    scripts.Lines,
)


def test_the_documented_script_is_sound(tmp_path: Path) -> None:
    file = tmp_path / "rowan.yaml"
    file.write_text(EXAMPLE)
    ran = RUNNER.invoke(app, ["scripts", "check", str(file)])
    assert (ran.exit_code, ran.stderr) == (0, "")
    assert 'inbound script rowan_inbound of "Rowan Bicycle Workshop"' in ran.stdout


def test_every_key_is_documented() -> None:
    for part in PARTS:
        missing = {field.name for field in fields(part) if f"`{field.name}`" not in PAGE}
        assert missing == set(), part.__name__


def test_a_fault_is_told_by_file_line_and_key(tmp_path: Path) -> None:
    file = tmp_path / "rowan.yaml"
    file.write_text(EXAMPLE.replace("kind: name", "kind: colour"))
    line = EXAMPLE[: EXAMPLE.index("kind: name")].count("\n") + 1
    for command in (
        ["scripts", "check", str(file)],
        ["scripts", "publish", str(file)],
        ["numbers", "add", "020 7946 0123", "--script", str(file)],
    ):
        ran = RUNNER.invoke(app, command)
        assert ran.exit_code == 2
        assert f"{file}: " in ran.stderr
        assert f"line {line}, questions[0].kind" in ran.stderr


def test_a_file_that_is_not_there() -> None:
    ran = RUNNER.invoke(app, ["scripts", "check", "nowhere.yaml"])
    assert (ran.exit_code, "nowhere.yaml" in ran.stderr) == (2, True)


def test_a_freephone_that_is_no_number_is_noted(tmp_path: Path) -> None:
    text = re.sub("freephone: .*", "freephone: oh eight hundred, bicycles", EXAMPLE)
    (tmp_path / "a.yaml").write_text(text)
    ran = RUNNER.invoke(app, ["scripts", "check", str(tmp_path / "a.yaml")])
    assert (ran.exit_code, "--freephone" in ran.stderr) == (0, True)


def test_the_freephone_is_read_back_as_it_is_read_out() -> None:
    shipped = load_script(shipped_text("estate_agency_inbound"))
    assert freephone_of(shipped) == PhoneNumber("+448081570122")


@pytest.mark.parametrize(
    "spelling",
    ["+442079460123", "020 7946 0123", "(020) 7946-0123", "0044 20 7946 0123", "+44 20 79460123"],
)
def test_a_number_in_any_spelling(spelling: str) -> None:
    number, facts = number_of_ours(spelling)
    assert (number.e164, facts.region) == ("+442079460123", "GB")


@pytest.mark.parametrize("text", ["999", "118500", "12", "twelve", "", "09098790000"])
def test_what_cannot_be_a_number_of_ours(text: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        number_of_ours(text)
    assert refused.value.field == "number"
    assert RUNNER.invoke(app, ["numbers", "add", text, "--script", "x"]).exit_code == 2


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Hartley & Moss Estate Agents", "Hartley and Moss estate agents", True),
        ("Rowan  Bicycles.", "ROWAN BICYCLES", True),
        ("Rowan", "Rowan Bicycles", False),
    ],
)
def test_spellings_of_a_brand(one: str, other: str, same: bool) -> None:
    assert same_name(one, other) is same
