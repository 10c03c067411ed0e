"""The saved checkpoint of one call: a copy of the truth that makes resuming quick.

Failing to save or load it costs nothing but time, so it is logged and never ends a call.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

import structlog
from langchain_core.runnables import RunnableConfig

from core.ids import CallId
from graph.build import CallGraph
from graph.limits import Limits
from graph.state import CallState, Change, active_agent, update_of

log = structlog.get_logger(__name__)


class CallMemory:
    """Keeps the checkpoint of one call up with its turns."""

    def __init__(self, graph: CallGraph, call_id: CallId, limits: Limits) -> None:
        self._graph = graph
        self._call_id = str(call_id)
        self._limits = limits
        self._unsaved: list[Change] = []

    @property
    def _config(self) -> RunnableConfig:
        return {"configurable": {"thread_id": self._call_id}}

    async def load(self) -> CallState:
        """The state of the newest checkpoint; empty when there is none or it cannot be read."""
        try:
            async with asyncio.timeout(self._limits.save_s):
                snapshot = await self._graph.aget_state(self._config)
        except Exception as error:  # noqa: BLE001  any saver, any fault: the turn rows remain
            log.warning("checkpoint not loaded", call_id=self._call_id, error=repr(error))
            return {}
        return cast("CallState", dict(snapshot.values))

    def remember(self, change: Change) -> None:
        """Queue a committed change for the next save."""
        self._unsaved.append(change)

    async def save(self) -> None:
        """Write every change that is not in the checkpoint yet."""
        if not self._unsaved:
            return
        update = _together(self._unsaved)
        node = active_agent(cast("CallState", update)).value
        try:
            async with asyncio.timeout(self._limits.save_s):
                await self._graph.aupdate_state(self._config, update, as_node=node)
        except Exception as error:  # noqa: BLE001  any saver, any fault: the turn rows remain
            log.warning("checkpoint not saved", call_id=self._call_id, error=repr(error))
            return
        self._unsaved.clear()


def _together(changes: list[Change]) -> dict[str, Any]:
    """Several changes as one update."""
    whole: dict[str, Any] = {}
    messages: list[Any] = []
    for change in changes:
        update = update_of(change)
        messages += update.pop("messages")
        update["slots"] = {**whole.get("slots", {}), **update.get("slots", {})}
        whole |= update
    return {**whole, "messages": messages}
