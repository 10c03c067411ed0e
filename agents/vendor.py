"""What a vendor of chat models brings beside its models: its faults, its turns, its health."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from core.errors import ProviderError


class Condition(StrEnum):
    """What a look at a vendor's server found."""

    READY = "ready"
    UNREACHABLE = "unreachable"  # it may come back: breakers decide
    WRONG_KEY = "wrong_key"  # stays so until somebody acts
    NO_MODEL = "no_model"  # stays so until somebody acts


@dataclass(frozen=True, slots=True)
class Checkup:
    """The state of a vendor. ``problem`` and ``remedy`` are sentences; empty when all is well."""

    vendor: str
    condition: Condition
    problem: str = ""
    remedy: str = ""

    @property
    def ok(self) -> bool:
        """Whether it answers, takes the key and has every model that is set."""
        return self.condition is Condition.READY

    @property
    def needs_somebody(self) -> bool:
        """Whether waiting does not help."""
        return self.condition in (Condition.WRONG_KEY, Condition.NO_MODEL)


class Vendor(Protocol):
    """The ways of one vendor, for all of its models."""

    @property
    def name(self) -> str:
        """As in the first part of a model's name: "groq"."""
        ...

    @property
    def end_mark(self) -> str:
        """The key in a chunk's metadata that says that the answer is whole, not cut off."""
        ...

    @property
    def reason_mark(self) -> str:
        """The key in a chunk's metadata that says why the answer ended."""
        ...

    def turn(self) -> AbstractAsyncContextManager[bool]:
        """The surroundings of one answer; afterwards no connection of it is left half read.

        Gives whether the answer had to wait for others.

        Raises:
            BusyError: it can take no more answers now.
        """
        ...

    def fault(self, error: Exception, model: str) -> ProviderError:
        """What the vendor's code raised, in our words: no secrets, nothing a caller said."""
        ...

    async def warm_up(self) -> None:
        """Open connections and load models before the first call. Raises ProviderError."""
        ...
