"""One turn's answer across a line-up of models: who is asked, how long, and who takes over.

A model has little time to begin and little to go on. One that fails makes room for the next in
the same turn, and no word that the caller heard is said again: see ``graph.making``. The script
brain stands last; it neither fails nor needs a network.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

import structlog

from agents.lineup import Rung
from agents.plain_text import PlainText
from agents.ports import ModelPiece
from agents.prompts import shows_times
from agents.tools.diary import Diary
from agents.tools.specs import Tool
from core.errors import BusyError, ProviderError
from core.speech import ReplyPiece
from graph.briefing import diary_of
from graph.cacheable import may_be_asked, may_be_kept
from graph.context import Surroundings
from graph.making import Making
from graph.reply_cache import CACHED, key_of

log = structlog.get_logger(__name__)

HOPELESS_S: Final = 300.0  # a wrong key or a missing model is not put right within a call


RUSH_S: Final = 0.01  # so much sooner a stall may be called one

# Tools that are held against the diary.
TIMELY: Final = frozenset(
    {Tool.OFFER_TIMES.value, Tool.READ_BACK.value, Tool.BOOK_APPOINTMENT.value}
)


class _Unfit(Exception):
    """A completion ran to its end and cannot be the answer."""


@dataclass
class Thinking:
    """Answers one turn as one agent. ``write`` takes each piece as soon as it may be voiced."""

    context: Surroundings
    write: Callable[[ReplyPiece], None]
    _made: list[ModelPiece] = field(default_factory=list)  # by the model at work
    _key: str = ""  # where its answer may be kept
    _looked_up: bool = False  # the diary is in the brief

    @property
    def _making(self) -> Making:
        return self.context.making

    async def answer(self) -> None:
        """Ask one model after the other until one has answered. Cancel-safe: yes."""
        try:
            async with asyncio.timeout(self.context.limits.turn_s):
                await self._ask_in_order()
        except TimeoutError:
            self._making.cut()
            self._fault(f"The turn took longer than {self.context.limits.turn_s:g} s.")

    async def _ask_in_order(self) -> None:
        making = self._making
        assert making.brief is not None
        for rung in self.context.models.for_turn(making.brief):
            if rung.breaker is not None and not rung.breaker.lets(_now()):
                self._fault(f"{rung.model.name} was left alone, as it failed before.")
                continue
            if await self._recalls(rung):
                return
            self._attempt(rung, rung.model.name)
            if await self._answers(rung):
                await self._keep()
                return
            making.give_up()

    def _attempt(self, rung: Rung, name: str) -> None:
        words = self.context.limits.words
        self._making.attempt(name, by_the_script=rung.by_the_script, most_words=words)
        self._made.clear()

    async def _recalls(self, rung: Rung) -> bool:
        """Whether the same was asked before: then that answer is given, checked like any other."""
        replies, making = self.context.cache, self._making
        self._key = ""
        assert making.brief is not None
        if replies is None or rung.by_the_script or making.said or not may_be_asked(making.brief):
            return False
        self._key = key_of(making.brief, self.context.card.script.version, rung.model.name)
        known = await replies.find(self._key)
        if known is None:
            return False
        self._attempt(rung, CACHED)
        for piece in known:
            self._voice(making.take(piece))
        self._voice(making.complete())
        if making.nothing_said:
            making.give_up()
            return False
        if rung.breaker is not None:
            rung.breaker.gave_up(_now())  # it was not asked
        return True

    async def _keep(self) -> None:
        """Keep the answer for others who ask the same, if it is nobody's in particular."""
        replies, making = self.context.cache, self._making
        assert making.brief is not None
        if replies is None or not self._key or making.faults or not making.all_allowed:
            return
        if may_be_kept(making.brief, self._made):
            await replies.keep(self._key, self._made)

    async def _answers(self, rung: Rung) -> bool:
        """Whether that model answered. Its breaker learns how it went."""
        name, breaker = rung.model.name, rung.breaker
        try:
            await self._converse(rung)
        except asyncio.CancelledError:
            if breaker is not None:
                breaker.gave_up(_now())
            raise
        except BusyError:
            if breaker is not None:
                breaker.gave_up(_now())
            return self._fault(f"{name} had no room for another request.")
        except TimeoutError:
            began = self._making.spoke or bool(self._making.done)
            return self._failed(rung, _too_late(rung, began=began))
        except _Unfit as unfit:
            return self._failed(rung, f"{name} {unfit}.")
        except ProviderError as error:
            stay_away_s = error.retry_after_s if error.retryable else HOPELESS_S
            return self._failed(rung, _what_failed(rung, error), stay_away_s)
        if breaker is not None:
            breaker.succeeded(_now())
        return True

    async def _converse(self, rung: Rung) -> None:
        """As many completions of one model as it takes until it speaks.

        Many models return either tool calls or words: then the words come in a second completion,
        which is told what became of the calls.
        """
        making = self._making
        while True:
            called = len(making.done)
            await self._complete(rung)
            if not rung.by_the_script and making.ignores_opt_out:
                raise _Unfit("did not note that the caller wants no more calls")
            self._voice(making.complete())
            if rung.by_the_script or not making.nothing_said:
                return
            if len(making.done) == called or making.completions >= self.context.limits.completions:
                raise _Unfit("said nothing")

    async def _complete(self, rung: Rung) -> None:
        """One completion, voiced as it comes.

        Raises:
            ProviderError: the model failed.
            TimeoutError: it did not begin in time, or fell silent.
        """
        brief = self._making.for_model()
        if rung.by_the_script or shows_times(brief):
            brief = replace(brief, diary=await self._diary())
        plain = None if rung.by_the_script else PlainText()
        useful = False
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(rung.first_s) as patience:
            async with aclosing(cast("Any", rung.model.answer(brief))) as completion:
                async for piece in completion:
                    if piece.admitted and rung.first_s is not None:  # our queue's time was ours
                        patience.reschedule(loop.time() + rung.first_s)
                    heard = piece if plain is None else _cleaned(piece, plain)
                    useful = useful or bool(heard.tool_calls or heard.text.strip())
                    if any(call.name in TIMELY for call in heard.tool_calls):
                        patience.reschedule(None)  # the calendar's time is not the model's
                        await self._diary()
                    if useful and rung.stall_s is not None:
                        _extend(patience, loop.time() + rung.stall_s)
                    self._take(heard)
                    if self._too_long():
                        break
        if plain is not None:
            self._take(ModelPiece(text=plain.flush()))

    async def _diary(self) -> Diary | None:
        """The free times, read when this turn needs them first: most turns name no time."""
        if not self._looked_up:
            self._making.knows(await diary_of(self.context))
            self._looked_up = True
        assert self._making.brief is not None
        return self._making.brief.diary

    def _take(self, piece: ModelPiece) -> None:
        self._made.append(piece)
        self._voice(self._making.take(piece))

    def _voice(self, pieces: tuple[ReplyPiece, ...]) -> None:
        for piece in pieces:
            self.write(piece)

    def _too_long(self) -> bool:
        said = sum(len(piece.text) for piece in self._making.pieces)
        return said > self.context.limits.characters

    def _failed(self, rung: Rung, fault: str, stay_away_s: float | None = None) -> bool:
        if rung.breaker is not None:
            rung.breaker.failed(_now(), fault, stay_away_s=stay_away_s)
        return self._fault(fault)

    def _fault(self, fault: str) -> bool:
        """Note what went wrong, in words that are nobody's secret. Never an answer: False."""
        log.warning("no answer", fault=fault, turn=self.context.turn.number)
        self._making.faults.append(fault)
        return False


def _extend(patience: asyncio.Timeout, until: float) -> None:
    """Wait until then. Tokens that come in a rush move the end but once: a timer costs more."""
    before = patience.when()
    if before is None or until - before > RUSH_S:
        patience.reschedule(until)


def _cleaned(piece: ModelPiece, plain: PlainText) -> ModelPiece:
    """The piece with what can be spoken of its text."""
    return ModelPiece(plain.feed(piece.text), piece.tool_calls, piece.usage)


def _too_late(rung: Rung, *, began: bool) -> str:
    """What is told of a model whose time was over."""
    what, seconds = ("fell silent", rung.stall_s) if began else ("did not begin", rung.first_s)
    asked = "" if seconds is None else f" {'for' if began else 'within'} {seconds:g} s"
    return f"{rung.model.name} {what}{asked}."


def _what_failed(rung: Rung, error: ProviderError) -> str:
    """What is told of a model that broke. A model in this process may quote the caller."""
    why = str(error).removeprefix(f"{error.provider}: ").rstrip(".")
    return f"{rung.model.name} failed{'' if rung.by_the_script else f': {why}'}."


def _now() -> float:
    """The loop's clock, in seconds: the one by which breakers rest."""
    return asyncio.get_running_loop().time()
