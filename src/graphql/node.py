"""What can be looked up by its global id."""

from __future__ import annotations

from typing import Any

import strawberry

from .context import AppInfo
from .ids import global_id


@strawberry.interface(description="可按全局编号查询的对象。Anything with a global id.")
class Node:
    @strawberry.field(description="全局编号。Opaque, and the same for ever.")
    def id(root: strawberry.Parent[Any], info: AppInfo) -> strawberry.ID:
        return global_id(info._raw_info.parent_type.name, root.id)
