"""Execute operations with graphql-core's executor, plus a fast path for fields without arguments.

A page of a list has thousands of fields. Nearly all are attributes of its rows (decision 0006) or small
functions of them. For each value, the stock executor looks up the field, its resolver's parameters and its
type. This one does so once per selection. The results are the same, errors included: an invalid value is left
to the stock executor, which reports the error (decision 0010).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Final, NamedTuple, cast

from graphql import (
    DocumentNode,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLSchema,
    Undefined,
    get_nullable_type,
    is_leaf_type,
)
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types import Info
from strawberry.types.field import StrawberryField

from ..context import RequestContext
from .unreadable import unreadable_form

_DEFINITION: Final = "strawberry-definition"
"""Key in a graphql-core field's `extensions` under which strawberry keeps its own field."""


@dataclass(frozen=True, slots=True)
class _Way:
    """Fast path to the value of a selected field without arguments; `waits`: its resolver is async.

    All objects of a list share `info`, so its path holds only the name of the field.
    """

    read: Callable[[Any], Any]
    waits: bool
    type: GraphQLOutputType
    info: GraphQLResolveInfo[Any]


class _Leaf(NamedTuple):
    """A scalar or enum field with a synchronous resolver; `name` is its name in the answer."""

    name: str
    read: Callable[[Any], Any]
    coerce: Callable[[Any], Any]
    nullable: bool


@dataclass(frozen=True, slots=True)
class _Plan:
    """For one selection: `all` its fields by name in the answer, divided into `leaves` and `others`."""

    all: dict[str, Any]
    leaves: list[_Leaf]
    others: dict[str, Any]


class RowExecutor(StrawberryGraphQLCoreExecutionContext):
    """Gives the same results as the stock executor; one instance per operation.

    `suggestions`: errors of variables say "Did you mean …".
    """

    suggestions: ClassVar[bool] = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Keyed by `id()`, as in graphql-core. The values keep a reference: an `id()` may be reused.
        self._plans: dict[int, _Plan] = {}
        self._ways: dict[int, tuple[Any, _Way | None]] = {}

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
            return super(RowExecutor, cls).build(
                schema, document, root_value, context_value, variables, operation_name, *more, **options
            )

        found = built(raw_variable_values)
        if not isinstance(found, list) or not isinstance(context_value, RequestContext):
            return found
        unreadable = unreadable_form(schema, document, operation_name, raw_variable_values or {})
        if unreadable is None:
            return found
        context_value.unreadable = unreadable
        return built(dict(unreadable.fillings[0]))

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: dict[str, Any],
        position_context: Any,
    ) -> Any:
        """Return an object of the answer, or an awaitable; scalars and enums first, then other fields."""
        plan = self._plans.get(id(grouped_field_set))
        if plan is None:
            plan = self._plans[id(grouped_field_set)] = self._plan(parent_type, grouped_field_set)
        results: dict[str, Any] = dict.fromkeys(plan.all)
        is_awaitable = self.is_awaitable
        failed: set[str] = set()
        for name, read, coerce, nullable in plan.leaves:
            try:
                value = read(source_value)
                if value is None:
                    if nullable:
                        continue
                elif not is_awaitable(value) and not isinstance(value, Exception):
                    results[name] = coerced = coerce(value)
                    if coerced is not None and coerced is not Undefined:
                        continue
            except Exception:  # noqa: BLE001, S110
                pass  # The stock executor runs the field again below and reports the error.
            failed.add(name)
        others = plan.others
        if failed:
            others = {name: plan.all[name] for name in plan.all if name in failed or name in others}
        if not others:
            return results
        found: Any = super().execute_fields(parent_type, source_value, path, others, position_context)
        if is_awaitable(found):
            return _joined(results, found)
        results.update(found)
        return results

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: Any,
        field_details_list: Any,
        path: Path,
        position_context: Any,
    ) -> Any:
        """Return the completed value of a field, or an awaitable; None after an error in a nullable field."""
        way = self._way(parent_type, field_details_list)
        if way is None:
            return super().execute_field(parent_type, source, field_details_list, path, position_context)
        context = way.type, field_details_list
        try:
            value = way.read(source)
            if self.is_awaitable(value):
                return self.complete_awaitable_value(*context, way.info, path, value, position_context)
            completed = self.complete_value(*context, way.info, path, value, position_context)
        except Exception as error:  # noqa: BLE001
            # As in the stock executor: record the error, or raise it to the parent if the field is non-null.
            self.handle_field_error(error, *context, path)
            return None
        if self.is_awaitable(completed):
            return self._awaited(completed, *context, path)
        return completed

    async def _awaited(
        self, completed: Awaitable[Any], type_: GraphQLOutputType, field_details_list: Any, path: Path
    ) -> Any:
        try:
            return await completed
        except Exception as error:  # noqa: BLE001
            self.handle_field_error(error, type_, field_details_list, path)  # As above.
            return None

    def _plan(self, parent_type: GraphQLObjectType, selected: dict[str, Any]) -> _Plan:
        plan = _Plan(selected, [], {})
        for name, details in selected.items():
            way = self._way(parent_type, details)
            kind = get_nullable_type(way.type) if way else None
            if way is None or way.waits or not is_leaf_type(kind):
                plan.others[name] = details
            else:
                nullable = kind is way.type
                plan.leaves.append(_Leaf(name, way.read, kind.coerce_output_value, nullable))
        return plan

    def _way(self, parent_type: GraphQLObjectType, field_details_list: Any) -> _Way | None:
        known = self._ways.get(id(field_details_list))
        if known is None:
            known = field_details_list, self._find_way(parent_type, field_details_list)
            self._ways[id(field_details_list)] = known
        return known[1]

    def _find_way(self, parent_type: GraphQLObjectType, field_details_list: Any) -> _Way | None:
        nodes = [details.node for details in field_details_list]
        name = nodes[0].name.value
        field = self.schema.get_field(parent_type, name)
        ours = field.extensions.get(_DEFINITION) if field else None
        if field is None or not isinstance(ours, StrawberryField):
            return None  # `__typename` and introspection.
        if ours.is_subscription:
            return None  # Its resolver makes the events; here each event is the source.
        if field.args or ours.extensions or (self.middleware_manager and self.middleware_manager.middlewares):
            return None
        info = self.build_resolve_info(field, nodes, parent_type, Path(None, name, parent_type.name))
        return _Way(_reader(ours, info), ours.is_async, field.type, info)


class QuietExecutor(RowExecutor):
    """The executor of an installation that tells nobody what the schema holds."""

    suggestions = False


async def _joined(results: dict[str, Any], found: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    results.update(await found)
    return results


def _reader(field: StrawberryField, info: GraphQLResolveInfo[Any]) -> Callable[[Any], Any]:
    resolver = field.base_resolver
    if resolver is None:
        name, read = field.python_name, field.default_resolver
        return lambda source: read(source, name)
    function = cast("Callable[..., Any]", resolver.wrapped_func)
    if resolver.info_parameter:
        function = partial(function, **{resolver.info_parameter.name: Info(_raw_info=info, _field=field)})
    if resolver.self_parameter:
        return function
    named = resolver.parent_parameter or resolver.root_parameter
    if named is None:
        return lambda source: function()
    parameter = named.name
    return lambda source: function(**{parameter: source})
