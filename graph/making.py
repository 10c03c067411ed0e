"""A turn in the making: what the model has said and done so far, cut off or finished.

The speaking node feeds it; the draft reads it. So a draft whose run was cancelled in
mid-sentence still knows exactly what was made.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import structlog

from agents import progress as moves
from agents.agent import Role
from agents.brief import Brief
from agents.ports import ModelPiece
from agents.progress import Progress
from agents.refusals import if_refused
from agents.thread import Topic
from agents.tools.call import ToolCall
from agents.tools.specs import EFFECTS, Tool
from agents.wording import Wording
from core.errors import InvalidInputError
from core.ids import CallId
from core.speech import ReplyPiece, Transition
from core.usage import Usage
from graph.sentences import Sentences

log = structlog.get_logger(__name__)


@dataclass
class Making:
    """Collects one turn. ``pieces`` may be voiced at once, ``waiting`` only after the commit."""

    call_id: CallId
    pieces: list[ReplyPiece] = field(default_factory=list)
    waiting: list[ReplyPiece] = field(default_factory=list)
    usage: list[Usage] = field(default_factory=list)
    transitions: list[Transition] = field(default_factory=list)
    handoffs: int = 0
    brief: Brief | None = None
    progress: Progress | None = None
    _sentences: Sentences = field(default_factory=Sentences)
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
        self.progress = replace(begun, next_agent=brief.from_agent)

    def take(self, piece: ModelPiece) -> tuple[ReplyPiece, ...]:
        """One piece of the completion: its tool calls, then its text."""
        ready: tuple[ReplyPiece, ...] = ()
        for call in piece.tool_calls:
            ready += self._voice(self._sentences.flush())
            self._do(call)
        self.usage.extend(piece.usage)
        return ready + self._voice(self._sentences.feed(piece.text))

    def finish(self) -> tuple[ReplyPiece, ...]:
        """The completion is over: the last sentence, and a safe line if nothing else was said."""
        ready = self._voice(self._sentences.flush())
        self.progress = moves.settle(self._now())
        if self._muted or not (self.pieces or self.waiting or self.progress.ends_call):
            ready += self.safe_line()
        return ready

    def safe_line(self) -> tuple[ReplyPiece, ...]:
        """Never leave a caller in silence: ask again what was asked."""
        self._muted = False
        brief = self._brief()
        wording = Wording(brief.script, brief.variables, self._now().slots, brief.now)
        line = wording.ask(self._now().thread, again=True)
        return self._voice((line or wording.say(brief.script.lines.clarify[0]),))

    @property
    def hands_off_silently(self) -> bool:
        """Whether the model named another agent and said nothing."""
        silent = not (self.pieces or self.waiting)
        return (
            silent
            and self._now().next_agent is not self._brief().agent.role
            and (Tool.HAND_OFF.value in self._now().tools and not self._now().ends_call)
        )

    @property
    def next_agent(self) -> Role:
        """Who answers the next turn."""
        return self._now().next_agent

    def refused(self) -> tuple[Progress, tuple[ReplyPiece, ...]] | None:
        """What the turn comes to when the world refuses its effects; None when it has none."""
        if self.progress is None or not self.progress.effects:
            return None
        back, line = if_refused(self.progress, self._brief())
        sentences = (*(splitter := Sentences()).feed(f"{line} "), *splitter.flush())
        first = len(self.pieces)
        role = self._brief().agent.role
        return back, tuple(
            ReplyPiece(first + at, text, role, waits_for_commit=True)
            for at, text in enumerate(sentences)
        )

    def _do(self, call: ToolCall) -> None:
        brief = self._brief()
        try:
            self.progress = moves.advance(self._now(), call, brief, self.call_id)
        except InvalidInputError as error:
            log.warning("tool call refused", tool=call.name, field=error.field)
            self._muted = self._muted or call.name in tuple(EFFECTS)
            if self._muted and brief.thread.asked == Topic.CONFIRM:
                self.progress = replace(self._now(), thread=brief.thread)

    def _voice(self, sentences: tuple[str, ...]) -> tuple[ReplyPiece, ...]:
        """Number the sentences; return those that need not wait."""
        if self._muted:
            return ()
        brief = self._brief()
        waits = bool(self._now().effects)
        made: list[ReplyPiece] = []
        for text in sentences:
            at = len(self.pieces) + len(self.waiting)
            made.append(ReplyPiece(at, text, brief.agent.role, waits_for_commit=waits))
        (self.waiting if waits else self.pieces).extend(made)
        return () if waits else tuple(made)

    def _brief(self) -> Brief:
        assert self.brief is not None
        return self.brief

    def _now(self) -> Progress:
        assert self.progress is not None
        return self.progress
