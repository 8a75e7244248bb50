"""Sends the simulator's messages to the province, damaged as ordered, and keeps every answer."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

import httpx

from ....domain.exchange.inbound import InboundKind
from ..profile import Profile
from ..signing import WINDOW_SECONDS
from ..stating import stated_message
from ..wire import Wire, WireKeys
from .composing import Consignment
from .items import Items, Sending
from .orders import Tampering

AT_ONCE: Final = 8
"""Messages on their way at once when their order does not matter."""
ANSWER_SECONDS: Final = 30.0
AGAIN_SECONDS: Final = 0.5
"""Pause before a message is sent again because it was not answered; it grows with every attempt."""
_KEPT: Final = 20_000
"""Characters of an answer that are kept."""


@dataclass(slots=True)
class Courier:
    """Sends over HTTP. `province` is the address of the system, None: it is not known, and nothing can be sent."""

    items: Items
    profile: Profile
    keys: WireKeys
    wall_clock: Callable[[], float]
    province: str | None
    _client: httpx.AsyncClient | None = None

    async def send(
        self, consignments: Sequence[Consignment], *, attempts: int, in_order: bool
    ) -> Counter[str]:
        """Send all of them; how often each status was answered, `none` for no answer."""
        statuses: Counter[str] = Counter()
        limiter = asyncio.Semaphore(1 if in_order else AT_ONCE)

        async def one(consignment: Consignment) -> None:
            async with limiter:
                statuses.update(await self._send(consignment, attempts))

        await asyncio.gather(*(one(consignment) for consignment in consignments))
        return statuses

    def lay(self, consignments: Sequence[Consignment]) -> None:
        """Lay the messages into the mailbox, where the province fetches them; they are not signed there."""
        for consignment in consignments:
            body = self._body(consignment)
            self.items.add(self._sending(consignment, body, {}, mailbox=True), self.wall_clock())

    async def _send(self, consignment: Consignment, attempts: int) -> list[str]:
        said = []
        for attempt in range(1, attempts + 1):
            body = self._body(consignment)
            headers = self._headers(consignment, body)
            status = await self._post(consignment, _damaged(body, consignment.tampering), headers)
            said.append(status)
            if status != "none" and not status.startswith("5"):
                break
            await asyncio.sleep(AGAIN_SECONDS * attempt)
        if consignment.tampering is Tampering.REPLAYED:
            said.append(await self._post(consignment, body, headers))
        if consignment.tampering is Tampering.REPLAYED_NONCE:
            other = self._body(self._forged(consignment))
            nonce = headers.get(self.profile.headers.nonce)
            again = self._wire().headers(method="POST", path=self._path(consignment), body=other, nonce=nonce)
            said.append(await self._post(consignment, other, again))
        return said

    async def _post(self, consignment: Consignment, body: bytes, headers: Mapping[str, str]) -> str:
        seq = self.items.add(self._sending(consignment, body, headers), self.wall_clock())
        if self._client is None:
            self._client = httpx.AsyncClient(trust_env=False, timeout=ANSWER_SECONDS)
        try:
            answer = await self._client.post(
                f"{self.province}{self._path(consignment)}",
                content=body,
                headers={"Content-Type": "application/json; charset=utf-8", **headers},
            )
        except httpx.HTTPError as failure:
            # No answer is a fact of its own: the page shows it, and the message is sent again.
            why = f"{type(failure).__name__}: {failure}".rstrip(": ")
            self.items.answered(seq, None, why[:_KEPT], self.wall_clock())
            return "none"
        self.items.answered(seq, answer.status_code, answer.text[:_KEPT], self.wall_clock())
        return str(answer.status_code)

    def _path(self, consignment: Consignment) -> str:
        return self.profile.inbound.path(consignment.kind)

    def _wire(self, late: float = 0.0) -> Wire:
        return Wire(self.profile, self.keys, lambda: self.wall_clock() - late)

    def _body(self, consignment: Consignment) -> bytes:
        made = stated_message(
            consignment.kind,
            consignment.records,
            self.profile,
            message_id=consignment.message_id,
            sent_at=datetime.fromtimestamp(self.wall_clock(), UTC),
        )
        body = self._wire().sealed(made)
        return body[: len(body) * 2 // 3] if consignment.tampering is Tampering.CUT_JSON else body

    def _forged(self, consignment: Consignment) -> Consignment:
        """The same records with another description, in another message."""
        inbound, kind = self.profile.inbound, consignment.kind
        form = inbound.warning if kind is InboundKind.WARNING else inbound.problem_form(kind)
        other = {form.fields.description: "内容已被改动。"}
        versions = [replace(one, record={**one.record, **other}) for one in consignment.versions]
        return replace(consignment, message_id=f"{consignment.message_id}-x", versions=versions)

    def _headers(self, consignment: Consignment, body: bytes) -> dict[str, str]:
        late = WINDOW_SECONDS + 100 if consignment.tampering is Tampering.OLD_TIMESTAMP else 0
        headers = self._wire(late).headers(method="POST", path=self._path(consignment), body=body)
        signature = self.profile.headers.signature
        if consignment.tampering is Tampering.WRONG_SIGNATURE and signature in headers:
            headers[signature] = headers[signature][::-1]
        return headers

    def _sending(
        self, consignment: Consignment, body: bytes, headers: Mapping[str, str], *, mailbox: bool = False
    ) -> Sending:
        return Sending(
            kind=consignment.kind,
            message_id=consignment.message_id,
            how=consignment.tampering.value,
            body=body,
            headers=headers,
            versions=[(one.stated.external_id, one.stated.version) for one in consignment.versions],
            mailbox=mailbox,
        )


def _damaged(body: bytes, tampering: Tampering) -> bytes:
    if tampering is not Tampering.FLIPPED_BYTE:
        return body
    at = random.randrange(len(body))
    return body[:at] + bytes([body[at] ^ (1 << random.randrange(8))]) + body[at + 1 :]
