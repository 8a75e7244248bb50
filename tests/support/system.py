"""A whole application over twins, put together by the same builder as the real one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import time
from functools import cache
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute

from yanbao.adapters.anchor import MemoryAnchor
from yanbao.adapters.clock import FixedClock
from yanbao.adapters.demo.province import Province, build_province
from yanbao.adapters.demo.seeding import seed
from yanbao.adapters.excel.writing.writer import ExcelWriter
from yanbao.adapters.files.contents import CheckedContents
from yanbao.adapters.files.memory import MemoryFileStore
from yanbao.adapters.files.routes import file_routes
from yanbao.adapters.identity import OpaqueTokens
from yanbao.adapters.jobs import SilentDoorbell
from yanbao.adapters.memory.storage import MemoryStorage
from yanbao.adapters.ministry.twin import TwinMinistry
from yanbao.adapters.monitoring import TwinMonitoring
from yanbao.adapters.sms.twin import TwinSms
from yanbao.application.app import Application, Outside, build
from yanbao.application.notice.nudges import SESSIONS
from yanbao.application.notice.texts import Texts
from yanbao.application.policies import PolicyBook
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.report import Document, ReportWriter
from yanbao.application.ports.work import Storage
from yanbao.application.reactions import ReactionTable
from yanbao.domain.deadlines import business_date, instant
from yanbao.graphql.context import check_sessions, context_factory, on_connect, still_welcome, who_asks
from yanbao.graphql.execution.errors import CodedSchema
from yanbao.graphql.live import NudgeHub
from yanbao.graphql.schema import make_schema
from yanbao.graphql.transport.http import GraphQLEndpoint
from yanbao.graphql.transport.settings import EndpointSettings

from .dates import TODAY
from .patience import FOR_EVER
from .plain_reader import PlainReader

MORNING = instant(TODAY, time(8, 30))
"""08:30 in Asia/Shanghai."""
PASSWORD = "Right-horse-7-staple"


@cache
def schema() -> CodedSchema:
    """One schema for all tests: making it is what takes time."""
    return make_schema()


class PlainHasher:
    """A twin of argon2 that costs nothing: tests log in hundreds of times."""

    def hash(self, password: str) -> str:
        return f"plain:{password}"

    def matches(self, password: str, digest: str | None) -> bool:
        return digest == f"plain:{password}"


@dataclass
class PlainWriter:
    """A twin of the writer of reports, which takes no time: days of standstill make hundreds of them."""

    instead: ReportWriter | None = None
    """The real one, for a test that opens the document."""

    def write(self, document: Document) -> bytes:
        return repr(document).encode() if self.instead is None else self.instead.write(document)


@dataclass
class TwinSystem:
    """An application with everything outside it at hand."""

    clock: FixedClock
    storage: Storage
    readers: Readers
    ministry: TwinMinistry
    sms: TwinSms
    doorbell: SilentDoorbell
    anchor: MemoryAnchor
    files: MemoryFileStore
    reports: PlainWriter
    monitoring: TwinMonitoring
    hub: NudgeHub
    app: Application
    province: Province | None = None
    tokens: dict[str, str] = field(default_factory=dict)

    def seeded(self, enterprises: int = 24) -> TwinSystem:
        """With a small demo province and today's duties."""
        now = self.clock.now()
        self.province = build_province(enterprises=enterprises, today=business_date(now))
        seed(self.storage, self.province, password_digest=PlainHasher().hash(PASSWORD), at=now)
        self.app.commitments.open_day(business_date(now))
        return self

    def asgi(self) -> Starlette:
        context = context_factory(self.app, self.hub, secure_cookie=False)
        endpoint = GraphQLEndpoint(
            schema(),
            context=context,
            settings=EndpointSettings(recheck=FOR_EVER),
            on_connect=on_connect,
            still_welcome=still_welcome,
            all_welcome=check_sessions,
            session_changes=lambda: self.hub.listen(SESSIONS),
        )
        return Starlette(
            routes=[
                Route("/graphql", endpoint),
                WebSocketRoute("/graphql", endpoint),
                *file_routes(self.app.files, self.app.downloads, who_asks(context)),
            ]
        )


def make_system(
    storage_of: Any = None, clock: FixedClock | None = None, catalogue_of: Any = None
) -> TwinSystem:
    """`storage_of(reactions)` makes the storage; the in-memory twin without it.

    `catalogue_of(readers)` makes what can be exported; the real catalogue without it.
    """
    clock = clock or FixedClock(MORNING)
    policies = PolicyBook()
    react = ReactionTable(policies)
    storage = storage_of(react) if storage_of else MemoryStorage(reactions=react, database_clock=clock.now)
    ministry, sms, doorbell, anchor = TwinMinistry(), TwinSms(), SilentDoorbell(), MemoryAnchor()
    files, reports = MemoryFileStore(clock.now), PlainWriter()
    monitoring = TwinMonitoring()
    app = build(
        Outside(
            storage=storage,
            readers=storage.readers(),
            clock=clock,
            ministry=ministry,
            sms=sms,
            doorbell=doorbell,
            hasher=PlainHasher(),
            tokens=OpaqueTokens(),
            anchor=anchor,
            files=files,
            contents=CheckedContents(),
            report_writer=reports,
            workbooks=ExcelWriter(),
            catalogue=None if catalogue_of is None else catalogue_of(storage.readers()),
            monitoring=monitoring,
            ministry_reader=PlainReader(),
        ),
        policies,
    )
    return TwinSystem(
        clock,
        storage,
        storage.readers(),
        ministry,
        sms,
        doorbell,
        anchor,
        files,
        reports,
        monitoring,
        NudgeHub(),
        app,
    )


def send_texts(texts: Texts) -> int:
    """Work off the SMS that are due, as the doorbell does; says how many duties were taken up."""
    taken = 0
    while texts.send_due():
        taken += 1
    return taken


class Client:
    """A GraphQL client over ASGI; `ask` gives the data and fails on errors, `send` gives the whole answer."""

    def __init__(self, system: TwinSystem) -> None:
        self.system = system
        self._http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=system.asgi()), base_url="http://testserver"
        )
        self.token: str | None = None

    async def send(self, query: str, **variables: Any) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        answer = await self._http.post(
            "/graphql", json={"query": query, "variables": variables}, headers=headers
        )
        body: dict[str, Any] = answer.json()
        return body

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        body = await self.send(query, **variables)
        assert "errors" not in body, body["errors"]
        data: dict[str, Any] = body["data"]
        return data

    async def log_in(self, username: str, password: str = PASSWORD) -> Client:
        self.token = None
        found = await self.ask(
            """mutation($u: String!, $p: String!) { logIn(username: $u, password: $p, client: APP) {
                __typename ... on LoggedIn { token } ... on Refusal { code message } } }""",
            u=username,
            p=password,
        )
        assert found["logIn"]["__typename"] == "LoggedIn", found
        self.token = found["logIn"]["token"]
        return self


def codes(body: dict[str, Any]) -> Sequence[str]:
    """The codes of an answer's errors."""
    return [error["extensions"]["code"] for error in body.get("errors", ())]
