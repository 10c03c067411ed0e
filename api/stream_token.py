"""The one-time token of a media stream: binds a socket to the one call that its TwiML was for.

The token says which call it opens, until when, and is signed. That it opens only once is kept
in the database by the digest of its nonce, so it holds across processes and restarts.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from core.clock import Clock, Entropy
from core.errors import RefusedError
from core.ids import CallId

# Twilio opens the stream right after reading the TwiML; a minute covers its slowest retries.
TOKEN_LASTS: Final = timedelta(seconds=60)
NONCE_BYTES: Final = 16
MAC_BYTES: Final = 32
_BODY: Final = struct.Struct(f">16sQ{NONCE_BYTES}s")  # call id, expiry in ms, nonce


class TokenBook(Protocol):
    """Remembers which tokens were used."""

    async def redeem(self, call_id: CallId, nonce_hash: bytes, at: datetime) -> bool:
        """Mark the token used; False when it was used before. Atomic across processes."""
        ...


@dataclass(frozen=True, slots=True)
class StreamTokens:
    """Issues and redeems stream tokens under one secret."""

    secret: bytes = field(repr=False)
    book: TokenBook
    clock: Clock
    entropy: Entropy

    def issue(self, call_id: CallId) -> str:
        """A token that opens the stream of ``call_id`` once, within a minute."""
        expires = int((self.clock.now() + TOKEN_LASTS).timestamp() * 1000)
        body = _BODY.pack(call_id.bytes, expires, self.entropy(NONCE_BYTES))
        return base64.urlsafe_b64encode(body + self._mac(body)).decode()

    async def redeem(self, token: str, call_id: str) -> CallId:
        """Use the token up for the call that the stream names.

        Raises:
            RefusedError: the token is forged, stale, used, or for another call.
        """
        found, expires_ms, nonce = self._read(token)
        if str(found) != call_id:
            raise RefusedError("TOKEN_FOREIGN", "The stream's token is for another call.")
        now = self.clock.now()
        if now.timestamp() * 1000 >= expires_ms:
            raise RefusedError("TOKEN_STALE", "The stream's token has expired.")
        if not await self.book.redeem(found, hashlib.sha256(nonce).digest(), now):
            raise RefusedError("TOKEN_USED", "The stream's token was used before.")
        return found

    def _read(self, token: str) -> tuple[CallId, int, bytes]:
        try:
            raw = base64.b64decode(token, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        body, mac = raw[: _BODY.size], raw[_BODY.size :]
        if len(raw) != _BODY.size + MAC_BYTES or not hmac.compare_digest(self._mac(body), mac):
            raise RefusedError("TOKEN_FORGED", "The stream's token is not ours.")
        call_bytes, expires, nonce = _BODY.unpack(body)
        return CallId(UUID(bytes=call_bytes)), expires, nonce

    def _mac(self, body: bytes) -> bytes:
        return hmac.digest(self.secret, body, "sha256")
