"""The state of a conversation and how it grows.

Plain values and LangChain messages only, so that strict msgpack loads it again. Personal data
lives inside ``messages``, ``slots`` and ``thread``: the encrypting serializer leaves top-level
strings in clear text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias, cast

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, RemoveMessage
from langgraph.graph.message import add_messages
from typing_extensions import TypedDict

from agents.agent import Role
from agents.brief import Said
from core.effects import Json
from core.speech import CallerTurn, Heard, TurnKind

Change: TypeAlias = Mapping[str, Json]  # a turn's ``state_change``: plain JSON


def merge_slots(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Answers accumulate; a later one to the same question replaces the earlier."""
    return {**before, **after}


class CallState(TypedDict, total=False):
    """What is remembered between turns."""

    messages: Annotated[list[AnyMessage], add_messages]  # replaced by id when cut short
    slots: Annotated[dict[str, Any], merge_slots]  # answers by question id
    thread: dict[str, Any]  # agents.thread.Thread as JSON
    active_agent: str  # who answers the next turn: the whole memory of routing
    stage: str
    turn: int  # the last committed turn
    heard_lines: list[int]  # of the opening: those heard to their end, by place


def words_of(turn: CallerTurn) -> str:
    """The caller's words, without the character that a database cannot keep.

    An operator's words are not the caller's.
    """
    if turn.kind is TurnKind.OPERATOR:
        return ""
    return (turn.text or turn.digits).replace("\x00", "")


def caller_id(turn: int) -> str:
    """The id of the message with the caller's words of that turn."""
    return f"t{turn}-caller"


def agent_id(turn: int) -> str:
    """The id of the message with our reply of that turn."""
    return f"t{turn}-agent"


def as_heard(state: CallState, heard: Heard | None) -> list[Json]:
    """The change that cuts our last reply to what was heard of it; empty when all was."""
    if heard is None or heard.complete:
        return []
    known = {message.id for message in state.get("messages", [])}
    if agent_id(heard.turn) not in known:
        return []
    return [{"by": "agent" if heard.text else "nobody", "turn": heard.turn, "text": heard.text}]


def update_of(change: Change) -> dict[str, Any]:
    """A stored change as the update that the graph takes."""
    update: dict[str, Any] = {
        key: change[key]
        for key in ("slots", "thread", "active_agent", "stage", "turn", "heard_lines")
        if key in change
    }
    lines = cast("list[dict[str, Any]]", change.get("messages", []))
    update["messages"] = [_message(line["by"], line["turn"], line["text"]) for line in lines]
    return update


def grown(state: CallState, change: Change) -> CallState:
    """``state`` after ``change``; the old one stays as it is."""
    update = update_of(change)
    messages = add_messages(cast("Any", state.get("messages", [])), update.pop("messages"))
    slots = merge_slots(state.get("slots", {}), update.pop("slots", {}))
    return cast("CallState", {**state, **update, "messages": messages, "slots": slots})


def history(state: CallState) -> tuple[Said, ...]:
    """What was said so far: the caller's words and what they heard of ours."""
    return tuple(
        Said(by_caller=isinstance(message, HumanMessage), text=str(message.content))
        for message in state.get("messages", [])
    )


def active_agent(state: CallState) -> Role:
    """Who answers the next turn."""
    return Role(state.get("active_agent", Role.GREETING))


def _message(by: str, turn: int, text: str) -> AnyMessage | RemoveMessage:
    if by == "caller":
        return HumanMessage(text, id=caller_id(turn))
    if by == "nobody":
        return RemoveMessage(id=agent_id(turn))
    return AIMessage(text, id=agent_id(turn))
