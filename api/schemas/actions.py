"""Shapes of actions on a live call."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

MOST_CHARACTERS = 500  # half a minute of speech: as long as anyone listens


class CallAction(BaseModel):
    """Something to do in a live call."""

    model_config = ConfigDict(extra="forbid")

    call_sid: str = Field(
        description="CallSid, or call id", max_length=64, pattern="^[0-9A-Za-z-]+$"
    )
    action: Annotated[str, StringConstraints(strip_whitespace=True)] = Field(
        description="end_conversation or say", max_length=50
    )
    reason: str | None = Field(
        None, description="kept in the log, never spoken", max_length=MOST_CHARACTERS
    )
    message: Annotated[str, StringConstraints(strip_whitespace=True)] | None = Field(
        None,
        description="what the agent says; without it end_conversation says the script's farewell",
        max_length=MOST_CHARACTERS,
    )


class CallActionOut(BaseModel):
    """What became of it. ``success``: the process that holds the call has taken it."""

    success: bool
    action: str
    call_sid: str
    message: str
