"""What is signed of a request, and why one is not believed.

The signature covers these five lines in UTF-8, separated by line feeds, without a trailing one:

    METHOD                 upper case: POST
    path                   as sent, with `?query` if there is one: /gateway/v1/commitment
    timestamp              Unix time in whole seconds, decimal, the value of the timestamp header
    nonce                  the value of the nonce header
    digest(body)           lower-case hex, over the bytes as sent (the encrypted body if it is encrypted)

The profile chooses the algorithm, the digest (SM3, with HMAC-SHA256: SHA-256) and the names of the headers.
The app id is not signed: another app has other keys, and its signature does not match.
Source: no specification for fireworks is public; this is ours.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

WINDOW_SECONDS: Final = 300
"""How far a timestamp may differ from the receiver's clock, either way; exactly this much is accepted."""

NONCE_SECONDS: Final = 2 * WINDOW_SECONDS
"""How long a nonce is remembered: the window in which a message is accepted is this long."""


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


def signed_text(method: str, path: str, timestamp: str, nonce: str, digest: str) -> bytes:
    """The five lines described above; `digest` is that of the body."""
    return "\n".join((method.upper(), path, timestamp, nonce, digest)).encode()
