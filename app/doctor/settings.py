"""Settings: misspelt names, the data folder, the key, and who may read them."""

from __future__ import annotations

import difflib
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from app.doctor.check import Check
from app.doctor.finding import Finding, Findings, State, fail, ok, skip, warn
from app.settings import ENVIRONMENT_NAMES, Settings, strangers
from app.storage import KEY_FILE
from core.errors import InvalidInputError
from db.crypto import Keyring

NAME_IN_FILE: Final = re.compile(r"^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$")
ALIKE: Final = 0.85  # of difflib: one or two letters of a usual name
SECRETS: Final = re.compile(r"KEY|TOKEN|DATABASE_URL|REDIS_URL")
OTHERS_READ_OR_WRITE: Final = 0o066  # passing through (0o011) is what a service account needs
OTHERS_READ: Final = 0o044
FOLDER: Final = "Data folder"
READABLE: Final = "Set PARLEY_DATA_DIR to the folder that you may read, or set PARLEY_KEY."
GIB: Final = 1024**3
LITTLE_BYTES: Final = 5 * GIB  # Whisper's largest weights take 3, a busy month of calls the rest
NEXT_TO_NOTHING_BYTES: Final = GIB // 4  # Postgres stops on a full disk
RECORDING_BYTES_A_MINUTE: Final = 60 * 8000 * 2 * 2  # stereo, 16 bit, 8000 Hz


def checks(settings: Settings, env_file: Path) -> list[Check]:
    """The checks of this group."""

    async def names() -> Findings:
        return (names_found(env_file),)

    async def folder() -> Findings:
        return tuple(folder_found(settings))

    async def key() -> Findings:
        return (key_found(settings),)

    async def env_file_mode() -> Findings:
        return tuple(env_file_found(env_file))

    writable = f"Set PARLEY_DATA_DIR to a folder that you may write to, not {settings.data_dir}."
    return [
        Check("Settings", names, f"Look at {env_file}: one NAME=value a line."),
        Check("Settings file", env_file_mode, f"Make it readable: chmod 600 {env_file}"),
        Check(FOLDER, folder, writable),
        Check("Key", key, "Set PARLEY_KEY, or give the file back its mode: chmod 600 field.key"),
    ]


def names_found(env_file: Path) -> Finding:
    """Whether every name that looks like a setting is one."""
    wrong = [*strangers(), *misspelt(env_file)]
    if wrong:
        return warn("Settings", " ".join(wrong), "Correct the names; .env.example has them all.")
    if not env_file.is_file():
        return ok("Settings", f"all are valid; there is no {env_file}")
    given = len(names_in(env_file) & set(ENVIRONMENT_NAMES))
    return ok("Settings", f"all are valid; {env_file} names {given}; the environment goes first")


def names_in(env_file: Path) -> set[str]:
    """The names that a settings file sets."""
    return {name for name, _ in _lines_of(env_file)}


def misspelt(env_file: Path) -> Iterator[str]:
    """Names in the file that are nearly a setting."""
    for name in sorted(names_in(env_file) - set(ENVIRONMENT_NAMES)):
        near = difflib.get_close_matches(name, ENVIRONMENT_NAMES, n=1, cutoff=ALIKE)
        if near:
            yield f"{name} in {env_file} is not a setting. Did you mean {near[0]}?"


def _lines_of(env_file: Path) -> list[tuple[str, str]]:
    if not env_file.is_file():
        return []
    lines = env_file.read_text(encoding="utf-8", errors="replace").splitlines()
    found = (NAME_IN_FILE.match(line) for line in lines)
    return [(match[1].upper(), match[2].strip()) for match in found if match]


def env_file_found(env_file: Path) -> Iterator[Finding]:
    """Whether others may read the secrets in the settings file; nothing without any in it."""
    if not any(value and SECRETS.search(name) for name, value in _lines_of(env_file)):
        return
    mode = stat.S_IMODE(env_file.stat().st_mode)
    if mode & OTHERS_READ:
        yield warn(
            "Settings file",
            f"{env_file} holds secrets and other accounts may read it (mode {mode:04o})",
            f"Close it: chmod 600 {env_file}",
        )
    else:
        yield ok("Settings file", f"only you may read {env_file} (mode {mode:04o})")


def folder_found(settings: Settings) -> Iterator[Finding]:
    """Whether the data folder takes files, who else may look, and how much room there is."""
    folder = settings.data_dir
    present = folder
    try:
        present = _nearest(folder)
        with tempfile.NamedTemporaryFile(dir=present, prefix=".parley-doctor-") as file:
            file.write(b"parley")
            file.flush()
    except OSError as error:
        yield fail(
            FOLDER,
            f"{present} cannot be written to ({error.strerror})",
            "Set PARLEY_DATA_DIR to a folder that you may write to.",
        )
        return
    mode = stat.S_IMODE(present.stat().st_mode)
    if present != folder:
        yield ok(FOLDER, f"{folder} is not there yet; {present} takes files")
    elif mode & OTHERS_READ_OR_WRITE:
        yield warn(
            FOLDER,
            f"{folder} takes files, but other accounts may look into it (mode {mode:04o})",
            f"Close it: chmod 700 {folder}",
        )
    else:
        yield ok(FOLDER, f"{folder} takes files and is closed to others (mode {mode:04o})")
    yield room_found(shutil.disk_usage(present).free, records=settings.record_calls)


def _nearest(folder: Path) -> Path:
    """``folder``, or the nearest above it that is there. Raises OSError: it cannot be seen."""
    for place in (folder, *folder.parents):
        try:
            place.stat()
        except FileNotFoundError:
            continue
        return place
    return folder


def room_found(free: int, *, records: bool) -> Finding:
    """What ``free`` bytes are good for."""
    hours = free // RECORDING_BYTES_A_MINUTE // 60
    what = f"{free / GIB:.1f} GiB free" + (f": {hours:,} hours of recordings" if records else "")
    if free < NEXT_TO_NOTHING_BYTES:
        return fail("Disk", what, "Make room, or set PARLEY_DATA_DIR to a larger disk.")
    if free < LITTLE_BYTES:
        return warn("Disk", what, "Make room, or set PARLEY_DATA_DIR to a larger disk.")
    return ok("Disk", what)


def key_found(settings: Settings) -> Finding:
    """Where the key is that seals personal data, and whether it is a key."""
    if settings.key is not None:
        count = len(Keyring.parse(settings.key.get_secret_value()).keys)
        older = f" and {count - 1} older" if count > 1 else ""
        return ok("Key", f"PARLEY_KEY is given (1{older}); keep a copy elsewhere")
    path = settings.data_dir / KEY_FILE
    try:
        Keyring.parse(path.read_text())
    except (FileNotFoundError, NotADirectoryError):
        if any(one.state is State.FAIL and one.name == FOLDER for one in folder_found(settings)):
            return skip("Key", "none is given, and the data folder, which would hold one, fails")
        return ok("Key", f"none yet: the first start makes {path}; then keep a copy elsewhere")
    except OSError as error:
        return fail("Key", f"{path} cannot be read ({error.strerror})", READABLE)
    except (InvalidInputError, ValueError) as error:
        return fail("Key", f"{path} holds no key ({error})", f"Put your copy back as {path}.")
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & OTHERS_READ_OR_WRITE:
        return warn(
            "Key",
            f"{path} may be read by other accounts (mode {mode:04o})",
            f"Close it: chmod 600 {path}",
        )
    return ok("Key", f"{path} holds a key; keep a copy elsewhere, it opens all that is stored")
