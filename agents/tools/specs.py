"""The tools of a conversation as a model sees them: names, purposes, argument schemas."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from core.call import Outcome
from core.effects import EffectTool, Json


class Tool(StrEnum):
    """What a model may ask for. The last three are effects: they change the world."""

    RECORD_ANSWER = "record_answer"
    ASK = "ask"
    OFFER_TIMES = "offer_times"
    READ_BACK = "read_back"
    DROP_TIMES = "drop_times"
    NOTE_WISH = "note_wish"
    ANSWER_OBJECTION = "answer_objection"
    NOT_UNDERSTOOD = "not_understood"
    HAND_OFF = "handoff"
    END_CALL = "end_call"
    BOOK_APPOINTMENT = EffectTool.BOOK_APPOINTMENT.value
    REQUEST_CALLBACK = EffectTool.REQUEST_CALLBACK.value
    OPT_OUT = EffectTool.OPT_OUT.value


EFFECTS: Final = frozenset({Tool.BOOK_APPOINTMENT, Tool.REQUEST_CALLBACK, Tool.OPT_OUT})

# Only the scheduler books; everyone else can do the rest.
TALKING: Final = tuple(tool for tool in Tool if tool is not Tool.BOOK_APPOINTMENT)

FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2199  # beyond them no clock of ours can count on

WORDING: Final = 300  # characters kept of what a caller said


def _sane(moment: datetime) -> datetime:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError("that is not in our time")
    return moment


def _shortened(said: object) -> object:
    return said[:WORDING] if isinstance(said, str) else said


Moment = Annotated[AwareDatetime, AfterValidator(_sane)]
CallersWords = Annotated[str, BeforeValidator(_shortened)]


class Arguments(BaseModel):
    """The arguments of one tool; anything unknown or missing is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RecordAnswer(Arguments):
    """Keep the caller's answer to a question of the script."""

    question: str = Field(description="id of the question")
    value: bool | int | str | None = Field(
        description="yes/no, option id, number, name or postcode; null: they would not say"
    )


class Ask(Arguments):
    """Say what this reply asks the caller for."""

    topic: str = Field(description="id of the question, or one of the @topics")


class OfferTimes(Arguments):
    """Say which free times this reply offers, in the order they are spoken."""

    times: tuple[Moment, ...] = Field(min_length=1, max_length=4)


class ReadBack(Arguments):
    """Read a time back for the caller to agree to: an appointment, or a callback."""

    starts_at: Moment
    said: str = Field(min_length=1, description="the time in the words of this reply")
    callback: bool = False


class DropTimes(Arguments):
    """The caller wants none of the times that were offered or read back."""


class NoteWish(Arguments):
    """Keep a time that the caller named before times are discussed."""

    starts_at: Moment


class AnswerObjection(Arguments):
    """This reply answers an objection of the script."""

    objection: str


class NotUnderstood(Arguments):
    """The caller was not understood; this reply says so."""


class HandOff(Arguments):
    """Who answers the next turn."""

    to: str
    reason: str = ""


class EndCall(Arguments):
    """Hang up once this reply has been heard."""

    outcome: Outcome


class BookAppointment(Arguments):
    """Book the appointment that was read back and agreed to. Say so after this call, not before."""

    starts_at: Moment


class RequestCallback(Arguments):
    """Have the caller called back. ``due_at`` is null when no time was agreed."""

    due_at: Moment | None = None
    wording: CallersWords = Field("", description="what the caller said about it")


class OptOut(Arguments):
    """Never call this person again. Say so after this call, not before."""

    wording: CallersWords = Field("", description="what the caller said")


ARGUMENTS: Final[Mapping[Tool, type[Arguments]]] = MappingProxyType(
    {
        Tool.RECORD_ANSWER: RecordAnswer,
        Tool.ASK: Ask,
        Tool.OFFER_TIMES: OfferTimes,
        Tool.READ_BACK: ReadBack,
        Tool.DROP_TIMES: DropTimes,
        Tool.NOTE_WISH: NoteWish,
        Tool.ANSWER_OBJECTION: AnswerObjection,
        Tool.NOT_UNDERSTOOD: NotUnderstood,
        Tool.HAND_OFF: HandOff,
        Tool.END_CALL: EndCall,
        Tool.BOOK_APPOINTMENT: BookAppointment,
        Tool.REQUEST_CALLBACK: RequestCallback,
        Tool.OPT_OUT: OptOut,
    }
)

FIELDS: Final = frozenset(
    ("name", *(field for arguments in ARGUMENTS.values() for field in arguments.model_fields))
)
UNKNOWN: Final = "unknown"


def known_tool(name: str) -> str:
    """The name for a log. A model may put anything there, also what a caller said."""
    return name if name in tuple(Tool) else UNKNOWN


def known_field(place: str | None) -> str:
    """The field of a refused tool call for a log: only names of ours."""
    field = (place or "").partition(".")[0]
    return field if field in FIELDS else UNKNOWN


@cache
def schema(tool: Tool) -> dict[str, Json]:
    """The tool as chat models take it: "function" with a JSON schema. Not to be changed."""
    arguments = ARGUMENTS[tool]
    parameters = arguments.model_json_schema()
    purpose = parameters.pop("description", "")
    return {
        "type": "function",
        "function": {"name": tool.value, "description": purpose, "parameters": parameters},
    }
