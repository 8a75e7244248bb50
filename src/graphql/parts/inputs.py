"""Build input objects fast: compute the conversion of each field once, not per request as strawberry does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from functools import lru_cache
from typing import Any, Final

import strawberry
from graphql import GraphQLInputObjectType
from strawberry.schema.name_converter import NameConverter
from strawberry.types.base import (
    StrawberryList,
    StrawberryObjectDefinition,
    StrawberryOptional,
    get_object_definition,
)
from strawberry.utils.str_converters import to_camel_case

Convert = Callable[[Any, Any], Any]

_DEFINITION: Final = "strawberry-definition"
_camel_case: Final = lru_cache(maxsize=4_096)(to_camel_case)


class Names(NameConverter):
    """Strawberry's naming rules with a cache."""

    def apply_naming_config(self, name: str) -> str:
        """Return the GraphQL name of a Python name."""
        return _camel_case(name)


def compile_inputs(schema: strawberry.Schema) -> None:
    """Replace `from_input` of every input type of a schema; the results equal those of strawberry."""
    for core in schema._schema.type_map.values():
        if isinstance(core, GraphQLInputObjectType):
            definition: StrawberryObjectDefinition = core.extensions[_DEFINITION]
            definition.from_input = _builder(definition, schema.config.name_converter)


def _builder(
    definition: StrawberryObjectDefinition, names: NameConverter
) -> Callable[[type, Mapping[str, Any], Any], Any]:
    plan = tuple(
        (
            names.from_field(field),
            field.python_name,
            _converter(field.resolve_type(type_definition=definition)),
        )
        for field in definition.fields
    )
    # A field that is left out and has no default is None, as in strawberry.
    absent = {
        field.python_name: None
        for field in definition.fields
        if field.default_value is MISSING and field.default_factory is MISSING
    }

    def build(type_: type, given: Mapping[str, Any], context: Any) -> Any:
        values: dict[str, Any] = dict(absent)
        for name, python_name, convert in plan:
            if name in given:
                value = given[name]
                values[python_name] = value if convert is None or value is None else convert(value, context)
        return type_(**values)

    return build


def _converter(type_: Any) -> Convert | None:
    """Return how to convert a value from graphql-core to Python; None when no conversion is needed."""
    if isinstance(type_, StrawberryOptional):
        return _converter(type_.of_type)
    if isinstance(type_, StrawberryList):
        inner = _converter(type_.of_type)
        if inner is None:
            # Copy the list: all requests share the list of a default.
            return lambda values, _: list(values)
        return lambda values, context: [None if each is None else inner(each, context) for each in values]
    definition = get_object_definition(type_)
    if definition is None:
        return None
    # Read `from_input` at call time: the inner type may be compiled after this one.
    return lambda value, context: definition.from_input(type_, value, context)  # type: ignore[misc]
