"""The phone line of one call: from the answer to the end, 20 ms by 20 ms.

One loop paces a call on absolute deadlines, so it never drifts. At each deadline it sends what
the caller said in the 20 ms before, plays what the server queued for them, and lets the caller
hear that and act. Everything is counted in samples since the answer.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from emulator.caller import Act, Caller, HangUp, Press
from emulator.ear import Ear
from emulator.g711 import FRAME_BYTES, LINE_HZ, SAMPLES_PER_MS, SILENCE_BYTE, SILENT_FRAME
from emulator.playout import PlayedMark, Playout
from emulator.recording import Recording
from emulator.timeline import MomentKind, Timeline


class Uplink(Protocol):
    """Where the caller's side of the line goes while a stream is open."""

    def said(self, frame: bytes, end_sample: int) -> None:
        """The caller said ``frame``, which ended at this sample of the line."""
        ...

    def pressed(self, digit: str) -> None:
        """The caller pressed a key."""
        ...

    def mark_played(self, name: str) -> None:
        """All sound before this mark is out."""
        ...


class Line:
    """One call's line and its ground truth. To be made at the moment of the answer."""

    def __init__(self, caller: Caller, timeline: Timeline, recording: Recording) -> None:
        self._caller = caller
        self._timeline = timeline
        self._recording = recording
        self._loop = asyncio.get_running_loop()
        self._answered_s = self._loop.time()
        self._source: Playout | None = None
        self._uplink: Uplink | None = None
        self._late_s = 0.0
        self._agent_ear = Ear(
            lambda at: timeline.note(MomentKind.AGENT_STARTED, at),
            lambda at: timeline.note(MomentKind.AGENT_STOPPED, at),
        )
        self._caller_ear = Ear(
            lambda at: timeline.note(MomentKind.CALLER_STARTED, at),
            lambda at: timeline.note(MomentKind.CALLER_STOPPED, at),
        )

    @property
    def position(self) -> int:
        """Samples played to the caller so far."""
        return self._recording.heard_length

    @property
    def now_ms(self) -> float:
        """Milliseconds since the answer."""
        return (self._loop.time() - self._answered_s) * 1000

    @property
    def latest_ms(self) -> float:
        """How late the worst frame was: above about 10, this machine was too busy to measure."""
        return self._late_s * 1000

    def join(self, uplink: Uplink | None) -> Playout:
        """A new playback buffer from now on, and the caller's side goes to ``uplink``."""
        self.part()
        self._source = Playout(self.position)
        self._uplink = uplink
        return self._source

    def part(self) -> None:
        """From now on nobody is at the other end."""
        self.catch_up()
        self._source = None
        self._uplink = None

    def catch_up(self) -> None:
        """Play up to the present moment, so that what is queued now starts now."""
        self._play_to(int((self._loop.time() - self._answered_s) * LINE_HZ))

    async def announce(self, mulaw: bytes) -> None:
        """Play ``mulaw`` to the caller, as a verb does. Cancel-safe: yes; the rest is not heard."""
        self.join(None).put(mulaw)
        try:
            await asyncio.sleep(len(mulaw) / LINE_HZ)
        finally:
            self.part()

    async def run(self) -> None:
        """Keep the line until the caller hangs up. Cancel-safe: yes."""
        said = SILENT_FRAME
        tick = 0
        try:
            while True:
                tick += 1
                await self._until(self._answered_s + tick * FRAME_BYTES / LINE_HZ)
                act = self._live(tick * FRAME_BYTES, said)
                if isinstance(act, HangUp):
                    return
                said = self._perform(act)
        finally:
            self._close()

    async def _until(self, deadline_s: float) -> None:
        wait_s = deadline_s - self._loop.time()
        self._late_s = max(self._late_s, -wait_s)
        await asyncio.sleep(max(0.0, wait_s))
        self._late_s = max(self._late_s, self._loop.time() - deadline_s)

    def _live(self, position: int, said: bytes) -> Act:
        """The end of one frame: send it, play beside it, let the caller act."""
        self._recording.add_said(said)
        self._caller_ear.hear(said)
        if self._uplink is not None:
            self._uplink.said(said, position)
        self._play_to(position)
        heard = self._recording.heard_between(position - FRAME_BYTES, position)
        self._agent_ear.hear(heard)
        return self._caller.live(heard)

    def _perform(self, act: bytes | Press) -> bytes:
        """The frame that the act sounds like."""
        if isinstance(act, bytes):
            return act
        self._timeline.note(MomentKind.PRESSED, self.now_ms, act.digit)
        if self._uplink is not None:
            self._uplink.pressed(act.digit)
        return SILENT_FRAME  # Twilio takes the tone out of the sound

    def _play_to(self, position: int) -> None:
        length = position - self.position
        if length <= 0:
            return
        if self._source is None:
            self._recording.add_heard(bytes([SILENCE_BYTE]) * length)
            return
        step = self._source.advance(position)
        self._recording.add_heard(step.audio)
        for mark in step.marks:
            self._pass_mark(mark)

    def _pass_mark(self, mark: PlayedMark) -> None:
        self._timeline.note(MomentKind.MARK_PLAYED, mark.at / SAMPLES_PER_MS, mark.name)
        if self._uplink is not None:
            self._uplink.mark_played(mark.name)

    def _close(self) -> None:
        self._agent_ear.close()
        self._caller_ear.close()
        self._caller.line_closed()
