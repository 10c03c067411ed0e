"""One turn's answer across a line-up of models: who is asked, how long, and who takes over.

A model has little time to begin and little to go on. One that fails makes room for the next in
the same turn, and no word that the caller heard is said again: see ``graph.making``. The script
brain stands last; it neither fails nor needs a network.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
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
from graph.faults import too_late, what_failed
from graph.making import Making
from graph.repeats import has_words
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
    _deadline: asyncio.Timeout | None = None  # of the models: the first word, then the turn

    @property
    def _making(self) -> Making:
        return self.context.making

    async def answer(self) -> None:
        """Ask one model after the other until one has answered. Cancel-safe: yes."""
        making = self._making
        assert making.brief is not None
        *models, last = self.context.models.for_turn(making.brief)
        if models and await self._ask_in_time(models):
            return
        self._attempt(last, last.model.name)
        if not await self._answers(last):
            making.give_up()

    async def _ask_in_time(self, models: Sequence[Rung]) -> bool:
        """Whether one of them answered, or what they voiced must do.

        Until a word is voiced the caller waits in silence, whoever thinks: so all models of a
        turn, and all agents, have that time together.
        """
        making, limits = self._making, self.context.limits
        if making.began_s is None:
            making.began_s = _now()
        patience_s = min(max(limits.words_s, *(_slowest_s(each) for each in models)), limits.turn_s)
        first_word = making.began_s + (limits.turn_s if making.pieces else patience_s)
        try:
            async with asyncio.timeout_at(first_word) as self._deadline:
                return await self._ask_in_order(models)
        except TimeoutError:
            if making.pieces:
                making.cut()
                self._fault(f"The turn took longer than {limits.turn_s:g} s.")
                return True
            making.give_up()
            return self._fault(f"No model said a word within {patience_s:g} s.")
        finally:
            self._deadline = None

    async def _ask_in_order(self, models: Sequence[Rung]) -> bool:
        making = self._making
        for place, rung in enumerate(models):
            if place in making.failed:  # asked by another agent of this turn
                continue
            if await self._recalls(rung):
                return True
            if rung.breaker is not None and not rung.breaker.lets(_now()):
                self._fault(f"{rung.model.name} was left alone, as it failed before.")
            else:
                self._attempt(rung, rung.model.name)
                if await self._answers(rung):
                    await self._keep()
                    return True
                making.give_up()
            making.failed.add(place)
        return False

    def _attempt(self, rung: Rung, name: str) -> None:
        words = self.context.limits.words
        self._making.attempt(name, by_the_script=rung.by_the_script, most_words=words)
        self._made.clear()

    async def _recalls(self, rung: Rung) -> bool:
        """Whether the same was asked before: then that answer is given, checked like any other."""
        replies, making = self.context.cache, self._making
        self._key = ""
        assert making.brief is not None
        if replies is None or rung.by_the_script or making.said or making.first:
            return False
        if not may_be_asked(making.brief):
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
        except BusyError:
            if breaker is not None:
                breaker.gave_up(_now())
            return self._fault(f"{name} had no room for another request.")
        except TimeoutError:
            began = self._making.spoke or bool(self._making.done)
            return self._failed(rung, too_late(rung, began=began))
        except _Unfit as unfit:
            return self._failed(rung, f"{name} {unfit}.")
        except ProviderError as error:
            stay_away_s = error.retry_after_s if error.retryable else HOPELESS_S
            return self._failed(rung, what_failed(rung, error), stay_away_s)
        except BaseException:  # cut off, or a fault of our own: it tells nothing of the model
            if breaker is not None:
                breaker.gave_up(_now())
            raise
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
            if not rung.by_the_script and making.left_undone:
                raise _Unfit(making.left_undone)
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
                    if piece.admitted and rung.first_s is not None:  # it stood in our own queue
                        patience.reschedule(loop.time() + rung.first_s)
                    self._making.cost.usage.extend(piece.usage)  # before anything can go wrong
                    if not rung.by_the_script:
                        self._making.cost.note(piece, loop.time())
                    heard = piece if plain is None else _cleaned(piece, plain)
                    useful = useful or bool(heard.tool_calls) or has_words(heard.text)
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
            if plain.broke_off and not self._too_long():
                raise _Unfit("did not end what it began")
        self._voice(self._making.end())

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
        if pieces and self._deadline is not None and self._making.began_s is not None:
            self._deadline.reschedule(self._making.began_s + self.context.limits.turn_s)
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


def _slowest_s(rung: Rung) -> float:
    """So long may a model take that calls tools first and speaks in a second completion."""
    return 2 * (rung.first_s or 0.0)


def _extend(patience: asyncio.Timeout, until: float) -> None:
    """Wait until then. Tokens that come in a rush move the end but once: a timer costs more."""
    before = patience.when()
    if before is None or until - before > RUSH_S:
        patience.reschedule(until)


def _cleaned(piece: ModelPiece, plain: PlainText) -> ModelPiece:
    """The piece with what can be spoken of its text."""
    spoken = plain.feed(piece.text)
    return piece if spoken == piece.text else replace(piece, text=spoken)


def _now() -> float:
    """The loop's clock, in seconds: the one by which breakers rest."""
    return asyncio.get_running_loop().time()
