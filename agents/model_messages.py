"""What a language model is given to read: the brief as chat messages, within a budget of tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
    trim_messages,
)
from langchain_core.messages.utils import count_tokens_approximately

from agents.brief import Brief
from agents.prompts import rendered

# Vendors take an assistant's message in last place for one to be finished, and repeat it.
GO_ON: Final = "(The line is yours still. Go on from there.)"
SAID: Final = (
    "\n\nYou have begun this very reply already, and the caller has heard it:\n"
    "«{said}»\nGo on where it stops. Repeat none of it, and do not greet again."
)


def messages_of(
    brief: Brief, tools: Sequence[dict[str, Any]] = (), *, budget: int | None = None
) -> list[BaseMessage]:
    """The prompt, what was said, and the caller's turn with what was done in it so far.

    ``budget``: tokens for all of it and the tools. The oldest lines go first; the prompt and the
    turn stay, whatever they take.
    """
    system, turn = _system(brief), _turn(brief)
    said: list[BaseMessage] = [
        HumanMessage(line.text) if line.by_caller else AIMessage(line.text)
        for line in brief.history
        if line.text.strip()  # vendors refuse empty messages
    ]
    if budget is not None and said:
        fixed = count_tokens_approximately([system, *turn], tools=list(tools))
        said = trim_messages(
            said,
            max_tokens=max(0, budget - fixed),
            token_counter=count_tokens_approximately,
            strategy="last",
        )
    return [system, *said, *turn]


def _system(brief: Brief) -> SystemMessage:
    """The prompt. Notes belong here too: some vendors ignore system messages further down."""
    said = brief.said_already.strip()
    return SystemMessage(rendered(brief) + (SAID.format(said=said) if said else ""))


def _turn(brief: Brief) -> list[BaseMessage]:
    """The caller's words, and this reply as far as it has come."""
    turn: list[BaseMessage] = [HumanMessage(brief.turn.text or f"({brief.turn.kind})")]
    said = brief.said_already.strip()
    if brief.done:
        calls = [
            {"name": done.call.name, "args": dict(done.call.arguments), "id": f"call_{at}"}
            for at, done in enumerate(brief.done)
        ]
        turn.append(AIMessage(said, tool_calls=calls))
        turn += [
            ToolMessage(done.result or "ok", tool_call_id=f"call_{at}")
            for at, done in enumerate(brief.done)
        ]
    elif said:
        turn += [AIMessage(said), HumanMessage(GO_ON)]
    return turn
