"""The answers of one call in the making: prepared, read, made true, or dropped."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any

import structlog

from core.errors import BrokenInvariantError
from core.speech import CallerTurn, Committed, Heard
from voice.commands import Prepare
from voice.cues import CommitFailed, DraftEnded, PieceReady, TurnCommitted
from voice.engines import Engines
from voice.inbox import Inbox
from voice.live_show import LiveShow
from voice.ports import Conversation, Draft

log = structlog.get_logger(__name__)

STOP_S = 2.0  # a brain that does not stop when told to is not waited for
COMMIT_AGAIN_S = 0.2  # a database that changes hands is back in a moment, or not at all


@dataclass(slots=True)
class _Making:
    """An answer in the making: its draft, the task that reads it, what was heard before it."""

    draft: Draft
    task: asyncio.Task[None]
    heard: Heard | None
    shown: bool = False


class Drafting:
    """Holds the drafts of one call between ``Prepare`` and ``Commit`` or ``Drop``."""

    def __init__(
        self,
        engines: Engines,
        conversation: Conversation,
        inbox: Inbox,
        show: LiveShow,
        at_ms: Callable[[], int],
    ) -> None:
        self._engines = engines
        self._conversation = conversation
        self._inbox = inbox
        self._show = show
        self._at = at_ms
        self._making: dict[int, _Making] = {}  # by turn
        self._settling: set[asyncio.Task[None]] = set()
        self._tasks: asyncio.TaskGroup

    def enter(self, tasks: asyncio.TaskGroup) -> None:
        """Work inside ``tasks`` from now on."""
        self._tasks = tasks

    def prepare(self, command: Prepare) -> None:
        """Begin an answer; its sentences come as cues."""
        turn = CallerTurn(
            number=command.turn,
            kind=command.kind,
            text=command.text,
            confidence=command.confidence,
            at=self._engines.clock.now(),
            heard=command.heard,
            digits=command.digits,
            audio_ms=command.audio_ms,
            language=command.language,
            language_probability=command.language_probability,
            ends_call=command.ends_call,
        )
        draft = self._conversation.prepare(turn)
        task = self._tasks.create_task(
            self._read(turn.number, command.draft, draft), name=f"draft-{command.draft}"
        )
        self._making[turn.number] = _Making(draft, task, command.heard)

    def show(self, turn: int) -> None:
        """The turn is over: watchers may see what the caller was understood to say."""
        making = self._making.get(turn)
        if making is not None and not making.shown:
            making.shown = True
            self._show.heard(making.draft.turn)

    def commit(self, turn: int, heard: Callable[[], Heard | None]) -> None:
        """Make the turn true with what was made of its answer so far."""
        making = self._making.pop(turn, None)
        if making is not None:
            self._settle_in_time(self._make_true(turn, making, heard), f"commit-{turn}")

    def drop(self, turn: int) -> None:
        """Forget the answer in the making."""
        making = self._making.pop(turn, None)
        if making is not None:
            self._settle_in_time(self._forget(making), f"drop-{turn}")

    async def settle(self) -> None:
        """Let commits that are on their way arrive, and stop everything else."""
        if self._settling:
            await asyncio.wait(set(self._settling), timeout=self._engines.config.commit_timeout_s)
        for making in self._making.values():
            making.task.cancel()

    def _settle_in_time(self, work: Coroutine[None, None, None], name: str) -> None:
        task = self._tasks.create_task(work, name=name)
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)

    async def _read(self, turn: int, number: int, draft: Draft) -> None:
        """Read the draft's sentences as the brain makes them."""
        failed = False
        first = True
        try:
            made: Any = draft.pieces()
            async with aclosing(made) as pieces:  # so that it stops when the reading does
                async for piece in pieces:
                    token_ms = self._token_ms(draft) if first else None
                    first = False
                    self._inbox.put(PieceReady(self._at(), turn, number, piece, token_ms))
        except Exception as error:  # noqa: BLE001  an edge: whatever breaks ends in an apology
            log.error("brain failed", turn=turn, error=type(error).__name__)
            failed = True
        self._inbox.put(DraftEnded(self._at(), turn, number, failed))

    def _token_ms(self, draft: Draft) -> int | None:
        """When the draft's first token came, on the call's clock."""
        at_s = draft.first_token_s
        if at_s is None:
            return None
        age_s = asyncio.get_running_loop().time() - at_s
        return self._at() - round(age_s * 1000)

    async def _forget(self, making: _Making) -> None:
        await _stopped(making.task)
        await making.draft.drop()

    async def _make_true(
        self, turn: int, making: _Making, latest: Callable[[], Heard | None]
    ) -> None:
        await _stopped(making.task)
        heard = latest()
        if heard is None or heard.turn != turn - 1:
            heard = making.heard
        try:
            committed = await self._commit_twice(making.draft, heard)
        except Exception as error:  # noqa: BLE001 - the session's edge: a store may fail in any way
            log.error("turn not committed", turn=turn, error=type(error).__name__)
            self._inbox.put(CommitFailed(self._at(), turn))
            with suppress(BrokenInvariantError):  # it was stored at the last moment, with its cost
                await making.draft.drop()  # what it cost is owed all the same
            return
        self._show.committed(turn, committed)
        result = committed.result
        self._inbox.put(
            TurnCommitted(self._at(), turn, committed.voice_now, result.expects, result.ends_call)
        )

    async def _commit_twice(self, draft: Draft, heard: Heard | None) -> Committed:
        """Commit; once more after a failure: however often it is asked, it is done once."""
        try:
            async with asyncio.timeout(self._engines.config.commit_timeout_s):
                return await draft.commit(heard)
        except Exception as error:  # noqa: BLE001  any store, any fault: the second try decides
            log.warning("turn not committed at once", error=type(error).__name__)
        await asyncio.sleep(COMMIT_AGAIN_S)
        async with asyncio.timeout(self._engines.config.commit_timeout_s):
            return await draft.commit(heard)


async def _stopped(task: asyncio.Task[None]) -> None:
    """Cancel ``task`` and wait until it is over, so that nothing more of it comes."""
    task.cancel()
    await asyncio.wait([task], timeout=STOP_S)
