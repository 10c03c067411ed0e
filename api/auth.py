"""Who is asking: API keys, and the role that each route requires."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final, Protocol

from fastapi import Depends, Request

from api.errors import ForbiddenError, UnauthorizedError
from core.clock import Entropy

KEY_PREFIX: Final = "parley_"  # lets secret scanners recognise a leaked key
KEY_BYTES: Final = 32  # beyond guessing, so one plain SHA-256 is hash enough


class Role(StrEnum):
    """What a key may do. Each role includes those after it."""

    ADMIN = "admin"  # keys, numbers, scripts: everything
    MANAGER = "manager"  # places calls and acts on live ones
    VIEWER = "viewer"  # reads


RANK: Final = {Role.VIEWER: 0, Role.MANAGER: 1, Role.ADMIN: 2}


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever holds a valid key."""

    key_name: str
    role: Role


class ApiKeys(Protocol):
    """Where keys are known, by hash only."""

    async def holder(self, key_hash: bytes) -> Caller | None:
        """Who holds the key with this SHA-256, if it is valid."""
        ...


def new_key(entropy: Entropy) -> str:
    """A fresh API key, to be shown once."""
    return KEY_PREFIX + base64.urlsafe_b64encode(entropy(KEY_BYTES)).decode().rstrip("=")


def hash_key(key: str) -> bytes:
    """What is stored of a key: its SHA-256."""
    return hashlib.sha256(key.encode()).digest()


def given_key(request: Request) -> str:
    """The key in ``Authorization: Bearer`` or ``X-API-Key``. Raises UnauthorizedError."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    key = token.strip() if scheme.lower() == "bearer" else ""
    key = key or request.headers.get("x-api-key", "").strip()
    if not key:
        raise UnauthorizedError(
            "An API key is needed: send it as 'Authorization: Bearer KEY'. "
            "Make one with 'parley key'."
        )
    return key


@dataclass(frozen=True, slots=True)
class Requires:
    """The rule of one route, as a dependency: a key with at least this role.

    Frozen, so that a test can find it in each route and read the role.
    """

    role: Role

    async def __call__(self, request: Request) -> Caller:
        """The caller. Raises UnauthorizedError or ForbiddenError."""
        keys: ApiKeys = request.app.state.services.keys
        caller = await keys.holder(hash_key(given_key(request)))
        if caller is None:
            raise UnauthorizedError("This API key is not valid.")
        if RANK[caller.role] < RANK[self.role]:
            raise ForbiddenError(
                f"This needs the role {self.role.value}; your key has {caller.role.value}."
            )
        return caller


def requires(role: Role) -> Callable[[Request], Awaitable[Caller]]:
    """The dependency that lets only ``role`` and above pass."""
    return Requires(role)


Viewer = Annotated[Caller, Depends(Requires(Role.VIEWER))]
Manager = Annotated[Caller, Depends(Requires(Role.MANAGER))]
Admin = Annotated[Caller, Depends(Requires(Role.ADMIN))]
