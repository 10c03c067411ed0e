"""API keys in memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from api.auth import Caller, Role, hash_key


@dataclass
class MemoryApiKeys:
    """``api.auth.ApiKeys``: one key for each role, named like it."""

    known: dict[bytes, Caller] = field(
        default_factory=lambda: {hash_key(role.value): Caller(role.value, role) for role in Role}
    )

    async def holder(self, key_hash: bytes) -> Caller | None:
        """Who holds the key."""
        return self.known.get(key_hash)
