"""A plan of what the ministry delivers: in order or not, repeated, tampered with, of other provinces, of strangers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Final

from cryptography.hazmat.primitives import hashes, hmac

from yanbao.adapters.ministry.shipped import DEFAULT_PROFILE
from yanbao.domain.exchange.inbound import InboundKind

from ...support.builders import CHANGAN, LINTONG, PUCHENG, YANGLING, a_credit_code
from ...support.inbound import a_patrol, a_spot_check, a_warning
from ...support.world import ENTERPRISES

LEVELS: Final = ("RED", "ORANGE", "YELLOW", "BLUE")
STRANGER: Final = a_credit_code("不在档案的厂")
ELSEWHERE: Final = "510107"
"""An area of another province."""
NOWHERE: Final = "610199"
"""An area of ours that the directory does not have."""
PATHS: Final = {kind: f"/ministry/{kind.value.lower()}" for kind in InboundKind}

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Message:
    """What the ministry means to send, once or several times."""

    kind: InboundKind
    id: str
    records: tuple[Record, ...]

    @property
    def body(self) -> bytes:
        return json.dumps({"id": self.id, "records": self.records}).encode()


@dataclass(frozen=True)
class Sending:
    """One delivery of a message. `tampered` says how; then it must have no effect at all.

    `skew` is by how many seconds the sender's clock is wrong. `replayed` takes over a nonce under which the
    message of that id came before: the first one, or the newest if `newest`.
    """

    message: Message
    tampered: str = ""
    skew: int = 0
    replayed: str | None = None
    newest: bool = False


@dataclass(frozen=True)
class Request:
    """A delivery as it arrives."""

    kind: InboundKind
    nonce: str
    headers: Mapping[str, str]
    body: bytes


def plan(seed: int, deliveries: int) -> list[Sending]:
    """So many deliveries, the same for the same seed."""
    random = Random(seed)
    sendings: list[Sending] = []
    number = 0
    while len(sendings) < deliveries:
        number += 1
        sendings += _round(random, number)
    random.shuffle(sendings)
    return sendings[:deliveries]


def _round(random: Random, number: int) -> Iterator[Sending]:
    """The messages about some objects of one kind, with what somebody makes of them."""
    kind = random.choice([InboundKind.WARNING, InboundKind.WARNING, *InboundKind])
    stated: list[Record] = []
    for place in range(random.randint(1, 8)):
        stated += _versions(random, kind, f"{kind.value[0]}-{number}-{place}")
    random.shuffle(stated)
    messages: list[Message] = []
    while stated:
        size = random.randint(1, 20)
        records, stated = stated[:size], stated[size:]
        if messages and random.random() < 0.2:
            records = [*records, *random.choice(messages).records][:20]
        messages.append(Message(kind, f"M-{number}-{len(messages)}", tuple(records)))
    for message in messages:
        for _ in range(random.choice([1, 1, 2, 3, 5])):
            yield Sending(message, skew=random.choice([0, 0, 0, 299, -299]))
        forged = replace(message, records=tuple(_graver(record) for record in message.records))
        match random.randrange(8):
            case 0:
                yield Sending(message, tampered="bit")
            case 1:
                yield Sending(forged, tampered="signature")
            case 2:
                yield Sending(message, tampered="late", skew=random.choice([-301, 301]))
            case 3:
                other = replace(forged, id=f"{message.id}-forged")
                yield Sending(other, replayed=message.id, newest=random.random() < 0.5)
            case 4:
                yield Sending(forged)
                # A message that conflicts has a nonce of its own, and that brings nothing either.
                other = replace(forged, id=f"{message.id}-forged")
                yield Sending(other, replayed=message.id, newest=True)
            case 5:
                yield Sending(message, tampered="path")
            case _:
                pass


def _versions(random: Random, kind: InboundKind, id: str) -> Iterator[Record]:
    """The versions of one object; sometimes two different contents claim to be the same version."""
    whose = random.choices(["ours", "another province's", "a stranger's", "unfit"], [12, 1, 2, 1])[0]
    of, area = random.choice(ENTERPRISES), random.choice([LINTONG, CHANGAN, PUCHENG, YANGLING])
    for version in range(1, random.choice([1, 1, 2, 3, 6]) + 1):
        said: dict[str, Any] = {"description": f"{id}第{version}版"}
        withdrawn = random.choice([None, None, None, "重复下发"])
        if kind is InboundKind.WARNING:
            ended = random.choice([None, None, "已解除"])
            record = a_warning(id, version, random.choice(LEVELS), of, ended=ended, **said)
        elif kind is InboundKind.SPOT_CHECK_PROBLEM:
            record = a_spot_check(id, version, of, withdrawn=withdrawn, **said)
        else:
            record = a_patrol(id, version, area, withdrawn=withdrawn, **said)
        if whose == "another province's":
            record |= {"area": ELSEWHERE}
        elif whose == "a stranger's":
            record |= {"area": NOWHERE} if kind is InboundKind.PATROL_PROBLEM else {"company": STRANGER}
        elif whose == "unfit":
            record |= {"level": "PURPLE"}
        yield record
        if random.random() < 0.05:
            yield {**record, "description": f"{id}第{version}版的另一种说法"}


def _graver(record: Record) -> Record:
    """What would be seen at once if it were taken."""
    return {**record, "version": record["version"] + 50, "description": "伪造", "withdrawn": "伪造"}


class Sender:
    """The ministry, which signs by itself and not by our code; and somebody on the line who changes what it sends."""

    def __init__(self, secret: bytes, random: Random) -> None:
        self._secret = secret
        self._random = random
        self._number = 0
        self._nonces: dict[str, list[str]] = {}
        """By message id, the nonces under which it came, whatever it held."""

    def request(self, sending: Sending, now: int) -> Request:
        """The delivery at that Unix time, with a fresh nonce unless one is replayed that was used before."""
        message, random = sending.message, self._random
        self._number += 1
        used = self._nonces.get(sending.replayed or "", [f"nonce-{self._number:08}"])
        nonce = used[-1 if sending.newest else 0]
        if not sending.tampered and sending.replayed is None:
            self._nonces.setdefault(message.id, []).append(nonce)
        secret = b"of-somebody-else" * 2 if sending.tampered == "signature" else self._secret
        headers = self._signed(secret, message, nonce, str(now + sending.skew))
        request = Request(message.kind, nonce, headers, message.body)
        if sending.tampered == "bit":
            place = random.randrange(len(request.body) * 8)
            body = bytearray(request.body)
            body[place // 8] ^= 1 << place % 8
            return replace(request, body=bytes(body))
        if sending.tampered == "path":
            others = [kind for kind in InboundKind if kind is not message.kind]
            return replace(request, kind=random.choice(others))
        return request

    @staticmethod
    def _signed(secret: bytes, message: Message, nonce: str, timestamp: str) -> dict[str, str]:
        lines = ("POST", PATHS[message.kind], timestamp, nonce, _sm3(message.body))
        mac = hmac.HMAC(secret, hashes.SM3())
        mac.update("\n".join(lines).encode())
        return {
            "X-App-Id": DEFAULT_PROFILE.app_id,
            "X-Timestamp": timestamp,
            "X-Nonce": nonce,
            "X-Signature": mac.finalize().hex(),
        }


def _sm3(content: bytes) -> str:
    digest = hashes.Hash(hashes.SM3())
    digest.update(content)
    return digest.finalize().hex()
