"""Hashes passwords with argon2id, and makes opaque session tokens that are stored only as a hash."""

from __future__ import annotations

import base64
import hashlib
import logging
import secrets
from functools import cached_property
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from argon2 import PasswordHasher


MEMORY_KIB: Final = 19 * 1024
AT_ONCE: Final = 2

log = logging.getLogger(__name__)


class Argon2Hasher:
    """argon2id with 19 MiB, t=2, p=1; at most two run at once, so that many log-ins cannot use up memory."""

    def __init__(self) -> None:
        self._pool = BoundedSemaphore(AT_ONCE)
        self._nobody = _digest_of_nobody()

    def hash(self, password: str) -> str:
        with self._pool:
            return self._argon2.hash(password)

    @cached_property
    def _argon2(self) -> PasswordHasher:
        from argon2 import PasswordHasher

        return PasswordHasher(time_cost=2, memory_cost=MEMORY_KIB, parallelism=1)

    def matches(self, password: str, digest: str | None) -> bool:
        from argon2 import extract_parameters  # Loads it with the first password.
        from argon2.exceptions import InvalidHashError, VerifyMismatchError

        if digest is not None:
            try:
                extract_parameters(digest)
            except InvalidHashError:
                log.error("a stored password digest is not argon2")
                digest = None  # It is compared with nobody's digest, so that the answer takes as long.
        with self._pool:
            try:
                fits = self._argon2.verify(digest or self._nobody, password)
            except VerifyMismatchError:
                return False  # The password is wrong.
        return fits and digest is not None


def _digest_of_nobody() -> str:
    """A digest that no password fits; checking against it takes as long as against any other."""
    salt, digest = (base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (16, 32))
    return f"$argon2id$v=19$m={MEMORY_KIB},t=2,p=1${salt}${digest}"


class OpaqueTokens:
    """256 random bits; the database holds their SHA-256."""

    def new(self) -> str:
        return secrets.token_urlsafe(32)

    def digest(self, token: str) -> str:
        return hashlib.sha256(token.encode()).hexdigest()
