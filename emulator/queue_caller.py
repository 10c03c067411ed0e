"""A caller that is directed from outside: say this, wait for that, hang up."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np

from emulator.caller import Act, HangUp, Press, Room, presses
from emulator.ear import Ear
from emulator.g711 import Pcm, decode, encode, split

KEY_GAP_FRAMES: Final = 5  # 100 ms between two keys, as fast as a person presses


class LineClosedError(Exception):
    """The call ended while the caller waited for something."""


class Utterance:
    """Something the caller will say, is saying or has said."""

    def __init__(self, mulaw: bytes) -> None:
        self.frames: deque[bytes] = deque(split(mulaw))
        self._over: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def spoken(self) -> bool:
        """Wait until it is over; True if it was said to its end. Cancel-safe: yes."""
        return await asyncio.shield(self._over)

    def end(self, *, complete: bool) -> None:
        """It is over."""
        if not self._over.done():
            self._over.set_result(complete)


_Item: TypeAlias = Utterance | Press | HangUp


class QueueCaller:
    """Does one thing after the other, as told. To be made inside a running loop.

    ``noise_dbfs`` lays a quiet room under speech and silence (about -65 is a living room).
    """

    def __init__(self, *, noise_dbfs: float | None = None) -> None:
        self._room = Room(noise_dbfs)
        self._ear = Ear()
        self._doing: deque[_Item] = deque()
        self._pause_frames = 0
        self._agent_has_spoken = False
        self._waiting: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []
        self._closed = asyncio.Event()

    @property
    def is_closed(self) -> bool:
        """Whether the call is over."""
        return self._closed.is_set()

    async def closed(self) -> None:
        """Wait until the call is over. Cancel-safe: yes."""
        await self._closed.wait()

    def say(self, pcm: Pcm) -> Utterance:
        """Say ``pcm`` (mono, 8000 Hz) after all that is still to be said."""
        utterance = Utterance(self._in_room(pcm))
        if self.is_closed:
            utterance.end(complete=False)
        elif not utterance.frames:
            utterance.end(complete=True)
        else:
            self._doing.append(utterance)
        return utterance

    def say_now(self, pcm: Pcm) -> Utterance:
        """Say ``pcm`` from the next 20 ms on; what was being said or waited is dropped."""
        self._drop()
        return self.say(pcm)

    def press(self, digits: str) -> None:
        """Press the keys after all that is still to be said. Raises ValueError."""
        self._doing.extend(presses(digits))

    def hang_up(self) -> None:
        """Put the phone down after all that is still to be said."""
        self._doing.append(HangUp())

    def hang_up_now(self) -> None:
        """Put the phone down within 20 ms."""
        self._drop()
        self._doing.append(HangUp())

    async def agent_quiet(self, after_ms: float, *, has_spoken: bool = True) -> None:
        """Wait until the agent has been silent for ``after_ms``. Cancel-safe: yes.

        ``has_spoken``: and has been heard since our last utterance ended (or at all).

        Raises:
            LineClosedError: the call ended before that.
        """
        await self._until(
            lambda: self._ear.quiet_ms >= after_ms and (self._agent_has_spoken or not has_spoken)
        )

    async def agent_speaking(self, for_ms: float) -> None:
        """Wait until the agent has spoken for ``for_ms`` without a pause. Cancel-safe: yes.

        Raises:
            LineClosedError: the call ended before that.
        """
        await self._until(lambda: self._ear.sounding_ms >= for_ms)

    def live(self, heard: bytes) -> Act:
        """See ``Caller``."""
        if self._ear.hear(heard):
            self._agent_has_spoken = True
        self._wake()
        if self._pause_frames:
            self._pause_frames -= 1
            return self._room.frame()
        if not self._doing:
            return self._room.frame()
        return self._do(self._doing[0])

    def line_closed(self) -> None:
        """See ``Caller``."""
        self._drop()
        self._closed.set()
        for _, woken in self._waiting:
            if not woken.done():
                woken.set_exception(LineClosedError())
        self._waiting.clear()

    def _do(self, item: _Item) -> Act:
        if not isinstance(item, Utterance):
            self._doing.popleft()
            self._pause_frames = KEY_GAP_FRAMES
            return item
        frame = item.frames.popleft()
        if not item.frames:
            self._doing.popleft()
            self._agent_has_spoken = False
            item.end(complete=True)
        return frame

    def _drop(self) -> None:
        for item in self._doing:
            if isinstance(item, Utterance):
                item.end(complete=False)
        self._doing.clear()
        self._pause_frames = 0

    def _in_room(self, pcm: Pcm) -> bytes:
        """``pcm`` as mu-law, with the room under it."""
        frames = split(encode(pcm))
        room = [self._room.frame() for _ in frames]
        mixed = decode(b"".join(frames)).astype(np.int32) + decode(b"".join(room))
        return encode(np.clip(mixed, -32768, 32767).astype(np.int16))

    async def _until(self, holds: Callable[[], bool]) -> None:
        if self.is_closed:
            raise LineClosedError
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((holds, woken))
        await woken

    def _wake(self) -> None:
        for holds, woken in self._waiting:
            if not woken.done() and holds():
                woken.set_result(None)
        self._waiting = [entry for entry in self._waiting if not entry[1].done()]
