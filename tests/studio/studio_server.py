"""LangGraph Studio's server as a child process, and the few requests that the Studio page makes."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

ROOT: Final = Path(__file__).resolve().parents[2]
LANGGRAPH: Final = ROOT / ".venv-studio" / "bin" / "langgraph"
START_S: Final = 60.0  # measured: 3 s, and a shared machine may be ten times slower
MODES: Final = ["messages-tuple", "custom", "updates"]


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event of a run."""

    kind: str
    data: Any


@dataclass(frozen=True, slots=True)
class Studio:
    """The server's API."""

    http: httpx.Client
    log: Path

    def get(self, path: str) -> Any:
        """The JSON at ``path``."""
        answer = self.http.get(path)
        assert answer.is_success, f"{path}: {answer.text}\n{self.log.read_text()}"
        return answer.json()

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """The JSON that ``body`` is answered with."""
        answer = self.http.post(path, json=body)
        assert answer.is_success, f"{path}: {answer.text}\n{self.log.read_text()}"
        return answer.json()

    def run(
        self, thread: str, given: dict[str, Any], context: dict[str, str], **more: Any
    ) -> list[Event]:
        """The events of one run of the conversation on ``thread``."""
        body = {
            "assistant_id": "conversation",
            "input": given,
            "context": context,
            "stream_mode": MODES,
            **more,
        }
        events: list[Event] = []
        kind = ""
        with self.http.stream("POST", f"/threads/{thread}/runs/stream", json=body) as answer:
            for line in answer.iter_lines():
                name, _, value = line.partition(": ")
                if name == "event":
                    kind = value
                elif name == "data":
                    events.append(Event(kind, json.loads(value)))
        return events


def environment(folder: Path) -> dict[str, str]:
    """Nothing but what a program needs to run: no keys and no settings."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "LANGSMITH_TRACING": "false",
        "LANGGRAPH_NO_VERSION_CHECK": "true",
        "LANGGRAPH_CLI_NO_ANALYTICS": "1",
    }


@contextmanager
def served(folder: Path, **settings: str) -> Iterator[Studio]:
    """The server of our ``langgraph.json``, run in ``folder``, where it keeps its threads."""
    config = folder / "langgraph.json"
    config.write_text(json.dumps(absolute(json.loads((ROOT / "langgraph.json").read_text()))))
    log = folder / "server.log"
    port = free_port()
    command = [LANGGRAPH, "dev", "--no-browser", "--no-reload", "--config", config]
    with (
        log.open("w") as out,
        subprocess.Popen(
            [*command, "--port", str(port)],
            cwd=folder,
            env={**environment(folder), **settings},
            stdout=out,
            stderr=subprocess.STDOUT,
        ) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as http,
    ):
        try:
            wait_until_up(http, process, log)
            yield Studio(http, log)
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()


def absolute(config: dict[str, Any]) -> dict[str, Any]:
    """The same configuration, to be read from any folder."""
    graphs = {
        name: {**graph, "path": str(ROOT / graph["path"])}
        for name, graph in config["graphs"].items()
    }
    return {**config, "dependencies": [str(ROOT)], "graphs": graphs}


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_until_up(http: httpx.Client, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until the server says that it is well; its log is the reason if it never does."""
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        assert process.poll() is None, f"The server ended by itself:\n{log.read_text()}"
        try:
            if http.get("/ok").json()["ok"]:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(f"The server did not come up in {START_S} s:\n{log.read_text()}")
