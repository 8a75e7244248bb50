"""Types for a figure of a form: its value, its source, and its rank among regions of the same level."""

from __future__ import annotations

from datetime import datetime

import strawberry

from ...domain.inspection.form import Figure as DomainFigure
from ...domain.inspection.form import Rank as DomainRank
from .node import shows


@strawberry.type(
    description="排名。The place among the regions of a rank, 1 being the best; equals share one, and 0 has none."
)
class Rank:
    is_type_of = shows(DomainRank)

    place: int = strawberry.field(description="名次。")
    among: int = strawberry.field(description="共多少个。")


@strawberry.type(description="自动数据及其来源。An automatic figure, where it came from and when.")
class Figure:
    is_type_of = shows(DomainFigure)

    key: str = strawberry.field(description="数据项代码。")
    label: str = strawberry.field(description="数据项名称。")
    value: str | None = strawberry.field(description="值；来源未接入时为空，不以0代替。")
    unit: str = strawberry.field(description="单位。")
    source: str = strawberry.field(description="来源。")
    as_of: datetime | None = strawberry.field(description="数据时间。")
    rank: Rank | None = strawberry.field(description="在同级区域中的排名；不排名的（如上报率为0）为空。")
    shown: str = strawberry.field(description="供阅读的写法，例如“87.5%（第3名，共107个）”或“未接入”。")
