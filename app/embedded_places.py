"""Where the embedded services keep things, and under which account they run.

Layout of the data directory::

    postgres/        the Postgres cluster      postgres.log    what the server said
    valkey/          the append-only file      valkey.log
    run/             the unix sockets, mode 0700 (under /tmp when this path would be too long)
    *.gate, *.users  file locks (see ``embedded_lease``)
"""

from __future__ import annotations

import hashlib
import os
import pwd
import stat
import sys
import tempfile
from pathlib import Path
from typing import Final

from app.embedded_process import RunAs, run
from core.errors import InvalidInputError, ProviderError

# A socket's path is limited to 104 bytes on macOS and 108 on Linux; the longest name in the
# directory is Postgres' lock file, ".s.PGSQL.5432.lock".
SOCKET_DIRECTORY_BYTES: Final = 80
SERVICE_ACCOUNTS: Final = ("postgres", "nobody")  # in a root container without namespaces


def private_directory(path: Path) -> Path:
    """Make ``path`` if it is missing, for this account alone.

    Raises:
        InvalidInputError: it is somebody else's, open to others, or cannot be made.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.lstat()
    except OSError as error:
        raise InvalidInputError(
            f"The data directory cannot be used: {error}. Set PARLEY_DATA_DIR to a directory "
            "of this account.",
            field="PARLEY_DATA_DIR",
        ) from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in _own_ids():
        raise InvalidInputError(
            f"{path} is not a directory of this account (uid {os.geteuid()}). "
            "Set PARLEY_DATA_DIR to another place.",
            field="PARLEY_DATA_DIR",
        )
    return path


def socket_directory(data_dir: Path) -> Path:
    """The 0700 directory of the unix sockets: the same for every process of this data directory.

    Raises:
        InvalidInputError: it is somebody else's, or open to others.
    """
    inside = data_dir / "run"
    if len(os.fsencode(inside)) <= SOCKET_DIRECTORY_BYTES:
        chosen = private_directory(inside)
    else:
        digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
        chosen = private_directory(_temporary() / f"parley-{os.geteuid()}-{digest}")
    if stat.S_IMODE(chosen.lstat().st_mode) & 0o077:
        raise InvalidInputError(
            f"{chosen} is open to other accounts, and whoever reaches a socket there owns the "
            f"data. Close it with: chmod 700 {chosen}",
            field="PARLEY_DATA_DIR",
        )
    return chosen


def _own_ids() -> set[int]:
    ids = {os.geteuid()}
    if os.geteuid() == 0:  # then the directory of the sockets may be the service account's
        ids |= {account.pw_uid for account in _service_accounts()}
    return ids


def _service_accounts() -> list[pwd.struct_passwd]:
    return [account for account in pwd.getpwall() if account.pw_name in SERVICE_ACCOUNTS]


def _temporary() -> Path:
    # Not TMPDIR first: two shells of one user may disagree on it and then never find each other.
    fixed = Path("/tmp")  # noqa: S108 - the directory made there is private and verified
    return fixed if fixed.is_dir() else Path(tempfile.gettempdir())


def run_as_for(binary: Path, data_dir: Path) -> RunAs:
    """How to start ``binary``, which refuses to run as root, from this account.

    An ordinary user starts it as it is. Root starts it inside a user namespace; where the
    container forbids that, under an unprivileged account.

    Raises:
        ProviderError: neither works; the message says what was tried.
    """
    if os.geteuid() != 0:
        return RunAs()
    tried = []
    for candidate in _ways_down():
        answer = _try(candidate, binary, data_dir)
        if answer is None:
            return candidate
        tried.append(answer)
    raise ProviderError(
        "postgres",
        "it refuses to run as root, and no way to run it as another account works here: "
        + "; ".join(tried)
        + ". Run Parley as an ordinary user, or set DATABASE_URL to a server of your own.",
        retryable=False,
    )


def _ways_down() -> list[RunAs]:
    ways = []
    if sys.platform == "linux":
        script = Path(__file__).with_name("embedded_root.py")
        ways.append(RunAs(prefix=(sys.executable, "-I", "-S", str(script))))
    return ways + [
        RunAs(user=account.pw_name, group=account.pw_gid, extra_groups=())
        for account in _service_accounts()
    ]


def _try(way: RunAs, binary: Path, data_dir: Path) -> str | None:
    """What goes wrong this way; None when the binary starts and reaches the data directory."""
    who = way.user or "a user namespace"
    try:
        if way.user is not None:
            data_dir.chmod(0o711)  # ours, not a parent: that account must pass through it
        done = run((str(binary), "--version"), way, data_dir)
    except OSError as error:
        return f"as {who}: {error}"
    if done.returncode == 0:
        return None
    last = done.stdout.strip().splitlines()
    return f"as {who}: {last[-1] if last else f'status {done.returncode}'}"
