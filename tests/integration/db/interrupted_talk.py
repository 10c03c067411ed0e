"""Holds a conversation as one server process, says each committed turn, and waits to be killed."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from agents.lineup import LineUp
from agents.providers.langchain_chat import LangchainChat
from agents.providers.script_brain import ScriptBrain
from app.checkpoints import set_up
from app.conversations import conversation_house
from app.storage import Storage, open_storage
from core.card import CallCard
from core.ids import CallId
from db.crypto import Keyring
from graph.chat import Chat
from tests.integration.db.scene import CountingEntropy, HandClock

BRAIN = "script-brain/1"


@asynccontextmanager
async def process(url: str, keyring: Keyring, owner: str) -> AsyncIterator[Storage]:
    """The storage of one process."""
    async with open_storage(url, keyring, HandClock(), CountingEntropy(), owner) as storage:
        yield storage


async def resumed(storage: Storage, card: CallCard, talk: list[str]) -> AsyncIterator[str]:
    """Take the call over from whoever held it, and say ``talk``; the answers."""
    await storage.log.opened(card, [BRAIN])
    model = LangchainChat(ScriptBrain(), BRAIN, takes_brief=True)
    async with conversation_house(storage, LineUp(last=model)) as house:
        chat = await Chat.open(house, card, storage.clock)
        if chat.conversation.next_turn == 1:
            yield (await chat.begin()).reply
        for line in talk:
            yield (await chat.say(line)).reply


async def main() -> None:
    url, key, call_id, talk = sys.argv[1:]
    keyring = Keyring.parse(key)
    await set_up(url)
    async with process(url, keyring, "one") as storage:
        card = await storage.calls.card(CallId(UUID(call_id)))
        async for reply in resumed(storage, card, json.loads(talk)):
            print(reply, flush=True)  # noqa: T201
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
