"""One execution and one encoding for all subscribers that get the same: same audience, document and variables.

A shared stream lives as long as somebody subscribes to it. A newcomer gets the newest frame at once, and the
figures are read again, so that it sees nothing older than its own subscription (decision 0023).
"""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final, Protocol

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    parse,
    visit,
)
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType
from strawberry.utils.operation import get_operation_type

from ..execution.errors import coded, from_failure
from ..execution.limits import Limits
from ..execution.text import Text
from .encoding import encode, frame_of
from .frames import ENDED, Frame, Kind

KEPT: Final = 500
"""Documents of which it is remembered whether they can be shared."""
PERSONAL: Final = frozenset({"Markers.unreadCount", "Subscription.exportProgress"})
IMPERSONAL_TYPES: Final = frozenset(
    {
        *("Subscription", "Markers", "UnfedBack", "UnfedBackAlerts"),
        *("ProblemMarker", "AlertMarker", "CommitmentMarker"),
        *("CommitmentOverview", "RegionFigures", "Tally", "Region"),
    }
)
"""A document that selects fields of these types only, and none of PERSONAL, answers everybody of a party alike."""


class Subscriber(Protocol):
    """Who gets the frames of a shared stream."""

    def deliver(self, frame: Frame) -> None:
        """Take the frame; never wait and never raise."""
        ...


@dataclass(frozen=True, slots=True)
class Operation:
    """A subscription to run. `variables` and `extensions` are as the client sent them."""

    text: str
    name: str | None
    variables: dict[str, Any] | None
    extensions: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """What an answer depends on: subscriptions with equal keys share. `personal`: it may differ within a party."""

    personal: bool
    audience: Hashable
    text: str
    name: str | None
    variables: str


Opened = Callable[[Operation, Any], Awaitable[AsyncGenerator[Any, None]]]
"""Start the operation with a context of its own."""


class SharedStreams:
    """The shared streams of one endpoint; use it on the event loop's thread only."""

    def __init__(self, schema: GraphQLSchema, opened: Opened) -> None:
        self._schema = schema
        self._opened = opened
        self._streams: dict[Key, _Stream] = {}
        self._documents: OrderedDict[str, _Document] = OrderedDict()

    def __len__(self) -> int:
        return len(self._streams)

    def key_of(self, operation: Operation, context: Any) -> Key | None:
        """What the answer depends on: equal keys share; None: the operation cannot be shared."""
        audience: Callable[..., Hashable | None] | None = getattr(context, "audience", None)
        document = None if audience is None else self._document(operation.text)
        if audience is None or document is None or not document.is_subscription(operation.name):
            return None
        who = audience(personal=document.personal)
        if who is None:
            return None
        variables = json.dumps(operation.variables, sort_keys=True) if operation.variables else ""
        return Key(document.personal, who, operation.text, operation.name, variables)

    def join(self, key: Key, operation: Operation, context: Any, subscriber: Subscriber) -> None:
        """Deliver the stream's frames to the subscriber, the newest at once; `context` runs a stream that is new."""
        stream = self._streams.get(key)
        if stream is None or stream.loop is not asyncio.get_running_loop():
            context.personal = key.personal
            stream = self._streams[key] = _Stream(context)
            stream.task = asyncio.create_task(self._run(key, stream, operation))
        stream.subscribers[subscriber] = None
        if stream.newest is not None:
            subscriber.deliver(stream.newest)
            stream.context.look_again()

    def leave(self, key: Key, subscriber: Subscriber) -> None:
        """Deliver nothing more; a stream without subscribers ends."""
        stream = self._streams.get(key)
        if stream is None or stream.subscribers.pop(subscriber, False) is False:
            return
        if not stream.subscribers:
            del self._streams[key]
            if stream.task is not None:
                stream.task.cancel()

    async def _run(self, key: Key, stream: _Stream, operation: Operation) -> None:
        try:
            async with aclosing(await self._opened(operation, stream.context)) as results:
                async for result in results:
                    if isinstance(result, PreExecutionError):
                        errors = [coded(error).formatted for error in result.errors or ()]
                        stream.deliver(Frame(Kind.ERROR, encode(errors).decode()))
                        return
                    stream.newest = Frame(Kind.NEXT, frame_of(result).decode())
                    stream.deliver(stream.newest)
            stream.deliver(ENDED)
        except Exception as failure:  # noqa: BLE001
            # The subscribers get the error, as those of an operation of their own do.
            stream.deliver(Frame(Kind.NEXT, frame_of(from_failure(failure)).decode()))
            stream.deliver(ENDED)
        finally:
            if self._streams.get(key) is stream:
                del self._streams[key]

    def _document(self, text: str) -> _Document | None:
        """What is known of the document; None if it cannot be parsed, or holds no subscription."""
        known = self._documents.get(text)
        if known is not None:
            self._documents.move_to_end(text)
            return known
        if "subscription" not in text:
            return None
        most = Limits().tokens
        try:
            document = parse(Text(text), max_lexical_tokens=most, max_comments=most)
        except (GraphQLError, RecursionError):
            return None  # Its own execution reports the error.
        self._documents[text] = found = _Document(document, self._schema)
        if len(self._documents) > KEPT:
            self._documents.popitem(last=False)
        return found


class Subscription:
    """One subscriber's place in the shared stream of its operation."""

    __slots__ = ("_key", "_operation", "_streams")

    def __init__(self, streams: SharedStreams, key: Key, operation: Operation) -> None:
        self._streams = streams
        self._key: Key | None = key
        self._operation = operation

    def join(self, context: Any, subscriber: Subscriber) -> None:
        """Deliver the frames from now on; `context` must be a fresh one."""
        if self._key is not None:
            self._streams.join(self._key, self._operation, context, subscriber)

    def move(self, context: Any, subscriber: Subscriber) -> None:
        """The session's role or jurisdiction has changed: deliver the frames of its new audience."""
        key = self._streams.key_of(self._operation, context)
        if self._key is not None and key is not None and key != self._key:
            self._streams.leave(self._key, subscriber)
            self._key = key
            self.join(context, subscriber)

    def leave(self, subscriber: Subscriber) -> None:
        """Deliver nothing more, now or later."""
        if self._key is not None:
            self._streams.leave(self._key, subscriber)
            self._key = None


class _Document:
    """What sharing needs to know of a document."""

    def __init__(self, document: DocumentNode, schema: GraphQLSchema) -> None:
        self._kinds: dict[str | None, OperationType | None] = {}
        self._document = document
        self.personal = _is_personal(document, schema)

    def is_subscription(self, name: str | None) -> bool:
        if name not in self._kinds:
            if len(self._kinds) > KEPT:
                self._kinds.clear()
            try:
                self._kinds[name] = get_operation_type(self._document, name)
            except RuntimeError:
                self._kinds[name] = None  # There is no such operation: its own execution says so.
        return self._kinds[name] is OperationType.SUBSCRIPTION


class _Stream:
    """One execution and its subscribers, in the order in which they came."""

    def __init__(self, context: Any) -> None:
        self.context = context
        self.loop = asyncio.get_running_loop()
        self.subscribers: dict[Subscriber, None] = {}
        self.newest: Frame | None = None
        self.task: asyncio.Task[None] | None = None

    def deliver(self, frame: Frame) -> None:
        for subscriber in list(self.subscribers):
            subscriber.deliver(frame)


def _is_personal(document: DocumentNode, schema: GraphQLSchema) -> bool:
    """Whether it may select something that differs between two people of one party."""
    info = TypeInfo(schema)
    found: list[str] = []

    class Fields(Visitor):
        def enter_field(self, node: Any, *_: Any) -> None:
            parent = info.get_parent_type()
            name = "" if parent is None else parent.name
            if name not in IMPERSONAL_TYPES or f"{name}.{node.name.value}" in PERSONAL:
                found.append(node.name.value)

    visit(document, TypeInfoVisitor(info, Fields()))
    return bool(found)
