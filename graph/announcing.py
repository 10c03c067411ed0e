"""Words that say that an effect is done: they wait for it, and without it they are not said.

A model announces what it does, often before it does it, sometimes without doing it at all. What a
caller agreed to or asked for is therefore held against what was done before a word is voiced.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from agents.agreement import agreed
from agents.brief import Brief
from agents.language.reading import Intent
from agents.progress import Progress
from agents.thread import Topic
from agents.tools.specs import Tool
from core.call import Outcome
from core.effects import EffectTool

# What may announce an effect: worth a moment's wait to see whether the effect comes.
MAY_ANNOUNCE: Final = re.compile(
    r"\b(?:booked|confirmed|off (?:our|the|my) list|remove(?:d)? you|removed your"
    r"|(?:call|ring|phone|contact|bother) you (?:back|again)|hear from us again"
    r"|(?:call|ring) back)\b",
    re.IGNORECASE,
)

_WE: Final = r"\b(?:i|we|that|it|you)(?:['’](?:ve|s|re)| have| has| is| are| have been|['’]ve been)"

# What cannot be said unless the call has come to this.
CLAIMS: Final[Mapping[Outcome, re.Pattern[str]]] = MappingProxyType(
    {
        Outcome.BOOKED: re.compile(
            rf"{_WE} (?:(?:now|all|just) )?booked\b(?! up| out| solid)", re.IGNORECASE
        ),
        Outcome.OPTED_OUT: re.compile(
            rf"{_WE} (?:(?:now|just) )?(?:been )?(?:taken|removed|off)\b.*\blist\b", re.IGNORECASE
        ),
    }
)

# Each of them takes up that the caller wants to be called another time.
CALL_LATER_MOVES: Final = frozenset(
    {Tool.ASK.value, Tool.READ_BACK.value, Tool.REQUEST_CALLBACK.value, Tool.OPT_OUT.value}
)

AGREEMENTS: Final = (
    (Topic.CONFIRM, EffectTool.BOOK_APPOINTMENT, "did not book what was agreed"),
    (Topic.CALLBACK_CONFIRM, EffectTool.REQUEST_CALLBACK, "did not note the agreed callback"),
)


def announces(brief: Brief) -> bool:
    """Whether this turn may do what its words announce: book, or note a callback."""
    confirms = brief.thread.asked in (Topic.CONFIRM, Topic.CALLBACK_CONFIRM)
    return confirms or brief.reading.has(Intent.CALL_LATER)


def may_announce(sentence: str) -> bool:
    """Whether the sentence may say that an effect is done."""
    return MAY_ANNOUNCE.search(sentence) is not None


def left_undone(brief: Brief, progress: Progress, held: Iterable[str]) -> str:
    """What a reply with words leaves undone, to be told of its model; empty when nothing.

    ``held``: its sentences that waited for an effect.
    """
    done = {effect.tool for effect in progress.effects}
    for topic, effect, fault in AGREEMENTS:
        stands = progress.thread.proposal == brief.thread.proposal
        if stands and agreed(brief, topic) and effect not in done:
            return fault
    later = brief.reading.has(Intent.CALL_LATER)
    if later and not CALL_LATER_MOVES.intersection(progress.tools):
        return "did not take up the wish to be called later"
    for outcome, claim in CLAIMS.items():
        if progress.thread.outcome is outcome:
            continue
        if any(claim.search(text) and not text.endswith("?") for text in held):
            return "announced what it did not do"
    return ""
