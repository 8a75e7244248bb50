"""A small schema with one of everything the transport has to cope with, and an ASGI app around it."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import strawberry
from graphql import GraphQLError
from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from starlette.routing import Route, WebSocketRoute
from strawberry.scalars import ID
from strawberry.schema.config import StrawberryConfig

from yanbao.application.ports.unavailable import Unavailable
from yanbao.domain.refusals import ActionNotAllowed, InvalidForm, InvalidValue, NotFound, Unauthenticated
from yanbao.graphql.execution.documents import Documents
from yanbao.graphql.execution.errors import CodedErrors, CodedSchema
from yanbao.graphql.execution.limits import Limits
from yanbao.graphql.execution.manifest import KnownDocuments
from yanbao.graphql.transport.http import GraphQLEndpoint
from yanbao.graphql.transport.settings import EndpointSettings

SECRET = "password=hunter2"
CLEANED_UP: list[str] = []


def parse_code(raw: str) -> str:
    if raw == "explode":
        raise ValueError(SECRET)
    if len(raw) != 4:
        raise InvalidValue("编号应为4位。", field="code")
    return raw


class ShortCode(str):
    """A code of four characters."""


@strawberry.enum
class Colour(enum.Enum):
    RED = "red"
    GREEN = "green"


@dataclass
class ToyContext:
    connection: HTTPConnection
    connection_params: dict[str, Any] = field(default_factory=dict)
    response_headers: list[tuple[str, str]] = field(default_factory=list)
    number: int = 0
    forks: list[int] = field(default_factory=list)

    @property
    def logged_in(self) -> bool:
        return self.connection.headers.get("x-toy") != "nobody"

    @property
    def session_key(self) -> str | None:
        return self.connection.headers.get("x-session")

    def fork(self) -> ToyContext:
        self.forks.append(1)
        return ToyContext(self.connection, self.connection_params, number=len(self.forks), forks=self.forks)


@strawberry.type
class Item:
    name: str
    numbers: list[int]

    @strawberry.field
    def items(self, first: int = 10) -> list[Item]:
        return [Item(name=f"{self.name}.{i}", numbers=[i]) for i in range(first)]

    @strawberry.field
    def parts(self) -> list[Item]:
        return []

    @strawberry.field
    def refused_part(self) -> str:
        raise NotFound("部件")


@strawberry.type
class Query:
    @strawberry.field
    def hello(self, name: str = "世界") -> str:
        return f"你好，{name}"

    @strawberry.field
    def paint(self, colour: Colour, times: int = 1) -> str:
        return colour.name * times

    @strawberry.field
    def checked(self, code: ShortCode) -> str:
        return code

    @strawberry.field
    def items(self, first: int = 10) -> list[Item]:
        return [Item(name=str(i), numbers=[i]) for i in range(first)]

    @strawberry.field
    def nodes(self, ids: list[ID]) -> list[Item]:
        return [Item(name=i, numbers=[]) for i in ids]

    @strawberry.field
    def maybe(self) -> Item | None:
        raise NotFound("项目")

    @strawberry.field
    def tired(self) -> str | None:
        raise ActionNotAllowed("已经办结，不能再办。", field="action")

    @strawberry.field
    def form(self) -> str | None:
        raise InvalidForm([InvalidValue("人数不能为负。", field="form.people"), InvalidValue("缺少日期。")])

    @strawberry.field
    def broken(self) -> str | None:
        raise RuntimeError(SECRET)

    @strawberry.field
    def lying(self) -> int | None:
        return SECRET  # type: ignore[return-value]

    @strawberry.field
    def deliberate(self) -> str | None:
        raise GraphQLError("Too fast.", extensions={"code": "RATE_LIMITED"})

    @strawberry.field
    def big(self) -> strawberry.scalars.JSON:
        return {"big": 2**70}

    @strawberry.field
    def fork_number(self, info: strawberry.Info[ToyContext, None]) -> int:
        return info.context.number

    @strawberry.field
    def parameters(self, info: strawberry.Info[ToyContext, None]) -> strawberry.scalars.JSON:
        return info.context.connection_params


@strawberry.type
class Mutation:
    @strawberry.mutation
    def change(self) -> str:
        return "changed"

    @strawberry.mutation
    def log_in(self, info: strawberry.Info[ToyContext, None]) -> bool:
        info.context.response_headers.append(("set-cookie", "toy=1; HttpOnly"))
        return True


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def count(self, to: int = 3) -> AsyncGenerator[int, None]:
        for number in range(to):
            yield number
            await asyncio.sleep(0.001)

    @strawberry.subscription
    async def forever(self, tag: str = "?") -> AsyncGenerator[str, None]:
        try:
            yield "first"
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)  # a clean-up that awaits, as leaving a broker does
            CLEANED_UP.append(tag)

    @strawberry.subscription
    async def failing(self) -> AsyncGenerator[int, None]:
        yield 1
        raise RuntimeError(SECRET)

    @strawberry.subscription
    async def refusing(self) -> AsyncGenerator[int, None]:
        raise Unauthenticated("登录已失效。")
        yield 1


def make_schema(documents: Documents, **config: Any) -> CodedSchema:
    scalar = strawberry.scalar(name="ShortCode", serialize=str, parse_value=parse_code)
    return CodedSchema(
        Query,
        Mutation,
        Subscription,
        extensions=[CodedErrors, documents.extension],
        config=StrawberryConfig(scalar_map={ShortCode: scalar}, **config),
    )


async def make_context(connection: HTTPConnection) -> ToyContext:
    match connection.headers.get("x-toy"):
        case "stranger":
            raise Unauthenticated("请先登录。")
        case "broken":
            raise RuntimeError(SECRET)
    return ToyContext(connection)


async def on_connect(context: ToyContext) -> None:
    if context.connection_params.get("token") == "wrong":
        raise Unauthenticated("登录已失效。")


REVOKED: set[str] = set()
AWAY: dict[str, int] = {}
"""Sessions that cannot be looked up, because the database is away, and how often that was tried."""


async def still_welcome(context: ToyContext) -> bool:
    session = context.connection.headers.get("x-session") or context.connection_params.get("session")
    if session in AWAY:
        AWAY[session] += 1
        raise Unavailable("the toy's database is away")
    return session not in REVOKED


def make_app(
    *,
    limits: Limits | None = None,
    introspection: bool = True,
    settings: EndpointSettings | None = None,
    persisted: dict[str, str] | None = None,
    known_only: bool = False,
) -> Starlette:
    schema = make_schema(Documents(limits=limits, introspection=introspection))
    endpoint = GraphQLEndpoint(
        schema,
        context=make_context,
        settings=settings,
        on_connect=on_connect,
        still_welcome=still_welcome,
        known=KnownDocuments(persisted or {}, only=known_only),
    )
    return Starlette(routes=[Route("/graphql", endpoint), WebSocketRoute("/graphql", endpoint)])


@asynccontextmanager
async def client(**options: Any) -> AsyncGenerator[httpx.AsyncClient, None]:
    transport = httpx.ASGITransport(app=make_app(**options))
    async with httpx.AsyncClient(transport=transport, base_url="http://toy") as made:
        made.headers.pop("accept")
        yield made


app = make_app(settings=EndpointSettings(page=True, keep_alive=0.2, recheck=0.05))
