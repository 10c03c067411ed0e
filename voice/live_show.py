"""The live feed of one call: what a watcher sees, as it happens."""

from __future__ import annotations

from collections.abc import Callable

from core.call import EndReason, Outcome
from core.effects import Json
from core.events import LiveEvent, LiveKind
from core.ids import CallId
from core.speech import CallerTurn, Committed, Heard
from core.timing import TurnTiming
from voice.commands import Stage
from voice.ports import LiveFeed
from voice.turns import Turn


class LiveShow:
    """Tells the watchers of one call what happens. Never blocks, never raises."""

    def __init__(self, call_id: CallId, feed: LiveFeed, at_ms: Callable[[], int]) -> None:
        self._call_id = call_id
        self._feed = feed
        self._at_ms = at_ms

    def state(self, turn: Turn) -> None:
        """Whose turn it is has changed."""
        self._publish(LiveKind.STATE, {"state": turn.value})

    def heard(self, turn: CallerTurn) -> None:
        """What the caller was understood to say."""
        self._publish(
            LiveKind.HEARD,
            {
                "turn": turn.number,
                "kind": turn.kind.value,
                "text": turn.text,
                "confidence": round(turn.confidence, 3),
                "audio_ms": turn.audio_ms,
            },
        )

    def said(self, turn: int, text: str) -> None:
        """A sentence that the agent is about to say."""
        self._publish(LiveKind.SAID, {"turn": turn, "text": text})

    def interrupted(self, heard: Heard | None) -> None:
        """The caller cut in."""
        if heard is not None:
            self._publish(
                LiveKind.INTERRUPTED,
                {"turn": heard.turn, "heard": heard.text, "unheard": heard.unheard},
            )

    def committed(self, turn: int, committed: Committed) -> None:
        """Who answered, why, and what was done."""
        result = committed.result
        self._publish(
            LiveKind.AGENT,
            {
                "turn": turn,
                "agent": result.agent,
                "next_agent": result.next_agent,
                "stage": result.stage,
                "intent": result.intent,
                "reason": "; ".join(move.reason for move in result.transitions),
            },
        )
        for effect in result.effects:
            self._publish(LiveKind.EFFECT, {"turn": turn, "tool": effect.tool.value, "done": True})

    def timing(self, timing: TurnTiming) -> None:
        """The waterfall of a turn."""
        data: dict[str, Json] = {"turn": timing.turn, "v2v_ms": timing.v2v_ms}
        data.update({stage.value: getattr(timing, stage.value) for stage in Stage})
        self._publish(LiveKind.TIMING, data)

    def ended(self, outcome: Outcome, reason: EndReason) -> None:
        """The call is over."""
        self._publish(LiveKind.ENDED, {"outcome": outcome.value, "reason": reason.value})

    def _publish(self, kind: LiveKind, data: dict[str, Json]) -> None:
        self._feed.publish(self._call_id, LiveEvent(kind, self._at_ms(), data))
