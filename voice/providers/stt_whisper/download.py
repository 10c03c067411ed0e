"""Fetches the weights of a Whisper model from the Hugging Face Hub, and goes on where it stopped.

What has come stays in a hidden folder beside the models until all of it is there and each file
has the check sum that the Hub names; then the folder is renamed. So a model is whole or absent.
"""

from __future__ import annotations

import errno
import fnmatch
import hashlib
import importlib
import os
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import httpx

from core.errors import InvalidInputError, ProviderError
from voice.providers.stt_whisper import weights

HUB: Final = "Hugging Face"
TIMEOUT_S: Final = 20.0  # to connect, and between two packets
TRIES: Final = 5  # in a row without a byte
PAUSE_S: Final = 1.0  # between them
CHUNK: Final = 1 << 20
HERE: Final = frozenset({"127.0.0.1", "::1", "localhost"})  # nobody listens on the way
SPARE_BYTES: Final = 100_000_000  # that a disk should keep


@dataclass(frozen=True, slots=True)
class File:
    """One file as the Hub lists it. ``digest``: of the content alone, or as git has it."""

    name: str
    size: int
    digest: str
    is_large: bool  # then the digest is SHA-256, else git's SHA-1 of a blob


@dataclass(frozen=True, slots=True)
class Listing:
    """A version of a repository."""

    repository: str
    commit: str
    files: tuple[File, ...]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


class Progress(Protocol):
    """Is told how far the download is."""

    def began(self, total: int, there: int) -> None:
        """``total`` bytes in all, of which ``there`` came at an earlier time."""
        ...

    def came(self, count: int) -> None:
        """So many more bytes; negative where some have to come again."""
        ...


class Hub:
    """The Hub's HTTP API: one address to list a repository, one for each file."""

    def __init__(
        self, endpoint: str | None = None, wait: Callable[[float], None] = time.sleep
    ) -> None:
        """``endpoint``: the address, or None for HF_ENDPOINT or the public one.

        Raises:
            InvalidInputError: it is no https:// address (http:// where it is on this machine).
        """
        constants: Any = importlib.import_module("huggingface_hub.constants")
        tools: Any = importlib.import_module("huggingface_hub.utils")
        self._endpoint = _checked(endpoint or constants.ENDPOINT)
        self._headers: Mapping[str, str] = tools.build_hf_headers(library_name="parley")
        self._wait = wait

    def pull(self, size: str, models_dir: Path, progress: Progress) -> Path:
        """Fetch the model ``size`` into its folder under ``models_dir``; the folder. Blocks.

        Raises:
            InvalidInputError: there is no such size.
            ProviderError: it did not come, or there is no room; what came is kept.
        """
        repository = weights.repository_of(size)
        folder = models_dir / weights.full_name(size)
        try:
            with httpx.Client(
                headers=self._headers, timeout=TIMEOUT_S, follow_redirects=True
            ) as http:
                return self._pull(http, repository, folder, progress)
        except httpx.HTTPStatusError as error:
            raise refused(error, repository) from error
        except httpx.HTTPError as error:
            raise ProviderError(
                HUB,
                f"{self._endpoint} cannot be reached ({error}). Check the network, "
                "then run the command again: it goes on where it stopped.",
                retryable=True,
            ) from error
        except OSError as error:
            text = "the disk is full" if error.errno == errno.ENOSPC else str(error)
            raise ProviderError(
                HUB, f"cannot write to {models_dir}: {text}", retryable=False
            ) from error

    def _pull(self, http: httpx.Client, repository: str, folder: Path, progress: Progress) -> Path:
        listing = self._list(http, repository)
        part = folder.parent / f".{folder.name}.{listing.commit[:12]}.part"
        part.mkdir(parents=True, exist_ok=True)
        there = sum(_size(part / file.name) for file in listing.files)
        _check_room(folder.parent, listing.size - there)
        progress.began(listing.size, there)
        for file in listing.files:
            self._fetch(http, listing, file, part / file.name, progress)
        missing = weights.missing_from(part)
        if missing:
            raise ProviderError(
                HUB, f"{repository} has no {', no '.join(missing)}", retryable=False
            )
        if folder.exists():
            shutil.rmtree(folder)  # what is there is not whole, or is to be replaced
        part.rename(folder)
        return folder

    def _list(self, http: httpx.Client, repository: str) -> Listing:
        address = f"{self._endpoint}/api/models/{repository}/revision/main"
        answer = http.get(address, params={"blobs": "true"}).raise_for_status()
        try:
            found = answer.json()
            files = tuple(_file(entry) for entry in found["siblings"])
            wanted = tuple(
                file
                for file in files
                if any(fnmatch.fnmatch(file.name, one) for one in weights.PATTERNS)
            )
            return Listing(repository, str(found["sha"]), wanted)
        except (ValueError, KeyError, TypeError) as error:
            raise ProviderError(
                HUB, f"{address} does not answer as a Hub does", retryable=False
            ) from error

    def _fetch(
        self, http: httpx.Client, listing: Listing, file: File, path: Path, progress: Progress
    ) -> None:
        """Bring ``path`` to its full size and check it; a break is mended, ``TRIES`` times."""
        address = f"{self._endpoint}/{listing.repository}/resolve/{listing.commit}/{file.name}"
        failures = 0
        while (before := _size(path)) < file.size:
            try:
                _append(http, address, path, progress)
            except httpx.TransportError:
                failures = 0 if _size(path) > before else failures + 1
                if failures >= TRIES:
                    raise
                self._wait(PAUSE_S)
            else:
                if _size(path) < file.size:
                    failures = 0 if _size(path) > before else failures + 1
                    if failures >= TRIES:
                        break
        if _size(path) != file.size or digest_of(path, file) != file.digest:
            progress.came(-_size(path))
            path.unlink(missing_ok=True)
            raise ProviderError(
                HUB, f"{file.name} came damaged. Run the command again.", retryable=True
            )


def _append(http: httpx.Client, address: str, path: Path, progress: Progress) -> None:
    """Fetch what ``path`` lacks."""
    there = _size(path)
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={there}-"} if there else {})
    with http.stream("GET", address, headers=headers) as answer:
        answer.raise_for_status()
        goes_on = answer.status_code == httpx.codes.PARTIAL_CONTENT
        if there and not goes_on:
            progress.came(-there)  # the whole file comes again
        with path.open("ab" if goes_on else "wb") as out:
            for chunk in answer.iter_bytes(CHUNK):
                out.write(chunk)
                progress.came(len(chunk))


def digest_of(path: Path, file: File) -> str:
    """The check sum of ``path`` in the manner in which the Hub gives that of ``file``."""
    sum_ = hashlib.sha256() if file.is_large else hashlib.sha1(usedforsecurity=False)
    if not file.is_large:
        sum_.update(f"blob {path.stat().st_size}\0".encode())
    with path.open("rb") as content:
        while chunk := content.read(CHUNK):
            sum_.update(chunk)
    return sum_.hexdigest()


def refused(error: httpx.HTTPStatusError, repository: str) -> ProviderError:
    """What an HTTP status of the Hub means for whoever waits for a model."""
    status = error.response.status_code
    if status == httpx.codes.NOT_FOUND:
        text = f"there is no {repository} any more, or no such file in it"
    elif status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        text = f"{repository} is not open to everybody; log in with: hf auth login"
    else:
        text = f"it answered {status} for {repository}. Run the command again later."
    return ProviderError(HUB, text, retryable=status >= httpx.codes.INTERNAL_SERVER_ERROR)


def _checked(endpoint: str) -> str:
    """``endpoint`` without a slash at its end, if weights may be fetched from it."""
    try:
        url = httpx.URL(endpoint)
    except httpx.InvalidURL:
        url = httpx.URL()
    if not url.host or (url.scheme != "https" and (url.scheme != "http" or url.host not in HERE)):
        raise InvalidInputError(
            "--endpoint (or HF_ENDPOINT) must begin with https://, or with http:// for a server "
            "on this machine, such as http://127.0.0.1:8000.",
            field="endpoint",
        )
    return endpoint.rstrip("/")


def _file(entry: Mapping[str, Any]) -> File:
    large = entry.get("lfs")
    if large:
        return File(entry["rfilename"], int(large["size"]), str(large["sha256"]), is_large=True)
    return File(entry["rfilename"], int(entry["size"]), str(entry["blobId"]), is_large=False)


def _check_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if needed + SPARE_BYTES > free:
        raise ProviderError(
            HUB,
            f"the model needs {needed / 1e9:.1f} GB more, and {folder} has {free / 1e9:.1f} GB. "
            "Make room, or set PARLEY_DATA_DIR to another disk.",
            retryable=False,
        )


def _size(path: Path) -> int:
    return os.path.getsize(path) if path.exists() else 0
