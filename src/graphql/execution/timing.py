"""An executor that tells how long each root field has taken, with everything below it; nothing is told per leaf."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any, TypeAlias

from graphql import GraphQLObjectType
from graphql.pyutils import Path

from .executor import RowExecutor

Resolved: TypeAlias = Callable[[str, str, float], None]
"""Gets the operation (`query`, `mutation`), the name of the field in the schema, and the seconds."""


def timing(base: type[RowExecutor], resolved: Resolved) -> type[RowExecutor]:
    """Make an executor class that does what `base` does, and reports to `resolved`."""

    class TimingExecutor(base):  # type: ignore[valid-type,misc]
        """Measures fields of the root types. Fields below them run the same code as without measuring."""

        def execute_root_grouped_field_set(
            self,
            root_type: GraphQLObjectType,
            root_value: Any,
            grouped_field_set: Any,
            serially: bool,
            position_context: Any,
        ) -> Any:
            """Measure while the root fields are begun; a mutation begins its next field after the last."""
            run = super().execute_root_grouped_field_set
            if root_type is self.schema.subscription_type:
                return run(root_type, root_value, grouped_field_set, serially, position_context)
            # In the instance, so that what runs later, below the root fields, finds the method of the class.
            self.__dict__["execute_field"] = self._execute_root_field
            try:
                return run(root_type, root_value, grouped_field_set, serially, position_context)
            finally:
                if not serially:
                    del self.__dict__["execute_field"]

        def _execute_root_field(
            self,
            parent_type: GraphQLObjectType,
            source: Any,
            field_details_list: Any,
            path: Path,
            position_context: Any,
        ) -> Any:
            run = super().execute_field
            if path.prev is not None:  # A field below a root field that did not have to wait.
                return run(parent_type, source, field_details_list, path, position_context)
            operation = "mutation" if parent_type is self.schema.mutation_type else "query"
            field = field_details_list[0].node.name.value
            begun, waits = perf_counter(), False
            try:
                found = run(parent_type, source, field_details_list, path, position_context)
                waits = self.is_awaitable(found)
                return _awaited(found, operation, field, begun) if waits else found
            finally:
                if not waits:
                    resolved(operation, field, perf_counter() - begun)

    async def _awaited(found: Awaitable[Any], operation: str, field: str, begun: float) -> Any:
        try:
            return await found
        finally:
            resolved(operation, field, perf_counter() - begun)

    return TimingExecutor
