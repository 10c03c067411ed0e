"""Addresses with a password in them: whether every reader takes them apart in the same way.

A character that should be percent-encoded makes each library see another user, password and host.
The wrong ones end up in messages, and with them pieces of the password.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

ENCODE: Final = (
    "it cannot be taken apart: percent-encode special characters of the user and the password, "
    "such as @ as %40, / as %2F and [ as %5B"
)
NO_CODE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")


def check_service_address(address: str) -> None:
    """See that user, password, host and port of ``address`` are beyond doubt.

    Raises:
        ValueError: they are not; the message says what to do, and nothing of the address.
    """
    try:
        parts = urlsplit(address)
        has_port = parts.port is not None
    except ValueError:
        raise ValueError(ENCODE) from None
    netloc = parts.netloc
    outside = parts.path + parts.fragment + ("" if "@" in netloc else parts.query)
    is_socket = not parts.hostname and not has_port  # its path may be anything
    if netloc.count("@") > 1 or NO_CODE.search(netloc) or ("@" in outside and not is_socket):
        raise ValueError(ENCODE)
