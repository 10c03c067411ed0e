"""A LangSmith that takes runs in its true wire format, and one that never answers."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class LangSmith:
    """What has arrived. ``runs``: by id, each put together from its parts and its updates."""

    url: str = ""
    keys: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)  # methods and paths
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    raw: bytes = b""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, line: str, key: str, kind: str, body: bytes) -> None:
        """One request."""
        with self._lock:
            self.asked.append(line)
            self.keys.add(key)
            self.raw += body
            if line == "POST /runs/multipart":
                self._take_parts(kind, body)

    def _take_parts(self, kind: str, body: bytes) -> None:
        """Parts named post.<id>, patch.<id>, and <either>.inputs, .outputs, .extra and more."""
        head = f"content-type: {kind}\r\n\r\n".encode()
        for part in BytesParser(policy=HTTP).parsebytes(head + body).iter_parts():
            name = str(part.get_param("name", header="content-disposition"))
            _, run_id, *place = name.split(".")
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            value = json.loads(payload)
            run = self.runs.setdefault(run_id, {})
            run.update({place[0]: value} if place else value)


@contextmanager
def langsmith() -> Iterator[LangSmith]:
    """LangSmith's ingest, on a port of its own."""
    taken = LangSmith()

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self._body())

        def _body(self) -> bytes:
            if "content-length" in self.headers:
                return self.rfile.read(int(self.headers["content-length"]))
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

        def _answer(self, body: bytes) -> None:
            key = str(self.headers.get("x-api-key"))
            kind = str(self.headers.get("content-type"))
            taken.take(f"{self.command} {self.path}", key, kind, body)
            self.send_response(202)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_args: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    server.daemon_threads = True
    taken.url = f"http://127.0.0.1:{server.server_port}"
    serving = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    serving.start()
    try:
        yield taken
    finally:
        server.shutdown()
        server.server_close()
        serving.join()


@contextmanager
def mute_langsmith() -> Iterator[str]:
    """A server that takes connections and never says a word; its address."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
