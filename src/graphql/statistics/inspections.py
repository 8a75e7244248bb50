"""GraphQL types and queries of the statistics of patrols and spot checks; each figure leads to its list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import strawberry

from ...application.ports.counts import ProblemCounts as ProblemCountsRow
from ...application.ports.counts import RecordCounts as RecordCountsRow
from ...application.ports.inspection import InspectionOrder, InspectionRow
from ...application.ports.problem import ProblemOrder, ProblemRow
from ...application.statistics.inspections import (
    InspectionLine,
    InspectionStatisticsQuery,
    InspectionTable,
    problems_of,
    records_of,
)
from ...application.statistics.lines import Line, Table
from ...application.statistics.periods import Step
from ...domain.inspection.form import InspectionKind
from ...domain.inspection.groups import InspectionGroup
from ...domain.problem.groups import ProblemGroup
from ..context import AppInfo, in_thread
from ..inspection.types import Inspection
from ..parts.ids import region_of
from ..parts.node import shows
from ..parts.paging import Connection, CountablePage, page_of
from ..problem.types import Problem
from .problems import ProblemCounts, problem_page
from .selected import PERCENTILE, asks_for


@strawberry.type(description="检查统计数字。Manual and automatic records are counted apart.")
class RecordCounts:
    is_type_of = shows(RecordCountsRow)

    inspected: int = strawberry.field(
        description="人工检查的区域（巡查）或企业（抽查）数，不重复计数；辖有区县的市本身不计入区域。"
    )
    seen_automatically: int = strawberry.field(
        description="有自动记录、未经人工核查的区域或企业数，不重复计数；同时有人工记录的两边都计。"
    )
    manual: int = strawberry.field(description="人工记录数。")
    automatic: int = strawberry.field(description="自动记录数；被人工记录取代的不计。")


@strawberry.type(description="巡查或抽查统计的一行：合计、某一区域或某一期。")
class InspectionStatisticsLine:
    is_type_of = shows(Line)

    key: str | None = strawberry.field(description="区域代码或一期的第一日；合计为空。")
    label: str = strawberry.field(description="名称，可直接显示。")
    first_day: date = strawberry.field(description="开始日期（含）。")
    last_day: date = strawberry.field(description="结束日期（含）。")

    @strawberry.field(graphql_type=RecordCounts, description="检查记录的统计数字，按业务日期。")
    def counts(root: strawberry.Parent[InspectionLine]) -> RecordCountsRow:
        return root.counts.records

    @strawberry.field(
        graphql_type=ProblemCounts,
        description="本部门及下级部门在这些日子下发的问题；部级平台的问题不计。",
    )
    def problem_counts(root: strawberry.Parent[InspectionLine]) -> ProblemCountsRow:
        return root.counts.problems

    @strawberry.field(
        graphql_type=Connection[Inspection],
        description="某个数字对应的检查记录；区域数、企业数对应其全部记录。",
    )
    async def records(
        root: strawberry.Parent[InspectionLine],
        info: AppInfo,
        group: InspectionGroup,
        first: int,
        after: str | None = None,
        order_by: InspectionOrder = InspectionOrder.NEWEST,
    ) -> CountablePage[InspectionRow]:
        info.context.open_list()
        statistics, actor = info.context.app.inspection_statistics, info.context.actor
        where, asked = records_of(root, group), page_of(info, first, after, order_by)
        page = await in_thread(statistics.page, actor, where, asked, order_by)
        return CountablePage(page, lambda: statistics.count(actor, where), order_by)

    @strawberry.field(
        graphql_type=Connection[Problem], description="某个数字对应的问题。Exactly what the figure counts."
    )
    async def problems(
        root: strawberry.Parent[InspectionLine],
        info: AppInfo,
        group: ProblemGroup,
        first: int,
        after: str | None = None,
        order_by: ProblemOrder = ProblemOrder.NEWEST,
    ) -> CountablePage[ProblemRow]:
        return await problem_page(info, problems_of(root, group), first, after, order_by)


@strawberry.type(
    description="巡查或抽查统计。Records and problems of `lines` and of `periods` each add up to `whole`."
)
class InspectionStatistics:
    is_type_of = shows(Table)

    at: datetime = strawberry.field(description="统计时刻：是否逾期以此为准；清单翻页时请传回，以保持一致。")

    @strawberry.field(graphql_type=InspectionStatisticsLine, description="合计。")
    def whole(root: strawberry.Parent[InspectionTable]) -> InspectionLine:
        return root.whole

    @strawberry.field(
        graphql_type=list[InspectionStatisticsLine],
        description="各下级区域，数字为0的也在内；直属本级的单列为本区域的一项。",
    )
    def lines(root: strawberry.Parent[InspectionTable]) -> Sequence[InspectionLine]:
        return root.lines

    @strawberry.field(
        graphql_type=list[InspectionStatisticsLine],
        description="逐期；未指定周期时没有。Distinct areas or enterprises do not add up over periods.",
    )
    def periods(root: strawberry.Parent[InspectionTable]) -> Sequence[InspectionLine]:
        return root.periods


@strawberry.type
class InspectionStatisticsFields:
    @strawberry.field(
        graphql_type=InspectionStatistics,
        description="巡查统计：区域、人工和自动记录、下发问题及其反馈，最多5年。"
        "By one's own department and those below it.",
    )
    async def patrol_statistics(
        self,
        info: AppInfo,
        first_day: date,
        last_day: date,
        region_id: strawberry.ID | None = None,
        step: Step | None = None,
        at: datetime | None = None,
    ) -> InspectionTable:
        return await _table(info, InspectionKind.PATROL, first_day, last_day, region_id, step, at)

    @strawberry.field(
        graphql_type=InspectionStatistics,
        description="抽查统计：企业、人工和自动记录、下发问题及其反馈，最多5年。"
        "By one's own department and those below it.",
    )
    async def spot_check_statistics(
        self,
        info: AppInfo,
        first_day: date,
        last_day: date,
        region_id: strawberry.ID | None = None,
        step: Step | None = None,
        at: datetime | None = None,
    ) -> InspectionTable:
        return await _table(info, InspectionKind.SPOT_CHECK, first_day, last_day, region_id, step, at)


async def _table(
    info: AppInfo,
    kind: InspectionKind,
    first_day: date,
    last_day: date,
    region_id: strawberry.ID | None,
    step: Step | None,
    at: datetime | None,
) -> InspectionTable:
    actor = info.context.actor
    region = None if region_id is None else region_of(region_id, field="regionId")
    percentiles = asks_for(info, PERCENTILE)
    asked = InspectionStatisticsQuery(kind, first_day, last_day, region, step, at, percentiles)
    return await in_thread(info.context.app.inspection_statistics.table, actor, asked)
