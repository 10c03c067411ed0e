"""X-Twilio-Signature: proof that a request comes from the holder of the auth token."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from typing import Final

SIGNATURE_HEADER: Final = "X-Twilio-Signature"


def sign(auth_token: str, url: str, fields: Iterable[tuple[str, str]] = ()) -> str:
    """The signature of a request to ``url`` with the form ``fields``.

    ``url`` is signed exactly as sent, with its query; a fragment (connection overrides) is not
    sent and must be cut off before. A GET or a WebSocket upgrade has no fields.
    Source: twilio 9.13 ``request_validator.py``.
    """
    values: dict[str, set[str]] = {}
    for name, value in fields:
        values.setdefault(name, set()).add(value)
    signed = url + "".join(
        name + value for name in sorted(values) for value in sorted(values[name])
    )
    # SHA-1 is what Twilio's contract names for signatures with the auth token.
    digest = hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()
