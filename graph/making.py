"""A turn in the making: what the models have said and done so far, cut off or finished.

The speaking node feeds it; the draft reads it. So a draft whose run was cancelled in
mid-sentence still knows exactly what was made. Words that were voiced stay; everything else a
model made goes when it fails, and the next model begins where the turn began.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

import structlog

from agents import progress as moves
from agents.agent import Role
from agents.brief import Brief, Done
from agents.ports import ModelPiece
from agents.progress import Progress
from agents.script_opening import Segment
from agents.thread import Topic
from agents.tools.call import ToolCall
from agents.tools.diary import Diary
from agents.tools.specs import EFFECTS, Tool, known_field, known_tool
from core.errors import InvalidInputError
from core.ids import CallId
from core.speech import ReplyPiece
from graph.announcing import announces, left_undone, may_announce
from graph.cost import Cost
from graph.last_lines import last_lines, taken_back, told_instead
from graph.repeats import Repeats, by_model, has_words, is_whole
from graph.room import Room
from graph.sentences import Sentences

log = structlog.get_logger(__name__)

OPERATOR: Final = "operator"  # the model that an operator's words are stored under


@dataclass
class Making:
    """Collects one turn. ``first`` and ``pieces`` may be voiced at once, ``waiting`` only later."""

    call_id: CallId
    first: list[ReplyPiece] = field(default_factory=list)  # what must be heard
    pieces: list[ReplyPiece] = field(default_factory=list)
    waiting: list[ReplyPiece] = field(default_factory=list)
    cost: Cost = field(default_factory=Cost)
    models: list[str] = field(default_factory=list)  # who made what is kept, in order
    faults: list[str] = field(default_factory=list)  # one sentence each, nothing personal
    handoffs: int = 0
    completions: int = 0  # of the model at work
    began_s: float | None = None  # when the first model was asked, by the loop's clock
    failed: set[int] = field(default_factory=set)  # the rungs that failed in this turn
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
    _by_the_script: bool = True
    _room: Room = field(default_factory=Room)
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
        self.done.clear()

    def begin_with(self, owed: Iterable[Segment]) -> tuple[ReplyPiece, ...]:
        """What must be heard comes before anything else, each line as one piece; once a turn."""
        if self.first:
            return ()
        role = self._brief().agent.role
        self.first = [
            ReplyPiece(at, segment.text, role, must_hear=segment.what)
            for at, segment in enumerate(owed)
        ]
        return tuple(self.first)

    def relay(self, text: str, *, ends_call: bool, by: str = OPERATOR) -> tuple[ReplyPiece, ...]:
        """Words that nobody has to think up, as they are. The conversation stays where it is."""
        if ends_call:
            thread = self._now().thread.ask(Topic.CLOSED)
            self.progress = replace(self._now(), thread=thread, ends_call=True)
        self._model = by
        return self._number((*self._sentences.feed(text), *self._sentences.flush()))

    def knows(self, diary: Diary | None) -> None:
        """The calendar was read in this turn; None when it did not answer."""
        self.brief = replace(self._brief(), diary=diary)

    def attempt(self, name: str, *, by_the_script: bool, most_words: int) -> None:
        """A model takes over: the first of the turn, or the next after one that failed."""
        self._model, self._failed, self.completions = name, False, 0
        self._begins.append(len(self.pieces))
        self._by_the_script = by_the_script
        self._room.most = None if by_the_script else most_words
        self._holds = not by_the_script and announces(self._brief())
        if self.pieces:
            self._sentences = Sentences(clauses=False)
        if self.first or self.pieces:
            spoken = [piece.text for piece in self.pieces]
            first = ([piece.text] for piece in self.first)
            self._repeats = Repeats(*first, *by_model(spoken, self._begins))

    def for_model(self) -> Brief:
        """The brief of the next completion: with what was said and done in this turn."""
        brief, now = self._brief(), self._now()
        self.completions += 1
        self.spoke = False
        said = " ".join(piece.text for piece in (*self.first, *self.pieces))
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
        self.spoke = self.spoke or has_words(piece.text)
        return ready + self._voice(self._sentences.feed(piece.text))

    def end(self) -> tuple[ReplyPiece, ...]:
        """The completion is over: its last sentence."""
        return self._voice(self._sentences.flush())

    def complete(self) -> tuple[ReplyPiece, ...]:
        """The completion is good: its last sentence, and what was held back for no effect."""
        ready = self.end()
        held, self._held = self._held, []
        return ready + (() if self._muted else self._number(tuple(held)))

    def give_up(self) -> None:
        """The model failed: only what was voiced stays, and the turn begins anew."""
        self.cut()
        self.waiting.clear()
        self.done.clear()
        self._muted = False
        self._room.begin_anew(piece.text for piece in self.pieces)
        self.progress = self._begun
        if not self.pieces:
            self.cost.first_token_s = None
        if self._begins[-1:] == [len(self.pieces)] and self._model in self.models:
            self.models.remove(self._model)

    def cut(self) -> None:
        """No more time: the words that were not whole or not voiced are dropped."""
        self._sentences = Sentences(clauses=not self.pieces)
        self._held.clear()
        self._failed = True

    def finish(self) -> tuple[ReplyPiece, ...]:
        """The turn is over: the last sentence, and the script's lines where words are missing.

        Never leave a caller in silence: tell what was done, part, or ask again what was asked.
        """
        ready = self.complete()
        now, brief = moves.settle(self._now()), self._brief()
        self.progress = now
        untold = not self.waiting and (self._muted or bool(now.effects))
        if untold or not self.said or self._broke_off:
            self.progress = taken_back(now, brief, refused=self._muted)
            self._muted = False
            ready += self._number(last_lines(self.progress, brief))
        return ready

    @property
    def said(self) -> bool:
        """Whether the caller hears an answer, now or after the commit."""
        return bool(self.pieces or self.waiting)

    @property
    def all_allowed(self) -> bool:
        """Whether every tool call of the model at work was allowed, and none is an effect."""
        return not self._now().effects and all(done.result == "ok" for done in self.done)

    @property
    def nothing_said(self) -> bool:
        """Whether the model at work only called tools, so that it must be asked for words."""
        return not (self.spoke or self.hands_off_silently)

    @property
    def hands_off_silently(self) -> bool:
        """Whether the model named another agent and said nothing."""
        return (
            not self.said
            and self._now().next_agent is not self._brief().agent.role
            and (Tool.HAND_OFF.value in self._now().tools and not self._now().ends_call)
        )

    @property
    def left_undone(self) -> str:
        """What the words of the model at work promise and its tools did not do; mostly empty."""
        return left_undone(self._brief(), self._now(), self._held) if self.spoke else ""

    @property
    def next_agent(self) -> Role:
        """Who answers the next turn."""
        return self._now().next_agent

    def refused(self) -> tuple[Progress, tuple[ReplyPiece, ...]] | None:
        """What the turn comes to when the world refuses its effects; None when it has none."""
        if self.progress is None or not self.progress.effects:
            return None
        said = len(self.first) + len(self.pieces)
        return told_instead(self.progress, self._brief(), said)

    @property
    def _broke_off(self) -> bool:
        """Whether all that was voiced ends in the middle of a sentence that nobody finishes."""
        idle = self._failed or self._begins[-1:] == [len(self.pieces)]
        return idle and not self.waiting and not is_whole(self.pieces[-1].text)

    def _do(self, call: ToolCall) -> None:
        brief = self._brief()
        try:
            self.progress = moves.advance(self._now(), call, brief, self.call_id)
        except InvalidInputError as error:
            log.warning(
                "tool call refused", tool=known_tool(call.name), field=known_field(error.field)
            )
            self.done.append(Done(call, str(error)))
            self._muted = self._muted or call.name in tuple(EFFECTS)
            if self._muted and not self._now().effects and brief.thread.asked == Topic.CONFIRM:
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
        if self._muted or not sentences:
            return ()
        if self._repeats is not None:
            sentences = tuple(filter(None, map(self._repeats.unsaid, sentences)))
        ready: list[str] = []
        for text in filter(has_words, sentences):
            if self._now().effects or self._room.takes(text):
                (self._held if self._waits(text) else ready).append(text)
        return self._number(tuple(ready))

    def _waits(self, sentence: str) -> bool:
        """Whether the sentence may announce an effect that is not done, or comes after such."""
        if self._by_the_script or self._now().effects:
            return False
        return self._holds or bool(self._held) or may_announce(sentence)

    def _number(self, sentences: tuple[str, ...]) -> tuple[ReplyPiece, ...]:
        """Number the sentences; return those that need not wait."""
        role = self._brief().agent.role
        waits = bool(self._now().effects)
        if sentences:
            self._answered()
        made: list[ReplyPiece] = []
        for text in sentences:
            at = len(self.first) + len(self.pieces) + len(self.waiting) + len(made)
            made.append(ReplyPiece(at, text, role, waits_for_commit=waits))
        (self.waiting if waits else self.pieces).extend(made)
        return () if waits else tuple(made)

    def _brief(self) -> Brief:
        assert self.brief is not None
        return self.brief

    def _now(self) -> Progress:
        assert self.progress is not None
        return self.progress
