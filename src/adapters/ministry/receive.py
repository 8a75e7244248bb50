"""HTTP routes on which the ministry delivers: authentic messages are committed before they are answered."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Final

from anyio import CapacityLimiter, fail_after, move_on_after, to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from ...application.ports.inbound import Delivery
from ...application.ports.unavailable import RETRY_AFTER_SECONDS, Unavailable
from ...domain.exchange.inbound import InboundKind
from ...faultpoints import reached
from .answering import Answers
from .collecting import Collector
from .profile import Profile
from .refusing import (
    MOST_BYTES,
    OF_SIGNATURE,
    RECEIVING_SECONDS,
    NotReceived,
    Refusal,
    RefusalCounts,
    wording,
)
from .signers import Signing
from .signing import NotBelieved
from .wire import Wire

MOST_BYTES_UNVERIFIED: Final = 64 * 1024 * 1024
"""Bytes of all bodies whose signature is not known yet; a request beyond that is refused, to be sent again."""
VERIFIED_ON_LOOP: Final = 32 * 1024
"""A larger body is verified on a thread: it would hold up other requests for milliseconds."""
THROWN_AWAY: Final = 2 * MOST_BYTES
"""Bytes of a refused body that are still read: a client cut off while sending never sees the answer."""
THROWN_AWAY_SECONDS: Final = 2.0
_ALWAYS: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff"}

log = logging.getLogger(__name__)


@dataclass
class Receiver:
    """Takes in requests of all kinds, for one event loop."""

    wire: Wire
    profile: Profile
    collector: Collector
    refusals: RefusalCounts
    _unverified: int = 0
    _verifying: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(2))

    def __post_init__(self) -> None:
        self._answers = Answers(self.profile, self.wire)

    def routes(self) -> list[BaseRoute]:
        """One route for each kind, at the profile's path."""
        return [Route(self.profile.inbound.path(kind), _Endpoint(self, kind)) for kind in InboundKind]

    async def serve(self, kind: InboundKind, request: Request) -> Response:
        """Answer a request: refused whole, or committed with a verdict for every record."""
        try:
            delivery = await self._authentic(kind, request)
        except NotReceived as no:
            return await self._refuse(request, no.refusal)
        try:
            answer = await self.collector.take(delivery)
        except Unavailable:
            return await self._refuse(request, Refusal.BUSY)
        except Exception:
            # Whatever is wrong with it, nothing of it is stored: the ministry sends it again.
            log.exception("inbound.failed", extra={"kind": kind.value})
            return await self._refuse(request, Refusal.FAILED)
        reached("inbound.committed", answer.message_id)
        told = self._answers.of(answer)
        return Response(told.body, told.status, _ALWAYS, "application/json")

    async def _authentic(self, kind: InboundKind, request: Request) -> Delivery:
        """Read and verify a request; no JSON is parsed. Raises NotReceived."""
        if request.method != "POST":
            raise NotReceived(Refusal.METHOD)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise NotReceived(Refusal.CONTENT_TYPE)
        if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
            raise NotReceived(Refusal.CONTENT_ENCODING)
        if _declared(request) > MOST_BYTES:
            raise NotReceived(Refusal.TOO_LARGE)
        body = bytearray()
        try:
            with fail_after(RECEIVING_SECONDS):
                await self._read(request, body)
            raw = bytes(body)
            return Delivery(kind, await self._believe(request, raw), self._signed(request), raw)
        except TimeoutError:
            raise NotReceived(Refusal.TOO_SLOW) from None
        except ClientDisconnect:
            raise NotReceived(Refusal.BROKEN_OFF) from None
        except NotBelieved as no:
            raise NotReceived(OF_SIGNATURE[no.fault]) from None
        finally:
            self._unverified -= len(body)

    async def _read(self, request: Request, body: bytearray) -> None:
        async for part in request.stream():
            body += part
            self._unverified += len(part)
            if len(body) > MOST_BYTES:
                raise NotReceived(Refusal.TOO_LARGE)
            if self._unverified > MOST_BYTES_UNVERIFIED:
                raise NotReceived(Refusal.BUSY)

    async def _believe(self, request: Request, raw: bytes) -> str | None:
        """The nonce, None if the profile does not sign. Raises NotBelieved."""
        headers, path = dict(request.headers), _path(request)

        def believe() -> str | None:
            return self.wire.believe(headers, method="POST", path=path, body=raw)

        if len(raw) <= VERIFIED_ON_LOOP and self.profile.signer is not Signing.SM2:
            return believe()
        return await to_thread.run_sync(believe, limiter=self._verifying)

    def _signed(self, request: Request) -> dict[str, str]:
        """The headers that belong to the signature, as they were sent."""
        names = self.profile.headers
        wanted = (names.app_id, names.timestamp, names.nonce, names.signature)
        return {name: request.headers[name] for name in wanted if name in request.headers}

    async def _refuse(self, request: Request, refusal: Refusal) -> Response:
        self.refusals.add(refusal)
        said = wording(refusal, self.profile)
        headers = {**_ALWAYS, "connection": "close"}
        if said.status == 405:
            headers["allow"] = "POST"
        if said.status == 503:
            headers["retry-after"] = str(RETRY_AFTER_SECONDS)
        if refusal is not Refusal.TOO_SLOW:
            await _throw_away(request)
        told = self._answers.refusal(said.status, said.code, said.sentence)
        return Response(told.body, told.status, headers, "application/json")


class _Endpoint:
    """An ASGI app for all methods: for a function, Starlette would refuse other methods in plain text."""

    def __init__(self, receiver: Receiver, kind: InboundKind) -> None:
        self._receiver = receiver
        self._kind = kind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._receiver.serve(self._kind, Request(scope, receive, send))
        await response(scope, receive, send)


def _declared(request: Request) -> int:
    """The declared Content-Length, 0 without one. It is not trusted: `_read` counts the bytes."""
    length = request.headers.get("content-length", "")
    return int(length) if length.isdecimal() and len(length) < 20 else 0


def _path(request: Request) -> str:
    """Path and query as sent: they are signed."""
    scope = request.scope
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    # httpx's test transport leaves the query in the raw path, servers do not.
    path = raw.partition(b"?")[0].decode("latin-1")
    query: bytes = scope["query_string"]
    return f"{path}?{query.decode('latin-1')}" if query else path


async def _throw_away(request: Request) -> None:
    """Read and drop the rest of a refused body, unless the client waits for `100 Continue`."""
    if request.headers.get("expect", "").lower() == "100-continue":
        return
    left = THROWN_AWAY
    with move_on_after(THROWN_AWAY_SECONDS):
        try:
            async for part in request.stream():
                left -= len(part)
                if left < 0:
                    return
        except (ClientDisconnect, RuntimeError):
            return  # It has gone, or all was read before.
