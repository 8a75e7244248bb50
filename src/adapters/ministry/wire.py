"""Signs, verifies, seals and opens messages by a profile; both directions and the simulator use it."""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ...application.ports.inbound import UnreadableMessage
from .encryption import BodyCipher, Encryption, NotDecrypted
from .profile import Profile, Seals
from .signers import make_signer
from .signing import WINDOW_SECONDS, NotBelieved, SignatureFault, signed_text
from .strict import parsed, parsed_object

_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}")
_NONCE: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")


@dataclass(frozen=True, slots=True)
class WireKeys:
    """The keys of one side; which of them are needed is the profile's choice. A repr shows none.

    `secret` is shared and signs by HMAC. `private_key` (32 bytes) is our own for SM2, `public_key` (65 or 64
    bytes) the other side's. `body_key` encrypts bodies.
    """

    secret: bytes | None = field(default=None, repr=False)
    body_key: bytes | None = field(default=None, repr=False)
    private_key: bytes | None = field(default=None, repr=False)
    public_key: bytes | None = field(default=None, repr=False)


class Wire:
    """Signs, verifies, seals and opens messages by a profile. It keeps no state; threads may share it.

    `wall_clock` is Unix time in seconds. Raises ValueError if the keys do not fit the profile.
    """

    def __init__(self, profile: Profile, keys: WireKeys, wall_clock: Callable[[], float] = time.time) -> None:
        self._profile = profile
        self._signer = make_signer(
            profile.signer, secret=keys.secret, private_key=keys.private_key, public_key=keys.public_key
        )
        self._cipher = body_cipher(profile.cipher, keys.body_key)
        self._wall_clock = wall_clock

    def sealed(self, message: Mapping[str, Any]) -> bytes:
        """The bytes of a message: JSON, encrypted and put in the sealed envelope if so agreed."""
        if self._cipher is None:
            return _compact(message)
        keys = self._profile.envelope
        hidden, open_keys = message, dict[str, Any]()
        if keys.seals is Seals.DATA and keys.data in message:
            hidden = message[keys.data]
            open_keys = {key: value for key, value in message.items() if key != keys.data}
        if keys.encryption is not None:
            open_keys[keys.encryption] = self._profile.cipher.value
        return _compact({**open_keys, keys.sealed: self._cipher.seal(_compact(hidden))})

    def answer(self, answer: Mapping[str, Any]) -> bytes:
        """The bytes of an answer, encrypted if the profile encrypts answers."""
        return self.sealed(answer) if self._profile.envelope.seals_answers else _compact(answer)

    def opened(self, body: bytes) -> Mapping[str, Any]:
        """The message of these bytes, decrypted and strictly parsed. Raises UnreadableMessage."""
        message = parsed_object(body)
        if self._cipher is None:
            return message
        keys = self._profile.envelope
        sealed = message.get(keys.sealed)
        named = None if keys.encryption is None else message.get(keys.encryption)
        if not isinstance(sealed, str) or (
            keys.encryption is not None and named != self._profile.cipher.value
        ):
            raise UnreadableMessage("not encrypted as agreed")
        try:
            plain = self._cipher.open(sealed)
        except NotDecrypted as no:
            raise UnreadableMessage("not decrypted") from no
        if keys.seals is Seals.WHOLE:
            return parsed_object(plain)
        return {
            **{key: value for key, value in message.items() if key != keys.sealed},
            keys.data: parsed(plain),
        }

    def headers(self, *, method: str, path: str, body: bytes, nonce: str | None = None) -> dict[str, str]:
        """The signature's headers for a request that is made now; none if the profile does not sign.

        The nonce is random unless it is given.
        """
        if self._signer is None:
            return {}
        names = self._profile.headers
        timestamp, nonce = str(int(self._wall_clock())), nonce or secrets.token_hex(16)
        text = signed_text(method, path, timestamp, nonce, self._signer.digest(body))
        return {
            names.app_id: self._profile.app_id,
            names.timestamp: timestamp,
            names.nonce: nonce,
            names.signature: self._signer.sign(text),
        }

    def believe(self, headers: Mapping[str, str], *, method: str, path: str, body: bytes) -> str | None:
        """Check a request that is received now; return its nonce, which the caller must remember.

        The time window is checked before the signature, because that is cheaper. Returns None if the profile
        does not sign. Raises NotBelieved.
        """
        if self._signer is None:
            return None
        names = self._profile.headers
        given = {name.lower(): value for name, value in headers.items()}
        app_id, timestamp, nonce, claimed = (
            given.get(name.lower(), "")
            for name in (names.app_id, names.timestamp, names.nonce, names.signature)
        )
        if not (app_id and claimed and _TIMESTAMP.fullmatch(timestamp) and _NONCE.fullmatch(nonce)):
            raise NotBelieved(SignatureFault.INCOMPLETE)
        if app_id != self._profile.app_id:
            raise NotBelieved(SignatureFault.UNKNOWN_APP)
        if abs(self._wall_clock() - int(timestamp)) > WINDOW_SECONDS:
            raise NotBelieved(SignatureFault.OUTSIDE_WINDOW)
        text = signed_text(method, path, timestamp, nonce, self._signer.digest(body))
        if not self._signer.matches(text, claimed):
            raise NotBelieved(SignatureFault.WRONG_SIGNATURE)
        return nonce


def _compact(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def body_cipher(choice: Encryption, key: bytes | None) -> BodyCipher | None:
    """The cipher for this choice; None for NONE. Raises ValueError if `key` is missing, unused or bad."""
    if choice is Encryption.NONE:
        if key is not None:
            raise ValueError("a body key is given although the profile sends bodies in the clear")
        return None
    if key is None:
        raise ValueError(f"the profile encrypts bodies with {choice.value} but no body key is given")
    from .ciphers import AesCbc, Sm4Cbc, Sm4Gcm  # Loads a library that only an encrypted exchange needs.

    match choice:
        case Encryption.AES_CBC:
            return AesCbc(key)
        case Encryption.SM4_CBC:
            return Sm4Cbc(key)
        case Encryption.SM4_GCM:
            return Sm4Gcm(key)
