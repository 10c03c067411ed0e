"""The folder of recordings: for how long they and their cue logs are kept, and their sealing.

A file is named after its call, whose id tells when the call was: neither a copy nor a restored
backup makes it younger. Whatever is named otherwise is somebody else's and left alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID

import structlog

from app.loops import Loop
from core.clock import Clock
from core.errors import InvalidInputError
from core.ids import CallId, made_at
from voice import cue_track, recording

FOLDER: Final = "recordings"
PRUNE_S: Final = 24 * 3600.0
CALLS_AT_ONCE: Final = 200  # in one thread and one transaction: some milliseconds
ENDINGS: Final = frozenset({recording.SUFFIX, cue_track.SUFFIX, cue_track.SUFFIX + cue_track.DRAFT})

log = structlog.get_logger(__name__)


def folder_of(data_dir: Path) -> Path:
    """Where recordings and cue logs lie."""
    return data_dir / FOLDER


class RecordedCalls(Protocol):
    """The stored calls, as far as their recordings go."""

    async def forget_recordings(self, calls: Collection[CallId]) -> None:
        """None of ``calls`` has a recording any more. Raises ProviderError."""
        ...


class RecordingRetention:
    """Deletes the recordings and cue logs of calls that were longer ago than ``kept``."""

    def __init__(self, folder: Path, kept: timedelta, calls: RecordedCalls, clock: Clock) -> None:
        self._folder = folder
        self._kept = kept
        self._calls = calls
        self._clock = clock

    async def prune(self) -> None:
        """One pass, the oldest first. A file that resists is told, and tried at the next one."""
        old = await asyncio.to_thread(_older, self._folder, self._clock.now() - self._kept)
        for start in range(0, len(old), CALLS_AT_ONCE):
            some = old[start : start + CALLS_AT_ONCE]
            await self._calls.forget_recordings(some)
            await asyncio.to_thread(_delete, self._folder, some)
        if old:
            log.info("recordings deleted", calls=len(old), kept_days=self._kept.days)

    @property
    def loop(self) -> Loop:
        """The deletion, at once and every day."""
        return Loop("delete old recordings", PRUNE_S, self.prune)


def _older(folder: Path, before: datetime) -> Sequence[CallId]:
    """The calls from before ``before`` that have files here, the oldest first."""
    return sorted({call for call, _ in _files(folder) if made_at(call) < before})


def _delete(folder: Path, calls: Sequence[CallId]) -> None:
    for call in calls:
        for ending in sorted(ENDINGS):
            try:
                (folder / f"{call}{ending}").unlink(missing_ok=True)
            except OSError as error:
                log.error("recording not deleted", call_id=str(call), why=error.strerror)


def _files(folder: Path) -> Iterator[tuple[CallId, str]]:
    """The call and the ending of each of our files; none without a folder. Raises OSError."""
    if not folder.exists():
        return
    for path in folder.iterdir():
        name, dot, ending = path.name.partition(".")
        if dot + ending in ENDINGS:
            try:
                call = CallId(UUID(name))
                made_at(call)
            except (ValueError, OverflowError):
                continue
            yield call, dot + ending


@dataclass(frozen=True, slots=True)
class Resealed:
    """What became of the cue logs. ``unreadable``: the call and why, of those left as they were."""

    changed: int
    live: int  # of calls that go on: their servers seal with what they were started with
    unreadable: tuple[tuple[CallId, str], ...]


def reseal_cue_logs(folder: Path, renew: cue_track.Sealing) -> Resealed:
    """Seal every finished cue log again, one after the other; ``renew`` seals one block. Blocking.

    May be stopped and run again at any time. Recordings are not sealed.

    Raises:
        OSError: the folder cannot be read.
    """
    changed = live = 0
    unreadable = []
    for call in sorted({call for call, ending in _files(folder) if ending == cue_track.SUFFIX}):
        try:
            changed += cue_track.reseal(folder / f"{call}{cue_track.SUFFIX}", call, renew)
        except BlockingIOError:
            live += 1
        except FileNotFoundError:
            continue  # deleted at this moment
        except InvalidInputError as error:
            unreadable.append((call, str(error)))
        except OSError as error:
            unreadable.append((call, error.strerror or type(error).__name__))
    return Resealed(changed, live, tuple(unreadable))
