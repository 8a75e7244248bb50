"""GraphQL types and query of the wall screen: everything that it shows, in one answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import strawberry

from ...application.commitment.figures import RegionFigures as RegionFiguresRow
from ...application.ports.directory import RegionRow
from ...application.ports.wall import Owed
from ...application.statistics import wall as application
from ...application.statistics.commitments import PeriodTally
from ...domain.alert.form import ALERT_LEVEL_NAMES, AlertLevel
from ...domain.inspection.form import Rank as RankRow
from ...domain.problem.form import SEVERITY_NAMES, Severity
from ..commitment.figures import DayFigures, RegionFigures
from ..context import AppInfo, in_thread
from ..exchange.inbox import ExchangeHealth
from ..parts.figure import Rank
from ..parts.ids import region_of
from ..parts.node import Node, shows


@dataclass(frozen=True, slots=True)
class ProblemsOfSeverity:
    """What is owed of one severity, as the schema shows it."""

    severity: Severity
    owed: Owed


@dataclass(frozen=True, slots=True)
class AlertsOfLevel:
    """What is owed of one level, as the schema shows it."""

    level: AlertLevel
    owed: Owed


@strawberry.type(description="一种严重程度的未反馈问题。")
class OwedProblems:
    is_type_of = shows(ProblemsOfSeverity)

    severity: Severity = strawberry.field(description="严重程度。")

    @strawberry.field(description="严重程度的中文名称。")
    def severity_name(root: strawberry.Parent[ProblemsOfSeverity]) -> str:
        return SEVERITY_NAMES[root.severity]

    @strawberry.field(
        description="未反馈的问题数。`problems` with `unfedBack`, this severity and region lists them."
    )
    def unfed_back(root: strawberry.Parent[ProblemsOfSeverity]) -> int:
        return root.owed.unfed_back

    @strawberry.field(description="其中已逾期的。")
    def overdue(root: strawberry.Parent[ProblemsOfSeverity]) -> int:
        return root.owed.overdue


@strawberry.type(description="一个等级的未反馈预警。")
class OwedAlerts:
    is_type_of = shows(AlertsOfLevel)

    level: AlertLevel = strawberry.field(description="等级。")

    @strawberry.field(description="等级的中文名称。")
    def level_name(root: strawberry.Parent[AlertsOfLevel]) -> str:
        return ALERT_LEVEL_NAMES[root.level]

    @strawberry.field(
        description="未反馈的预警数。`alerts` with `unfedBack`, this level and region lists them."
    )
    def unfed_back(root: strawberry.Parent[AlertsOfLevel]) -> int:
        return root.owed.unfed_back

    @strawberry.field(description="其中已逾期的。")
    def overdue(root: strawberry.Parent[AlertsOfLevel]) -> int:
        return root.owed.overdue


@dataclass(frozen=True, slots=True)
class RankedRow:
    """A region below with its place, as the schema shows it."""

    rank: RankRow | None
    figures: RegionFiguresRow


@strawberry.type(description="下级区域今日的数字和名次。")
class RankedRegion:
    is_type_of = shows(RankedRow)

    rank: Rank | None = strawberry.field(
        description="按时上报率的名次，并列的名次相同；没有应报或按时上报率为0时为空。"
    )
    figures: RegionFigures = strawberry.field(description="区域、统计数字及其清单。")


@strawberry.type(description="一条最新动态。")
class WallEvent:
    is_type_of = shows(application.WallEvent)

    at: datetime = strawberry.field(description="时间。")
    sentence: str = strawberry.field(description="一句话，可直接显示。")
    about: Node = strawberry.field(
        description="所指的对象：承诺、检查记录、问题或预警。For its page, by `__typename` and `id`."
    )


@strawberry.type(description="大屏：一个区域及其全部下级。All of it is of one viewer's scope.")
class Wall:
    is_type_of = shows(application.Wall)

    at: datetime = strawberry.field(description="数字所属的时刻。")
    events: list[WallEvent] = strawberry.field(description="最新动态，最多10条，新的在前；只含7日内的。")
    health: ExchangeHealth | None = strawberry.field(
        description="与部级平台的交换状况；不能查看交换状况的为空。"
    )

    @strawberry.field(graphql_type=RegionFigures, description="今日：在产、停产、未上报等数字及其清单。")
    def today(root: strawberry.Parent[application.Wall]) -> RegionFiguresRow:
        return _figures(root.region, root.today)

    @strawberry.field(graphql_type=RegionFigures, description="昨日的相同数字。")
    def yesterday(root: strawberry.Parent[application.Wall]) -> RegionFiguresRow:
        return _figures(root.region, root.yesterday)

    @strawberry.field(
        graphql_type=list[RankedRegion],
        description="下级区域按今日按时上报率排列，高的在前，没有名次的在后。",
    )
    def ranking(root: strawberry.Parent[application.Wall]) -> list[RankedRow]:
        day = root.today.period.first_day
        return [
            RankedRow(line.rank_by_on_time_rate, RegionFiguresRow(line.region, line.tally, day, day))
            for line in root.ranking
        ]

    @strawberry.field(description="近30日的趋势，日期升序，最后一日为今日；没有应报的日期各数为0。")
    def days(root: strawberry.Parent[application.Wall]) -> list[DayFigures]:
        return [DayFigures(date=day.period.first_day, tally=day.tally) for day in root.days]  # type: ignore[arg-type]

    @strawberry.field(graphql_type=list[OwedProblems], description="未反馈和逾期的问题，严重的在前。")
    def problems(root: strawberry.Parent[application.Wall]) -> list[ProblemsOfSeverity]:
        return [ProblemsOfSeverity(severity, owed) for severity, owed in root.problems.items()]

    @strawberry.field(graphql_type=list[OwedAlerts], description="未反馈和逾期的预警，等级高的在前。")
    def alerts(root: strawberry.Parent[application.Wall]) -> list[AlertsOfLevel]:
        return [AlertsOfLevel(level, owed) for level, owed in root.alerts.items()]


def _figures(region: RegionRow, day: PeriodTally) -> RegionFiguresRow:
    return RegionFiguresRow(region, day.tally, day.period.first_day, day.period.last_day)


@strawberry.type
class WallQuery:
    @strawberry.field(
        graphql_type=Wall,
        description="大屏：三种状态、排名、趋势、逾期、最新动态、部级链路。The viewer's own region where none is given.",
    )
    async def wall(self, info: AppInfo, region_id: strawberry.ID | None = None) -> application.Wall:
        walls, actor = info.context.app.walls, info.context.actor
        region = None if region_id is None else region_of(region_id, field="regionId")
        return await in_thread(walls.wall, actor, region)
