"""The conversations of a server: the graph on stored scripts, turns and checkpoints."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from agents.lineup import LineUp
from agents.providers.langchain_chat import LangchainChat
from agents.providers.script_brain import ScriptBrain
from agents.providers.script_brain.model import VERSION
from app.checkpoints import open_saver
from app.settings import Settings
from app.storage import Storage
from graph.conversation import GraphConversationHouse


@asynccontextmanager
async def conversation_house(
    storage: Storage, models: LineUp
) -> AsyncIterator[GraphConversationHouse]:
    """The graph's door, on one pool of connections for checkpoints."""
    async with open_saver(storage.url, storage.keyring) as saver:
        yield GraphConversationHouse(
            models=models,
            calendar=storage.diary,
            book=storage.turns,
            shelf=storage.scripts,
            checkpointer=saver,
        )


def line_up(_settings: Settings) -> LineUp:
    """The models that the settings ask for; the script brain is always the last of them."""
    return LineUp(last=LangchainChat(ScriptBrain(), VERSION, takes_brief=True))
