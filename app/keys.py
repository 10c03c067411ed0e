"""API keys as the doors know them, on the keys that the database keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from api.auth import Caller, Role, hash_key, new_key
from core.clock import Entropy
from db.api_keys import PostgresApiKeys
from db.tables.doors import ApiRole

PREFIX_SHOWN: Final = 15  # "parley_" and eight characters: enough to recognise a key by
STORED_ROLES: Final = {role: ApiRole[role.name] for role in Role}
ROLES: Final = {stored: role for role, stored in STORED_ROLES.items()}


@dataclass(frozen=True, slots=True)
class Keys:
    """``api.auth.ApiKeys``, and the making of keys. A key is shown once, to its maker."""

    stored: PostgresApiKeys
    entropy: Entropy

    async def holder(self, key_hash: bytes) -> Caller | None:
        """Who holds the key with this SHA-256, if it is valid."""
        found = await self.stored.holder(key_hash)
        return None if found is None else Caller(found.label, ROLES[found.role])

    async def make(self, label: str, role: Role) -> str:
        """A new key."""
        key = new_key(self.entropy)
        await self.stored.add(label, STORED_ROLES[role], key[:PREFIX_SHOWN], hash_key(key))
        return key

    async def make_first(self) -> str | None:
        """The installation's first key, an admin's; None when it has had one."""
        key = new_key(self.entropy)
        made = await self.stored.add_first(
            "first key", STORED_ROLES[Role.ADMIN], key[:PREFIX_SHOWN], hash_key(key)
        )
        return key if made else None
