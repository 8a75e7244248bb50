"""The GraphQL endpoint: one ASGI object for HTTP, server-sent events and sockets, independent of the schema."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from time import monotonic
from typing import Any, Final, Generic, TypeVar, cast

import strawberry
from graphql import GraphQLError, parse
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType
from strawberry.types.unset import UNSET, UnsetType
from strawberry.utils.operation import get_operation_type

from ...application.ports.unavailable import RETRY_AFTER_SECONDS
from ...application.waiting import REQUEST_SECONDS, bounded
from ...domain.refusals import Refused
from ..execution.errors import Code, CodedSchema, coded, from_failure, from_refusal, make_error, shorten
from ..execution.limits import STRANGERS, Limits
from ..execution.manifest import NO_DOCUMENTS, KnownDocuments
from ..execution.repeats import Repeats
from ..execution.text import Text, oversize
from .asker import is_logged_in
from .encoding import body_of, encode, failed_before_execution, frame_of
from .page import ide_page
from .requests import (
    METHOD_NOT_ALLOWED,
    MUTATION_BY_GET,
    NOT_ACCEPTABLE,
    PREFLIGHT_NEEDED,
    SUBSCRIPTION_NEEDS_STREAM,
    Fault,
    Media,
    OperationRequest,
    Rejected,
    negotiate,
    parse_body,
    parse_parameters,
    read_body,
)
from .sessions import AllWelcome, SessionChanges, SessionWatch
from .settings import EndpointSettings
from .sharing import Operation, SharedStreams, Subscription
from .sockets import FORBIDDEN, SocketAdapter, SocketHandler
from .streams import EventStream, SharedEventStream

Context = TypeVar("Context")

# HTTP status of an answer without data, by the code of its first error: (application/json,
# application/graphql-response+json). The draft of August 2026 moves validation errors from 400 to 422; then
# change one line here.
STATUS: Final[Mapping[Code, tuple[int, int]]] = {
    Code.GRAPHQL_PARSE_FAILED: (200, 400),
    Code.GRAPHQL_VALIDATION_FAILED: (200, 400),
    Code.PERSISTED_QUERY_NOT_FOUND: (200, 400),
    Code.DOCUMENT_NOT_KNOWN: (200, 400),
    Code.BAD_USER_INPUT: (200, 400),
    Code.NOT_FOUND: (200, 404),
    Code.CONFLICT: (200, 409),
    Code.UNAUTHENTICATED: (401, 401),
    Code.FORBIDDEN: (403, 403),
    Code.RATE_LIMITED: (429, 429),
    Code.PAYLOAD_TOO_LARGE: (413, 413),
    Code.TRY_AGAIN: (503, 503),
    Code.INTERNAL_SERVER_ERROR: (500, 500),
}

# A page of another site cannot send these headers without a CORS preflight, and we never allow one.
PREFLIGHT_HEADERS: Final = ("x-yanbao-client", "x-apollo-operation-name", "apollo-require-preflight")
_ANSWER_HEADERS: Final = {"vary": "Accept", "cache-control": "no-store", "x-content-type-options": "nosniff"}


class GraphQLEndpoint(GraphQL[Context, None], Generic[Context]):
    """Mount it as `Route("/graphql", endpoint)` and `WebSocketRoute("/graphql", endpoint)`, never as `Mount`.

    `context` makes the context of a request or a socket. It may raise `Refused`: the answer is then 401, 403
    or 429, and a socket is closed with 4403. The context may have these members:
    `response_headers` (pairs added to a plain HTTP answer, such as Set-Cookie);
    `connection_params` (set from the socket's first message);
    `fork()` (makes a fresh context for each operation on a socket);
    `logged_in` (without it, or if it is False, the limits of strangers hold);
    `audience(personal=…)` (subscriptions of equal audiences share an execution: see `sharing`);
    `session_key` (sockets are counted by it, unless it is None).
    `on_connect` gets the context after the socket's parameters are set, and may raise `Refused`.
    `still_welcome` is called before each socket operation, but not before a shared one that follows at once. Every `recheck` seconds the sessions of
    all open sockets and streams are checked, by `all_welcome` if it is given; False ends them.
    `session_changes` gives an event that is set when sessions must be checked at once.
    `known` are the persisted documents, which clients may name by their hash.
    """

    graphql_transport_ws_handler_class = SocketHandler
    websocket_adapter_class = cast("Any", SocketAdapter)

    def __init__(
        self,
        schema: strawberry.Schema,
        *,
        context: Callable[[HTTPConnection], Awaitable[Context]],
        settings: EndpointSettings | None = None,
        on_connect: Callable[[Context], Awaitable[None]] | None = None,
        still_welcome: Callable[[Context], Awaitable[bool]] | None = None,
        all_welcome: AllWelcome | None = None,
        session_changes: SessionChanges | None = None,
        known: KnownDocuments = NO_DOCUMENTS,
    ) -> None:
        self.settings = settings or EndpointSettings()
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            max_subscriptions_per_connection=self.settings.operations_per_socket,
            connection_init_wait_timeout=timedelta(seconds=self.settings.init_wait),
            allowed_origins=self.settings.allowed_origins,
        )
        self.still_welcome = still_welcome
        self._make_context = context
        self._on_connect = on_connect
        self.known = known
        self._repeats: Repeats | None = schema.repeats if isinstance(schema, CodedSchema) else None
        self.open_sockets: Counter[str] = Counter()
        self.sessions: SessionWatch | None = None
        if still_welcome is not None:
            self.sessions = SessionWatch(
                still_welcome, self.settings.recheck, together=all_welcome, changes=session_changes
            )
        self.streams = SharedStreams(schema._schema, self._opened)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request or one socket."""
        if scope["type"] == "http":
            response = await self._answer(Request(scope, receive))
            await response(scope, receive, send)
            return
        socket = WebSocket(scope, receive, send)
        try:
            await self.run(socket)
        except Refused:
            await socket.close(FORBIDDEN, "Forbidden")  # The context factory refused the client.

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        """Make the context of a socket; strawberry has checked its origin before."""
        return await self._make_context(request)

    async def on_ws_connect(self, context: Context) -> UnsetType | dict[str, object] | None:
        """Call `on_connect` with the connection parameters before the socket is acknowledged."""
        if self._on_connect is not None:
            try:
                await self._on_connect(context)
            except Refused as refusal:
                raise ConnectionRejectionError from refusal
        return cast("UnsetType", UNSET)

    async def _answer(self, request: Request) -> Response:
        media = negotiate(request.headers.getlist("accept"), offered=self._offered(request))
        try:
            if request.method not in ("GET", "POST"):
                raise Rejected(METHOD_NOT_ALLOWED)
            if media is None:
                raise Rejected(NOT_ACCEPTABLE)
            if media is Media.PAGE:
                return ide_page()
            self._check_csrf(request)
            began = monotonic()
            with bounded():
                context = await self._make_context(request)
            waited = monotonic() - began  # Reading the body below waits for the client, not for the database.
            logged_in = is_logged_in(context)
            limit = self.settings.max_body if logged_in else self.settings.max_strangers_body
            repeats = self._repeats if logged_in and media is not Media.EVENTS else None
            body = b""
            if request.method == "POST":
                body = await read_body(request, max_body=limit)
                repeat = None if repeats is None else repeats.find(body)
                if repeats is not None and repeat is not None:
                    with bounded(REQUEST_SECONDS - waited):
                        return self._answered(media, await repeats.execute(repeat, context), context)
                asked = parse_body(body)
            else:
                asked = parse_parameters(request, max_body=limit)
            query = self.known.choose(asked.query, asked.digest)
            if isinstance(query, str):
                query = oversize(query, logged_in=logged_in) or query
            if isinstance(query, GraphQLError):
                return self._refuse(media, [query])
            if media is Media.EVENTS:
                return await self._stream(request, context, query, asked)
            with bounded(REQUEST_SECONDS - waited):
                response = await self._execute(request, context, media, query, asked)
            take_executor = getattr(context, "take_executor", None)
            executor = take_executor() if take_executor is not None else None
            if repeats is not None and body and response.status_code == 200:
                repeats.keep(body, query, executor)
            return response
        except Rejected as rejected:
            fault = rejected.fault
            return self._respond(
                media, fault.status, {"errors": [fault.error().formatted]}, fault.headers.items()
            )
        except ClientDisconnect:
            return Response(status_code=400)  # The client has disconnected; nobody reads this.
        except Refused as refusal:
            return self._refuse(media, [from_refusal(refusal)])
        except Exception as failure:  # noqa: BLE001
            # After any failure, the client still gets a GraphQL answer with a code.
            return self._refuse(media, [from_failure(failure)])

    def _offered(self, request: Request) -> tuple[Media, ...]:
        wants_page = self.settings.page and request.method == "GET" and "query" not in request.query_params
        return tuple(media for media in Media if media is not Media.PAGE or wants_page)

    def _check_csrf(self, request: Request) -> None:
        # POST is safe: its JSON content type needs a preflight. A page cannot forge Sec-Fetch-Site.
        if request.method != "GET" or self.settings.session_cookie not in request.cookies:
            return
        headers = request.headers
        if headers.get("sec-fetch-site") != "same-origin" and not any(
            name in headers for name in PREFLIGHT_HEADERS
        ):
            raise Rejected(PREFLIGHT_NEEDED)

    async def _execute(
        self, request: Request, context: Context, media: Media, query: str, asked: OperationRequest
    ) -> Response:
        allowed = {OperationType.QUERY}
        if request.method == "POST":
            allowed.add(OperationType.MUTATION)
        try:
            result = await self.schema.execute(
                query,
                variable_values=asked.variables,
                context_value=context,
                operation_name=asked.operation_name,
                operation_extensions=asked.extensions,
                allowed_operation_types=allowed,
            )
        except InvalidOperationTypeError as failure:
            raise Rejected(_wrong_kind(failure.operation_type)) from None
        except CannotGetOperationTypeError as failure:
            return self._refuse(
                media, [make_error(Code.BAD_USER_INPUT, shorten(failure.as_http_error_reason()))]
            )
        return self._answered(media, result, context)

    def _answered(self, media: Media, result: Any, context: Context) -> Response:
        errors = [coded(error) for error in result.errors or ()]
        if isinstance(result, PreExecutionError) or failed_before_execution(result.data, errors):
            return self._refuse(media, errors)
        return self._respond(media, 200, body_of(result, errors), getattr(context, "response_headers", ()))

    async def _stream(
        self, request: Request, context: Context, query: str, asked: OperationRequest
    ) -> Response:
        allowed = set(OperationType)
        if request.method == "GET":
            allowed.discard(OperationType.MUTATION)
            if _kind(query, asked.operation_name, logged_in=is_logged_in(context)) is OperationType.MUTATION:
                raise Rejected(MUTATION_BY_GET)
        operation = Operation(query, asked.operation_name, asked.variables, asked.extensions)
        key = self.streams.key_of(operation, context)
        if key is not None:
            return SharedEventStream(
                Subscription(self.streams, key, operation), context, self.sessions, self.settings.keep_alive
            )
        results = await self._opened(operation, context, allowed)
        return EventStream(results, frame_of, context, self.sessions, self.settings.keep_alive)

    async def _opened(
        self,
        operation: Operation,
        context: Context,
        allowed: Iterable[OperationType] = (OperationType.SUBSCRIPTION,),
    ) -> AsyncGenerator[Any, None]:
        results = await self.schema.stream(
            operation.text,
            variable_values=operation.variables,
            context_value=context,
            operation_name=operation.name,
            operation_extensions=operation.extensions,
            allowed_operation_types=allowed,
        )
        return cast("AsyncGenerator[Any, None]", results)

    def _refuse(self, media: Media | None, errors: list[GraphQLError]) -> Response:
        """Answer without a `data` key; the status comes from `STATUS`."""
        code = Code((errors[0].extensions or {})["code"])
        status = STATUS[code][1 if media is Media.RESPONSE else 0]
        again = {"retry-after": str(RETRY_AFTER_SECONDS)} if code is Code.TRY_AGAIN else {}
        return self._respond(media, status, {"errors": [error.formatted for error in errors]}, again.items())

    def _respond(
        self, media: Media | None, status: int, body: Mapping[str, Any], headers: Iterable[tuple[str, str]]
    ) -> Response:
        kind = Media.RESPONSE if media is Media.RESPONSE else Media.JSON
        response = Response(encode(body), status)
        response.raw_headers += _HEADERS_OF[kind]
        for name, value in headers:
            response.headers.append(name, value)
        return response


# Encoded once: an answer has them beside its length.
_HEADERS_OF: Final[Mapping[Media, Sequence[tuple[bytes, bytes]]]] = {
    media: [
        *((name.encode(), value.encode()) for name, value in _ANSWER_HEADERS.items()),
        (b"content-type", f"{media.value}; charset=utf-8".encode()),
    ]
    for media in (Media.RESPONSE, Media.JSON)
}


def _wrong_kind(kind: OperationType) -> Fault:
    return SUBSCRIPTION_NEEDS_STREAM if kind is OperationType.SUBSCRIPTION else MUTATION_BY_GET


def _kind(query: str, operation_name: str | None, *, logged_in: bool) -> OperationType | None:
    tokens = (Limits() if logged_in else STRANGERS).tokens
    try:
        document = parse(Text(query), max_lexical_tokens=tokens, max_comments=tokens)
        return get_operation_type(document, operation_name)
    except (GraphQLError, RuntimeError):
        return None  # The document is invalid or lacks this operation; the stream reports the error.
