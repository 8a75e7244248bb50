"""Makes and checks signatures over short texts: HMAC-SM3, HMAC-SHA256 or SM2, chosen by the profile.

Each is written in lower-case hex. HMAC (RFC 2104): 32 bytes, both sides have the same secret. SM2
(GB/T 32918.2): r and s of 32 bytes each, the signer's id is 1234567812345678 (GM/T 0009); each side signs with
its own private key and checks with the other's public key.
"""

from __future__ import annotations

import re
from enum import Enum
from hmac import compare_digest
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.hashes import HashAlgorithm

Algorithm = Literal["SM3", "SHA256"]

SM2_SIGNER_ID: Final = b"1234567812345678"
_SM2_SIGNATURE: Final = re.compile(r"[0-9a-f]{128}")


class Signing(Enum):
    """How requests are signed; NONE is for tests and is refused in production."""

    NONE = "NONE"
    HMAC_SHA256 = "HMAC_SHA256"
    HMAC_SM3 = "HMAC_SM3"
    SM2 = "SM2"


class Signer(Protocol):
    """Signs texts of one side, and checks those of the other side."""

    def digest(self, content: bytes) -> str:
        """The digest of a body that is part of the signed text, in lower-case hex."""
        ...

    def sign(self, text: bytes) -> str: ...

    def matches(self, text: bytes, claimed: str) -> bool:
        """Whether the other side has signed this text; takes as long for a wrong signature."""
        ...


class HmacSigner:
    """HMAC with SM3 or SHA-256 and a shared secret, which must not be empty."""

    def __init__(self, secret: bytes, algorithm: Algorithm) -> None:
        if not secret:
            raise ValueError("the shared secret of the signature is missing or empty")
        self._secret = secret
        self._algorithm = algorithm

    def digest(self, content: bytes) -> str:
        return _digest(content, self._algorithm)

    def sign(self, text: bytes) -> str:
        from cryptography.hazmat.primitives.hmac import HMAC

        mac = HMAC(self._secret, _algorithm(self._algorithm))
        mac.update(text)
        return mac.finalize().hex()

    def matches(self, text: bytes, claimed: str) -> bool:
        return compare_digest(self.sign(text).encode(), claimed.encode())


class Sm2Signer:
    """SM2 with our private key (32 bytes) and the other side's public key (65 bytes, or 64 without the 04).

    Raises ValueError for a key that is none, or if the package of the extra `sm2` is not installed.
    """

    def __init__(self, private_key: bytes | None, public_key: bytes | None) -> None:
        try:
            import gmalg
        except ImportError as missing:
            raise ValueError(
                "signatures by SM2 need a further package: install yanbao with the extra sm2 (yanbao[sm2])"
            ) from missing
        if private_key is None or public_key is None:
            raise ValueError("signatures by SM2 need our private key and the ministry's public key")
        if len(private_key) != 32 or not 0 < int.from_bytes(private_key, "big") < _SM2_ORDER - 1:
            raise ValueError("our SM2 private key is not a number of 32 bytes within the curve's order")
        point = public_key if len(public_key) == 65 else b"\x04" + public_key
        if len(point) != 65 or point[0] != 4 or not gmalg.SM2().verify_pk(point):
            raise ValueError("the ministry's SM2 public key is not a point of the curve")
        self._ours: Any = gmalg.SM2(sk=private_key, uid=SM2_SIGNER_ID)
        self._theirs: Any = gmalg.SM2(pk=point, uid=SM2_SIGNER_ID)

    def digest(self, content: bytes) -> str:
        return sm3(content)

    def sign(self, text: bytes) -> str:
        r, s = self._ours.sign(text)
        raw: bytes = r.rjust(32, b"\0") + s.rjust(32, b"\0")
        return raw.hex()

    def matches(self, text: bytes, claimed: str) -> bool:
        if not _SM2_SIGNATURE.fullmatch(claimed):
            return False
        raw = bytes.fromhex(claimed)
        return bool(self._theirs.verify(text, raw[:32], raw[32:]))


_SM2_ORDER: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
"""The order of the curve's base point, GB/T 32918.5."""


def make_signer(
    choice: Signing,
    *,
    secret: bytes | None = None,
    private_key: bytes | None = None,
    public_key: bytes | None = None,
) -> Signer | None:
    """The signer for this choice; None for NONE. Raises ValueError if a key is missing or bad."""
    match choice:
        case Signing.NONE:
            return None
        case Signing.HMAC_SM3:
            return HmacSigner(secret or b"", "SM3")
        case Signing.HMAC_SHA256:
            return HmacSigner(secret or b"", "SHA256")
        case Signing.SM2:
            return Sm2Signer(private_key, public_key)


def sm3(content: bytes) -> str:
    """SM3 (GB/T 32905) of the bytes, 64 characters of lower-case hex."""
    return _digest(content, "SM3")


def _digest(content: bytes, algorithm: Algorithm) -> str:
    from cryptography.hazmat.primitives.hashes import Hash

    digest = Hash(_algorithm(algorithm))
    digest.update(content)
    return digest.finalize().hex()


def _algorithm(name: Algorithm) -> HashAlgorithm:
    from cryptography.hazmat.primitives.hashes import SHA256, SM3  # Loaded with the first message.

    return SM3() if name == "SM3" else SHA256()
