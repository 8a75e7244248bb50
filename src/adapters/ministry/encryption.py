"""Optional encryption of a message body: SM4-GCM, SM4-CBC (国密) or AES-CBC, chosen by the profile."""

from __future__ import annotations

from enum import Enum
from typing import Protocol


class Encryption(Enum):
    """How bodies are encrypted."""

    NONE = "NONE"
    AES_CBC = "AES_CBC"
    SM4_CBC = "SM4_CBC"
    SM4_GCM = "SM4_GCM"


class NotDecrypted(Exception):
    """The text is damaged, changed or made with another key. The exception does not say which."""


class BodyCipher(Protocol):
    """Encrypts and decrypts the bytes of a body with one key."""

    def seal(self, plain: bytes) -> str: ...

    def open(self, sealed: str) -> bytes:
        """The plain bytes. Raises NotDecrypted."""
        ...
