"""Signs and verifies requests to the ministry with HMAC-SM3 over method, path, time, nonce and body.

The signature is HMAC-SM3 (RFC 2104 with GB/T 32905 SM3, block 64 bytes) in lower-case hex. The key is the
shared secret. The input is these five lines in UTF-8, separated by line feeds, without a trailing one:

    METHOD                 upper case: POST
    path                   as sent, with `?query` if there is one: /gateway/v1/commitment
    timestamp              Unix time in whole seconds, decimal, the value of X-Timestamp
    nonce                  the value of X-Nonce
    SM3(body)              lower-case hex, over the bytes as sent (the encrypted body if it is encrypted)

X-App-Id is not signed: it chooses the secret, and another app's secret makes another signature.
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

from .signers import sm3

WINDOW_SECONDS: Final = 300
"""How far a timestamp may differ from the receiver's clock, either way; exactly this much is accepted."""

NONCE_SECONDS: Final = 2 * WINDOW_SECONDS
"""How long a nonce is remembered: the window in which a message is accepted is this long."""

_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}")
_NONCE: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")


@dataclass(frozen=True, slots=True)
class HeaderNames:
    """The names of the four headers; they are matched in any case."""

    app_id: str = "X-App-Id"
    timestamp: str = "X-Timestamp"
    nonce: str = "X-Nonce"
    signature: str = "X-Signature"


DEFAULT_HEADERS: Final = HeaderNames()


class SignatureFault(Enum):
    """Why a request is rejected."""

    INCOMPLETE = "INCOMPLETE"
    UNKNOWN_APP = "UNKNOWN_APP"
    OUTSIDE_WINDOW = "OUTSIDE_WINDOW"
    WRONG_SIGNATURE = "WRONG_SIGNATURE"
    REPLAYED = "REPLAYED"


class NotBelieved(Exception):
    """The request is not authentic, not current, or a repetition. The exception carries no secret."""

    def __init__(self, fault: SignatureFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class Nonces(Protocol):
    """Remembers which nonces have been seen."""

    def remember(self, nonce: str, at: float) -> bool:
        """Keep the nonce for NONCE_SECONDS from `at` (Unix time); False if it is kept already. Atomic."""
        ...


class RecentNonces:
    """Nonces of one process, in memory; several processes need a shared store."""

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


def signed_text(method: str, path: str, timestamp: str, nonce: str, digest: str) -> bytes:
    """The five lines described above; `digest` is that of the body."""
    return "\n".join((method.upper(), path, timestamp, nonce, digest)).encode()


def signature(secret: bytes, *, method: str, path: str, timestamp: str, nonce: str, body: bytes) -> str:
    """The HMAC-SM3 described above, 64 characters of lower-case hex."""
    mac = HMAC(secret, hashes.SM3())
    mac.update(signed_text(method, path, timestamp, nonce, sm3(body)))
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
    """Check a request received at `at` (Unix time, seconds); returns its app id. Raises NotBelieved.

    The nonce is remembered last: without the secret nobody can fill the memory or use up a nonce.
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
