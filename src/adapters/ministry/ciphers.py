"""The ciphers of message bodies: SM4-GCM, SM4-CBC (国密) and AES-CBC.

The text is base64. SM4-GCM: 12 bytes nonce, ciphertext, 16 bytes tag. CBC: 16 bytes random IV, then the
ciphertext, padded with PKCS7 before encryption. CBC does not authenticate: the request's signature over the
encrypted bytes does, and is checked first.
Sources: GB/T 32907 (SM4), NIST SP 800-38A/38D, RFC 5652 §6.3 (PKCS7).
"""

from __future__ import annotations

import base64
import binascii
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES, SM4
from cryptography.hazmat.primitives.ciphers.modes import CBC, GCM
from cryptography.hazmat.primitives.padding import PKCS7

from .encryption import NotDecrypted

_GCM_NONCE: Final = 12
_TAG: Final = 16
_BLOCK: Final = 16


class Sm4Gcm:
    """SM4 in GCM mode; the key has 16 bytes. Any changed bit is detected."""

    def __init__(self, key: bytes) -> None:
        if len(key) != 16:
            raise ValueError(f"an SM4 key has 16 bytes, not {len(key)}")
        self._algorithm = SM4(key)

    def seal(self, plain: bytes) -> str:
        nonce = os.urandom(_GCM_NONCE)
        encryptor = Cipher(self._algorithm, GCM(nonce)).encryptor()
        return _text(nonce + encryptor.update(plain) + encryptor.finalize() + encryptor.tag)

    def open(self, sealed: str) -> bytes:
        raw = _bytes(sealed)
        if len(raw) < _GCM_NONCE + _TAG:
            raise NotDecrypted
        nonce, hidden, tag = raw[:_GCM_NONCE], raw[_GCM_NONCE:-_TAG], raw[-_TAG:]
        decryptor = Cipher(self._algorithm, GCM(nonce, tag)).decryptor()
        try:
            return decryptor.update(hidden) + decryptor.finalize()
        except InvalidTag:
            # The same exception for every cause: a difference would help an attacker.
            raise NotDecrypted from None


class BlockCbc:
    """A block cipher in CBC mode with PKCS7 padding."""

    def __init__(self, algorithm: AES | SM4) -> None:
        self._algorithm = algorithm

    def seal(self, plain: bytes) -> str:
        iv = os.urandom(_BLOCK)
        padder = PKCS7(_BLOCK * 8).padder()
        padded = padder.update(plain) + padder.finalize()
        encryptor = Cipher(self._algorithm, CBC(iv)).encryptor()
        return _text(iv + encryptor.update(padded) + encryptor.finalize())

    def open(self, sealed: str) -> bytes:
        raw = _bytes(sealed)
        if len(raw) < 2 * _BLOCK or len(raw) % _BLOCK:
            raise NotDecrypted
        decryptor = Cipher(self._algorithm, CBC(raw[:_BLOCK])).decryptor()
        padded = decryptor.update(raw[_BLOCK:]) + decryptor.finalize()
        unpadder = PKCS7(_BLOCK * 8).unpadder()
        try:
            return unpadder.update(padded) + unpadder.finalize()
        except ValueError:
            # The same exception for every cause: a separate padding error would be a padding oracle.
            raise NotDecrypted from None


class AesCbc(BlockCbc):
    """AES in CBC mode; the key has 16, 24 or 32 bytes."""

    def __init__(self, key: bytes) -> None:
        if len(key) not in (16, 24, 32):
            raise ValueError(f"an AES key has 16, 24 or 32 bytes, not {len(key)}")
        super().__init__(AES(key))


class Sm4Cbc(BlockCbc):
    """SM4 in CBC mode; the key has 16 bytes."""

    def __init__(self, key: bytes) -> None:
        if len(key) != 16:
            raise ValueError(f"an SM4 key has 16 bytes, not {len(key)}")
        super().__init__(SM4(key))


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        # Not base64 or not ASCII: the same exception as for other damage.
        raise NotDecrypted from None
