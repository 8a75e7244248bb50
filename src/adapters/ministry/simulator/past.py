"""The simulator without a process of its own: what was stated at past instants goes straight into its store."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from uuid import UUID

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from starlette.applications import Starlette
from starlette.routing import Route

from ....application.ports.exchange import OutboundRecord, PushAnswer, RecordKind, RecordRefusal
from ....application.ports.inbound import Delivery, DeliveryAnswer, MinistryWarning
from ....domain.exchange.inbound import InboundKind
from ..answering import Answers
from ..messages import envelope, prepare
from ..profile import Profile
from ..push import HttpMinistry
from ..stating import problem_record, stated_message, warning_record
from ..wire import Wire, WireKeys
from .composing import Consignment
from .faults import Troubles
from .interface import Platform
from .inventing import Stated
from .items import Sending, Version
from .lines import Lines
from .store import Arrival, Store

_TAKEN: Final = "0"
_TAKEN_NAME: Final = "成功"
NEVER_DIALLED: Final = "http://ministry.invalid"


class _InProcess(httpx.BaseTransport):
    """Hands requests to an ASGI application on the event loop of the portal; any thread may send one."""

    def __init__(self, app: Starlette, portal: BlockingPortal) -> None:
        self._app = app
        self._portal = portal

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self._app)) as client:
                answer = await client.request(
                    request.method, request.url, headers=request.headers, content=request.read()
                )
                stream = httpx.ByteStream(answer.content)
                return httpx.Response(answer.status_code, headers=answer.headers, stream=stream)

        return self._portal.call(ask)


class PastMinistry:
    """The ministry's simulator at the instant of `now`: it states items, and takes what goes up.

    `store` is the simulator's file; its process must not run meanwhile. The file's connection belongs to one
    thread, that of the event loop. Close it at the end.
    """

    def __init__(self, store: Path, profile: Profile, keys: WireKeys, now: Callable[[], datetime]) -> None:
        self._resources = ExitStack()
        self._portal = self._resources.enter_context(start_blocking_portal())
        self._store = self._portal.call(Store, str(store))
        self._resources.callback(self._portal.call, self._store.close)
        self._profile = profile
        self._wire = Wire(profile, keys, self._unix)
        self._now = now
        self._platform = Platform(self._store, Troubles(), Lines(), profile, self._wire, self._unix)
        app = Starlette(
            routes=[
                *(
                    Route(profile.path(kind), self._platform.push(kind), methods=["POST"])
                    for kind in RecordKind
                ),
                Route(profile.receipts_path, self._platform.receipts, methods=["POST"]),
            ]
        )
        self.gateway = HttpMinistry(
            NEVER_DIALLED,
            keys=keys,
            profile=profile,
            wall_clock=self._unix,
            transport=_InProcess(app, self._portal),
        )
        """What goes up to this simulator."""
        self.batch_size = profile.outbound.batch_size
        self._resources.callback(self.gateway.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, why: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._resources.close()

    def push(
        self, kind: RecordKind, batches: Sequence[tuple[datetime, Sequence[OutboundRecord]]]
    ) -> list[PushAnswer]:
        """Take whole batches at these past instants. They leave the same books as if the gateway had sent them.

        The transport is left out: thousands of records would spend most of their time in it.
        """
        return self._portal.call(self._keep, kind, batches)

    def _keep(
        self, kind: RecordKind, batches: Sequence[tuple[datetime, Sequence[OutboundRecord]]]
    ) -> list[PushAnswer]:
        answers = []
        with self._store.together():
            for at, records in batches:
                batch = prepare(kind, records, self._profile)
                message = envelope(kind, batch.message_id, list(batch.records.values()), at, self._profile)
                done = self._platform.take(kind, message)
                answer = {"code": _TAKEN, "msg": _TAKEN_NAME, "data": done.data}
                arrival = Arrival(
                    at.timestamp(),
                    self._profile.path(kind),
                    batch.message_id,
                    self._wire.sealed(message),
                    "ok",
                    200,
                    json.dumps(answer, ensure_ascii=False),
                )
                self._store.keep(done.records, arrival, kind)
                kept = frozenset(UUID(one.record["id"]) for one in done.records)
                refused = tuple(
                    RecordRefusal(UUID(one["id"]), one["code"], one["msg"], may_succeed_later=False)
                    for one in done.data["fail"]
                )
                answers.append(
                    PushAnswer(batch.message_id, kept, batch.refused + refused, 200, _TAKEN, _TAKEN_NAME)
                )
        return answers

    def state(self, kind: InboundKind, stated: Sequence[Stated]) -> None:
        """Keep these versions as stated now; they are sent by `delivery`."""
        self._portal.call(self._store.items.state, [self._version(kind, one) for one in stated], self._unix())

    def delivery(self, kind: InboundKind, stated: Stated) -> tuple[int, Delivery]:
        """The message that brings this version, signed now, and its number among the sendings."""
        version = self._version(kind, stated)
        parcel = Consignment(kind, f"demo-{stated.external_id}-{stated.version}", [version])
        made = stated_message(
            kind,
            parcel.records,
            self._profile,
            message_id=parcel.message_id,
            sent_at=self._now(),
        )
        body = self._wire.sealed(made)
        headers = self._wire.headers(method="POST", path=self._profile.inbound.path(kind), body=body)
        sent = Sending(
            kind=kind,
            message_id=parcel.message_id,
            how=parcel.tampering.value,
            body=body,
            headers=headers,
            versions=[(stated.external_id, stated.version)],
        )
        number = self._portal.call(self._store.items.add, sent, self._unix())
        return number, Delivery(kind, headers.get(self._profile.headers.nonce), headers, body)

    def answered(self, number: int, answer: DeliveryAnswer) -> None:
        """Keep what was answered to the message of this number."""
        told = Answers(self._profile, self._wire).of(answer)
        self._portal.call(self._store.items.answered, number, told.status, told.body.decode(), self._unix())

    def _version(self, kind: InboundKind, stated: Stated) -> Version:
        if isinstance(stated, MinistryWarning):
            return Version(kind, stated, warning_record(stated, self._profile))
        return Version(kind, stated, problem_record(kind, stated, self._profile))

    def _unix(self) -> float:
        return self._now().timestamp()
