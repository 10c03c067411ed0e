"""``parley chat``: the conversation as text, for people at a terminal and for programs."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import typer
from langgraph.checkpoint.memory import InMemorySaver

from agents.script import Script
from agents.script_loader import SHIPPED, load_script, shipped_text
from app.brain import line_up
from app.clock import MachineClock, machine_entropy
from app.commands.script_file import is_file_name, text_of
from app.commands.stored import ready_database
from app.commands.telling import errors_told, settings_of
from app.settings import Settings
from app.tracing import open_tracing
from app.unsaved import OneScript, UnsavedDiary, UnsavedTurns
from core.call import Direction, EndReason
from core.card import CallCard, ScriptRef
from core.clock import Clock
from core.errors import InvalidInputError
from core.ids import ENTROPY_BYTES, BrandId, CallId, uuid7
from core.phone import PhoneNumber
from db.call_log import PostgresCallLog
from db.turns import PostgresTurnBook
from graph.chat import Answer, Chat
from graph.conversation import GraphConversationHouse

# Kept for drama by Ofcom: an opt-out in a chat suppresses nobody's number.
NOBODY: Final = PhoneNumber("+447700900999")
OURS: Final = PhoneNumber("+442079460100")
RENEW_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class StoppedClock:
    """A clock that always tells the same time."""

    at: datetime
    running: Clock

    def now(self) -> datetime:
        """The moment at which it stopped."""
        return self.at

    def monotonic_s(self) -> float:
        """Seconds go on: time-outs still work."""
        return self.running.monotonic_s()


def run_chat(
    env_file: Path, script: str, as_of: datetime | None, *, in_memory: bool, as_json: bool
) -> None:
    """Hold one conversation on standard input and output."""
    with errors_told():
        settings = settings_of(env_file)
        name, text = find_script(script)
        parsed = load_script(text)
        clock = _clock(as_of, parsed)
        card = _card(ScriptRef(name, 0), parsed.direction)
        opened = (
            _unsaved_chat(settings, card, text, clock)
            if in_memory
            else _saved_chat(settings, card, text, clock)
        )
        asyncio.run(_converse(opened, as_json=as_json))


def find_script(script: str) -> tuple[str, str]:
    """The name and YAML of a shipped script or a file.

    Raises:
        InvalidInputError: there is no script of that name, or the file cannot be read.
    """
    path = Path(script)
    if not is_file_name(path):
        if script not in SHIPPED:
            raise InvalidInputError(
                f"There is no script {script}. Take {' or '.join(SHIPPED)}, or a YAML file.",
                field="script",
            )
        return script, shipped_text(script)
    return path.stem, text_of(path)


def _clock(as_of: datetime | None, script: Script) -> Clock:
    running = MachineClock()
    if as_of is None:
        return running
    if as_of.tzinfo is None:  # as people of that place would say it
        as_of = as_of.replace(tzinfo=ZoneInfo(script.timezone))
    return StoppedClock(as_of.astimezone(UTC), running)


@asynccontextmanager
async def _unsaved_chat(
    settings: Settings, card: CallCard, text: str, clock: Clock
) -> AsyncIterator[Chat]:
    diary = UnsavedDiary()
    async with line_up(settings) as models, open_tracing(settings) as watchers:
        house = GraphConversationHouse(
            models=models,
            calendar=diary,
            book=UnsavedTurns(diary),
            shelf=OneScript(card.script, text),
            checkpointer=InMemorySaver(),
            watchers=watchers,
        )
        yield await Chat.open(house, card, clock)


@asynccontextmanager
async def _saved_chat(
    settings: Settings, card: CallCard, text: str, clock: Clock
) -> AsyncIterator[Chat]:
    async with (
        ready_database(settings) as storage,
        line_up(settings) as models,
        open_tracing(settings) as watchers,
    ):
        own = await storage.brands.first()
        card = replace(card, brand=own.brand.id, ours=own.number)
        book = PostgresTurnBook(storage.units, storage.keyring, clock, storage.log.owner)
        house = GraphConversationHouse(
            models=models,
            calendar=storage.diary,
            book=book,
            shelf=OneScript(card.script, text),
            checkpointer=InMemorySaver(),  # a chat is not resumed; its turns are stored
            watchers=watchers,
        )
        await storage.log.opened(card, ["text", models.name])
        chat = await Chat.open(house, card, clock)
        async with asyncio.TaskGroup() as group:
            leases = group.create_task(_keep(storage.log, card.call_id), name="keep the lease")
            try:
                yield chat
            finally:
                leases.cancel()
                reason = EndReason.AGENT_HUNG_UP if chat.ended else EndReason.CALLER_HUNG_UP
                outcome = await chat.close(reason)
                await storage.log.ended(card.call_id, reason, outcome, None)


def _card(script: ScriptRef, direction: Direction) -> CallCard:
    now = MachineClock().now()
    return CallCard(
        call_id=CallId(uuid7(now, machine_entropy(ENTROPY_BYTES))),
        brand=BrandId(uuid7(now, machine_entropy(ENTROPY_BYTES))),
        direction=direction,
        script=script,
        ours=OURS,
        theirs=NOBODY,
        opened_at=now,
    )


async def _keep(log: PostgresCallLog, call_id: CallId) -> None:
    while True:
        await asyncio.sleep(RENEW_S)
        await log.renew([call_id])


async def _converse(opened: AbstractAsyncContextManager[Chat], *, as_json: bool) -> None:
    """The whole conversation, until the agent hangs up or the input ends."""
    show = _show_json if as_json else _show_text
    asks = not as_json and sys.stdin.isatty()
    async with opened as chat:
        show(await chat.begin())
        lines = _lines()
        while not chat.ended:
            if asks:
                typer.echo("you: ", nl=False)
            line = await lines.get()
            if line is None:
                return
            show(await chat.say(line))


def _show_json(answer: Answer) -> None:
    typer.echo(json.dumps(answer.to_json(), ensure_ascii=False))
    sys.stdout.flush()  # a program waits for this line


def _show_text(answer: Answer) -> None:
    typer.echo(f"{answer.agent}: {answer.reply}")
    if answer.ended:
        outcome = "no outcome" if answer.outcome is None else answer.outcome.value
        typer.echo(f"(the agent hangs up: {outcome})")


def _lines() -> asyncio.Queue[str | None]:
    """The lines of standard input as they come, then None.

    Read by a thread that the process does not wait for: a terminal's read cannot be cancelled.
    """
    lines: asyncio.Queue[str | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read() -> None:
        with suppress(RuntimeError):  # the conversation is over, and its loop closed
            for line in sys.stdin:
                loop.call_soon_threadsafe(lines.put_nowait, line.rstrip("\n"))
            loop.call_soon_threadsafe(lines.put_nowait, None)

    threading.Thread(target=read, name="read standard input", daemon=True).start()
    return lines
