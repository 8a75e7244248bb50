"""The receiving addresses over an inbox of the test's own, asked through ASGI."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.applications import Starlette

from yanbao.adapters.ministry.collecting import Collector
from yanbao.adapters.ministry.profile import Profile
from yanbao.adapters.ministry.receive import Receiver
from yanbao.adapters.ministry.refusing import RefusalCounts
from yanbao.adapters.ministry.shipped import DEFAULT_PROFILE
from yanbao.adapters.ministry.wire import Wire, WireKeys
from yanbao.application.ports.inbound import Delivery, DeliveryAnswer, RecordAnswer
from yanbao.domain.exchange.inbound import InboundKind

SECRET = b"only-for-tests-0123456789"
AT = 1_764_000_000.0
WARNING = InboundKind.WARNING
PATH = DEFAULT_PROFILE.inbound.path(WARNING)
Body = bytes | Callable[[], AsyncIterator[bytes]]


TAKEN = DeliveryAnswer("m-1", (RecordAnswer("YJ-1", None, ""),))


@dataclass
class Reception:
    """The addresses, the time, and what has been received."""

    profile: Profile = DEFAULT_PROFILE
    keys: WireKeys = field(default_factory=lambda: WireKeys(secret=SECRET))
    now: float = AT
    received: list[Delivery] = field(default_factory=list)
    counted: list[str] = field(default_factory=list)
    fails_with: Exception | None = None
    answer: DeliveryAnswer = TAKEN

    def __post_init__(self) -> None:
        self.refusals = RefusalCounts(self.counted.append)

    def receive(self, deliveries: Sequence[Delivery]) -> Sequence[DeliveryAnswer]:
        if self.fails_with is not None:
            raise self.fails_with
        self.received += deliveries
        return [self.answer for _ in deliveries]

    def time(self) -> float:
        """What our clock says."""
        return self.now

    def wire(self, skew: float = 0.0) -> Wire:
        """The ministry's own, whose clock differs so much from ours."""
        return Wire(self.profile, self.keys, lambda: self.time() + skew)

    def app(self) -> Starlette:
        wire = Wire(self.profile, self.keys, self.time)
        return Starlette(routes=Receiver(wire, self.profile, Collector(self.receive), self.refusals).routes())

    def signed(self, body: bytes, *, skew: float = 0.0, path: str = PATH) -> dict[str, str]:
        """The headers of a request that is in order."""
        return {
            "Content-Type": "application/json",
            **self.wire(skew).headers(method="POST", path=path, body=body),
        }

    def post(
        self, body: Body, headers: Mapping[str, str] | None = None, *, path: str = PATH, method: str = "POST"
    ) -> httpx.Response:
        if headers is None:
            assert isinstance(body, bytes), "a stream is signed by its test"
            headers = self.signed(body)

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app())
            async with httpx.AsyncClient(transport=transport, base_url="http://province") as client:
                content = body if isinstance(body, bytes) else body()
                return await client.request(method, path, content=content, headers=headers)

        return asyncio.run(ask())


def said(answer: httpx.Response) -> tuple[int, str]:
    """Status and code; the answer has the agreed form and a Chinese sentence."""
    told: dict[str, Any] = json.loads(answer.content)
    assert told["msg"] and not told["msg"].isascii()
    return answer.status_code, told["code"]
