"""The saved checkpoint of one call: a copy of the truth that makes resuming quick.

The state in memory is whole, so a checkpoint is written from it and never read back: one trip to
the database. Failing to save or load it costs nothing but time, so it is logged and never ends a
call.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final, cast

import structlog
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver, CheckpointMetadata, empty_checkpoint

from core.ids import CallId
from graph.build import CallGraph
from graph.limits import Limits
from graph.state import CallState

log = structlog.get_logger(__name__)

CHANNELS: Final = tuple(CallState.__annotations__)


class CallMemory:
    """Keeps the checkpoint of one call up with its turns. One writer at a time."""

    def __init__(self, graph: CallGraph, call_id: CallId, limits: Limits) -> None:
        self._saver = cast("BaseCheckpointSaver[Any]", graph.checkpointer)
        self._config: RunnableConfig = {
            "configurable": {"thread_id": str(call_id), "checkpoint_ns": ""}
        }
        self._call_id = str(call_id)
        self._limits = limits
        self._newest: CallState = {}
        self._saved: CallState = {}
        self._versions: dict[str, Any] = {}
        self._step = -1  # as LangGraph counts: the first checkpoint is step 0
        self._one_writer = asyncio.Lock()

    async def load(self) -> CallState:
        """The state of the newest checkpoint; empty when there is none or it cannot be read."""
        try:
            async with asyncio.timeout(self._limits.save_s):
                found = await self._saver.aget_tuple(self._config)
        except Exception as error:  # noqa: BLE001  any saver, any fault: the turn rows remain
            log.warning("checkpoint not loaded", call_id=self._call_id, error=repr(error))
            return {}
        if found is None:
            return {}
        values, versions = found.checkpoint["channel_values"], found.checkpoint["channel_versions"]
        self._config = found.config
        self._step = found.metadata.get("step", self._step)
        self._versions = {name: versions[name] for name in CHANNELS if name in versions}
        self._saved = self._newest = cast(
            "CallState", {name: values[name] for name in CHANNELS if name in values}
        )
        return self._newest

    def remember(self, state: CallState) -> None:
        """``state`` is true now: the next save writes it."""
        self._newest = state

    async def save(self) -> None:
        """Write the newest state, if it is not in the checkpoint yet."""
        async with self._one_writer:
            state = self._newest
            if state is self._saved:
                return
            try:
                async with asyncio.timeout(self._limits.save_s):
                    await self._put(state)
            except Exception as error:  # noqa: BLE001  any saver, any fault: the turn rows remain
                log.warning("checkpoint not saved", call_id=self._call_id, error=repr(error))

    async def _put(self, state: CallState) -> None:
        changed = {
            name: self._saver.get_next_version(self._versions.get(name), None)
            for name in CHANNELS
            if name in state and (name not in self._versions or _differs(name, state, self._saved))
        }
        checkpoint = empty_checkpoint()
        checkpoint["channel_values"] = dict(state)
        checkpoint["channel_versions"] = {**self._versions, **changed}
        about: CheckpointMetadata = {"source": "update", "step": self._step + 1, "parents": {}}
        written = await self._saver.aput(self._config, checkpoint, about, changed)
        configurable = {**self._config["configurable"], **written["configurable"]}
        self._config = {"configurable": configurable}
        self._saved, self._versions, self._step = (
            state,
            {**self._versions, **changed},
            about["step"],
        )


def _differs(name: str, state: CallState, saved: CallState) -> bool:
    one, other = state.get(name), saved.get(name)
    return one is not other and one != other
