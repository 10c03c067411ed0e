"""What the agents need of the world: a chat model and a calendar."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from agents.bill import Bill
from agents.tools.call import ToolCall
from core.ids import BrandId
from core.usage import Usage

if TYPE_CHECKING:
    from agents.brief import Brief


@dataclass(frozen=True, slots=True)
class ModelPiece:
    """One increment of a completion: some text, or whole tool calls, or the final usage.

    ``admitted``: it had to wait for its turn, which begins now; the model's own time does, too.
    ``bill``: what this completion costs so far; it is handed over as the model is asked.
    ``begun``: the first token came, though nothing can be made of it yet.
    """

    text: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    usage: tuple[Usage, ...] = field(default=())
    admitted: bool = False
    bill: Bill | None = None
    begun: bool = False


class ChatModel(Protocol):
    """A language model that answers as one agent.

    The brief (``agents.brief.Brief``) holds all that a model may use: the agent, the prompt,
    the history, the script, the slots, the tools and the local time.
    """

    @property
    def name(self) -> str:
        """Provider and model, as stored with each call ("script-brain/1")."""
        ...

    def answer(self, brief: Brief) -> AsyncIterator[ModelPiece]:
        """Stream one completion. Cancel-safe: yes.

        Raises:
            ProviderError: the model failed; nothing more will come.
        """
        ...


class Calendar(Protocol):
    """The diary in which appointments are made."""

    async def taken(
        self, brand: BrandId, first: datetime, last: datetime
    ) -> Sequence[tuple[datetime, datetime]]:
        """The booked (start, end) intervals in UTC that overlap ``first`` .. ``last``, in order."""
        ...
