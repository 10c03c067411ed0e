"""The inside of a worker process: load once, then answer one request after the other.

It leaves Ctrl-C to its server, and it does not outlive it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait


@dataclass(frozen=True, slots=True)
class Request:
    """What a worker is to do: a function of a module that it can import, and its arguments."""

    function: Callable[..., object]
    arguments: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it. ``failure``: why there is no result; None for a good one."""

    result: object = None
    failure: str | None = None


def serve(line: Connection) -> None:
    """Answer the requests that come over ``line``, the first of which loads, until it is closed."""
    begin()
    while True:
        try:
            request: Request = line.recv()
        except EOFError:
            return
        line.send(answered(request))


def answered(request: Request) -> Answer:
    """Do what is asked; a failure is an answer too, the worker lives on."""
    try:
        return Answer(request.function(*request.arguments))
    except Exception as error:  # noqa: BLE001  the edge of the process: told to the server
        return Answer(failure=f"{type(error).__name__}: {error}")


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
