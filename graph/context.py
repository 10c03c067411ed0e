"""What one turn runs with and what is never saved.

``Surroundings`` are the live objects of one turn of one call. ``CallContext`` is what LangGraph
carries to the nodes: plain values that Studio can show and fill in, and the surroundings, which
only a real call brings.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias
from zoneinfo import ZoneInfo

from langchain_core.callbacks import BaseCallbackHandler
from pydantic import Field, GetCoreSchemaHandler
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import core_schema

from agents.language.reading import Reading
from agents.lineup import LineUp
from agents.ports import Calendar
from agents.script import Script
from core.card import CallCard
from core.speech import CallerTurn, Heard, ReplyPiece
from graph.limits import Limits
from graph.making import Making
from graph.reply_cache import Replies
from graph.state import CallState

# Takes a piece of the reply as soon as it may be voiced.
Voice: TypeAlias = Callable[[ReplyPiece], None]

# Makes those who look on at the run of one turn, such as a trace of it.
Watchers: TypeAlias = Callable[[], Sequence[BaseCallbackHandler]]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The surroundings of one turn of one call."""

    card: CallCard
    script: Script
    zone: ZoneInfo  # the script's
    models: LineUp
    calendar: Calendar
    cache: Replies | None
    limits: Limits
    turn: CallerTurn
    reading: Reading
    heard: Heard | None
    making: Making
    watchers: Watchers | None = None
    voice: Voice | None = None  # takes each piece at once; without it LangGraph's stream does

    @classmethod
    def __get_pydantic_core_schema__(
        cls, _source: object, _handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Its inside is nobody's business: Studio reads the schema of all that a context holds."""
        return core_schema.is_instance_schema(cls)


@dataclass(frozen=True, slots=True)
class CallContext:
    """The context of a run of the graph. A call brings ``live``; Studio fills in the rest."""

    script: Annotated[
        Literal["estate_agency_outbound", "estate_agency_inbound"],
        Field(description="The script that the agents follow: one that comes with Parley."),
    ] = "estate_agency_outbound"
    lead_name: Annotated[
        str, Field(description="Who is called. A script of incoming calls does not use it.")
    ] = "Sam Taylor"
    now: Annotated[
        str | None,
        Field(
            description="The moment at which the turn takes place, such as 2026-11-23T09:30, by "
            "the script's clock. Empty: the present.",
        ),
    ] = None
    live: SkipJsonSchema[Surroundings | None] = None


# Makes the surroundings of a turn for a run that brings none.
StandIn: TypeAlias = Callable[[CallState, CallContext], Awaitable[Surroundings]]
