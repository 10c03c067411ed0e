"""An operator's own number, from the command line to a call that comes in on it."""

from __future__ import annotations

import asyncio
import json
import re
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import httpx
import pytest
from typer.testing import CliRunner, Result

from api.application import make_application
from app.cli import app
from app.clock import MachineClock, machine_entropy
from app.storage import open_storage
from db.crypto import Keyring, new_key_text
from tests.bare_environment import unset_all
from tests.integration.api.stored_doors import BASE, services_on

RUNNER = CliRunner(env={"TERM": "dumb", "COLUMNS": "60"})
PAGE: Final = (Path(__file__).resolve().parents[3] / "docs" / "scripts.md").read_text("utf-8")
(EXAMPLE,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
NUMBER: Final = "+442079460123"
SID: Final = "CA" + "b" * 32


@pytest.fixture
def key() -> str:
    return new_key_text()


@pytest.fixture(autouse=True)
def _environment(
    monkeypatch: pytest.MonkeyPatch, fresh_database: str, key: str, tmp_path: Path
) -> None:
    unset_all(monkeypatch)
    monkeypatch.setenv("DATABASE_URL", fresh_database)
    monkeypatch.setenv("PARLEY_KEY", key)
    monkeypatch.setenv("PARLEY_DATA_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text(EXAMPLE)


def run(*arguments: str) -> Result:
    return RUNNER.invoke(app, list(arguments))


def parley(*arguments: str) -> str:
    ran = run(*arguments)
    assert ran.exit_code == 0, ran.output
    return ran.stdout


async def ring(url: str, key: str, data_dir: Path) -> str:
    """Call our number as the carrier does; the TwiML that comes back."""
    async with open_storage(
        url, Keyring.parse(key), MachineClock(), machine_entropy, "test"
    ) as storage:
        application = make_application(services_on(storage, data_dir))
        transport = httpx.ASGITransport(application, client=("127.0.0.1", 1))
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            form = urlencode({"CallSid": SID, "From": "+447700900456", "To": NUMBER})
            answer = await client.post("/twilio/voice", content=form)
            assert answer.status_code == HTTPStatus.OK
            return answer.text


def test_a_number_is_added_and_used_and_removed(
    fresh_database: str, key: str, tmp_path: Path
) -> None:
    parley("migrate")
    told = parley("numbers", "add", "020 7946 0123", "--script", "mine.yaml")
    assert "Published rowan_inbound, version 1." in told
    assert "New brand: Rowan Bicycle Workshop" in told
    assert f"{NUMBER} is added" in told
    assert "is as it was" in parley("numbers", "add", NUMBER, "--script", "rowan_inbound")

    twiml = asyncio.run(ring(fresh_database, key, tmp_path))
    assert ET.fromstring(twiml)[0].tag == "Connect"
    call = json.loads(parley("calls", "show", SID, "--json"))
    assert (call["brand"], call["to"]) == ("Rowan Bicycle Workshop", NUMBER)
    assert call["script"] == {"name": "rowan_inbound", "version": 1}

    in_use = run("numbers", "remove", NUMBER)
    assert (in_use.exit_code, "in use" in in_use.stderr) == (2, True)


def test_numbers_are_listed_changed_and_removed() -> None:
    parley("migrate")
    parley("numbers", "add", NUMBER, "--script", "mine.yaml")
    (demo, mine) = json.loads(parley("numbers", "list", "--json"))["numbers"]
    assert demo["outbound"] == {"name": "estate_agency_outbound", "version": 1}
    assert (mine["number"], mine["outbound"]) == (NUMBER, None)
    assert NUMBER in parley("numbers", "list")  # in full, on a narrow screen too

    changed = parley(
        *("numbers", "add", NUMBER, "--script", "estate_agency_inbound"),
        *("--outbound-script", "estate_agency_outbound"),
    )
    assert "is changed, for Hartley & Moss Estate Agents" in changed
    assert "Before, callers heard rowan_inbound." in changed
    assert "stored calls are kept" in parley("numbers", "remove", NUMBER)
    gone = run("numbers", "remove", NUMBER)
    assert (gone.exit_code, NUMBER in gone.stderr) == (2, True)
    parley("numbers", "remove", "+442079460100")
    assert "no number yet" in parley("numbers", "list")


@pytest.mark.parametrize(
    ("scripts", "says"),
    [
        (["--script", "nobody"], "Take estate_agency_inbound, estate_agency_outbound"),
        (["--script", "estate_agency_outbound"], "--script takes an inbound one"),
        (
            ["--script", "mine.yaml", "--outbound-script", "mine.yaml"],
            "--outbound-script takes an outbound one",
        ),
        (
            ["--script", "mine.yaml", "--outbound-script", "estate_agency_outbound"],
            "A number speaks for one brand",
        ),
    ],
    ids=["unknown", "direction", "other direction", "two brands"],
)
def test_scripts_that_do_not_fit_change_nothing(scripts: list[str], says: str) -> None:
    parley("migrate")
    ran = run("numbers", "add", NUMBER, *scripts)
    assert (ran.exit_code, says in ran.stderr) == (2, True), ran.output
    assert len(json.loads(parley("numbers", "list", "--json"))["numbers"]) == 1


def test_a_new_brand_needs_its_freephone(tmp_path: Path) -> None:
    parley("migrate")
    text = re.sub("freephone: .*", "freephone: oh eight hundred, bicycles", EXAMPLE)
    (tmp_path / "mine.yaml").write_text(text)
    ran = run("numbers", "add", NUMBER, "--script", "mine.yaml")
    assert (ran.exit_code, "--freephone NUMBER" in ran.stderr) == (2, True)
    told = parley("numbers", "add", NUMBER, "--script", "mine.yaml", "--freephone", "0808 157 0144")
    assert "+448081570144" in told


def test_scripts_are_shown_published_and_listed(tmp_path: Path) -> None:
    parley("migrate")
    shipped = parley("scripts", "show", "estate_agency_inbound")
    assert shipped == parley("scripts", "show", "estate_agency_inbound", "--version", "0")
    (tmp_path / "shipped.yaml").write_text(shipped)
    assert "has this text already" in parley("scripts", "publish", "shipped.yaml")

    assert "No number uses it" in parley("scripts", "publish", "mine.yaml")
    parley("numbers", "add", NUMBER, "--script", "rowan_inbound")
    (tmp_path / "mine.yaml").write_text(EXAMPLE + "# better\n")
    told = parley("scripts", "publish", "mine.yaml")
    assert "Published rowan_inbound, version 2." in told
    assert f"It is spoken on {NUMBER}." in told
    assert parley("scripts", "show", "rowan_inbound") == EXAMPLE + "# better\n"
    assert parley("scripts", "show", "rowan_inbound", "--version", "1") == EXAMPLE

    rows = json.loads(parley("scripts", "list", "--json"))["scripts"]
    assert (rows[-1]["name"], rows[-1]["version"]) == ("rowan_inbound", 2)
    assert (rows[-1]["origin"], rows[-1]["numbers"]) == ("operator", [NUMBER])
    assert "rowan_inbound" in parley("scripts", "list")
    for wrong in (["nobody"], ["rowan_inbound", "--version", "7"]):
        assert run("scripts", "show", *wrong).exit_code == 2
