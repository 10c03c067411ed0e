"""Root and ordinary users alike, and the machine is left as it was found."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from app import embedded_places
from app.embedded import hold_embedded
from app.embedded_places import run_as_for, socket_directory
from app.embedded_process import RunAs
from core.errors import InvalidInputError, ProviderError

NOBODY = 65534
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
ROOT = Path(__file__).resolve().parents[3]

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A directory that other accounts can reach (pytest's own are closed to them)."""
    place = Path(tempfile.mkdtemp(prefix="parley-test-"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


def reachable_by_nobody() -> bool:
    if shutil.which("setpriv") is None:
        return False
    command = [*AS_NOBODY, sys.executable, "-c", "import app.embedded"]
    done = subprocess.run(command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True)
    return done.returncode == 0


def modes(path: Path) -> list[tuple[int, int]]:
    return [(entry.stat().st_mode, entry.stat().st_uid) for entry in path.parents]


def test_directories_above_keep_their_modes_and_accounts_their_number(home: Any) -> None:
    home.path.parent.chmod(0o700)
    above, accounts = modes(home.path), Path("/etc/passwd").read_bytes()
    with hold_embedded(home.path) as services:
        sockets = Path(parse_qs(urlsplit(services.database_url).query)["host"][0])
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700  # wherever the path is short enough
        assert stat.S_IMODE((home.path / "postgres").stat().st_mode) == 0o700
        assert stat.S_IMODE((home.path / "postgres.log").stat().st_mode) == 0o600
    assert modes(home.path) == above
    assert Path("/etc/passwd").read_bytes() == accounts
    owners = {path.stat().st_uid for path in home.path.rglob("*")}
    assert owners == {os.geteuid()}


@as_root
def test_an_ordinary_user_runs_them_too(open_place: Path, start_user: Any) -> None:
    if not reachable_by_nobody():
        pytest.skip("this Python or this checkout is closed to other accounts")
    os.chown(open_place, NOBODY, NOBODY)
    user = start_user(open_place / "data", valkey=True, before=AS_NOBODY).ready()
    with pytest.raises(InvalidInputError, match="not a directory of this account"):
        # root does not take over what is somebody's: `nobody` aside, which may be its own servant
        hold_embedded(chowned(open_place / "other", 4242)).__enter__()
    user.leave()


def chowned(path: Path, uid: int) -> Path:
    path.mkdir()
    os.chown(path, uid, uid)
    return path


@as_root
def test_root_without_namespaces_uses_an_unprivileged_account(
    open_place: Path, home: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not reachable_by_nobody():
        pytest.skip("this Python or this checkout is closed to other accounts")
    nobody = RunAs(user="nobody", group=NOBODY, extra_groups=())
    monkeypatch.setattr(embedded_places, "_ways_down", lambda: [nobody])
    for _ in range(2):  # made, then found again
        with hold_embedded(open_place / "data") as services:
            home.note(services.database_url, "kept")
    assert (open_place / "data/postgres").stat().st_uid == NOBODY
    assert stat.S_IMODE(open_place.stat().st_mode) == 0o755


@as_root
def test_root_without_any_way_down_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forbidden = RunAs(prefix=("/bin/sh", "-c", "echo namespaces are forbidden; exit 1"))
    missing = RunAs(prefix=(str(tmp_path / "missing"),))
    monkeypatch.setattr(embedded_places, "_ways_down", lambda: [forbidden, missing])
    with pytest.raises(ProviderError, match=r"namespaces are forbidden.*DATABASE_URL"):
        run_as_for(Path("/bin/true"), tmp_path)


def test_a_long_path_gets_its_sockets_in_a_private_short_place(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    place = socket_directory(deep)
    try:
        assert len(os.fsencode(place)) <= embedded_places.SOCKET_DIRECTORY_BYTES
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
        assert socket_directory(deep) == place
        place.chmod(0o755)
        with pytest.raises(InvalidInputError, match="chmod 700"):
            socket_directory(deep)
        place.rmdir()
        place.symlink_to(tmp_path)
        with pytest.raises(InvalidInputError, match="not a directory of this account"):
            socket_directory(deep)
    finally:
        place.unlink() if place.is_symlink() else place.rmdir()


def test_services_run_from_a_long_path(tmp_path: Path, home: Any) -> None:
    deep = tmp_path / ("d" * 120)
    with hold_embedded(deep) as services:
        home.note(services.database_url, "reached")
        place = socket_directory(deep)
    shutil.rmtree(place)


@as_root
@pytest.mark.skipif(sys.platform != "linux", reason="user namespaces are Linux's")
def test_a_program_started_in_a_namespace_sees_an_ordinary_user(tmp_path: Path) -> None:
    script = ROOT / "app/embedded_root.py"
    started = [sys.executable, "-I", "-S", str(script)]
    probe = "id -u; id -g; touch made"
    done = subprocess.run(
        [*started, "/bin/sh", "-c", probe], cwd=tmp_path, capture_output=True, text=True
    )
    if "unshare" in done.stderr or "not permitted" in done.stderr:
        pytest.skip("this container forbids user namespaces")
    assert done.stdout.split() == ["1", "1"]
    assert (tmp_path / "made").stat().st_uid == 0
    assert subprocess.run(started).returncode == 64
