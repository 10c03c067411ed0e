"""What happened at the media socket since the process started, counted by reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Refusal(StrEnum):
    """Why a socket was never given a call."""

    UNSIGNED = "unsigned"  # not signed by the carrier
    CROWD = "crowd"  # too many sockets wait for their start
    CROWD_FROM_ONE = "crowd_from_one"  # too many of them from one address
    NO_START = "no_start"  # nothing but silence, for too long
    UNOPENED = "unopened"  # it closed, or began with something else
    FOREIGN = "foreign"  # its call is not ours, or not the one its token was made for
    NO_ROOM = "no_room"


class Cut(StrEnum):
    """Why we closed a socket for what came on it."""

    FLOOD = "flood"  # more messages than a carrier sends
    MALFORMED = "malformed"  # too many messages that a carrier would not send


class Disorder(StrEnum):
    """A well-formed message that is left out, for what it is or where it stands.

    All but ``LATE``, which is only counted: the connection keeps the order, so it is the number
    that is wrong, and never the sound.
    """

    UNKNOWN = "unknown_event"  # of a later version of the carrier's protocol
    AGAIN = "start_again"  # a start or a greeting on a stream that has begun
    LATE = "late_number"  # a sequence number that was passed already


@dataclass(slots=True)
class StreamCounts:
    """Every socket is opened or refused; ``failed``: let in, and not held to its end."""

    opened: int = 0
    failed: int = 0
    refusals: Counter[Refusal] = field(default_factory=Counter)
    cut: Counter[Cut] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)  # malformed messages, by WireFault
    disorder: Counter[Disorder] = field(default_factory=Counter)
    lost: int = 0  # messages that never came, by the gaps in the numbers

    @property
    def refused(self) -> int:
        """Sockets that were not given a call."""
        return self.refusals.total()

    @property
    def malformed(self) -> int:
        """Messages that were left out as malformed, on all streams."""
        return self.faults.total()

    def shown(self) -> Mapping[str, object]:
        """The counts as health shows them; reasons that never occurred are not listed."""
        return {
            "opened": self.opened,
            "refused": self.refused,
            "failed": self.failed,
            "malformed_messages": self.malformed,
            "lost_messages": self.lost,
            "refused_by_reason": dict(self.refusals),
            "cut_by_reason": dict(self.cut),
            "malformed_by_fault": dict(self.faults),
            "out_of_order": dict(self.disorder),
        }
