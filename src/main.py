"""The ASGI application: routes and lifespan, nothing else."""

from __future__ import annotations

import gc
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import anyio.to_thread
import dramatiq
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from .adapters.clock import MovableClock
from .adapters.files.routes import file_routes
from .adapters.health import health_routes
from .adapters.metrics.requests import MeasuredRequests
from .adapters.ministry.collecting import Collector
from .adapters.ministry.receive import Receiver
from .adapters.ministry.refusing import RefusalCounts
from .adapters.sql.engine import JOB_STATEMENT_SECONDS, REQUEST_STATEMENT_SECONDS
from .application.notice.nudges import SESSIONS
from .application.notice.receipts import MOST_KEPT
from .application.ports.unavailable import RETRY_AFTER_SECONDS, Unavailable
from .domain.refusals import Conflict
from .domain.values import SHANGHAI
from .graphql.context import check_sessions, context_factory, on_connect, still_welcome, who_asks
from .graphql.execution.errors import CodedSchema
from .graphql.execution.manifest import NO_DOCUMENTS, KnownDocuments, read_manifests
from .graphql.schema import SchemaSettings, make_schema
from .graphql.threads import run_in_thread
from .graphql.transport.address import ClientAddress
from .graphql.transport.heads import GuardedHeads
from .graphql.transport.http import GraphQLEndpoint
from .graphql.transport.settings import EndpointSettings
from .settings import DocumentPolicy, Profile, Settings
from .wiring import System, wire

LAST_YEAR = 2100
"""The demo's clock stops at this year: what was stored once cannot be turned back."""
THREADS = 8
"""Worker threads for use cases: fewer than the database connections, so that none waits for one."""

COLLECT_AFTER = (10_000, 10, 10)
"""After how many new objects garbage is looked for. With Python's own 700, that was a tenth of opening a socket."""


def create_app(settings: Settings | None = None) -> Starlette:
    """Make the application for uvicorn: `uvicorn --factory yanbao.main:create_app`.

    Raises NotMigrated, and UnfitManifest for persisted documents that do not fit.
    """
    settings = settings or Settings()
    seconds = JOB_STATEMENT_SECONDS if settings.embedded else REQUEST_STATEMENT_SECONDS
    system = wire(settings, statement_seconds=seconds)
    system.check_tables()
    system.app.restores.settle_in()
    return asgi(system)


def asgi(system: System) -> Starlette:
    """Make the ASGI application over a wired system. Raises UnfitManifest."""
    settings, app = system.settings, system.app
    demo = settings.profile is Profile.DEMO
    context = context_factory(app, system.hub, secure_cookie=settings.cookie_is_secure)
    metrics = system.metrics
    schema = make_schema(
        SchemaSettings(introspection=demo, suggestions=demo, resolved=metrics.resolved, failed=metrics.error)
    )
    endpoint = GraphQLEndpoint(
        schema,
        context=context,
        settings=EndpointSettings(
            allowed_origins=tuple(
                part.strip() for part in settings.allowed_origins.split(",") if part.strip()
            ),
            page=demo,
        ),
        on_connect=on_connect,
        still_welcome=still_welcome,
        all_welcome=check_sessions,
        session_changes=lambda: system.hub.listen(SESSIONS),
        known=_known_documents(settings, schema, introspection=demo),
    )

    async def sms_receipts(request: Request) -> Response:
        """Store delivery receipts before answering, even unreadable ones; they are processed later."""
        raw = b""
        async for chunk in request.stream():
            raw += chunk
            if len(raw) > MOST_KEPT:
                return JSONResponse({"code": "PAYLOAD_TOO_LARGE", "message": "回执报文过大。"}, 413)
        if not await run_in_thread(lambda: app.receipts.receive(raw)):
            return JSONResponse({"code": "BAD_USER_INPUT", "message": "回执报文不能识别。"}, 400)
        return JSONResponse({"code": "OK"})

    routes: list[BaseRoute] = [
        Route("/graphql", endpoint),
        WebSocketRoute("/graphql", endpoint),
        *health_routes(system.watch),
        Route(settings.receipt_path, sms_receipts, methods=["POST"]),
        *file_routes(app.files, app.downloads, who_asks(context)),
        *_receiving(system),
    ]
    if isinstance(system.clock, MovableClock):
        routes.append(Route("/demo/clock", _demo_clock(system, system.clock), methods=["GET", "POST"]))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        # What is loaded now stays until the end: looking for garbage in it cost a tenth of each request, and doing
        # so once, here, a tenth of the start for a megabyte.
        gc.freeze()
        gc.set_threshold(*COLLECT_AFTER)
        gc.enable()
        rounds = (*system.clock_rounds(), *system.worker_rounds()) if settings.embedded else ()
        worker = dramatiq.Worker(system.broker, worker_threads=3) if settings.embedded else None
        if worker is not None:
            worker.start()
        for each in rounds:
            each.start()
        if system.relay is not None:
            system.relay.start()
        try:
            with metrics.served(settings.metrics_host, settings.metrics_port):
                yield
        finally:
            for each in rounds:
                await anyio.to_thread.run_sync(each.stop)
            system.doorbell.stop()
            if worker is not None:
                await anyio.to_thread.run_sync(worker.stop)
            system.close()

    return Starlette(
        routes=routes,
        lifespan=lifespan,
        middleware=[
            Middleware(MeasuredRequests, metrics=metrics),
            Middleware(GuardedHeads),
            Middleware(ClientAddress),
        ],
        exception_handlers={Unavailable: _try_again, Conflict: _try_again},
    )


def _receiving(system: System) -> list[BaseRoute]:
    """The routes on which the ministry delivers; none if the settings say nothing of it."""
    if system.inbound_wire is None:
        return []
    receiver = Receiver(
        system.inbound_wire,
        system.exchange_profile,
        Collector(system.app.inbound.receive, system.burst),
        RefusalCounts(system.metrics.inbound_refused),
    )
    return receiver.routes()


async def _try_again(request: Request, failure: Exception) -> Response:
    """Answer what a plain address could not do: the database cannot be used, or others keep it busy."""
    assert isinstance(failure, Unavailable | Conflict), "the handler is registered for nothing else"
    again = {"retry-after": str(RETRY_AFTER_SECONDS)}
    return JSONResponse({"code": failure.code, "message": failure.sentence}, 503, again)


def _known_documents(settings: Settings, schema: CodedSchema, *, introspection: bool) -> KnownDocuments:
    if settings.documents_manifest is None:
        return NO_DOCUMENTS
    texts = read_manifests(settings.documents_manifest, schema, introspection=introspection)
    return KnownDocuments(texts, only=settings.documents is DocumentPolicy.KNOWN_ONLY)


def _demo_clock(system: System, clock: MovableClock) -> Callable[[Request], Awaitable[Response]]:
    """The route of the demo clock: GET tells the time, POST moves the clock forward.

    The body is `{"to": "2026-11-25T09:00:00+08:00"}`. Only the demo profile has this route.
    """

    async def demo_clock(request: Request) -> Response:
        if request.method == "POST":
            try:
                moment = _asked_moment(await request.body())
            except (ValueError, KeyError, TypeError, RecursionError):
                return _no_moment('请提交带时区的时刻，例如 {"to": "2026-11-25T09:00:00+08:00"}。')
            if moment.year > LAST_YEAR:
                return _no_moment(f"时钟最远可拨到{LAST_YEAR}年，现要求{moment.year}年。")
            try:
                await anyio.to_thread.run_sync(clock.move_to, moment)
            except ValueError:
                now = clock.now().astimezone(SHANGHAI)
                return _no_moment(f"时钟只能向前拨，现为{now:%Y-%m-%d %H:%M:%S}。")
            await anyio.to_thread.run_sync(system.app.schedule.tick)
            system.doorbell.ring_all()
        return JSONResponse({"now": clock.now().isoformat()})

    return demo_clock


def _asked_moment(raw: bytes) -> datetime:
    """Read the moment. Raises ValueError, KeyError, TypeError or RecursionError if there is none."""
    moment = datetime.fromisoformat(json.loads(raw)["to"])
    if moment.tzinfo is None:
        raise ValueError("a moment has an offset")
    return moment


def _no_moment(sentence: str) -> Response:
    return JSONResponse({"code": "BAD_USER_INPUT", "message": sentence}, 400)
