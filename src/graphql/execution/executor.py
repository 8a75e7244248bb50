"""Execute operations with graphql-core's executor, and complete what a field has found by a compiled function.

A page of a list has thousands of fields. Nearly all are attributes of its rows (decision 0006) or small
functions of them. For each value, the stock executor looks up the field, its resolver's parameters and its
type. Here one Python function is compiled for all that is selected below a field, and kept with the document.
The results are the same, errors included: when any value is not as it should be, the stock executor does it all
again and reports the error (decision 0010).
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar, Final, Self, cast

from graphql import (
    DirectiveNode,
    DocumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationType,
    VariableNode,
    Visitor,
    get_argument_values,
    get_named_type,
    is_leaf_type,
    visit,
)
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types import Info
from strawberry.types.field import StrawberryField

from ..context import RequestContext
from .compiling import compiled
from .plans import Plan, Reader, Run, Waiting
from .unreadable import unreadable_form

STRAWBERRY: Final = "strawberry-definition"
"""Key in a graphql-core field's `extensions` under which strawberry keeps its own field."""


@dataclass(slots=True)
class _KnownPlans:
    """The plans of one document, by the nodes they are for and the conditions that held."""

    conditions: tuple[str, ...]
    """The variables on which `@skip` and `@include` depend."""
    plans: dict[tuple[object, ...], Plan | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RootCall:
    """A root field whose arguments are known: `resolve` calls its resolver, a coroutine function, with the `info`."""

    field: GraphQLField
    nodes: list[FieldNode]
    resolve: Callable[[GraphQLResolveInfo[Any]], Any]


_KNOWN: Final[dict[tuple[int, int], _KnownPlans]] = {}
"""By the `id()` of document and schema; an entry goes with its document."""


class RowExecutor(StrawberryGraphQLCoreExecutionContext):
    """Gives the same results as the stock executor; one instance per operation.

    `suggestions`: errors of variables say "Did you mean …".
    """

    suggestions: ClassVar[bool] = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._known: _KnownPlans | None = None
        self._held: tuple[object, ...] = ()
        # Keyed by `id()`, as in graphql-core. The values keep a reference: an `id()` may be reused.
        self._bound: dict[int, tuple[Any, Plan | None]] = {}
        self._infos: dict[int, tuple[Any, GraphQLResolveInfo[Any]]] = {}
        self._document: DocumentNode | None = None
        self._calls: Mapping[int, RootCall] = {}

    @classmethod
    def build(
        cls,
        schema: GraphQLSchema,
        document: DocumentNode,
        root_value: Any = None,
        context_value: Any = None,
        raw_variable_values: dict[str, Any] | None = None,
        operation_name: str | None = None,
        *more: Any,
        **options: Any,
    ) -> Any:
        """Build the executor, or return the errors of the request; without suggestions if so chosen.

        Values of a form that do not fit the schema are no errors: the mutation refuses them with its other faults.
        """

        options["hide_suggestions"] = not cls.suggestions

        def built(variables: dict[str, Any] | None) -> Any:
            found = super(RowExecutor, cls).build(
                schema, document, root_value, context_value, variables, operation_name, *more, **options
            )
            if isinstance(found, RowExecutor):
                found._document = document
                found._knows(_plans_of(schema, document))
                is_query = found.operation.operation is OperationType.QUERY
                if is_query and isinstance(context_value, RequestContext):
                    context_value.executor = found
            return found

        found = built(raw_variable_values)
        if not isinstance(found, list) or not isinstance(context_value, RequestContext):
            return found
        unreadable = unreadable_form(schema, document, operation_name, raw_variable_values or {})
        if unreadable is None:
            return found
        context_value.unreadable = unreadable
        return built(dict(unreadable.fillings[0]))

    def again(self, context: Any, calls: Mapping[int, RootCall]) -> Self:
        """A fresh executor of the same operation with the same variables, for another context.

        `calls`: the root fields whose arguments are known, by the `id()` of their details.
        """
        made = type(self)(
            self.schema,
            self.fragment_definitions,
            self.fragments,
            self.root_value,
            context,
            self.operation,
            self.variable_values,
            self.field_resolver,
            self.type_resolver,
            self.subscribe_field_resolver,
            middleware_manager=self.middleware_manager,
            is_awaitable=self.is_awaitable,
            is_async_iterable=self.is_async_iterable,
            hide_suggestions=self.hide_suggestions,
            operation_extensions=self.operation_extensions,
        )
        assert self._document is not None, "it has been built"
        made._document, made._calls = self._document, calls
        made._knows(_plans_of(self.schema, self._document))
        return made

    async def execute_collected(self, root_fields: Any) -> ExecutionResult:
        """Execute a query whose root fields have been collected before; as `execute_operation`."""
        kind = self.schema.query_type
        assert kind is not None, "only queries are executed again"
        try:
            data = self.execute_collected_root_fields(kind, self.root_value, root_fields, False, ())
            found = await data if self.is_awaitable(data) else data
        except GraphQLError as error:
            self.collected_errors.add(error, None)
            found = None
        return cast("ExecutionResult", self.build_response(cast("dict[str, Any] | None", found)))

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: Any,
        field_details_list: Any,
        path: Path,
        position_context: Any,
    ) -> Any:
        """Execute a field; a root field whose arguments are known without asking for them again."""
        call = self._calls.get(id(field_details_list))
        if call is None:
            return super().execute_field(parent_type, source, field_details_list, path, position_context)
        info = self.build_resolve_info(call.field, call.nodes, parent_type, path)
        return self.complete_awaitable_value(
            call.field.type, field_details_list, info, path, call.resolve(info), position_context
        )

    def complete_value(
        self,
        return_type: GraphQLOutputType,
        field_details_list: Any,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        """Complete a value, or return an awaitable; by a compiled function if all of it is as it should be."""
        stock = partial(
            super().complete_value, return_type, field_details_list, info, path, result, position_context
        )
        if self._known is None or is_leaf_type(get_named_type(return_type)):
            return stock()
        plan = self._plan(return_type, field_details_list, info.parent_type)
        if plan is None:
            return stock()
        waiting = Waiting()
        try:
            completed = plan.bind(cast("Run", self), waiting)(result)
        except Exception:  # noqa: BLE001
            # The stock executor finds the same, and reports it as the specification says.
            waiting.drop()
            self._known = None
            return stock()
        return self._awaited(completed, waiting, stock) if waiting.later else completed

    async def _awaited(self, completed: Any, waiting: Waiting, stock: Callable[[], Any]) -> Any:
        holder = [completed]
        waiting.root(holder)
        try:
            await waiting.finish()
        except Exception:  # noqa: BLE001
            waiting.drop()
            self._known = None
            found = stock()  # As above.
            return await found if self.is_awaitable(found) else found
        return holder[0]

    # ------------------------------------------------------------ plans

    def _knows(self, known: _KnownPlans) -> None:
        if (self.middleware_manager and self.middleware_manager.middlewares) or self.abort_signal is not None:
            return  # Neither is used here. What they would do to each field is not compiled.
        self._known = known
        self._held = tuple(self.variable_values.coerced.get(name) for name in known.conditions)

    def _plan(self, kind: GraphQLOutputType, details: Any, parent: GraphQLObjectType) -> Plan | None:
        bound = self._bound.get(id(details))
        if bound is not None:
            return bound[1]
        assert self._known is not None, "it is asked for only then"
        key = (str(kind), *(id(node) for node in self.nodes_of(details)), *self._held)
        plans = self._known.plans
        if key not in plans:
            plans[key] = compiled(self, kind, details, parent)
        self._bound[id(details)] = details, plans[key]
        return plans[key]

    # ------------------------------------------------------------ what compiling asks for

    def nodes_of(self, details: Any) -> list[FieldNode]:
        return [one.node for one in details]

    def fields_of(self, parent: GraphQLObjectType, details: Any) -> dict[str, Any]:
        return self.collect_subfields(parent, details).grouped_field_set

    def possible_types(self, abstract: Any) -> Sequence[GraphQLObjectType]:
        return self.schema.get_possible_types(abstract)

    def reader_of(self, parent: GraphQLObjectType, details: Any) -> tuple[GraphQLOutputType, Reader] | None:
        nodes = self.nodes_of(details)
        found = self.schema.get_field(parent, nodes[0].name.value)
        if found is None or nodes[0].name.value.startswith("__"):
            return None
        return found.type, FieldReader(found, nodes, parent)

    # ------------------------------------------------------------ what compiled functions ask for

    def info_for(
        self, asked: GraphQLField, nodes: list[FieldNode], parent: GraphQLObjectType
    ) -> GraphQLResolveInfo[Any]:
        known = self._infos.get(id(nodes))
        if known is None:
            path = Path(None, nodes[0].name.value, parent.name)
            known = self._infos[id(nodes)] = nodes, self.build_resolve_info(asked, nodes, parent, path)
        return known[1]

    def runtime_type(self, abstract: Any, value: Any, info: Any) -> Any:
        return (abstract.resolve_type or self.type_resolver)(value, info, abstract)

    def arguments_of(self, asked: GraphQLField, node: FieldNode) -> dict[str, Any]:
        """Raises GraphQLError for wrong ones."""
        return get_argument_values(asked, node, self.variable_values, None, self.hide_suggestions)


class QuietExecutor(RowExecutor):
    """The executor of an installation that tells nobody what the schema holds."""

    suggestions = False


@dataclass(frozen=True, slots=True)
class FieldReader:
    """Reads a field of an object: a plain attribute, a resolver, or a resolver with arguments."""

    field: GraphQLField
    nodes: list[FieldNode]
    parent: GraphQLObjectType

    @property
    def attribute(self) -> str | None:
        ours = self._ours
        if ours is None or ours.base_resolver is not None or ours.extensions or self.field.args:
            return None
        return ours.python_name if ours.default_resolver is getattr else None

    @property
    def _ours(self) -> StrawberryField | None:
        ours = self.field.extensions.get(STRAWBERRY)
        return ours if isinstance(ours, StrawberryField) else None

    @property
    def plain(self) -> tuple[Callable[..., Any], bool] | None:
        ours = self._ours
        if ours is None or ours.base_resolver is None or ours.extensions or self.field.args:
            return None
        resolver = ours.base_resolver
        function = cast("Callable[..., Any]", resolver.wrapped_func)
        # A field that all types of an interface have may be read by a function made for the type.
        of_type = getattr(function, "of_type", None)
        if of_type is not None:
            return of_type(self.parent.name), False
        parent = resolver.parent_parameter or resolver.root_parameter
        if parent is None or resolver.self_parameter:
            return None
        taken = [each.name for each in resolver.signature.parameters.values()]
        if taken == [parent.name]:
            return function, False
        info = resolver.info_parameter
        return (function, True) if info is not None and taken == [parent.name, info.name] else None

    def info(self, run: Run) -> Info[Any, Any]:
        executor, ours = cast("RowExecutor", run), self._ours
        assert ours is not None, "`plain` has looked"
        return Info(_raw_info=executor.info_for(self.field, self.nodes, self.parent), _field=ours)

    def bound(self, run: Run) -> Callable[[Any], Any]:
        """The function for one operation. Raises GraphQLError for wrong arguments."""
        executor, ours = cast("RowExecutor", run), self._ours
        if ours is None or ours.extensions or self.field.args:
            resolve = self.field.resolve or executor.field_resolver
            info = executor.info_for(self.field, self.nodes, self.parent)
            given = executor.arguments_of(self.field, self.nodes[0])
            return lambda source: resolve(source, info, **given)
        return _reader(ours, lambda: executor.info_for(self.field, self.nodes, self.parent))


def _reader(field: StrawberryField, info: Callable[[], GraphQLResolveInfo[Any]]) -> Callable[[Any], Any]:
    resolver = field.base_resolver
    if resolver is None:
        name, read = field.python_name, field.default_resolver
        return lambda source: read(source, name)
    function = cast("Callable[..., Any]", resolver.wrapped_func)
    if resolver.info_parameter:
        function = partial(function, **{resolver.info_parameter.name: Info(_raw_info=info(), _field=field)})
    if resolver.self_parameter:
        return function
    named = resolver.parent_parameter or resolver.root_parameter
    if named is None:
        return lambda source: function()
    parameter = named.name
    return lambda source: function(**{parameter: source})


def _plans_of(schema: GraphQLSchema, document: DocumentNode) -> _KnownPlans:
    key = id(document), id(schema)
    known = _KNOWN.get(key)
    if known is None:
        known = _KNOWN[key] = _KnownPlans(_conditions(document))
        weakref.finalize(document, _KNOWN.pop, key, None)
    return known


def _conditions(document: DocumentNode) -> tuple[str, ...]:
    """The variables that `@skip` and `@include` have as their condition, anywhere in the document."""
    names: set[str] = set()

    class Conditions(Visitor):
        def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
            names.update(
                argument.value.name.value
                for argument in node.arguments or ()
                if isinstance(argument.value, VariableNode)
            )

    visit(document, Conditions())
    return tuple(sorted(names))
