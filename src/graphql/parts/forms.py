"""Mutations with forms: values that do not fit the schema are refused together with the faults of the form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import strawberry
from graphql import get_argument_values, get_variable_values
from strawberry.extensions import FieldExtension
from strawberry.types import Info
from strawberry.types.arguments import convert_arguments

from ...application.once import Rehearsed
from ...domain.refusals import InvalidForm
from ..context import RequestContext, Unreadable
from .refusals import FormItem, InvalidFormRefusal, InvalidInputRefusal, Refusal

MOST_ITEMS: Final = 100
ABOUT_NO_INPUT: Final = frozenset({None, "revision", "clientMutationKey"})
"""Fields of refusals that stand alone: mending the form would not help."""


class GatherFaults(FieldExtension):
    """Rehearses a form that has unreadable values, and answers their faults together with those of the rules.

    The form is checked once with each set of stand-ins, and nothing is stored. A fault of the rules counts
    only if every rehearsal finds it: then no stand-in has caused it.
    """

    gathers_faults = True
    """The executor asks for this: see `execution.unreadable`."""

    async def resolve_async(self, next_: Any, source: Any, info: Info, **kwargs: Any) -> Any:
        """Call the resolver; with unreadable values, call it in rehearsal and return a refusal."""
        context = cast(RequestContext, info.context)
        unreadable = context.unreadable
        if unreadable is None:
            return await next_(source, info, **kwargs)
        found: list[Refusal | None] = []
        context.rehearses = True
        try:
            for variables in unreadable.fillings:
                found.append(await _rehearsed(next_, source, info, _arguments(info, variables)))
        finally:
            context.rehearses = False
        first = found[0]
        if first is not None and first.field in ABOUT_NO_INPUT and all(each == first for each in found):
            return first
        return _together(unreadable, _in_all([_items(each) for each in found], unreadable.hidden))


async def _rehearsed(next_: Any, source: Any, info: Info, kwargs: Mapping[str, Any]) -> Refusal | None:
    """The refusal of the rules; None if they allow it."""
    try:
        answer = await next_(source, info, **kwargs)
    except Rehearsed:
        return None
    if not isinstance(answer, Refusal):
        raise RuntimeError(f"{info.field_name} was done although it was only rehearsed")
    return answer


def _arguments(info: Info, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of the field, as the resolver takes them, with these variables."""
    raw = info._raw_info
    values = get_variable_values(raw.schema, raw.operation.variable_definitions or (), dict(variables))
    if isinstance(values, list):
        raise RuntimeError(f"a stand-in does not fit: {values[0].message}")
    given = get_argument_values(raw.parent_type.fields[raw.field_name], raw.field_nodes[0], values)
    converter = info.schema.schema_converter
    return convert_arguments(
        given,
        info._field.arguments,
        scalar_registry=converter.scalar_registry,
        config=converter.config,
        info=info,
    )


def _items(refusal: Refusal | None) -> list[FormItem]:
    if refusal is None:
        return []
    if isinstance(refusal, InvalidFormRefusal):
        return refusal.items
    return [FormItem(code=refusal.code, message=refusal.message, field=refusal.field)]


def _in_all(found: Sequence[list[FormItem]], hidden: frozenset[str]) -> list[FormItem]:
    """What every rehearsal has found, and not of a stand-in."""
    return [
        item
        for item in found[0]
        if all(item in other for other in found[1:])
        and not any(item.field == path or (item.field or "").startswith(f"{path}.") for path in hidden)
    ]


def _together(unreadable: Unreadable, found: list[FormItem]) -> Refusal:
    faults = [
        FormItem(code=fault.code, message=fault.sentence, field=fault.field) for fault in unreadable.faults
    ]
    items = (faults + found)[:MOST_ITEMS]
    if len(items) == 1:
        return InvalidInputRefusal(code=items[0].code, message=items[0].message, field=items[0].field)
    sentence = InvalidForm.sentence_of([item.message for item in items])
    return InvalidFormRefusal(code=InvalidForm.code, message=sentence, field=items[0].field, items=items)


def form_mutation(**options: Any) -> Any:
    """As `strawberry.mutation`, for a mutation whose inputs people fill in: all their faults come together."""
    return strawberry.mutation(extensions=[GatherFaults()], **options)
