"""GraphQL types and query of the statistics of problems; each figure leads to its list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import strawberry

from ...application.ports.counts import ProblemCounts as CountsRow
from ...application.ports.counts import ProblemDimension
from ...application.ports.problem import ProblemFilter, ProblemOrder, ProblemRow
from ...application.statistics.lines import Line, Table
from ...application.statistics.periods import Step
from ...application.statistics.problems import ProblemLine, ProblemTable, rows_of
from ...domain.problem.groups import ProblemGroup
from ..context import AppInfo, in_thread
from ..parts.node import shows
from ..parts.paging import Connection, CountablePage, page_of
from ..problem.inputs import ProblemFilterInput, to_problem_filter
from ..problem.types import Problem
from .selected import PERCENTILE, asks_for


@strawberry.type(description="问题统计数字。issued = fedBack + unfedBack; withdrawn ones are counted apart.")
class ProblemCounts:
    is_type_of = shows(CountsRow)

    issued: int = strawberry.field(description="下发的问题，不含已撤回的。")
    unfed_back: int = strawberry.field(description="其中未反馈的：尚欠最终反馈，包括被退回的。")
    fed_back: int = strawberry.field(description="其中已有最终反馈的，包括已办结的。")
    closed: int = strawberry.field(description="其中已办结的。")
    withdrawn: int = strawberry.field(description="已撤回的问题，另行计数。")
    overdue: int = strawberry.field(description="未反馈的问题中，在统计时刻有时限已过而未履行的。")
    mean_feedback_seconds: int | None = strawberry.field(
        description="已反馈的问题从下发到最后一次最终反馈的平均用时，整秒；没有已反馈的为空。"
    )
    p90_feedback_seconds: int | None = strawberry.field(
        description="上述用时的九成位数：至少九成不超过它的最短用时，整秒；没有已反馈的为空。"
    )


async def problem_page(
    info: AppInfo, where: ProblemFilter, first: int, after: str | None, order: ProblemOrder
) -> CountablePage[ProblemRow]:
    """A page of the problems behind a figure."""
    info.context.open_list()
    problems, actor = info.context.app.problems, info.context.actor
    page = await in_thread(problems.page, actor, where, page_of(info, first, after, order), order)
    return CountablePage(page, lambda: problems.count(actor, where), order)


@strawberry.type(description="问题统计的一行：合计、某一类或某一期。")
class ProblemStatisticsLine:
    is_type_of = shows(Line)

    key: str | None = strawberry.field(description="枚举值、区域代码或一期的第一日；合计为空。")
    label: str = strawberry.field(description="名称，可直接显示。")
    first_day: date = strawberry.field(description="开始日期（含）。")
    last_day: date = strawberry.field(description="结束日期（含）。")
    counts: ProblemCounts = strawberry.field(description="统计数字。")

    @strawberry.field(
        graphql_type=Connection[Problem], description="某个数字对应的问题。Exactly what the figure counts."
    )
    async def problems(
        root: strawberry.Parent[ProblemLine],
        info: AppInfo,
        group: ProblemGroup,
        first: int,
        after: str | None = None,
        order_by: ProblemOrder = ProblemOrder.NEWEST,
    ) -> CountablePage[ProblemRow]:
        return await problem_page(info, rows_of(root, group), first, after, order_by)


@strawberry.type(
    description="问题统计。Counts of `lines` and of `periods` each add up to `whole`; all are of one moment."
)
class ProblemStatistics:
    is_type_of = shows(Table)

    at: datetime = strawberry.field(description="统计时刻：是否逾期以此为准；清单翻页时请传回，以保持一致。")

    @strawberry.field(graphql_type=ProblemStatisticsLine, description="合计。")
    def whole(root: strawberry.Parent[ProblemTable]) -> ProblemLine:
        return root.whole

    @strawberry.field(
        graphql_type=list[ProblemStatisticsLine],
        description="按所选方面分列，数字为0的也在内；未指定时没有。",
    )
    def lines(root: strawberry.Parent[ProblemTable]) -> Sequence[ProblemLine]:
        return root.lines

    @strawberry.field(
        graphql_type=list[ProblemStatisticsLine], description="逐期，按下发日期；未指定周期时没有。"
    )
    def periods(root: strawberry.Parent[ProblemTable]) -> Sequence[ProblemLine]:
        return root.periods


@strawberry.type
class ProblemStatisticsFields:
    @strawberry.field(
        graphql_type=ProblemStatistics,
        description="问题统计，条件与问题列表相同，须指定下发日期的起止，最多5年。"
        "Problems issued on these days, as they stand now.",
    )
    async def problem_statistics(
        self,
        info: AppInfo,
        where: ProblemFilterInput,
        by: ProblemDimension | None = None,
        step: Step | None = None,
        at: datetime | None = None,
    ) -> ProblemTable:
        actor = info.context.actor  # Who is not logged in is told so, whatever the filter says.
        read, chosen = info.context.app.problem_statistics.table, to_problem_filter(where)
        return await in_thread(
            read,
            actor,
            chosen,
            by,
            step,
            at=at,
            overdue_only=where.overdue,
            percentiles=asks_for(info, PERCENTILE),
        )
