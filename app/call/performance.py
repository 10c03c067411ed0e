"""The caller's side of one call: listens to the agent, answers, interrupts, hangs up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from app.call.agent_words import AgentWords
from app.call.collect import SpokenLine
from app.call.persona import Caller, Line
from emulator.queue_caller import LineClosedError, QueueCaller
from voice.ports import Pcm

QUIET_MS: Final = 500  # two sentences of the agent are closer than this, two turns are not
WORDS_S: Final = 1.0  # the feed runs ahead of the sound; later than this it is not coming
FIRST_SOUND_MS: Final = 20  # one packet


@dataclass(frozen=True, slots=True)
class Stage:
    """What a performance needs around it.

    ``speak``: the caller's voice (mono, 8000 Hz). ``now_ms``: milliseconds since the answer.
    ``look_up``: the agent's latest words by another way than the feed.
    ``told``: is called with each line of the caller as it begins.
    """

    phone: QueueCaller
    words: AgentWords
    speak: Callable[[str], Pcm]
    now_ms: Callable[[], float]
    look_up: Callable[[], Awaitable[str]]
    told: Callable[[SpokenLine], None]


class Performance:
    """Plays one caller. ``lines`` fills up with what was said and when."""

    def __init__(self, caller: Caller, stage: Stage) -> None:
        self._caller = caller
        self._stage = stage
        self.lines: list[SpokenLine] = []
        self._is_cutting_in = False

    async def run(self) -> None:
        """Hold the call until somebody hangs up. Cancel-safe: yes."""
        try:
            while True:
                line = await self._listen()
                if line is not None:
                    await self._say(line, interrupts=False)
        except* LineClosedError:
            pass  # this is how every call ends

    async def _listen(self) -> Line | None:
        """Hear the agent out; what to answer. None when the caller has cut in already."""
        phone = self._stage.phone
        try:
            async with asyncio.timeout(self._caller.patience_s):
                await phone.agent_speaking(FIRST_SOUND_MS)
        except TimeoutError:
            return self._caller.nobody_there()
        self._is_cutting_in = False
        async with asyncio.TaskGroup() as group:
            cutting_in = group.create_task(self._cut_in(), name="cut in")
            await phone.agent_quiet(QUIET_MS)
            if not self._is_cutting_in:
                cutting_in.cancel()
        if self._is_cutting_in:
            return None
        words = await self._words()
        self._stage.words.forget()
        return self._caller.answer(words)

    async def _cut_in(self) -> None:
        """Interrupt the agent as soon as the caller wants to; it may never want to."""
        words = self._stage.words.text
        while True:
            interruption = self._caller.interruption(words) if words else None
            if interruption is not None:
                await self._stage.phone.agent_speaking(interruption.after_ms)
                self._is_cutting_in = True
                self._stage.words.forget()
                await self._say(interruption.line, interrupts=True)
                return
            words = await self._stage.words.more()

    async def _words(self) -> str:
        """The agent's words since the caller last spoke, waiting for a late feed a little."""
        words = self._stage.words
        if not words.text:
            try:
                async with asyncio.timeout(WORDS_S):
                    return await words.more()
            except TimeoutError:
                return await self._stage.look_up()
        return words.text

    async def _say(self, line: Line, *, interrupts: bool) -> None:
        phone = self._stage.phone
        if not line.silent:
            audio = line.audio if line.audio is not None else self._stage.speak(line.text)
            utterance = phone.say_now(audio) if interrupts else phone.say(audio)
            from_ms = round(self._stage.now_ms())
            to_ms = from_ms + len(audio) // 8
            spoken = SpokenLine(line.text, from_ms, to_ms, interrupts)
            self.lines.append(spoken)
            self._stage.told(spoken)
            await utterance.spoken()
        if line.hang_up:
            phone.hang_up()
            await phone.closed()
            raise LineClosedError
