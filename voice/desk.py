"""The desk: opens one session per call, knows the live ones, drains on shutdown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from contextlib import AsyncExitStack
from pathlib import Path

import structlog

from core.call import EndReason
from core.card import CallCard
from core.clock import Clock
from core.errors import ProviderError, RefusedError
from core.ids import CallId, StreamSid
from voice.call_state import CallState
from voice.config import VoiceConfig
from voice.cue_track import SUFFIX, CueLog
from voice.engines import Engines
from voice.line_cache import LineCache
from voice.load import LoadGauge, Places
from voice.ports import (
    CallLog,
    CallTransport,
    Carrier,
    ConversationHouse,
    LiveFeed,
    Synthesizer,
    Transcriber,
    TurnModel,
)
from voice.recording import Recording
from voice.session import Session
from voice.vad import SharedVad
from voice.vad_hub import VadHub
from voice.wire.twilio import InboundEvent

log = structlog.get_logger(__name__)

CARRIER_TIMEOUT_S = 5.0  # the socket is closed anyway; the API only makes sure


class Desk:
    """Where calls are held. One per process."""

    def __init__(
        self,
        *,
        house: ConversationHouse,
        transcriber: Transcriber,
        synthesizer: Synthesizer,
        vad: SharedVad,
        carrier: Carrier | None,
        log: CallLog,
        feed: LiveFeed,
        clock: Clock,
        config: VoiceConfig,
        turn_model: TurnModel | None = None,
        lines: LineCache | None = None,
        gauge: LoadGauge | None = None,
        places: Places | None = None,
    ) -> None:
        """``carrier`` is None when no carrier API is configured: closing the stream must do.

        ``turn_model`` and ``lines`` as in ``voice.engines.Engines``. ``gauge`` is to run beside
        the desk; without one a call is never turned away for load.
        """
        self._house = house
        self._carrier = carrier
        self._engines = Engines(
            transcriber,
            synthesizer,
            VadHub(vad),
            log,
            feed,
            clock,
            config,
            house.brain,
            turn_model,
            lines,
        )
        self._config = config
        self._gauge = gauge or LoadGauge()
        self._gauge.margins = lambda: self.margins_ms
        self._places = places or Places()
        self._sessions: dict[CallId, Session] = {}  # the newest of each call
        self._running: set[Session] = set()  # all, for a call's stream may come twice
        self._held = 0  # calls from the moment they are let in, before their session exists
        self._empty = asyncio.Event()
        self._empty.set()
        self._draining = False
        self._hurried = False  # the deadline of draining has passed

    @property
    def engines(self) -> tuple[str, ...]:
        """The names of the engines in use."""
        return self._engines.names

    @property
    def live(self) -> int:
        """How many calls are being held."""
        return self._held

    @property
    def call_ids(self) -> frozenset[CallId]:
        """The calls that are being held."""
        return frozenset(self._sessions)

    @property
    def has_room(self) -> bool:
        """Whether another call can be taken, beside those that were told to come."""
        taken = self.live + self._places.kept
        return not self._draining and taken < self._config.max_live and self._gauge.has_room

    @property
    def is_draining(self) -> bool:
        """Whether no more calls will be taken, as the process is about to end."""
        return self._draining

    @property
    def margins_ms(self) -> list[float]:
        """How much speech lies ahead at the carrier, for each call whose agent speaks."""
        margins = (session.margin_ms for session in self._running)
        return [margin for margin in margins if margin is not None]

    def order(self, call_id: CallId, text: str, *, ends_call: bool) -> bool:
        """Have the agent of a live call say ``text``.

        False: the call is not held here or is about to end, or too many orders wait for it.
        Empty text with ``ends_call``: the script's own farewell.
        """
        session = self._sessions.get(call_id)
        return session is not None and session.order(text, ends_call=ends_call)

    async def hold(
        self,
        card: CallCard,
        stream_sid: StreamSid,
        transport: CallTransport,
        incoming: AsyncIterable[InboundEvent],
    ) -> EndReason:
        """Hold one call until it ends; every task of it is over when this returns.

        ``incoming``: the stream's events after ``start``.

        Raises:
            NotFoundError: the card's script does not exist.
            RefusedError: the desk is closing, or another process holds the call.
        """
        if self._draining:
            raise RefusedError("SHUTTING_DOWN", "The server takes no more calls.")
        self._held += 1
        self._empty.clear()
        try:
            return await self._hold(card, stream_sid, transport, incoming)
        finally:
            self._held -= 1
            if not self._held:
                self._empty.set()

    async def _hold(
        self,
        card: CallCard,
        stream_sid: StreamSid,
        transport: CallTransport,
        incoming: AsyncIterable[InboundEvent],
    ) -> EndReason:
        async with AsyncExitStack() as stack:
            conversation = await self._house.open(card)
            await self._engines.log.opened(card, self._engines.names)
            recording, path = await self._open_recording(card, stack)
            session = Session(
                card=card,
                conversation=conversation,
                engines=self._engines,
                stream_sid=stream_sid,
                transport=transport,
                caller_track=recording,
                agent_track=recording,
                recording=path,
                cue_track=await self._open_cue_log(card, stack),
            )
            self._sessions[card.call_id] = session
            self._running.add(session)
            if self._hurried:
                session.end(EndReason.SHUT_DOWN)
            try:
                reason = await session.run(incoming)
            finally:
                self._running.discard(session)
                if self._sessions.get(card.call_id) is session:  # else another stream took over
                    del self._sessions[card.call_id]
        if session.took_leave:  # else the carrier goes on: it speaks our apology, or is gone
            await self._make_sure_it_ends(card)
        return reason

    async def drain(self, deadline_s: float) -> None:
        """Take no new calls, let live ones finish until the deadline, then end them."""
        self._draining = True
        try:
            async with asyncio.timeout(deadline_s):
                await self._empty.wait()
        except TimeoutError:
            self._hurried = True  # also for a call that is being opened yet
            for session in self._running:
                session.end(EndReason.SHUT_DOWN)
            await self._empty.wait()

    async def _open_recording(
        self, card: CallCard, stack: AsyncExitStack
    ) -> tuple[Recording | None, Path | None]:
        folder = self._config.record_to
        if folder is None:
            return None, None
        name = f"{card.call_id}.wav"
        try:
            recording = await stack.enter_async_context(Recording(folder / name))
        except OSError as error:  # a full disk costs the recording, never the call
            log.error("call not recorded", call_id=str(card.call_id), error=error.strerror)
            return None, None
        return recording, Path(folder.name) / name

    async def _open_cue_log(self, card: CallCard, stack: AsyncExitStack) -> CueLog | None:
        """Beside the recording, under the same switch: it too holds what was said."""
        folder, seal = self._config.record_to, self._config.seal
        if folder is None or seal is None:
            return None
        state = CallState(patience=self._config.patience)
        path = folder / f"{card.call_id}{SUFFIX}"
        try:
            return await stack.enter_async_context(CueLog(path, card.call_id, state, seal))
        except OSError as error:
            log.error("cues not logged", call_id=str(card.call_id), error=error.strerror)
            return None

    async def _make_sure_it_ends(self, card: CallCard) -> None:
        """Closing the stream ends the call by its TwiML; the carrier's API is the backup."""
        if self._carrier is None or card.call_sid is None:
            return
        try:
            async with asyncio.timeout(CARRIER_TIMEOUT_S):
                await self._carrier.hang_up(card.call_sid)
        except (ProviderError, TimeoutError) as error:
            log.warning("hang-up not confirmed", call_id=str(card.call_id), error=repr(error))
