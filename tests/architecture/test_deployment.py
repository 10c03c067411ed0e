"""The image and the units of systemd hold against the program: packages, locks, names, commands."""

from __future__ import annotations

import re
import shlex
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Final

import pytest
import typer
from packaging.specifiers import SpecifierSet

from api.routes import health
from app.cli import app
from app.server import DRAIN_S, LEAVE_S
from app.settings import ENVIRONMENT_NAMES, Settings

ROOT: Final = Path(__file__).resolve().parents[2]
PROJECT: Final[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())
DOCKERFILE: Final = (ROOT / "Dockerfile").read_text()
COMMANDS: Final[dict[str, Any]] = typer.main.get_command(app).commands  # type: ignore[attr-defined]


def instructions(name: str) -> list[str]:
    """The arguments of every such instruction of the Dockerfile."""
    whole = re.sub(r"\\\n", " ", re.sub(r"(?m)^\s*#.*\n", "", DOCKERFILE))
    return [rest.strip() for word, _, rest in (x.partition(" ") for x in whole.splitlines())
            if word == name]  # fmt: skip


def image_environment() -> dict[str, str]:
    """What the image sets."""
    pairs = (shlex.split(text) for text in instructions("ENV"))
    return dict(pair.split("=", 1) for words in pairs for pair in words)


def copied() -> list[str]:
    """What the Dockerfile copies out of the checkout."""
    lines = [line.split() for line in instructions("COPY") if not line.startswith("--from")]
    return [source for words in lines for source in words[:-1]]


def is_sent(path: str) -> bool:
    """Whether .dockerignore lets ``path`` into the build; the last line that fits decides."""
    sent = True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        rule = line.strip()
        if not rule or rule.startswith("#"):
            continue
        wanted, rule = rule.startswith("!"), rule.lstrip("!")
        places = [path, *map(str, Path(path).parents)]
        fits = any(fnmatch(place, rule.removeprefix("**/")) if rule.startswith("**/")
                   else fnmatch(place, rule) for place in places)  # fmt: skip
        if fits:
            sent = wanted
    return sent


def test_the_image_gets_every_package_and_the_migrations() -> None:
    packages = {name.rstrip("*") for name in PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]}  # fmt: skip  # noqa: E501
    assert packages | {"alembic"} <= set(copied())
    assert {PROJECT["project"]["readme"], *PROJECT["project"]["license-files"]} <= set(copied())


@pytest.mark.parametrize("source", copied())
def test_what_is_copied_is_there_and_is_sent(source: str) -> None:
    path = ROOT / source
    assert path.exists()
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    wanted = [each for each in files if each.suffix not in {".pyc", ".wav"}]
    assert wanted
    assert [str(each) for each in wanted if not is_sent(str(each.relative_to(ROOT)))] == []


@pytest.mark.parametrize(
    "name",
    [
        ".env",
        "app/__pycache__/cli.cpython-311.pyc",
        "call.wav",
        ".venv/bin/python",
        ".git/config",
        "deploy/Caddyfile",
        "var/field.key",
    ],
)
def test_nothing_else_is_sent(name: str) -> None:
    assert not is_sent(name)


def test_python_is_pinned_and_the_project_runs_on_it() -> None:
    [image] = [line for line in instructions("ARG") if line.startswith("PYTHON_IMAGE=")]
    found = re.fullmatch(r"PYTHON_IMAGE=python:(\d+\.\d+)(\.\d+)-slim-bookworm", image)
    assert found
    assert SpecifierSet(PROJECT["project"]["requires-python"]).contains(found[1] + found[2])
    assert {text.split(" ")[0] for text in instructions("FROM")} == {
        "${PYTHON_IMAGE}", "dependencies", "runtime",
    }  # fmt: skip
    for path in re.findall(r"/lib/python(\d\.\d+)/", DOCKERFILE):
        assert path == found[1]


def test_packages_come_from_the_locks_with_their_hashes() -> None:
    runs = [line for line in instructions("RUN") if " pip --python " in line]
    assert len(runs) == 4
    for line in runs:
        assert "--no-deps" in line
        assert ("--require-hashes" in line) is not ("--no-build-isolation" in line)
    named = {name for line in runs for name in re.findall(r"-r (\S+)", line)}
    assert named == {Path(name).name for name in copied() if name.endswith(".lock")}
    for line in (ROOT / "deploy/requirements-cuda.lock").read_text().splitlines():
        assert re.fullmatch(r"[\w-]+==[\d.]+ \\|    --hash=sha256:[0-9a-f]{64}( \\)?", line)


def test_the_image_s_user_may_read_sources_of_a_strict_umask() -> None:
    project = DOCKERFILE.split(" AS project\n")[1].split("\nFROM ")[0]
    last = [line for line in project.splitlines() if line.startswith(("COPY", "RUN"))][-1]
    assert last.endswith("chmod -R a+rX /opt/parley"), "after the last file has come"


def test_the_image_runs_as_nobody_special_and_stops_in_order() -> None:
    final = DOCKERFILE.split(" AS runtime\n")[1]
    assert "USER 10001:10001" in final
    assert "useradd --uid 10001" in final
    assert instructions("VOLUME") == ['["/data"]']
    assert instructions("STOPSIGNAL") == ["SIGTERM"]
    assert instructions("CMD") == ['["parley", "serve"]']
    assert not re.search(r"apt|gcc|build-essential", final)


def test_the_image_sets_what_the_settings_know() -> None:
    given = image_environment()
    ours = {name for name in given if name in ENVIRONMENT_NAMES or name.startswith("PARLEY_")}
    assert ours == {"PARLEY_DATA_DIR", "PARLEY_HOST", "PARLEY_PORT"}
    assert int(given["PARLEY_PORT"]) == Settings.model_fields["port"].default
    assert instructions("EXPOSE") == [given["PARLEY_PORT"]]
    assert given["PYTHONUNBUFFERED"] == "1"
    [check] = instructions("HEALTHCHECK")
    paths = {route.path for route in health.router.routes}  # type: ignore[attr-defined]
    assert set(re.findall(r"'(/[a-z]+)'", check)) <= paths


@pytest.mark.parametrize("name", ["parley.service", "parley-worker.service"])
def test_units_start_commands_that_exist(name: str) -> None:
    [line] = re.findall(r"(?m)^ExecStart=(.*)$", (ROOT / "deploy" / name).read_text())
    program, command = line.split()
    assert program.endswith("/bin/parley")
    assert command in COMMANDS


def test_a_unit_lets_live_calls_finish() -> None:
    unit = (ROOT / "deploy/parley.service").read_text()
    assert int(re.findall(r"TimeoutStopSec=(\d+)", unit)[0]) > DRAIN_S + LEAVE_S
    assert "KillMode=mixed" in unit, "the server alone is told; its helpers are still needed"


@pytest.mark.parametrize("name", ["docs/deploy.md", "docs/going-live.md", ".env.example"])
def test_no_setting_is_shown_with_a_comment_behind_it(name: str) -> None:
    # EnvironmentFile of systemd takes it into the value.
    lines = (ROOT / name).read_text().splitlines()
    settings = [line for line in lines if re.match(r"[A-Z][A-Z0-9_]+=", line)]
    assert settings
    assert [line for line in settings if re.search(r"\s#", line)] == []


def test_whisper_is_measured_before_its_weights_are_fetched() -> None:
    for part in (ROOT / "docs/deploy.md").read_text().split("\n## ")[1:]:
        if "parley models pull" in part:
            assert 0 <= part.find("parley doctor") < part.index("parley models pull")
