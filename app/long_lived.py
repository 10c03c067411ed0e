"""How a process that lives long treats its interpreter: no long collections, no long waits."""

from __future__ import annotations

import gc
import sys
from typing import Final

# Net new objects until the youngest are looked at. Python's own 700 looks after every turn, and
# each tenth time at older ones: milliseconds in which all calls wait. This many take one.
YOUNG: Final = 5000


# Python's own 5 ms is how long a thread that computes may keep the loop from going on, each time
# that the loop has waited for a socket: a turn waits for many.
SWITCH_S: Final = 0.0005


def share_the_interpreter() -> None:
    """Let threads that compute give way to the event loop soon. Once, at the start."""
    sys.setswitchinterval(SWITCH_S)


def keep_from_collector() -> None:
    """Set aside all objects there are now. Call it once, when everything is open.

    A full collection stops every call of the process while it walks over all objects. With those
    of the imported modules among them it took 138 ms; a caller hears that.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
