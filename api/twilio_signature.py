"""Twilio's signature on webhooks and on the stream's upgrade, checked on what was really sent.

Twilio signs the address it was told to use, so the address checked is PUBLIC_BASE_URL with the
raw path and the raw query of the request, never anything a proxy may have rewritten
(twilio.com/docs/usage/security, read 2026-11-21).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from starlette.types import Scope

SIGNATURE_HEADER: Final = b"x-twilio-signature"
# What proxies and tunnels add; each says that the request began on another machine.
FORWARDING_HEADERS: Final = (b"x-forwarded-for", b"forwarded", b"x-real-ip", b"via")
FormFields = Sequence[tuple[str, str]]


def sign(auth_token: str, url: str, fields: Iterable[tuple[str, str]] = ()) -> str:
    """The signature of ``url`` and a form: base64 of HMAC-SHA1 over both.

    Each name comes once, in order, with its distinct values in order after it.
    """
    values: dict[str, set[str]] = {}
    for name, value in fields:
        values.setdefault(name, set()).add(value)
    text = url + "".join(name + value for name in sorted(values) for value in sorted(values[name]))
    # SHA-1 is the carrier's choice; as an HMAC it is still sound.
    digest = hmac.new(auth_token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def form_fields(body: bytes) -> FormFields:
    """The fields of a form as sent: blank values kept, nothing trimmed.

    Raises:
        ValueError: the body is no UTF-8 form, or has too many fields.
    """
    return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=200)


@dataclass(frozen=True, slots=True)
class Doorkeeper:
    """Lets in what the carrier signed; without a token, only this machine's own clients."""

    public_base_url: str
    auth_token: str | None = field(repr=False)
    allow_unsigned: bool = False

    def admits(self, scope: Scope, fields: FormFields = ()) -> bool:
        """Whether the request of ``scope`` (http or websocket) with this form may pass."""
        if self.auth_token is None:
            return self.allow_unsigned or _is_from_here(scope)
        given = _header(scope, SIGNATURE_HEADER)
        return given is not None and any(
            hmac.compare_digest(sign(self.auth_token, url, fields).encode(), given)
            for url in _with_and_without_port(self.signed_url(scope))
        )

    def signed_url(self, scope: Scope) -> str:
        """The address that the carrier used and signed."""
        raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
        query: bytes = scope.get("query_string") or b""
        url = self.public_base_url + raw_path.decode("latin-1")
        if query:
            url += "?" + query.decode("latin-1")
        return as_socket_url(url) if scope["type"] == "websocket" else url


def as_socket_url(url: str) -> str:
    """The same address for a WebSocket: wss for https, ws for http."""
    return "ws" + url.removeprefix("http")


def _with_and_without_port(url: str) -> tuple[str, ...]:
    """Twilio signs the standard port sometimes with and sometimes without naming it."""
    parts = urlsplit(url)
    standard = 443 if parts.scheme in {"https", "wss"} else 80
    host = parts.netloc
    if parts.port is None:
        return (url, url.replace(host, f"{host}:{standard}", 1))
    if parts.port == standard:
        return (url, url.replace(host, host.rpartition(":")[0], 1))
    return (url,)


def _header(scope: Scope, name: bytes) -> bytes | None:
    headers: Iterable[tuple[bytes, bytes]] = scope["headers"]
    return next((value for key, value in headers if key.lower() == name), None)


def _is_from_here(scope: Scope) -> bool:
    """Whether a client on this machine asks for this machine, with no proxy between.

    The name it asks for counts too: a tunnel's client, or a web page whose name was made to
    point here, connects from this machine and asks for another.
    """
    client: tuple[str, int] | None = scope.get("client")
    if client is None or not is_loopback(client[0]):
        return False
    if any(_header(scope, name) is not None for name in FORWARDING_HEADERS):
        return False
    host = _header(scope, b"host")
    return host is not None and is_loopback(_host_name(host.decode("latin-1")))


def _host_name(header: str) -> str:
    """The host of a Host header, without its port; empty when it is malformed."""
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """Whether ``host``, a name or an address without brackets, is this machine itself."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
