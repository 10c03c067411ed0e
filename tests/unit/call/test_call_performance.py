"""The caller's side of a call: when to speak, when to interrupt, when to give up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from app.call.agent_words import AgentWords
from app.call.collect import SpokenLine
from app.call.performance import QUIET_MS, Performance, Stage
from app.call.persona import Persona
from app.call.scenario import load, parse
from core.events import LiveEvent, LiveKind
from emulator.caller import HangUp
from emulator.g711 import SILENT_FRAME, encode
from emulator.queue_caller import QueueCaller
from tests.virtual_time import virtual_time
from voice.ports import Pcm

TONE = encode((8000 * np.sin(2 * np.pi * 300 * np.arange(160) / 8000)).astype(np.int16))
CALLER_MS = 500  # every line of the caller is so long
ANSWER_MS = 300  # the agent's answer time


def speak(_: str) -> Pcm:
    return np.full(8 * CALLER_MS, 4000, dtype=np.int16)


@dataclass
class Agent:
    """The other end: says its next sentence after each line of the caller, then hangs up."""

    sentences: list[tuple[str, int]]  # text and milliseconds
    feed: bool = True
    words: AgentWords = field(default_factory=AgentWords)
    now_ms: int = 0
    speaks_until_ms: int = 0
    starts_at_ms: int | None = ANSWER_MS
    stopped_at_ms: int | None = None
    last: str = ""

    def frame(self) -> bytes:
        self.now_ms += 20
        if self.starts_at_ms is not None and self.now_ms >= self.starts_at_ms and self.sentences:
            self.starts_at_ms = None
            self.last, length = self.sentences.pop(0)
            self.speaks_until_ms = self.now_ms + length
            if self.feed:
                self.words.take(LiveEvent(LiveKind.SAID, 0, {"turn": 1, "text": self.last}))
        return TONE if self.now_ms <= self.speaks_until_ms else SILENT_FRAME

    def heard(self, line: SpokenLine) -> None:
        if line.interrupts:
            self.speaks_until_ms = self.now_ms + 100
        self.starts_at_ms = line.to_ms + ANSWER_MS

    async def look_up(self) -> str:
        return self.last


async def perform(persona: Persona, agent: Agent, limit_ms: int = 60_000) -> Performance:
    phone = QueueCaller()
    stage = Stage(
        phone, agent.words, speak, lambda: float(agent.now_ms), agent.look_up, agent.heard
    )
    performance = Performance(persona, stage)
    async with asyncio.TaskGroup() as group:
        group.create_task(performance.run())
        while agent.now_ms < limit_ms:
            await asyncio.sleep(0.02)
            if isinstance(phone.live(agent.frame()), HangUp):
                break
            if not agent.sentences and agent.now_ms > agent.speaks_until_ms + 8000:
                break
        phone.line_closed()
    return performance


def booking() -> Persona:
    return Persona(load("booking"), date(2026, 11, 21))


@virtual_time
async def test_the_caller_answers_once_the_agent_is_quiet() -> None:
    agent = Agent([("Am I speaking with Anna Taylor?", 2000), ("Do you own it?", 1000)])
    performance = await perform(booking(), agent)
    assert [line.text for line in performance.lines][:2] == ["Yes, speaking.", "Yes, I do."]
    first = performance.lines[0]
    assert abs(first.from_ms - (ANSWER_MS + 2000 + QUIET_MS)) <= 60
    assert first.to_ms - first.from_ms == CALLER_MS


@virtual_time
async def test_without_the_feed_the_words_are_looked_up() -> None:
    agent = Agent([("Am I speaking with Anna Taylor?", 2000)], feed=False)
    performance = await perform(booking(), agent)
    assert performance.lines[0].text == "Yes, speaking."


@virtual_time
async def test_the_caller_cuts_in_where_the_scenario_says() -> None:
    agent = Agent([("Thinking of moving? Within three months, or later?", 6000), ("Thanks.", 500)])
    performance = await perform(Persona(load("barge-in"), date(2026, 11, 21)), agent)
    line = performance.lines[0]
    assert (line.text, line.interrupts) == ("Within three months.", True)
    assert abs(line.from_ms - (ANSWER_MS + 1800)) <= 60
    assert not any(line.interrupts for line in performance.lines[1:])


@virtual_time
async def test_dead_air_is_asked_into_then_the_caller_hangs_up() -> None:
    agent = Agent([("Am I speaking with Anna Taylor?", 1000)])
    said: list[SpokenLine] = []
    agent.heard = said.append  # type: ignore[method-assign]  # this agent never answers again
    agent.sentences.append(("Never said.", 1))
    performance = await perform(booking(), agent, limit_ms=90_000)
    texts = [line.text for line in performance.lines]
    assert texts == ["Yes, speaking."] + ["Hello? Are you still there?"] * 2
    assert agent.now_ms < 60_000


@virtual_time
async def test_a_silent_caller_stays_silent() -> None:
    agent = Agent([("Hello?", 1000)])
    assert (await perform(Persona(load("silence"), date(2026, 11, 21)), agent)).lines == []


@virtual_time
async def test_a_rule_can_end_the_call() -> None:
    text = (
        "name: rude\ntitle: Rude\nexpects: {outcome: completed}\n"
        "rules: [{agent: hello, say: Bye., hang_up: true}]"
    )
    agent = Agent([("Hello.", 500), ("Still here.", 500)])
    performance = await perform(Persona(parse(text, "rude"), date(2026, 11, 21)), agent)
    assert [line.text for line in performance.lines] == ["Bye."]
    assert agent.now_ms < 3000


async def test_words_are_gathered_until_they_are_forgotten() -> None:
    words = AgentWords()
    take: Callable[[str], None] = lambda text: words.take(  # noqa: E731  short for the lines below
        LiveEvent(LiveKind.SAID, 0, {"text": text})
    )
    take("One.")
    take("Two.")
    assert await words.more() == "One. Two."
    words.forget()
    words.take(LiveEvent(LiveKind.HEARD, 0, {"text": "me"}))
    assert words.text == ""
