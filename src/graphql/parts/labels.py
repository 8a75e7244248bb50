"""GraphQL query of the Chinese labels of all enum values, so that no client translates codes by hand."""

from __future__ import annotations

import strawberry

from ..context import AppInfo
from . import enums, orders  # noqa: F401 - they register the enumerations
from .scalars import LABELS


@strawberry.type(description="枚举值及其中文。")
class ValueLabel:
    value: str = strawberry.field(description="枚举值，与接口中的写法相同。")
    label: str = strawberry.field(description="中文名称，可直接显示。")


@strawberry.type(description="一个枚举的全部值及其中文。In the order of the schema.")
class EnumLabels:
    name: str = strawberry.field(description="枚举名称，与接口定义相同。The name of the type in the schema.")
    values: list[ValueLabel] = strawberry.field(description="全部值。")


@strawberry.type
class LabelsQuery:
    @strawberry.field(
        description="全部枚举值的中文名称。Changes only with a release: ask once after logging in, and keep it."
    )
    def labels(self, info: AppInfo) -> list[EnumLabels]:
        _ = info.context.actor
        return _LABELS


_LABELS = [
    EnumLabels(name=name, values=[ValueLabel(value=value, label=label) for value, label in labels.items()])
    for name, labels in sorted(LABELS.items())
]
