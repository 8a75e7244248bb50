"""Signed requests between the province and the ministry: HMAC-SM3 over everything that must not change on the way.

The signature is HMAC-SM3 (RFC 2104 with GB/T 32905 SM3, block 64 bytes), in lower-case hex, keyed with the shared
secret, over these five lines joined by one line feed each, without a trailing one, in UTF-8:

    METHOD                 upper case: POST
    path                   as it stands on the wire, with `?query` where there is one: /gateway/v1/commitment
    timestamp              Unix time in whole seconds, decimal, the value of X-Timestamp
    nonce                  the value of X-Nonce
    SM3(body)              lower-case hex over the bytes as sent, that is over the encrypted body where it is encrypted

X-App-Id is not covered: it chooses the secret, and with another's secret the signature does not fit.
Source: no specification for fireworks is public; this is our default profile.
"""

from __future__ import annotations

import re
import secrets
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.constant_time import bytes_eq
from cryptography.hazmat.primitives.hmac import HMAC

WINDOW_SECONDS: Final = 300
"""How far a timestamp may lie from the receiver's clock, either way; exactly this far is still accepted."""

NONCE_SECONDS: Final = 2 * WINDOW_SECONDS
"""How long a nonce is remembered: a message is accepted at most this long after it could first be accepted."""

_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}")
_NONCE: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")


@dataclass(frozen=True, slots=True)
class HeaderNames:
    """Which headers carry the four parts; looked up without regard to case."""

    app_id: str = "X-App-Id"
    timestamp: str = "X-Timestamp"
    nonce: str = "X-Nonce"
    signature: str = "X-Signature"


DEFAULT_HEADERS: Final = HeaderNames()


class SignatureFault(Enum):
    """Why a request is not believed."""

    INCOMPLETE = "INCOMPLETE"
    UNKNOWN_APP = "UNKNOWN_APP"
    OUTSIDE_WINDOW = "OUTSIDE_WINDOW"
    WRONG_SIGNATURE = "WRONG_SIGNATURE"
    REPLAYED = "REPLAYED"


class NotBelieved(Exception):
    """The request is not from who it says, not from now, or not for the first time. Carries no secret."""

    def __init__(self, fault: SignatureFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class Nonces(Protocol):
    """Remembers which nonces have been seen."""

    def remember(self, nonce: str, at: float) -> bool:
        """Keep the nonce for NONCE_SECONDS from `at` (Unix time); False when it is already remembered. Atomic."""
        ...


class RecentNonces:
    """Nonces of one process, in memory; several processes need one that they share."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[str, float] = {}
        self._order: deque[tuple[float, str]] = deque()

    def remember(self, nonce: str, at: float) -> bool:
        with self._lock:
            while self._order and self._order[0][0] < at - NONCE_SECONDS:
                seen_at, old = self._order.popleft()
                if self._seen.get(old) == seen_at:
                    del self._seen[old]
            if at - self._seen.get(nonce, float("-inf")) <= NONCE_SECONDS:
                return False
            self._seen[nonce] = at
            self._order.append((at, nonce))
            return True


def sm3(content: bytes) -> str:
    """SM3 (GB/T 32905) of the bytes, 64 characters of lower-case hex."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(content)
    return digest.finalize().hex()


def signature(secret: bytes, *, method: str, path: str, timestamp: str, nonce: str, body: bytes) -> str:
    """The HMAC-SM3 described above, 64 characters of lower-case hex."""
    mac = HMAC(secret, hashes.SM3())
    mac.update("\n".join((method.upper(), path, timestamp, nonce, sm3(body))).encode())
    return mac.finalize().hex()


def sign(
    secret: bytes,
    *,
    app_id: str,
    method: str,
    path: str,
    body: bytes,
    at: float,
    nonce: str | None = None,
    names: HeaderNames = DEFAULT_HEADERS,
) -> dict[str, str]:
    """The four headers for a request made at `at` (Unix time, seconds); the nonce is random unless given."""
    timestamp = str(int(at))
    chosen = secrets.token_hex(16) if nonce is None else nonce
    return {
        names.app_id: app_id,
        names.timestamp: timestamp,
        names.nonce: chosen,
        names.signature: signature(
            secret, method=method, path=path, timestamp=timestamp, nonce=chosen, body=body
        ),
    }


def verify(
    headers: Mapping[str, str],
    secrets_by_app: Mapping[str, bytes],
    *,
    method: str,
    path: str,
    body: bytes,
    at: float,
    nonces: Nonces,
    names: HeaderNames = DEFAULT_HEADERS,
) -> str:
    """The app id of a request that is to be believed at `at` (Unix time, seconds). Raises NotBelieved.

    The nonce is remembered last, so that nobody without the secret can fill the memory or burn a nonce.
    """
    given = {name.lower(): value for name, value in headers.items()}
    app_id, timestamp, nonce, claimed = (
        given.get(name.lower(), "") for name in (names.app_id, names.timestamp, names.nonce, names.signature)
    )
    if not (app_id and claimed and _TIMESTAMP.fullmatch(timestamp) and _NONCE.fullmatch(nonce)):
        raise NotBelieved(SignatureFault.INCOMPLETE)
    secret = secrets_by_app.get(app_id)
    if secret is None:
        raise NotBelieved(SignatureFault.UNKNOWN_APP)
    if abs(at - int(timestamp)) > WINDOW_SECONDS:
        raise NotBelieved(SignatureFault.OUTSIDE_WINDOW)
    expected = signature(secret, method=method, path=path, timestamp=timestamp, nonce=nonce, body=body)
    if not bytes_eq(expected.encode(), claimed.encode()):
        raise NotBelieved(SignatureFault.WRONG_SIGNATURE)
    if not nonces.remember(nonce, at):
        raise NotBelieved(SignatureFault.REPLAYED)
    return app_id
