"""GraphQL fields for commitment figures; each figure gives access to the list that it counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import strawberry

from ...application.commitment import figures as application
from ...application.ports.commitment import CommitmentFilter, CommitmentOrder, CommitmentRow
from ...application.ports.commitment import Tally as TallyRow
from ...application.statistics.commitment_figures import COMMITMENT_FIGURES
from ...domain.directory.enterprise import EnterpriseKind
from ..context import AppInfo, in_thread
from ..directory.types import Region
from ..parts.enums import TallyGroup
from ..parts.ids import region_of
from ..parts.node import shows
from ..parts.paging import Connection, CountablePage, page_of
from .types import Commitment


@strawberry.type(
    description="承诺统计。inProduction + stopped + unreported = expected; onTime + late = reported."
)
class Tally:
    is_type_of = shows(TallyRow)

    expected: int = strawberry.field(description="应报。")
    reported: int = strawberry.field(description="已报。")
    in_production: int = strawberry.field(description="在产。")
    stopped: int = strawberry.field(description="停产。")
    unreported: int = strawberry.field(description="未上报。")
    on_time: int = strawberry.field(description="按时上报。")
    late: int = strawberry.field(description="逾期上报。")
    automatic: int = strawberry.field(description="其中自动上报停产。")

    rate: float | None = strawberry.field(description="上报率，0至1；应报为0时为空。")
    on_time_rate: float | None = strawberry.field(description="按时上报率，0至1；应报为0时为空。")


GROUPS: dict[TallyGroup, Mapping[str, Any]] = {
    TallyGroup[figure.field.upper()]: figure.narrows
    for figure in COMMITMENT_FIGURES.figures
    if figure.narrows is not None
}
"""Figure → filter arguments that find exactly the commitments it counts."""


@strawberry.type(description="一个区域的承诺统计。A region with everything below it, over some days.")
class RegionFigures:
    is_type_of = shows(application.RegionFigures)

    region: Region = strawberry.field(description="区域。")
    tally: Tally = strawberry.field(description="统计数字。")
    first_day: date = strawberry.field(description="开始日期。")
    last_day: date = strawberry.field(description="结束日期。")
    directly: bool = strawberry.field(
        description="true只计算本级直属的企业，不含单独列出的区域；查询清单时同样填写。"
    )

    @strawberry.field(
        graphql_type=Connection[Commitment], description="某个数字对应的清单。Exactly what the figure counts."
    )
    async def commitments(
        root: strawberry.Parent[application.RegionFigures],
        info: AppInfo,
        group: TallyGroup,
        first: int,
        after: str | None = None,
        order_by: CommitmentOrder = CommitmentOrder.NEWEST,
    ) -> CountablePage[CommitmentRow]:
        app, actor = info.context.app, info.context.actor
        everything = CommitmentFilter(
            root.first_day, root.last_day, region_id=root.region.id, kinds=root.kinds, directly=root.directly
        )
        where = replace(everything, **GROUPS[group])
        asked = page_of(info, first, after, order_by)
        page = await in_thread(app.commitments.page, actor, where, asked, order_by)
        return CountablePage(page, lambda: app.commitments.count(actor, where), order_by)


@strawberry.type(description="承诺概览。A region as a whole and its parts, which add up to it.")
class CommitmentOverview:
    is_type_of = shows(application.Overview)

    whole: RegionFigures = strawberry.field(description="整体。")
    parts: list[RegionFigures] = strawberry.field(description="下级区域；直属本级的企业单列为本区域的一项。")


@strawberry.type(description="某日的承诺统计。")
class DayFigures:
    date: date = strawberry.field(description="日期。")
    tally: Tally = strawberry.field(description="统计数字。")


@strawberry.type
class FiguresQuery:
    @strawberry.field(
        graphql_type=CommitmentOverview,
        description="承诺概览：在产、停产、未上报。Today where no days are given, the viewer's own region where none is.",
    )
    async def commitment_overview(
        self,
        info: AppInfo,
        region_id: strawberry.ID | None = None,
        first_day: date | None = None,
        last_day: date | None = None,
        kinds: list[EnterpriseKind] | None = None,
    ) -> application.Overview:
        overview, actor = info.context.app.figures.overview, info.context.actor
        region = None if region_id is None else region_of(region_id, field="regionId")
        return await in_thread(overview, actor, region, first_day, last_day, tuple(kinds or ()))

    @strawberry.field(description="逐日承诺统计，日期升序。Days with nothing owed are missing.")
    async def commitment_days(
        self,
        info: AppInfo,
        region_id: strawberry.ID,
        first_day: date,
        last_day: date,
        kinds: list[EnterpriseKind] | None = None,
    ) -> list[DayFigures]:
        daily, actor = info.context.app.figures.daily, info.context.actor
        region = region_of(region_id, field="regionId")
        found = await in_thread(daily, actor, region, first_day, last_day, tuple(kinds or ()))
        return [DayFigures(date=day, tally=found[day]) for day in sorted(found)]  # type: ignore[arg-type]
