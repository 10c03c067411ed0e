"""The conversations of a server: the graph on stored scripts, turns and checkpoints."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from agents.lineup import LineUp
from app.checkpoints import open_saver
from app.storage import Storage
from graph.context import Watchers
from graph.conversation import GraphConversationHouse
from graph.limits import Limits
from graph.ports import ReplyCache


@asynccontextmanager
async def conversation_house(
    storage: Storage,
    models: LineUp,
    cache: ReplyCache | None = None,
    watchers: Watchers | None = None,
    limits: Limits | None = None,
) -> AsyncIterator[GraphConversationHouse]:
    """The graph's door, on one pool of connections for checkpoints."""
    async with open_saver(storage.url, storage.keyring) as saver:
        yield GraphConversationHouse(
            models=models,
            calendar=storage.diary,
            book=storage.turns,
            shelf=storage.scripts,
            checkpointer=saver,
            cache=cache,
            watchers=watchers,
            limits=limits,
        )
