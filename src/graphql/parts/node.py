"""What types of the schema share: the row class behind a type, and the interface `Node` with a global id."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import strawberry

from ..context import AppInfo
from .ids import global_id


def shows(row: type) -> Any:
    """Write `is_type_of = shows(Row)` in a type whose resolvers return `Row` objects (decision 0006)."""

    def is_type_of(cls: type, obj: object, info: object) -> bool:
        return isinstance(obj, row)

    # Compiled selections remember the answer for all objects of a class.
    is_type_of.by_class = True  # type: ignore[attr-defined]
    return classmethod(is_type_of)


def _id(root: strawberry.Parent[Any], info: AppInfo) -> strawberry.ID:
    return global_id(info._raw_info.parent_type.name, root.id)


def _id_of_type(name: str) -> Callable[[Any], strawberry.ID]:
    return lambda root: global_id(name, root.id)


# Compiled selections read it by a function that knows the type.
_id.of_type = _id_of_type  # type: ignore[attr-defined]


@strawberry.interface(description="可按全局编号查询的对象。Anything with a global id.")
class Node:
    id: strawberry.ID = strawberry.field(resolver=_id, description="全局编号。Opaque, and the same for ever.")
