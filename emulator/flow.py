"""What a call does once it is answered: its TwiML, verb by verb, under orders from outside."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeVar
from urllib.parse import urljoin

from emulator.call import ChangeCall, EndCall, LiveCall, Order, TwimlAt, TwimlSource, TwimlText
from emulator.exchange import Exchange, read_wav
from emulator.faults import FaultError
from emulator.g711 import LINE_HZ, SILENCE_BYTE
from emulator.line import Line
from emulator.links import MediaLink, stream_url
from emulator.messages import StreamMessages
from emulator.signature import SIGNATURE_HEADER, sign
from emulator.stream import MediaStream, StreamEnd
from emulator.timeline import MomentKind
from emulator.twiml import (
    Connect,
    Dial,
    Document,
    Hangup,
    Pause,
    Play,
    Redirect,
    Reject,
    Say,
    Stream,
    Verb,
    parse,
)
from emulator.webhooks import Fields, Postman

T = TypeVar("T")

KEY_MS: Final = 200  # how long one played digit takes
APOLOGY: Final = "We are sorry, an application error has occurred. Goodbye."


@dataclass(frozen=True, slots=True)
class Script:
    """A document and where it came from, against which its links are resolved."""

    document: Document
    url: str


# What a verb comes to: go on (None), another document, or an order that overrides it.
_Outcome: TypeAlias = Script | Order | None


class Flow:
    """Carries out the documents of one call."""

    def __init__(self, exchange: Exchange, call: LiveCall, postman: Postman) -> None:
        self._exchange = exchange
        self._call = call
        self._postman = postman

    async def fetch(self, source: TwimlSource, extra: Fields = ()) -> Script | FaultError:
        """The document of ``source``, or why there is none; the fallback is tried first."""
        answer = await self._fetch_once(source, extra)
        fallback = self._call.plan.fallback
        if isinstance(answer, FaultError) and fallback is not None and source != fallback:
            url = source.url if isinstance(source, TwimlAt) else ""
            error = [("ErrorCode", str(int(answer.code))), ("ErrorUrl", url)]
            answer = await self._fetch_once(fallback, [*extra, *error])
        return answer

    async def follow(self, script: Script | FaultError) -> EndCall:
        """Carry out ``script`` and what it leads to, until the call is to end."""
        line = self._call.line
        assert line is not None, "a flow begins with the answer"
        while True:
            outcome: _Outcome | FaultError = await self._carry_out(script, line)
            while isinstance(outcome, ChangeCall):
                outcome = await self.under_orders(self.fetch(outcome.source))
            if outcome is None:
                return EndCall("twiml")
            if isinstance(outcome, EndCall):
                return outcome
            script = outcome

    async def under_orders(
        self,
        work: Coroutine[Any, Any, T],
        stop: Callable[[asyncio.Task[T]], object] = asyncio.Task.cancel,
    ) -> T | Order:
        """The result of ``work``, or the order that came first.

        On an order ``work`` is cancelled, or ended as ``stop`` does, and awaited.
        """
        async with asyncio.TaskGroup() as group:
            doing = group.create_task(work, name="verb")
            order = group.create_task(self._call.ordered(), name="orders")
            await asyncio.wait((doing, order), return_when=asyncio.FIRST_COMPLETED)
            if order.done():
                stop(doing)
                await asyncio.wait((doing,))
            order.cancel()
        return doing.result() if order.cancelled() else order.result()

    async def _fetch_once(self, source: TwimlSource, extra: Fields) -> Script | FaultError:
        try:
            if isinstance(source, TwimlText):
                document, url = parse(source.text), ""
            else:
                fields = [*self._call.fields(), *extra]
                url = source.url
                document = await self._exchange.webhooks.document(url, source.method, fields)
        except FaultError as fault:
            self._call.fault(fault.code, fault.message)
            return fault
        for warning in document.warnings:
            self._call.fault(warning.code, warning.message)
        return Script(document, url)

    async def _carry_out(self, script: Script | FaultError, line: Line) -> _Outcome:
        if isinstance(script, FaultError):
            ordered = await self.under_orders(self._announce(line, Say(APOLOGY)))
            return ordered or EndCall("application error")
        for verb in script.document.verbs:
            outcome = await self._perform(verb, line, script.url)
            if outcome is not None:
                return outcome
        return None

    async def _perform(self, verb: Verb, line: Line, base: str) -> _Outcome:
        match verb:
            case Say() | Play() | Pause():
                return await self.under_orders(self._announce(line, verb))
            case Hangup() | Reject():
                return EndCall("twiml")
            case Redirect(url, method):
                return await self._replace(TwimlAt(urljoin(base, url), method))
            case Dial():
                return await self._dial(verb, line, base)
            case Connect():
                return await self._connect(verb, line, base)

    async def _announce(self, line: Line, verb: Say | Play | Pause) -> None:
        what, sound = await self._sound(verb)
        if what:
            self._call.timeline.note(MomentKind.ANNOUNCED, line.now_ms, what)
        await line.announce(sound)

    async def _sound(self, verb: Say | Play | Pause) -> tuple[str, bytes]:
        match verb:
            case Say(text=text, loop=loop):
                return text, self._exchange.speak(text) * max(1, loop)
            case Pause(length_s=length_s):
                return "", _silence(length_s)
            case Play(digits=digits) if digits:
                return digits, _silence(len(digits) * KEY_MS / 1000)
            case Play(url=url, loop=loop):
                try:
                    answer = await self._exchange.webhooks.request(url, "GET", ())
                    return url, read_wav(answer.content) * max(1, loop)
                except FaultError as fault:
                    self._call.fault(fault.code, fault.message)
                    return "", b""

    async def _dial(self, verb: Dial, line: Line, base: str) -> _Outcome:
        bridged = self._exchange.on_transfer(verb.numbers[0])
        wait_s = min(bridged.after_ms / 1000, verb.timeout_s)
        ordered = await self.under_orders(line.announce(_silence(wait_s)))
        if ordered is not None or verb.action is None:
            return ordered
        fields = [
            ("DialCallStatus", bridged.status.value),
            ("DialCallSid", self._exchange.sid("CA")),
            ("DialCallDuration", str(round(wait_s))),
            ("DialBridged", str(bridged.status.value == "completed").lower()),
        ]
        return await self._replace(TwimlAt(urljoin(base, verb.action), verb.method), fields)

    async def _connect(self, verb: Connect, line: Line, base: str) -> _Outcome:
        begun = len(self._call.streams)

        def stop(doing: asyncio.Task[None]) -> None:
            if len(self._call.streams) > begun:
                self._call.streams[-1].stop()
            else:
                doing.cancel()

        ordered = await self.under_orders(self._hold_stream(verb.stream, line, base), stop)
        if ordered is not None or verb.action is None:
            return ordered
        return await self._replace(TwimlAt(urljoin(base, verb.action), verb.method))

    async def _hold_stream(self, verb: Stream, line: Line, base: str) -> None:
        """Open the stream and keep it until it is over, however that comes."""
        stream_sid = self._exchange.sid("MZ")
        link = await self._open(verb)
        if isinstance(link, FaultError):
            self._call.fault(link.code, link.message)
            self._report(verb, stream_sid, "stream-error", base, link.message)
            return
        stream = self._stream(verb, stream_sid, link, line)
        self._report(verb, stream_sid, "stream-started", base)
        ended = await stream.run()
        event = "stream-error" if ended is StreamEnd.PROTOCOL_ERROR else "stream-stopped"
        self._report(verb, stream_sid, event, base)

    async def _open(self, stream: Stream) -> MediaLink | FaultError:
        try:
            url = stream_url(stream.url)
            signature = sign(self._exchange.auth_token, url)
            return await self._exchange.open_link(url, {SIGNATURE_HEADER: signature})
        except FaultError as fault:
            return fault

    def _stream(self, verb: Stream, stream_sid: str, link: MediaLink, line: Line) -> MediaStream:
        stream = MediaStream(
            link=link,
            line=line,
            messages=StreamMessages(
                stream_sid=stream_sid,
                account_sid=self._exchange.account_sid,
                call_sid=self._call.call_sid,
                parameters=verb.parameters,
            ),
            stream_sid=stream_sid,
            network=self._exchange.network,
            timeline=self._call.timeline,
            fault=self._call.fault,
            strict=self._exchange.is_strict,
        )
        self._call.streams.append(stream)
        return stream

    def _report(
        self, stream: Stream, stream_sid: str, event: str, base: str, error: str = ""
    ) -> None:
        """Tell the stream's status callback, when it has one."""
        if stream.status_callback is None:
            return
        fields = [
            ("AccountSid", self._exchange.account_sid),
            ("CallSid", self._call.call_sid),
            ("StreamSid", stream_sid),
            ("StreamName", stream.name or stream_sid),
            ("StreamEvent", event),
            ("Timestamp", self._exchange.clock.now().isoformat(timespec="milliseconds")),
        ]
        if error:
            fields.append(("StreamError", error))
        url = urljoin(base, stream.status_callback)
        self._postman.post(url, stream.status_callback_method, fields)

    async def _replace(self, source: TwimlAt, extra: Fields = ()) -> _Outcome:
        """Go on with another document; an application error ends the call with an apology."""
        fetched = await self.under_orders(self.fetch(source, extra))
        if isinstance(fetched, FaultError):
            line = self._call.line
            assert line is not None
            return await self._carry_out(fetched, line)
        return fetched


def _silence(seconds: float) -> bytes:
    return bytes([SILENCE_BYTE]) * int(seconds * LINE_HZ)
