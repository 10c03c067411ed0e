"""The locks: every package pinned with hashes, no host named, nothing unwanted inside."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).resolve().parents[2]
PROJECT: Final[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS: Final = ("requirements.lock", "requirements-dev.lock")
STUDIO: Final = "requirements-studio.lock"  # of an environment of its own, without the product
PEER: Final = "tests/bench/pipecat/requirements.lock"  # likewise: what the bench compares with
PYTHONS: Final = ("3.11", "3.12", "3.13")
PLATFORMS: Final = (("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"))

# Gigabytes that no machine of a caller needs: the VAD runs from its ONNX file.
UNWANTED: Final = re.compile(r"torch|torchaudio|triton|nvidia-.*|cuda-.*|tensorflow|zonos")
HOST: Final = re.compile(
    r"://|--(?:index|extra-index|find-links)|\b[a-z0-9-]+\.(?:org|com|net|io)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Pin:
    """One package of a lock."""

    name: str
    version: str
    marker: str
    hashes: int


def pins(lock: str) -> list[Pin]:
    """The packages of a lock file; a line that is none of theirs is an error."""
    text = (ROOT / lock).read_text().replace("\\\n", " ")
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        matched = re.fullmatch(
            r"([\w.-]+)==([^\s;]+)\s*(?:;\s*(.*?))?\s*((?:--hash=sha256:[0-9a-f]{64}\s*)*)", line
        )
        assert matched, f"not a pinned package: {line[:80]}"
        name, version, marker, hashes = matched.groups()
        found.append(Pin(canonicalize_name(name), version, marker or "", hashes.count("--hash")))
    return found


def environment(python: str, system: str = "linux", machine: str = "x86_64") -> dict[str, str]:
    """What a marker is asked about on one kind of machine."""
    return {
        "python_version": python,
        "python_full_version": f"{python}.1",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "sys_platform": system,
        "platform_system": system.capitalize(),
        "platform_machine": machine,
        "os_name": "posix",
        "extra": "",
    }


def applies(marker: str, where: dict[str, str]) -> bool:
    return not marker or Marker(marker).evaluate(where)


def wanted(lock: str) -> list[Requirement]:
    """What pyproject asks for directly."""
    if lock == STUDIO:
        return [Requirement(line) for line in PROJECT["dependency-groups"]["studio"]]
    asked = list(PROJECT["project"]["dependencies"])
    if lock == "requirements-dev.lock":
        asked += PROJECT["dependency-groups"]["dev"]
    return [Requirement(line) for line in asked]


def test_what_builds_the_project_is_pinned_too() -> None:
    asked = [Requirement(line) for line in PROJECT["build-system"]["requires"]]
    found = {pin.name: pin for pin in pins("requirements-build.lock")}
    assert [one.name for one in asked] == [*found]
    assert all(one.specifier.contains(found[one.name].version) for one in asked)
    assert all(pin.hashes for pin in found.values())


@pytest.mark.parametrize("lock", [*LOCKS, STUDIO, PEER])
def test_every_package_is_pinned_with_its_hashes(lock: str) -> None:
    assert [pin.name for pin in pins(lock) if pin.hashes == 0] == []


@pytest.mark.parametrize(
    "name",
    [
        *LOCKS,
        STUDIO,
        PEER,
        "requirements-build.lock",
        "Makefile",
        ".ci/run",
        ".ci/setup",
        "pyproject.toml",
    ],
)
def test_no_package_host_is_named(name: str) -> None:
    lines = (ROOT / name).read_text().splitlines()
    named = [line for line in lines if HOST.search(line)]
    assert [line for line in named if "--no-emit-index-url" not in line] == []


@pytest.mark.parametrize("lock", [*LOCKS, STUDIO])
@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(("system", "machine"), PLATFORMS)
def test_the_lock_gives_what_the_project_asks_for(
    lock: str, python: str, system: str, machine: str
) -> None:
    where = environment(python, system, machine)
    installed = {pin.name: pin.version for pin in pins(lock) if applies(pin.marker, where)}
    for requirement in wanted(lock):
        if requirement.marker is None or requirement.marker.evaluate(where):
            name = canonicalize_name(requirement.name)
            assert name in installed, f"{name} is not in {lock}"
            assert requirement.specifier.contains(installed[name], prereleases=True)


@pytest.mark.parametrize("lock", [*LOCKS, STUDIO, PEER])
def test_one_machine_gets_one_version_of_a_package(lock: str) -> None:
    for python in PYTHONS:
        for system, machine in PLATFORMS:
            where = environment(python, system, machine)
            names = [pin.name for pin in pins(lock) if applies(pin.marker, where)]
            assert len(names) == len(set(names))


def test_both_locks_agree() -> None:
    dev = {(pin.name, pin.version, pin.marker) for pin in pins("requirements-dev.lock")}
    assert {(pin.name, pin.version) for pin in pins("requirements.lock")} <= {
        (name, version) for name, version, _ in dev
    }


def test_studio_runs_the_graph_of_the_product() -> None:
    """What both environments hold of the graph and its models is of one version."""
    ours = {pin.name: pin.version for pin in pins("requirements.lock")}
    studio = {pin.name: pin.version for pin in pins(STUDIO)}
    both = [name for name in ours if name.startswith(("langgraph", "langchain")) and name in studio]
    assert {"langgraph", "langchain-core", "langchain-groq", "langchain-ollama"} <= set(both)
    assert {name: studio[name] for name in both} == {name: ours[name] for name in both}


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize("installed", ["langgraph-api", "langgraph-runtime-inmem"])
def test_the_server_of_studio_is_no_part_of_the_product(lock: str, installed: str) -> None:
    assert installed in {pin.name for pin in pins(STUDIO)}
    assert installed not in {pin.name for pin in pins(lock)}


@pytest.mark.parametrize("lock", LOCKS)
def test_the_voice_activity_detector_brings_no_torch(lock: str) -> None:
    names = {pin.name for pin in pins(lock)}
    assert "silero-vad" in names
    assert [name for name in sorted(names) if UNWANTED.fullmatch(name)] == []


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize("python", PYTHONS)
def test_pocketsphinx_is_left_out_where_it_has_no_wheel(lock: str, python: str) -> None:
    [asked] = [one for one in wanted(lock) if one.name == "pocketsphinx"]
    [pinned] = [pin for pin in pins(lock) if pin.name == "pocketsphinx"]
    where = environment(python)
    assert asked.marker is not None
    assert asked.marker.evaluate(where) is applies(pinned.marker, where) is (python != "3.12")
