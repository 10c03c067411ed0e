"""Whether the caller has agreed to what was read back to them."""

from __future__ import annotations

from agents.brief import Brief
from agents.language.reading import Intent
from agents.thread import Topic


def was_read_back(brief: Brief) -> bool:
    """Whether the last thing the caller heard of us held the time of the proposal.

    After "Are you still there?" a yes means only that they are.
    """
    proposal = brief.thread.proposal
    return proposal is not None and proposal.said in brief.last_heard


def agreed(brief: Brief, topic: Topic) -> bool:
    """Whether this turn is an explicit yes to a read-back that the caller heard."""
    return (
        brief.thread.asked == topic
        and brief.reading.has(Intent.YES)
        and not brief.reading.has(Intent.NO)
        and was_read_back(brief)
    )
