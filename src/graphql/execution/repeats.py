"""Answer a request that was asked before, byte for byte, without reading it again (decision 0029).

A screen asks the same again and again: who opens it, and every few seconds who leaves it open. Of such a request
everything is known but the answer: that it is valid and within the limits, its operation, the coerced variables, the
arguments of its root fields as the resolvers take them. All that is left is to execute.
"""

from __future__ import annotations

import inspect
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import strawberry
from graphql import ExecutionResult, FieldNode, GraphQLError, GraphQLField, get_argument_values
from graphql.execution.collect_fields import collect_fields
from strawberry.types import Info
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from .documents import Documents
from .errors import Coding
from .executor import STRAWBERRY, RootCall, RowExecutor

MOST_BYTES: Final = 4_096
"""Longer requests are not kept: forms, and documents that a client should name by their hash."""
_MOST: Final = 1_000
"""Requests kept, and requests noted that were asked once."""


@dataclass(frozen=True, slots=True, eq=False)
class Repeat:
    """A query with its variables. `text` is its document's."""

    text: str
    executor: RowExecutor
    """Has executed it once; each time it gives a fresh one."""
    root_fields: Any
    """As graphql-core collects them: with the same variables always the same."""
    calls: Mapping[int, RootCall]

    async def execute(self, context: Any) -> ExecutionResult:
        """Execute it for another context. What fields raise are errors of the result."""
        return await self.executor.again(context, self.calls).execute_collected(self.root_fields)


class Repeats:
    """The requests of one schema that are known by their bytes. Use it on the event loop's thread only.

    It is for those who are logged in: strangers have other limits. A request is kept when it is asked the second
    time, so that requests which are never asked again cost nothing. It goes with its document.
    """

    def __init__(self, schema: strawberry.Schema, documents: Documents, coding: Coding) -> None:
        self._schema = schema
        self._documents = documents
        self._coding = coding
        self._kept: OrderedDict[bytes, Repeat] = OrderedDict()
        self._bodies: defaultdict[str, set[bytes]] = defaultdict(set)
        """What is kept, by the document's text."""
        self._seen: OrderedDict[int, None] = OrderedDict()
        documents.dropped = self._forget

    def find(self, body: bytes) -> Repeat | None:
        """The request of these bytes, if it is known; its document counts as just used."""
        found = self._kept.get(body)
        if found is not None:
            self._kept.move_to_end(body)
            self._documents.find(self._schema, found.text)
        return found

    async def execute(self, repeat: Repeat, context: Any) -> ExecutionResult:
        """Execute the request for this context; every error of the result has a code."""
        result = await repeat.execute(context)
        if result.errors:
            name = repeat.executor.operation.name
            operation = None if name is None else name.value
            result.errors = [self._coding.coded(error, operation=operation) for error in result.errors]
        return result

    def keep(self, body: bytes, text: str, executor: object) -> None:
        """Keep a query that has been executed, by whom it has, if these bytes have been asked before."""
        if len(body) > MOST_BYTES or not isinstance(executor, RowExecutor):
            return
        seen = hash(body)
        if seen not in self._seen:
            self._seen[seen] = None
            if len(self._seen) > _MOST:
                self._seen.popitem(last=False)
            return
        if self._documents.find(self._schema, text) is None:
            return  # It has been dropped meanwhile.
        self._kept[body] = self._repeat_of(text, executor)
        self._bodies[text].add(body)
        while len(self._kept) > _MOST:
            oldest, gone = self._kept.popitem(last=False)
            self._bodies[gone.text].discard(oldest)
            if not self._bodies[gone.text]:
                del self._bodies[gone.text]

    def _forget(self, text: str) -> None:
        """The document has been dropped."""
        for body in self._bodies.pop(text, ()):
            del self._kept[body]

    def _repeat_of(self, text: str, executor: RowExecutor) -> Repeat:
        operation = executor.operation
        query = executor.schema.query_type
        assert query is not None, "it has executed a query"
        collected = collect_fields(
            executor.schema,
            executor.fragments,
            executor.variable_values,
            query,
            operation,
            executor.hide_suggestions,
        )
        calls: dict[int, RootCall] = {}
        for details in collected.grouped_field_set.values():
            node = details[0].node
            asked = executor.schema.get_field(query, node.name.value)
            call = None if asked is None else self._call(executor, asked, node)
            if call is not None:
                calls[id(details)] = call
        return Repeat(text, executor.again(None, calls), collected.grouped_field_set, calls)

    def _call(self, executor: RowExecutor, asked: GraphQLField, node: FieldNode) -> RootCall | None:
        """How the field's resolver is called; None if only graphql-core and strawberry know."""
        ours = asked.extensions.get(STRAWBERRY)
        if not isinstance(ours, StrawberryField) or ours.base_resolver is None or ours.extensions:
            return None
        resolver = ours.base_resolver
        function = cast("Callable[..., Any]", resolver.wrapped_func)
        info = resolver.info_parameter
        if info is None or not resolver.self_parameter or not inspect.iscoroutinefunction(function):
            return None
        if resolver.parent_parameter or resolver.root_parameter:
            return None
        try:
            values = get_argument_values(
                asked, node, executor.variable_values, None, executor.hide_suggestions
            )
        except GraphQLError:  # The answer says so, each time.
            return None
        given = convert_arguments(
            values,
            ours.arguments,
            scalar_registry=self._schema.schema_converter.scalar_registry,
            config=self._schema.config,
        )
        name = info.name

        def call(raw: Any) -> Any:
            return function(None, **{name: Info(_raw_info=raw, _field=ours)}, **given)

        return RootCall(asked, [node], call)
