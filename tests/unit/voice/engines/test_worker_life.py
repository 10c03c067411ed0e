"""A hearing worker ends when its server is killed, and leaves Ctrl-C to the server."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from contextlib import ExitStack

import pytest

SERVER = """
import threading
from tests.fakes import worker_tasks
from voice.workers import PoolConfig, Workers

if __name__ == "__main__":
    pool = Workers(PoolConfig("ears"), worker_tasks.nothing)
    pool.warm_up()
    print(*pool.process_ids, flush=True)
    threading.Event().wait(60)
"""
PATIENCE_S = 20.0

pytestmark = pytest.mark.skipif(
    not hasattr(os, "pidfd_open"), reason="the end of a foreign process is watched by Linux means"
)


def test_a_worker_dies_with_its_server_and_ignores_ctrl_c(tmp_path: object) -> None:
    path = f"{tmp_path}/server.py"
    with open(path, "w") as file:
        file.write(SERVER)
    server = subprocess.Popen(
        [sys.executable, path],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )
    with server, ExitStack() as ended:
        ended.callback(server.kill)
        assert server.stdout is not None
        worker = int(server.stdout.readline())
        handle = os.pidfd_open(worker)
        ended.callback(os.close, handle)
        os.kill(worker, signal.SIGINT)
        assert select.select([handle], [], [], 0.2)[0] == [], "Ctrl-C is the server's affair"
        server.kill()
        server.wait()
        assert select.select([handle], [], [], PATIENCE_S)[0], "the worker lives on"
