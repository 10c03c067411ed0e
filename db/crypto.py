"""Field encryption: a keyring that seals personal data and makes it findable without showing it.

Each value is sealed with AES-256-GCM under a fresh nonce, and bound to its place ("calls.theirs"),
so a sealed value moved to another column no longer opens. The newest key seals, every key of the
ring opens: to rotate, put a new key in front, run the re-sealing, then drop the old one. Equal
values seal differently each time; to look a phone number up there is a keyed hash beside it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.errors import InvalidInputError

KEY_BYTES: Final = 32  # AES-256
KEY_ID_BYTES: Final = 4  # tells the few keys of one ring apart
NONCE_BYTES: Final = 12  # the size GCM is specified for (NIST SP 800-38D)
FORMAT: Final = b"\x01"  # first byte of every sealed value
_HEADER: Final = len(FORMAT) + KEY_ID_BYTES

HOW_TO_FIX: Final = "Give the key that the data was written with, newest first, comma separated."


def _derive(secret: bytes, purpose: bytes, length: int) -> bytes:
    """A subkey for one purpose, so that no key material serves two ends (RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=b"parley " + purpose).derive(
        secret
    )


@dataclass(frozen=True, slots=True, repr=False)
class FieldKey:
    """One secret of 32 bytes and what is derived from it. Never prints itself."""

    secret: bytes
    id: bytes = field(init=False)
    index: bytes = field(init=False)
    cipher: AESGCM = field(init=False)

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise InvalidInputError(
                f"A field key is {KEY_BYTES} bytes in URL-safe base64, got {len(self.secret)}.",
                field="PARLEY_KEY",
            )
        object.__setattr__(self, "id", _derive(self.secret, b"key id", KEY_ID_BYTES))
        object.__setattr__(self, "index", _derive(self.secret, b"blind index", KEY_BYTES))
        object.__setattr__(self, "cipher", AESGCM(_derive(self.secret, b"seal", KEY_BYTES)))

    def __repr__(self) -> str:
        return f"FieldKey({self.id.hex()})"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a key as ``new_key_text`` writes it. Raises InvalidInputError."""
        try:
            return cls(base64.b64decode(text.strip(), altchars=b"-_", validate=True))
        except (binascii.Error, ValueError):
            raise InvalidInputError(
                f"A field key is {KEY_BYTES} bytes in URL-safe base64; this is no base64.",
                field="PARLEY_KEY",
            ) from None


@dataclass(frozen=True, slots=True, repr=False)
class Keyring:
    """The keys in use, newest first; the first one seals."""

    keys: tuple[FieldKey, ...]

    def __post_init__(self) -> None:
        if not self.keys:
            raise InvalidInputError("At least one field key is needed.", field="PARLEY_KEY")

    def __repr__(self) -> str:
        return f"Keyring({', '.join(key.id.hex() for key in self.keys)})"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read keys separated by commas or white space. Raises InvalidInputError."""
        return cls(tuple(FieldKey.parse(part) for part in text.replace(",", " ").split()))

    def seal(self, plain: bytes, place: str) -> bytes:
        """Encrypt ``plain`` for ``place``: format byte, key id, nonce, ciphertext with tag."""
        newest = self.keys[0]
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = newest.cipher.encrypt(nonce, plain, place.encode())
        return b"".join((FORMAT, newest.id, nonce, sealed))

    def open(self, sealed: bytes, place: str) -> bytes:
        """Decrypt what ``seal`` made for the same ``place``.

        Raises:
            InvalidInputError: no key of the ring fits, or the value was changed or moved.
        """
        key_id, body = sealed[len(FORMAT) : _HEADER], sealed[_HEADER:]
        for key in self.keys:
            if sealed.startswith(FORMAT) and key.id == key_id:
                try:
                    return key.cipher.decrypt(
                        body[:NONCE_BYTES], body[NONCE_BYTES:], place.encode()
                    )
                except InvalidTag:
                    raise InvalidInputError(
                        f"A sealed value of {place} was changed or moved.", field="PARLEY_KEY"
                    ) from None
        raise InvalidInputError(
            f"No field key opens {place} (sealed with key {key_id.hex()}). {HOW_TO_FIX}",
            field="PARLEY_KEY",
        )

    def renew(self, sealed: bytes, place: str) -> bytes:
        """What was sealed for ``place``, sealed with the newest key; the same if it is already.

        Raises:
            InvalidInputError: no key of the ring fits, or the value was changed or moved.
        """
        if sealed.startswith(FORMAT + self.keys[0].id):
            return sealed
        return self.seal(self.open(sealed, place), place)

    def index(self, value: str) -> bytes:
        """The keyed hash under which a new row is found again: 32 bytes."""
        return self._index(self.keys[0], value)

    def indexes(self, value: str) -> Sequence[bytes]:
        """Every hash that ``value`` may be stored under, newest key first; for look-ups."""
        return [self._index(key, value) for key in self.keys]

    @staticmethod
    def _index(key: FieldKey, value: str) -> bytes:
        return hmac.new(key.index, value.encode(), hashlib.sha256).digest()


def new_key_text() -> str:
    """A fresh random key, as it is written in PARLEY_KEY and in the key file."""
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def load_or_create_key(path: Path) -> Keyring:
    """The keyring kept in ``path``; made there, readable by the owner only, when it is missing.

    Safe when several processes start at once: the first file wins and all read it.

    Raises:
        InvalidInputError: the file holds no key.
        OSError: the file cannot be read or made.
    """
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(new_key_text() + "\n")
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):
                os.link(draft, path)  # unlike a rename, refuses to replace another's key
        finally:
            draft.unlink()
    return Keyring.parse(path.read_text())
