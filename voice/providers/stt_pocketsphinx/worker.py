"""The life of a worker process: it outlives neither its server nor its usefulness."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import wait


def begin() -> None:
    """What a worker does first: leave Ctrl-C to the server, and end when the server does.

    A server that is killed cannot say goodbye; the kernel closes its end of a pipe for it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(0)
