"""What types of the schema share: the row class behind a type, and the interface `Node` with a global id."""

from __future__ import annotations

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


@strawberry.interface(description="可按全局编号查询的对象。Anything with a global id.")
class Node:
    @strawberry.field(description="全局编号。Opaque, and the same for ever.")
    def id(root: strawberry.Parent[Any], info: AppInfo) -> strawberry.ID:
        return global_id(info._raw_info.parent_type.name, root.id)
