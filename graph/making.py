"""A turn in the making: what the models have said and done so far, cut off or finished.

The speaking node feeds it; the draft reads it. So a draft whose run was cancelled in
mid-sentence still knows exactly what was made. Words that were voiced stay; everything else a
model made goes when it fails, and the next model begins where the turn began.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import structlog

from agents import progress as moves
from agents.agent import Role
from agents.brief import Brief, Done
from agents.language.reading import Intent
from agents.ports import ModelPiece
from agents.progress import Progress
from agents.refusals import if_refused
from agents.thread import Topic
from agents.tools.call import ToolCall
from agents.tools.diary import Diary
from agents.tools.specs import EFFECTS, Tool
from agents.wording import Wording
from core.call import Outcome
from core.errors import InvalidInputError
from core.ids import CallId
from core.speech import ReplyPiece
from core.usage import Usage
from graph.repeats import Repeats, is_whole
from graph.sentences import Sentences

log = structlog.get_logger(__name__)


@dataclass
class Making:
    """Collects one turn. ``pieces`` may be voiced at once, ``waiting`` only after the commit."""

    call_id: CallId
    pieces: list[ReplyPiece] = field(default_factory=list)
    waiting: list[ReplyPiece] = field(default_factory=list)
    usage: list[Usage] = field(default_factory=list)
    models: list[str] = field(default_factory=list)  # who made what is kept, in order
    faults: list[str] = field(default_factory=list)  # one sentence each, nothing personal
    handoffs: int = 0
    completions: int = 0
    brief: Brief | None = None
    progress: Progress | None = None
    done: list[Done] = field(default_factory=list)  # the tool calls of the model at work
    spoke: bool = False  # the completion at work has text, voiced or not
    _begun: Progress | None = None  # before the first tool call of this agent
    _model: str = ""
    _failed: bool = False  # the model at work broke off
    _begins: list[int] = field(default_factory=list)  # the first piece of each model
    _sentences: Sentences = field(default_factory=Sentences)
    _repeats: Repeats | None = None
    _held: list[str] = field(default_factory=list)  # sentences that may announce an effect
    _holds: bool = False
    _most_words: int | None = None
    _words: int = 0
    _muted: bool = False  # an effect was refused: its announcement must not be voiced

    def start(self, brief: Brief) -> None:
        """An agent takes the turn: the first one, or another after a silent handoff."""
        if self.progress is not None:
            brief = replace(brief, slots=self.progress.slots, thread=self.progress.thread)
        self.brief = brief
        begun = moves.begin(brief)
        if self.progress is not None:
            kept = self.progress
            begun = replace(begun, effects=kept.effects, tools=kept.tools)
        self.progress = self._begun = replace(begun, next_agent=brief.from_agent)
        self.done = []

    def knows(self, diary: Diary | None) -> None:
        """The calendar was read in this turn; None when it did not answer."""
        self.brief = replace(self._brief(), diary=diary)

    def attempt(self, name: str, *, by_the_script: bool, most_words: int) -> None:
        """A model takes over: the first of the turn, or the next after one that failed."""
        self._model, self._failed = name, False
        self._begins.append(len(self.pieces))
        self._most_words = None if by_the_script else most_words
        self._holds = not by_the_script and announces(self._brief())
        if self.pieces:
            spoken = [piece.text for piece in self.pieces]
            ends = [*self._begins[1:], len(spoken)]
            voiced = (spoken[begin:end] for begin, end in zip(self._begins, ends, strict=True))
            self._repeats = Repeats(*voiced)
            self._sentences = Sentences(clauses=False)

    def for_model(self) -> Brief:
        """The brief of the next completion: with what was said and done in this turn."""
        brief, now = self._brief(), self._now()
        self.completions += 1
        self.spoke = False
        said = " ".join(piece.text for piece in self.pieces)
        if not said and not self.done:
            return brief
        return replace(
            brief,
            slots=now.slots,
            thread=now.thread,
            said_already=said,
            done=tuple(self.done),
        )

    def take(self, piece: ModelPiece) -> tuple[ReplyPiece, ...]:
        """One piece of the completion: its tool calls, then its text."""
        ready: tuple[ReplyPiece, ...] = ()
        for call in piece.tool_calls:
            ready += self._voice(self._sentences.flush())
            self._do(call)
        self.usage.extend(piece.usage)
        self.spoke = self.spoke or bool(piece.text.strip())
        return ready + self._voice(self._sentences.feed(piece.text))

    def complete(self) -> tuple[ReplyPiece, ...]:
        """The completion is over: the last sentence, and what was held back for no effect."""
        ready = self._voice(self._sentences.flush())
        held, self._held = self._held, []
        return ready + (() if self._muted else self._number(tuple(held)))

    def give_up(self) -> None:
        """The model failed: only what was voiced stays, and the turn begins anew."""
        self.cut()
        self.waiting.clear()
        self.done.clear()
        self._muted = False
        self.progress = self._begun
        if len(self.pieces) == self._begins[-1] and self._model in self.models:
            self.models.remove(self._model)

    def cut(self) -> None:
        """No more time: the words that were not whole or not voiced are dropped."""
        self._sentences = Sentences(clauses=not self.pieces)
        self._held.clear()
        self._failed = True

    def finish(self) -> tuple[ReplyPiece, ...]:
        """The turn is over: the last sentence, and a safe line if nothing else was said."""
        ready = self.complete()
        self.progress = moves.settle(self._now())
        if self._muted or not (self.said or self.progress.ends_call) or self._broke_off:
            ready += self.safe_line()
        return ready

    def safe_line(self) -> tuple[ReplyPiece, ...]:
        """Never leave a caller in silence: ask again what was asked."""
        self._muted = False
        brief = self._brief()
        wording = Wording(brief.script, brief.variables, self._now().slots, brief.now)
        line = wording.ask(self._now().thread, again=True)
        return self._number((line or wording.say(brief.script.lines.clarify[0]),))

    @property
    def said(self) -> bool:
        """Whether the caller hears anything, now or after the commit."""
        return bool(self.pieces or self.waiting)

    @property
    def all_allowed(self) -> bool:
        """Whether every tool call of the model at work was allowed, and none is an effect."""
        return not self._now().effects and all(done.result == "ok" for done in self.done)

    @property
    def nothing_said(self) -> bool:
        """Whether the model at work only called tools, so that it must be asked for words."""
        return not (self.spoke or self._now().ends_call or self.hands_off_silently)

    @property
    def hands_off_silently(self) -> bool:
        """Whether the model named another agent and said nothing."""
        return (
            not self.said
            and self._now().next_agent is not self._brief().agent.role
            and (Tool.HAND_OFF.value in self._now().tools and not self._now().ends_call)
        )

    @property
    def ignores_opt_out(self) -> bool:
        """Whether the caller wants no more calls and nobody has noted it."""
        noted = self._now().thread.outcome is Outcome.OPTED_OUT
        return self._brief().reading.has(Intent.OPT_OUT) and not noted

    @property
    def next_agent(self) -> Role:
        """Who answers the next turn."""
        return self._now().next_agent

    def refused(self) -> tuple[Progress, tuple[ReplyPiece, ...]] | None:
        """What the turn comes to when the world refuses its effects; None when it has none."""
        if self.progress is None or not self.progress.effects:
            return None
        back, line = if_refused(self.progress, self._brief())
        splitter = Sentences(clauses=False)
        sentences = (*splitter.feed(f"{line} "), *splitter.flush())
        first = len(self.pieces)
        role = self._brief().agent.role
        return back, tuple(
            ReplyPiece(first + at, text, role, waits_for_commit=True)
            for at, text in enumerate(sentences)
        )

    @property
    def _broke_off(self) -> bool:
        """Whether all that was voiced ends in the middle of a sentence that nobody finishes."""
        last = self.pieces[-1].text if self.pieces else ""
        return self._failed and not self.waiting and not is_whole(last)

    def _do(self, call: ToolCall) -> None:
        brief = self._brief()
        try:
            self.progress = moves.advance(self._now(), call, brief, self.call_id)
        except InvalidInputError as error:
            log.warning("tool call refused", tool=call.name, field=error.field)
            self.done.append(Done(call, str(error)))
            self._muted = self._muted or call.name in tuple(EFFECTS)
            if self._muted and brief.thread.asked == Topic.CONFIRM:
                self.progress = replace(self._now(), thread=brief.thread)
            return
        self.done.append(Done(call))
        self._answered()
        if self._now().effects and self._held:
            held, self._held = self._held, []
            self._number(tuple(held))

    def _answered(self) -> None:
        """The model at work has made something of the turn."""
        if self._model and self._model not in self.models:
            self.models.append(self._model)

    def _voice(self, sentences: tuple[str, ...]) -> tuple[ReplyPiece, ...]:
        """The sentences that need not wait; those that the caller knows already are dropped."""
        if self._muted:
            return ()
        if self._repeats is not None:
            sentences = tuple(filter(None, map(self._repeats.unsaid, sentences)))
        sentences = tuple(text for text in sentences if self._has_room(text))
        if self._holds and not self._now().effects:
            self._held.extend(sentences)
            return ()
        return self._number(sentences)

    def _has_room(self, sentence: str) -> bool:
        """Whether the reply may be longer by that sentence; after the first that may not, never."""
        if self._most_words is None:
            return True
        self._words += len(sentence.split())
        return self._words <= self._most_words or self._words == len(sentence.split())

    def _number(self, sentences: tuple[str, ...]) -> tuple[ReplyPiece, ...]:
        """Number the sentences; return those that need not wait."""
        role = self._brief().agent.role
        waits = bool(self._now().effects)
        if sentences:
            self._answered()
        made: list[ReplyPiece] = []
        for text in sentences:
            at = len(self.pieces) + len(self.waiting) + len(made)
            made.append(ReplyPiece(at, text, role, waits_for_commit=waits))
        (self.waiting if waits else self.pieces).extend(made)
        return () if waits else tuple(made)

    def _brief(self) -> Brief:
        assert self.brief is not None
        return self.brief

    def _now(self) -> Progress:
        assert self.progress is not None
        return self.progress


def announces(brief: Brief) -> bool:
    """Whether this turn may do what its words announce: book, note a callback, note an opt-out."""
    confirms = brief.thread.asked in (Topic.CONFIRM, Topic.CALLBACK_CONFIRM)
    reading = brief.reading
    return confirms or reading.has(Intent.OPT_OUT) or reading.has(Intent.CALL_LATER)
