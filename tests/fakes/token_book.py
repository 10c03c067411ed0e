"""Used stream tokens in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from core.ids import CallId


@dataclass
class MemoryTokenBook:
    """``api.stream_token.TokenBook``."""

    used: set[bytes] = field(default_factory=set)

    async def redeem(self, call_id: CallId, nonce_hash: bytes, at: datetime) -> bool:
        """Use the token up."""
        if nonce_hash in self.used:
            return False
        self.used.add(nonce_hash)
        return True
