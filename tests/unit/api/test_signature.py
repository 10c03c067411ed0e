"""The carrier's signature: known vectors, and what must not pass."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.datastructures import FormData
from twilio.request_validator import RequestValidator

from api.twilio_signature import Doorkeeper, form_fields, sign

TOKEN = "12345"
FORM = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+14158675309"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
]


def scope(
    *,
    kind: str = "http",
    path: bytes = b"/myapp.php",
    query: bytes = b"foo=1&bar=2",
    signature: str | None = None,
    client: tuple[str, int] | None = ("203.0.113.9", 1),
    host: bytes | None = b"127.0.0.1:8080",
    more: list[tuple[bytes, bytes]] | None = None,
) -> dict[str, Any]:
    headers = [] if signature is None else [(b"x-twilio-signature", signature.encode())]
    if host is not None:
        headers.append((b"host", host))
    return {
        "type": kind,
        "path": path.decode(),
        "raw_path": path,
        "query_string": query,
        "headers": [*headers, *(more or [])],
        "client": client,
    }


def test_form_vector() -> None:
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert sign(TOKEN, url, FORM) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_socket_vector() -> None:
    assert sign(TOKEN, "wss://example.com/media") == "7PR3qMkpDyEJtMrVOY/LDyNq8J8="


@pytest.mark.parametrize(
    "fields",
    [
        [("A", "")],
        [("B", "2"), ("A", "1"), ("B", "1"), ("B", "2")],
        [("Name", "Zoë & Söhne"), ("Plus", "a b+c")],
    ],
)
def test_agrees_with_the_carriers_own_library(fields: list[tuple[str, str]]) -> None:
    theirs = RequestValidator(TOKEN).compute_signature("https://example.com/x", FormData(fields))
    assert sign(TOKEN, "https://example.com/x", fields) == theirs


def test_admits_what_was_signed() -> None:
    door = Doorkeeper("https://mycompany.com", TOKEN)
    assert door.admits(scope(signature="RSOYDt4T1cUTdK1PDd93/VVr8B8="), FORM)


def test_admits_an_upgrade_signed_for_wss() -> None:
    door = Doorkeeper("https://example.com", TOKEN)
    upgrade = scope(
        kind="websocket", path=b"/media", query=b"", signature="7PR3qMkpDyEJtMrVOY/LDyNq8J8="
    )
    assert door.admits(upgrade)


@pytest.mark.parametrize("port", ["", ":443"])
@pytest.mark.parametrize("base_port", ["", ":443"])
def test_the_standard_port_may_be_named_or_not(port: str, base_port: str) -> None:
    door = Doorkeeper(f"https://example.com{base_port}", TOKEN)
    signature = sign(TOKEN, f"https://example.com{port}/x")
    assert door.admits(scope(path=b"/x", query=b"", signature=signature))


def test_the_raw_path_counts() -> None:
    door = Doorkeeper("https://example.com/base", TOKEN)
    signature = sign(TOKEN, "https://example.com/base/a%20b?q=%2F")
    assert door.admits(scope(path=b"/a%20b", query=b"q=%2F", signature=signature))
    assert not door.admits(scope(path=b"/a b", query=b"q=%2F", signature=signature))


@pytest.mark.parametrize(
    ("signature", "fields"),
    [
        (None, FORM),
        ("", FORM),
        ("RSOYDt4T1cUTdK1PDd93/VVr8B8=", FORM[:-1]),
        ("RSOYDt4T1cUTdK1PDd93/VVr8B9=", FORM),
        ("nonsense \x7f", FORM),
    ],
)
def test_refuses_everything_else(signature: str | None, fields: list[tuple[str, str]]) -> None:
    door = Doorkeeper("https://mycompany.com", TOKEN, allow_unsigned=True)
    assert not door.admits(scope(signature=signature), fields)


def test_without_a_token_only_this_machine_is_served() -> None:
    door = Doorkeeper("http://127.0.0.1:8080", None)
    assert door.admits(scope(client=("127.0.0.1", 9)))
    assert door.admits(scope(client=("::1", 9)))
    assert not door.admits(scope(client=("203.0.113.9", 9)))
    assert not door.admits(scope(client=None))
    assert not door.admits(scope(client=("testclient", 9)))


def test_a_tunnel_to_this_machine_is_not_this_machine() -> None:
    door = Doorkeeper("http://127.0.0.1:8080", None)
    for header in (b"x-forwarded-for", b"forwarded", b"x-real-ip", b"via"):
        assert not door.admits(scope(client=("127.0.0.1", 9), more=[(header, b"203.0.113.9")]))


@pytest.mark.parametrize(
    "host", [b"localhost", b"LOCALHOST:8080", b"127.0.0.1", b"127.8.8.8:80", b"[::1]:8080"]
)
def test_this_machine_goes_by_its_own_names(host: bytes) -> None:
    door = Doorkeeper("http://127.0.0.1:8080", None)
    assert door.admits(scope(client=("127.0.0.1", 9), host=host))


@pytest.mark.parametrize(
    "host", [None, b"", b"calls.example.com", b"localhost.example.com", b"192.168.1.2", b"[::1"]
)
def test_another_name_for_this_machine_is_not_trusted(host: bytes | None) -> None:
    door = Doorkeeper("http://127.0.0.1:8080", None)
    assert not door.admits(scope(client=("127.0.0.1", 9), host=host))


def test_the_auth_token_is_not_shown() -> None:
    assert "hidden" not in repr(Doorkeeper("https://x", "hidden"))


def test_unsigned_strangers_are_served_when_told_to() -> None:
    assert Doorkeeper("http://x", None, allow_unsigned=True).admits(scope())


def test_forms_keep_blanks_and_spaces() -> None:
    assert form_fields(b"A=&B=+x+&A=2") == [("A", ""), ("B", " x "), ("A", "2")]
