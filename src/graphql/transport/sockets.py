"""The graphql-transport-ws socket: strawberry's handler with its rough edges taken off."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import suppress
from json import JSONDecodeError
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

from ..execution.errors import Code, make_error, unexpected
from .settings import EndpointSettings

# Close codes of the graphql-transport-ws protocol.
UNAUTHORIZED: Final = 4401
FORBIDDEN: Final = 4403


class Endpoint(Protocol):
    """What a socket asks of the endpoint that it belongs to."""

    settings: EndpointSettings
    still_welcome: Callable[[Any], Awaitable[bool]] | None
    """Whether the session behind a context is still valid; None: nobody is asked."""


def fork(context: Any) -> Any:
    """A context of its own for one operation (fresh loaders) when the context knows how to `fork()`."""
    make = getattr(context, "fork", None)
    return make() if callable(make) else context


class SocketAdapter(ASGIWebSocketAdapter):
    """Text frames both ways, of at most the endpoint's body size."""

    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> AsyncGenerator[object, None]:
        """Decoded messages; a frame that is too large closes the socket with 1009."""
        limit = cast("Endpoint", self.view).settings.max_body
        try:
            while self.ws.application_state is not WebSocketState.DISCONNECTED:
                text = await self.ws.receive_text()
                if len(text) > limit:
                    await self.ws.close(1009, "Message too large")
                    return
                try:
                    yield orjson.loads(text)
                except JSONDecodeError as failure:
                    if not ignore_parsing_errors:
                        raise NonJsonMessageReceived from failure
        except KeyError:
            await self.ws.close(4400, "WebSocket message type must be text")  # a binary frame has no "text"
        except WebSocketDisconnect:
            return  # The client has left; there is nobody to tell.

    async def send_json(self, message: Mapping[str, object]) -> None:
        """One text frame; `WebSocketDisconnected` when the client has left."""
        if self.ws.application_state is WebSocketState.DISCONNECTED:
            raise WebSocketDisconnected
        try:
            await self.ws.send_text(orjson.dumps(message).decode())
        except (WebSocketDisconnect, RuntimeError) as failure:
            # Starlette raises RuntimeError when the socket was closed between the check and the sending.
            raise WebSocketDisconnected from failure

    async def close(self, code: int, reason: str) -> None:
        """Close once; the reason is cut to the 123 bytes a close frame can hold."""
        if self.ws.application_state is not WebSocketState.DISCONNECTED:
            await self.ws.close(code, reason.encode()[:123].decode(errors="ignore"))


class SocketHandler(BaseGraphQLTransportWSHandler[Any, None]):
    """One connection. Every operation runs on a context forked for it, and only while its session is valid."""

    _guard: asyncio.Task[None] | None = None

    @property
    def endpoint(self) -> Endpoint:
        return cast("Endpoint", self.view)

    async def handle_message(self, message: Message) -> None:
        """Refuse what is no message of the protocol; strawberry would fail on it with a traceback."""
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
        """Acknowledge, then watch that the session stays valid for as long as the socket is open."""
        await super().handle_connection_init(message)
        if self.connection_acknowledged and self._guard is None and self.endpoint.still_welcome is not None:
            self._guard = asyncio.create_task(self._watch())

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """Start an operation, or answer RATE_LIMITED when the socket carries too many."""
        most = self.max_subscriptions_per_connection
        if self.connection_acknowledged and most is not None and len(self.operations) >= most:
            error = make_error(
                Code.RATE_LIMITED,
                f"At most {most} operations at once.",
                sentence=f"同时进行的请求最多{most}个。",
            )
            await self.send_message({"id": message["id"], "type": "error", "payload": [error.formatted]})
            return
        await super().handle_subscribe(message)

    async def run_operation(self, operation: Operation[Any, None]) -> None:
        """Run it on a context of its own: loaders of one operation must not serve the next.

        Who asks is found out anew, as for every HTTP request: a session may have ended since the last operation.
        """
        own = copy.copy(self)
        own.context = fork(self.context)
        refusal = await own._refused()
        if refusal is None:
            await super(SocketHandler, own).run_operation(operation)
            return
        with suppress(WebSocketDisconnected):
            await operation.send_initial_errors([refusal])
        if (refusal.extensions or {}).get("code") == Code.UNAUTHENTICATED.value:
            await self.websocket.close(UNAUTHORIZED, "Unauthorized")

    async def shutdown(self) -> None:
        """Stop watching, then end all operations."""
        if self._guard is not None:
            self._guard.cancel()
            await asyncio.gather(self._guard, return_exceptions=True)
        await super().shutdown()

    async def _refused(self) -> GraphQLError | None:
        """Why nothing may run on this context; None when it may."""
        still_welcome = self.endpoint.still_welcome
        try:
            if still_welcome is None or await still_welcome(self.context):
                return None
        except Exception as failure:  # noqa: BLE001
            return unexpected(failure)  # Who cannot be checked runs nothing, as over HTTP.
        return make_error(Code.UNAUTHENTICATED, "The session has ended.")

    async def _watch(self) -> None:
        still_welcome = self.endpoint.still_welcome
        assert still_welcome is not None  # only started when there is one
        try:
            while True:
                if not await still_welcome(self.context):
                    break
                await asyncio.sleep(self.endpoint.settings.recheck)
        except Exception as failure:  # noqa: BLE001
            unexpected(failure)  # Who cannot be checked does not stay: logged, and closed like a revoked one.
        await self.websocket.close(UNAUTHORIZED, "Unauthorized")

    @staticmethod
    def _get_pre_execution_close_reason(error: GraphQLError) -> str | None:
        # Strawberry closes the whole socket, with all its operations, over one operation's syntax error;
        # the protocol wants an error message for that operation.
        return None


def _is_operation(payload: object) -> bool:
    return (
        isinstance(payload, dict)
        and isinstance(payload.get("query"), str)
        and isinstance(payload.get("variables"), dict | None)
        and isinstance(payload.get("operationName"), str | None)
    )
