"""What start-up made lives as long as the process: the garbage collector need not look at it."""

from __future__ import annotations

import gc
from typing import Final

# Net new objects until the youngest are looked at. Python's own 700 looks after every turn, and
# each tenth time at older ones: milliseconds in which all calls wait. This many take one.
YOUNG: Final = 5000


def keep_from_collector() -> None:
    """Set aside all objects there are now. Call it once, when everything is open.

    A full collection stops every call of the process while it walks over all objects. With those
    of the imported modules among them it took 138 ms; a caller hears that.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
