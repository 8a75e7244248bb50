"""The graphql-transport-ws socket: strawberry's handler plus session checks, limits and error handling."""

from __future__ import annotations

import asyncio
import copy
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import suppress
from json import JSONDecodeError
from time import monotonic
from typing import Any, Final, Protocol, cast

import orjson
from graphql import GraphQLError
from starlette.websockets import WebSocketDisconnect, WebSocketState
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.http.exceptions import NonJsonMessageReceived, WebSocketDisconnected
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
    Operation,
)
from strawberry.subscriptions.protocols.graphql_transport_ws.types import (
    ConnectionInitMessage,
    Message,
    SubscribeMessage,
)

from ..execution.errors import Code, from_failure, make_error
from ..execution.manifest import KnownDocuments
from ..execution.text import oversize
from .asker import fork, is_logged_in, session_key
from .encoding import encode
from .frames import Frame, FrameQueue, Kind, spliced
from .requests import Rejected, parse_operation
from .sessions import SessionWatch, session_ended
from .settings import EndpointSettings
from .sharing import Operation as SharedOperation
from .sharing import SharedStreams, Subscription

# Close codes of the graphql-transport-ws protocol.
UNAUTHORIZED: Final = 4401
FORBIDDEN: Final = 4403
TOO_MANY: Final = 4429

FRESH: Final = 1.0
"""Seconds for which the check at the acknowledgement counts for a socket's first operation, if it is shared."""


class Endpoint(Protocol):
    """What a socket needs from its endpoint."""

    settings: EndpointSettings
    known: KnownDocuments
    open_sockets: Counter[str]
    """How many sockets each session has open here, by its key."""
    streams: SharedStreams
    sessions: SessionWatch | None
    """Checks the sessions of all sockets; None: sessions are not checked."""
    still_welcome: Callable[[Any], Awaitable[bool]] | None
    """Tells whether the session of a context is still valid; None: sessions are not checked."""


class SocketAdapter(ASGIWebSocketAdapter):
    """Sends and receives JSON text frames; limits the characters of a received one.

    `acknowledged` is set by the handler: before, the limit is that of strangers.
    """

    acknowledged = False

    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> AsyncGenerator[object, None]:
        """Yield decoded messages. A too large frame closes the socket with 1009, a binary one with 4400."""
        settings = cast("Endpoint", self.view).settings
        try:
            while self.ws.application_state is not WebSocketState.DISCONNECTED:
                text = await self.ws.receive_text()
                limit = settings.max_body if self.acknowledged else settings.max_strangers_body
                if len(text) > limit:
                    await self.ws.close(1009, "Message too large")
                    return
                try:
                    yield orjson.loads(text)
                except JSONDecodeError as failure:
                    if not ignore_parsing_errors:
                        raise NonJsonMessageReceived from failure
        except KeyError:
            await self.ws.close(4400, "WebSocket message type must be text")  # A binary frame has no "text".
        except WebSocketDisconnect:
            return  # The client has disconnected.

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Send one text frame. Raises `WebSocketDisconnected` when the client has disconnected."""
        await self.send_text(orjson.dumps(message).decode())

    async def send_text(self, text: str) -> None:
        """The same for a message that is encoded already."""
        if self.ws.application_state is WebSocketState.DISCONNECTED:
            raise WebSocketDisconnected
        try:
            await self.ws.send_text(text)
        except (WebSocketDisconnect, RuntimeError) as failure:
            # Starlette raises RuntimeError when the socket closes between the check and the send.
            raise WebSocketDisconnected from failure

    async def close(self, code: int, reason: str) -> None:
        """Close the socket unless it is closed; cut the reason to 123 bytes, the limit of a close frame."""
        if self.ws.application_state is not WebSocketState.DISCONNECTED:
            await self.ws.close(code, reason.encode()[:123].decode(errors="ignore"))


class SocketHandler(BaseGraphQLTransportWSHandler[Any, None]):
    """One connection. Each operation runs on its own forked context, and only with a valid session."""

    _fresh_until = 0.0
    """Until then a first subscription needs no check: the session was checked at the acknowledgement."""
    _counted: str | None = None
    """The key under which this socket is counted."""

    @property
    def endpoint(self) -> Endpoint:
        return cast("Endpoint", self.view)

    async def handle_message(self, message: Message) -> None:
        """Refuse a message that breaks the protocol; strawberry would fail with a traceback."""
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            await self.handle_invalid_message("Failed to parse message")
            return
        if message["type"] in ("subscribe", "complete") and not isinstance(message.get("id"), str):
            await self.handle_invalid_message("Message has no id")
            return
        if message["type"] == "subscribe" and not _is_operation(message.get("payload")):
            await self.handle_invalid_message("Subscribe message has no valid payload")
            return
        await super().handle_message(message)

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        """Acknowledge; from then on the session is checked with those of all other sockets."""
        was_acknowledged = self.connection_acknowledged
        await super().handle_connection_init(message)
        cast("SocketAdapter", self.websocket).acknowledged = self.connection_acknowledged
        if self.connection_acknowledged and not was_acknowledged:
            self.connection_init_timeout_task = None
            self._fresh_until = monotonic() + FRESH
            if self.endpoint.sessions is not None:
                self.endpoint.sessions.add(self)

    async def send_message(self, message: Any) -> None:
        """Send a message; close the socket instead of acknowledging one too many of the same session."""
        if message["type"] == "connection_ack" and not self._admit():
            await self.websocket.close(TOO_MANY, "Too many sockets of one session")
            return
        await super().send_message(message)

    def _admit(self) -> bool:
        key, counts = session_key(self.context), self.endpoint.open_sockets
        if key is not None:
            if counts[key] >= self.endpoint.settings.sockets_per_session:
                return False
            counts[key] += 1
            self._counted = key
        return True

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """Start an operation, or answer RATE_LIMITED when too many run on this socket."""
        most = self.max_subscriptions_per_connection
        if self.connection_acknowledged and most is not None and len(self.operations) >= most:
            error = make_error(
                Code.RATE_LIMITED,
                f"At most {most} operations at once.",
                sentence=f"同时进行的请求最多{most}个。",
            )
            await self.send_message({"id": message["id"], "type": "error", "payload": [error.formatted]})
            return
        if self.connection_acknowledged:
            text = self._chosen(message)
            if isinstance(text, GraphQLError):
                await self.send_message({"id": message["id"], "type": "error", "payload": [text.formatted]})
                return
            message["payload"]["query"] = text
            if message["id"] not in self.operations and self._share(message):
                return
        await super().handle_subscribe(message)

    def _share(self, message: SubscribeMessage) -> bool:
        """Join the shared stream of the operation; False if it is none that can be shared."""
        payload = message["payload"]
        operation = SharedOperation(payload["query"], payload.get("operationName"), payload.get("variables"))
        key = self.endpoint.streams.key_of(operation, self.context)
        if key is None:
            return False
        subscription = Subscription(self.endpoint.streams, key, operation)
        shared = _Shared(self, message["id"], subscription)
        self.operations[message["id"]] = cast("Operation[Any, None]", shared)
        if monotonic() < self._fresh_until:
            shared.join()
        else:
            shared.task = asyncio.create_task(shared.join_if_welcome())
        self._fresh_until = 0.0
        return True

    async def cleanup_operation(self, operation_id: str) -> None:
        """End an operation, without waiting for its end."""
        shared: object = self.operations.get(operation_id)
        if isinstance(shared, _Shared):
            del self.operations[operation_id]
            shared.leave()
        else:
            await super().cleanup_operation(operation_id)

    def _chosen(self, message: SubscribeMessage) -> str | GraphQLError:
        """The document to execute: the message may name a persisted one by its hash."""
        try:
            asked = parse_operation(cast("Mapping[str, Any]", message["payload"]))
        except Rejected as rejected:
            return rejected.fault.error()
        chosen = self.endpoint.known.choose(asked.query, asked.digest)
        if isinstance(chosen, str):
            return oversize(chosen, logged_in=is_logged_in(self.context)) or chosen
        return chosen

    async def run_operation(self, operation: Operation[Any, None]) -> None:
        """Run the operation on its own context, because loaders must not be shared between operations.

        Check the session again first, as for every HTTP request: it may have ended since the last operation.
        """
        own = copy.copy(self)
        own.context = fork(self.context)
        self._fresh_until = 0.0
        refusal = await own.refused()
        if refusal is None:
            await super(SocketHandler, own).run_operation(operation)
            return
        with suppress(WebSocketDisconnected):
            await operation.send_initial_errors([refusal])
        await self.close_if_ended(refusal)

    async def close_if_ended(self, refusal: GraphQLError) -> None:
        """Close the socket if this is the error of a session that has ended."""
        if (refusal.extensions or {}).get("code") == Code.UNAUTHENTICATED.value:
            await self.end()

    async def end(self) -> None:
        """The session has ended: close the socket."""
        await self.websocket.close(UNAUTHORIZED, "Unauthorized")

    def move(self) -> None:
        """What the session may see has changed: its shared operations join those of its new audience."""
        operations: list[object] = list(self.operations.values())
        for shared in operations:
            if isinstance(shared, _Shared):
                shared.move()

    async def shutdown(self) -> None:
        """Check the session no more, and end all operations."""
        if self._counted is not None:
            counts = self.endpoint.open_sockets
            counts[self._counted] -= 1
            if not counts[self._counted]:
                del counts[self._counted]
        if self.endpoint.sessions is not None:
            self.endpoint.sessions.remove(self)
        await super().shutdown()

    async def refused(self) -> GraphQLError | None:
        """Return the error if the session is invalid or cannot be checked; None if the operation may run."""
        still_welcome = self.endpoint.still_welcome
        try:
            if still_welcome is None or await still_welcome(self.context):
                return None
        except Exception as failure:  # noqa: BLE001
            return from_failure(failure)  # Run nothing when the session cannot be checked, as over HTTP.
        return session_ended()

    @staticmethod
    def _get_pre_execution_close_reason(error: GraphQLError) -> str | None:
        # Strawberry would close the whole socket after a syntax error in one operation. The protocol asks for
        # an error message for that operation instead.
        return None


class _Shared:
    """An operation that is a subscriber of a shared stream; strawberry's handler keeps it among its own."""

    __slots__ = ("_handler", "_id", "_queue", "_subscription", "task")

    def __init__(self, handler: SocketHandler, id: str, subscription: Subscription) -> None:
        self._handler = handler
        self._id = id
        self._subscription = subscription
        self._queue = FrameQueue(self._send)
        self.task: asyncio.Task[None] | None = None

    def join(self) -> None:
        self._subscription.join(fork(self._handler.context), self)

    async def join_if_welcome(self) -> None:
        """Check the session first, as for every operation."""
        refusal = await self._handler.refused()
        self.task = None
        if refusal is None:
            self.join()
            return
        self.deliver(Frame(Kind.ERROR, encode([refusal.formatted]).decode()))
        await self._queue.written()
        await self._handler.close_if_ended(refusal)

    def deliver(self, frame: Frame) -> None:
        self._queue.put(frame)

    def move(self) -> None:
        self._subscription.move(fork(self._handler.context), self)

    def leave(self) -> None:
        self._subscription.leave(self)
        self._queue.clear()
        if self.task is not None:
            self.task.cancel()

    async def _send(self, frame: Frame) -> None:
        if frame.kind is not Kind.NEXT:
            # The id is free again before the client hears of it.
            self._handler.operations.pop(self._id, None)
            self._subscription.leave(self)
        await cast("SocketAdapter", self._handler.websocket).send_text(spliced(self._id, frame))


def _is_operation(payload: object) -> bool:
    return (
        isinstance(payload, dict)
        and (isinstance(payload.get("query"), str) or payload.keys() & {"documentId", "extensions"} != set())
        and isinstance(payload.get("variables"), dict | None)
        and isinstance(payload.get("operationName"), str | None)
    )
