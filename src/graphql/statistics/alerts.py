"""GraphQL types and query of the statistics of alerts; each figure leads to its list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import strawberry

from ...application.ports.alert import AlertOrder, AlertRow
from ...application.ports.counts import AlertCounts as CountsRow
from ...application.ports.counts import AlertDimension
from ...application.statistics.alerts import AlertLine, AlertTable, rows_of
from ...application.statistics.lines import Line, Table
from ...application.statistics.periods import Step
from ...domain.alert.groups import AlertGroup
from ..alert.inputs import AlertFilterInput, to_alert_filter
from ..alert.types import Alert
from ..context import AppInfo, in_thread
from ..parts.node import shows
from ..parts.paging import Connection, CountablePage, page_of
from .selected import PERCENTILE, asks_for


@strawberry.type(description="预警统计数字。opened = fedBack + unfedBack + ended.")
class AlertCounts:
    is_type_of = shows(CountsRow)

    opened: int = strawberry.field(description="预警数。")
    unfed_back: int = strawberry.field(description="其中未反馈的：企业尚欠最终反馈，包括被退回的。")
    fed_back: int = strawberry.field(description="其中已有最终反馈的，包括已办结的，不含已解除的。")
    closed: int = strawberry.field(description="其中已办结的。")
    ended: int = strawberry.field(description="其中办结之前已由来源解除的。")
    overdue: int = strawberry.field(description="未反馈的预警中，在统计时刻有时限已过而未履行的。")
    mean_feedback_seconds: int | None = strawberry.field(
        description="已反馈的预警从报警到最后一次最终反馈的平均用时，整秒；没有已反馈的为空。"
    )
    p90_feedback_seconds: int | None = strawberry.field(
        description="上述用时的九成位数：至少九成不超过它的最短用时，整秒；没有已反馈的为空。"
    )


@strawberry.type(description="预警统计的一行：合计、某一类或某一期。")
class AlertStatisticsLine:
    is_type_of = shows(Line)

    key: str | None = strawberry.field(description="枚举值、区域代码或一期的第一日；合计为空。")
    label: str = strawberry.field(description="名称，可直接显示。")
    first_day: date = strawberry.field(description="开始日期（含）。")
    last_day: date = strawberry.field(description="结束日期（含）。")
    counts: AlertCounts = strawberry.field(description="统计数字。")

    @strawberry.field(
        graphql_type=Connection[Alert], description="某个数字对应的预警。Exactly what the figure counts."
    )
    async def alerts(
        root: strawberry.Parent[AlertLine],
        info: AppInfo,
        group: AlertGroup,
        first: int,
        after: str | None = None,
        order_by: AlertOrder = AlertOrder.NEWEST,
    ) -> CountablePage[AlertRow]:
        info.context.open_list()
        alerts, actor, where = info.context.app.alerts, info.context.actor, rows_of(root, group)
        asked = page_of(info, first, after, order_by)
        page = await in_thread(alerts.page, actor, where, asked, order_by)
        return CountablePage(page, lambda: alerts.count(actor, where), order_by)


@strawberry.type(
    description="预警统计。Counts of `lines` and of `periods` each add up to `whole`; all are of one moment."
)
class AlertStatistics:
    is_type_of = shows(Table)

    at: datetime = strawberry.field(description="统计时刻：是否逾期以此为准；清单翻页时请传回，以保持一致。")

    @strawberry.field(graphql_type=AlertStatisticsLine, description="合计。")
    def whole(root: strawberry.Parent[AlertTable]) -> AlertLine:
        return root.whole

    @strawberry.field(
        graphql_type=list[AlertStatisticsLine], description="按所选方面分列，数字为0的也在内；未指定时没有。"
    )
    def lines(root: strawberry.Parent[AlertTable]) -> Sequence[AlertLine]:
        return root.lines

    @strawberry.field(
        graphql_type=list[AlertStatisticsLine], description="逐期，按报警日期；未指定周期时没有。"
    )
    def periods(root: strawberry.Parent[AlertTable]) -> Sequence[AlertLine]:
        return root.periods


@strawberry.type
class AlertStatisticsFields:
    @strawberry.field(
        graphql_type=AlertStatistics,
        description="预警统计，条件与预警列表相同，须指定报警日期的起止，最多5年。"
        "Alerts opened on these days, as they stand now.",
    )
    async def alert_statistics(
        self,
        info: AppInfo,
        where: AlertFilterInput,
        by: AlertDimension | None = None,
        step: Step | None = None,
        at: datetime | None = None,
    ) -> AlertTable:
        actor = info.context.actor  # Who is not logged in is told so, whatever the filter says.
        read, chosen = info.context.app.alert_statistics.table, to_alert_filter(where)
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
