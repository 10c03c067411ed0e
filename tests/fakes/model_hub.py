"""A Hugging Face Hub on this machine: its HTTP API for models, with trouble on demand."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

COMMIT = "d90ca5fe260221311c53c58e660288d3deb8d356"


@dataclass
class ModelHub:
    """What it serves. ``asked``: each request's path and range, in order."""

    files: dict[str, bytes]
    repository: str = "Systran/faster-whisper-tiny"
    url: str = ""
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    cuts: list[int] = field(default_factory=list)  # bytes of model.bin before the line breaks
    damage: bool = False
    ignores_range: bool = False
    status: int | None = None  # instead of any answer

    def listing(self) -> Mapping[str, object]:
        """The answer to /api/models/<repository>/revision/main?blobs=true."""
        return {
            "id": self.repository,
            "sha": COMMIT,
            "siblings": [_sibling(name, content) for name, content in self.files.items()],
        }


def _sibling(name: str, content: bytes) -> Mapping[str, object]:
    git = hashlib.sha1(f"blob {len(content)}\0".encode() + content).hexdigest()
    entry: dict[str, object] = {"rfilename": name, "size": len(content), "blobId": git}
    if name.endswith(".bin"):
        sha256 = hashlib.sha256(content).hexdigest()
        entry["lfs"] = {"sha256": sha256, "size": len(content), "pointerSize": 134}
    return entry


class Door(BaseHTTPRequestHandler):
    """One request to the hub of the server."""

    protocol_version = "HTTP/1.1"
    hub: ModelHub

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        self.hub.asked.append((path, self.headers.get("Range")))
        if self.hub.status is not None:
            self._answer(self.hub.status, b'{"error": "trouble"}')
        elif path == f"/api/models/{self.hub.repository}/revision/main":
            self._answer(200, json.dumps(self.hub.listing()).encode())
        elif path.startswith(start := f"/{self.hub.repository}/resolve/{COMMIT}/"):
            name = path.removeprefix(start)
            if name.endswith(".bin"):  # large files lie on another host, signed
                self.send_response(302)
                self.send_header("X-Repo-Commit", COMMIT)
                self.send_header("X-Linked-Size", str(len(self.hub.files[name])))
                self.send_header("Location", f"{self.hub.url}/cdn/{name}?X-Amz-Signature=1")
                self.send_header("Content-Length", "0")
                self.end_headers()
            else:
                self._file(name)
        elif path.startswith("/cdn/"):
            self._file(path.removeprefix("/cdn/"))
        else:
            self._answer(404, b'{"error": "Repository not found"}')

    def _file(self, name: str) -> None:
        content = self.hub.files[name]
        if self.hub.damage and name.endswith(".bin"):
            content = bytes(len(content))
        asked = self.headers.get("Range")
        start = 0
        if asked and not self.hub.ignores_range:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        else:
            self.send_response(200)
        rest = content[start:]
        self.send_header("Content-Length", str(len(rest)))
        self.send_header("Accept-Ranges", "bytes")
        self.end_headers()
        if name.endswith(".bin") and self.hub.cuts:
            self.wfile.write(rest[: self.hub.cuts.pop(0)])
            self.close_connection = True
            return
        self.wfile.write(rest)

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serve(hub: ModelHub) -> Iterator[ModelHub]:
    """Serve ``hub`` at ``hub.url``."""
    with ThreadingHTTPServer(("127.0.0.1", 0), type("OneDoor", (Door,), {"hub": hub})) as server:
        hub.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()
