"""GraphQL types for the weekly figures: the content of a weekly push and its entry in the exchange ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import strawberry

from ...application.inspection import weekly as application
from ...application.ports.directory import RegionRow
from ...application.ports.exchange import DutyRow
from ...domain.inspection.form import InspectionKind
from ..context import AppInfo, in_thread
from ..directory.types import Region
from ..exchange.fields import ExchangeEntry
from ..loaders import MaybeRow
from ..parts.dues import due_text
from ..parts.node import shows


@strawberry.type(description="每周推送的一行。A region of city rank and a kind of inspection.")
class WeeklyLine:
    is_type_of = shows(application.WeeklyLine)

    @strawberry.field(description="检查类型。")
    def kind(root: strawberry.Parent[application.WeeklyLine]) -> InspectionKind:
        return root.row.kind

    @strawberry.field(graphql_type=Region, description="市级区域。")
    def region(root: strawberry.Parent[application.WeeklyLine], info: AppInfo) -> MaybeRow[RegionRow]:
        return info.context.loaders.regions.load(root.row.region_id)

    @strawberry.field(
        description="人工检查的区域（巡查）或企业（抽查）数，市本身不计入；旧版固化的周包括仅有自动记录的。"
    )
    def inspected(root: strawberry.Parent[application.WeeklyLine]) -> int:
        return root.row.inspected

    @strawberry.field(
        description="仅有系统自动记录、未经人工核查的区域或企业数；旧版固化的周未分别计数，为空。"
    )
    def automatic(root: strawberry.Parent[application.WeeklyLine]) -> int | None:
        return root.row.automatic

    @strawberry.field(description="人工检查的区域或企业中，下发问题（未撤回）或现场已整改的。")
    def with_problems(root: strawberry.Parent[application.WeeklyLine]) -> int:
        return root.row.with_problems

    @strawberry.field(description="本周现场已整改的项数；旧版固化的周为空。")
    def rectified_on_site(root: strawberry.Parent[application.WeeklyLine]) -> int | None:
        return root.row.rectified_on_site

    @strawberry.field(description="本周下发的问题数，截止前撤回的不计；旧版固化的周包括已撤回的。")
    def issued(root: strawberry.Parent[application.WeeklyLine]) -> int:
        return root.row.issued

    @strawberry.field(description="本周撤回的问题数，不论何时下发；旧版固化的周为空。")
    def withdrawn(root: strawberry.Parent[application.WeeklyLine]) -> int | None:
        return root.row.withdrawn

    @strawberry.field(description="本周有最终反馈的问题数，不论何时下发。")
    def fed_back(root: strawberry.Parent[application.WeeklyLine]) -> int:
        return root.row.fed_back

    @strawberry.field(description="截止时未反馈的问题数，不论何时下发。")
    def unfed_back(root: strawberry.Parent[application.WeeklyLine]) -> int:
        return root.row.unfed_back

    @strawberry.field(description="其中已逾期的问题数。")
    def overdue(root: strawberry.Parent[application.WeeklyLine]) -> int:
        return root.row.overdue

    @strawberry.field(
        graphql_type=ExchangeEntry | None,
        description="对应的交换台账记录；尚未固化或无权查看台账时为空。",
    )
    def exchange_entry(root: strawberry.Parent[application.WeeklyLine]) -> DutyRow | None:
        return root.duty


@strawberry.type(
    description="一个推送周的数字。From one closing to the next; the closing itself is the next week's."
)
class WeeklyFigures:
    is_type_of = shows(application.WeeklyFigures)

    frozen_at: datetime | None = strawberry.field(description="固化时间：此后数字不再变化；尚未固化为空。")

    @strawberry.field(graphql_type=list[WeeklyLine], description="本辖区各市级区域，先巡查后抽查。")
    def rows(root: strawberry.Parent[application.WeeklyFigures]) -> Sequence[application.WeeklyLine]:
        return root.lines

    @strawberry.field(description="推送日。")
    def week_ending(root: strawberry.Parent[application.WeeklyFigures]) -> date:
        return root.week.closes_on

    @strawberry.field(description="起始时刻（含）。")
    def since(root: strawberry.Parent[application.WeeklyFigures]) -> datetime:
        return root.week.since

    @strawberry.field(description="截止时刻（不含）。")
    def until(root: strawberry.Parent[application.WeeklyFigures]) -> datetime:
        return root.week.until

    @strawberry.field(description="截止时刻的文字，如12月15日24:00。")
    def until_text(root: strawberry.Parent[application.WeeklyFigures], info: AppInfo) -> str:
        return due_text(root.week.until, info)

    @strawberry.field(description="是否为初步数字：该周尚未截止。")
    def preliminary(root: strawberry.Parent[application.WeeklyFigures]) -> bool:
        return not root.closed


@strawberry.type
class WeeklyQuery:
    @strawberry.field(
        graphql_type=WeeklyFigures,
        description="某推送日的每周巡查抽查情况。For the province, and for a city its own.",
    )
    async def weekly_figures(self, info: AppInfo, week_ending: date) -> application.WeeklyFigures:
        return await in_thread(info.context.app.weekly.figures, info.context.actor, week_ending)
