"""Inputs are built by a plan made beforehand, and come out exactly as strawberry itself would build them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLScalarType
from strawberry.types.arguments import convert_argument
from strawberry.utils.str_converters import to_camel_case

from yanbao.domain.commitment.form import PowderProcess
from yanbao.domain.refusals import InvalidValue
from yanbao.graphql.parts.inputs import Names
from yanbao.graphql.schema import make_schema

SCHEMA = make_schema()
INPUTS = sorted(
    name for name, type_ in SCHEMA._schema.type_map.items() if isinstance(type_, GraphQLInputObjectType)
)
VALUES: dict[str, Any] = {
    "String": "字",
    "ID": "SUQ",
    "Int": 7,
    "Float": 0.5,
    "Boolean": True,
    "Date": date(2026, 11, 25),
    "Decimal": Decimal("1.5"),
}


def value_of(core: Any, *, whole: bool) -> Any:
    """A coerced value as graphql-core hands it over: every field, or only those that must be there."""
    while hasattr(core, "of_type") and type(core).__name__ == "GraphQLNonNull":
        core = core.of_type
    if type(core).__name__ == "GraphQLList":
        return [value_of(core.of_type, whole=whole)]
    if isinstance(core, GraphQLInputObjectType):
        return {
            name: value_of(field.type, whole=whole)
            for name, field in core.fields.items()
            if whole or type(field.type).__name__ == "GraphQLNonNull"
        }
    if hasattr(core, "values"):
        return core.parse_value(next(iter(core.values)))
    return VALUES.get(core.name, "其他")


def built(name: str, value: dict[str, Any], *, planned: bool) -> Any:
    definition = SCHEMA._schema.type_map[name].extensions["strawberry-definition"]
    plan = definition.from_input
    assert plan is not None
    if not planned:
        definition.from_input = None
    try:
        registry = SCHEMA.schema_converter.scalar_registry
        return convert_argument(value, definition.origin, registry, SCHEMA.config)
    finally:
        definition.from_input = plan


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("name", INPUTS)
def test_a_planned_input_equals_strawberrys(name: str, whole: bool) -> None:
    value = value_of(SCHEMA._schema.type_map[name], whole=whole)
    assert vars(built(name, value, planned=True)) == vars(built(name, value, planned=False))


def test_nested_inputs_and_lists_become_python_values() -> None:
    value = value_of(SCHEMA._schema.type_map["CommitmentFormInput"], whole=True)
    form = built("CommitmentFormInput", value, planned=True)
    assert form.production.powder_processes == [next(iter(PowderProcess))]
    assert form.hazardous_work.hot_work_special == 7


def test_an_explicit_null_stays_none() -> None:
    value = value_of(SCHEMA._schema.type_map["CommitmentFormInput"], whole=True) | {"production": None}
    assert built("CommitmentFormInput", value, planned=True).production is None


def test_names_are_strawberrys() -> None:
    for name in ("a", "risk_grade", "top_temperature", "_x", "http2_url", "URL"):
        assert Names().apply_naming_config(name) == to_camel_case(name)


@pytest.mark.parametrize("raw", ["0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-08:00"])
def test_a_moment_that_utc_cannot_say_is_refused(raw: str) -> None:
    moment = SCHEMA._schema.type_map["DateTime"]
    assert isinstance(moment, GraphQLScalarType)
    with pytest.raises(InvalidValue, match="时间超出范围。"):
        moment.parse_value(raw)
