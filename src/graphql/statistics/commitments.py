"""GraphQL types and query of the statistics of commitments; each figure leads to its list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import strawberry

from ...application.commitment.figures import RegionFigures as RegionFiguresRow
from ...application.ports.commitment import Tally as TallyRow
from ...application.statistics.commitments import (
    CommitmentStatisticsQuery,
    CommitmentTable,
    PeriodTally,
    RegionLine,
)
from ...application.statistics.periods import Step, period_name
from ...domain.directory.enterprise import EnterpriseKind
from ...domain.directory.organisation import Level
from ...domain.inspection.form import Rank as RankRow
from ..commitment.figures import RegionFigures, Tally
from ..context import AppInfo, in_thread
from ..parts.figure import Rank
from ..parts.ids import region_of
from ..parts.node import shows


@dataclass(frozen=True, slots=True)
class PeriodShown:
    """A period as the schema shows it."""

    name: str
    first_day: date
    last_day: date
    tally: TallyRow


@dataclass(frozen=True, slots=True)
class LineShown:
    """A region that is compared, as the schema shows it."""

    rank: RankRow | None
    figures: RegionFiguresRow
    periods: Sequence[PeriodShown] | None


@dataclass(frozen=True, slots=True)
class StatisticsShown:
    """The table as the schema shows it."""

    whole: RegionFiguresRow
    periods: Sequence[PeriodShown]
    regions: Sequence[LineShown]


@strawberry.type(description="一期的承诺统计。The first and the last period are cut to the days asked for.")
class CommitmentPeriod:
    is_type_of = shows(PeriodShown)

    name: str = strawberry.field(description="名称，如2026-11-24、2026年第48周、2026年11月。")
    first_day: date = strawberry.field(description="开始日期（含）。")
    last_day: date = strawberry.field(description="结束日期（含）。")
    tally: Tally = strawberry.field(description="统计数字；清单按区域和本期的日期用commitments查询。")


@strawberry.type(
    description="一个区域与同级区域的比较。A region among those that are compared, and its place."
)
class CommitmentRegionLine:
    is_type_of = shows(LineShown)

    figures: RegionFigures = strawberry.field(description="区域、统计数字及其清单。")
    rank: Rank | None = strawberry.field(
        description="按时上报率的排名，并列的名次相同；没有应报、按时上报率为0、或为单列的直属企业时为空。"
    )
    periods: list[CommitmentPeriod] | None = strawberry.field(
        description="本区域逐期的数字；未指定周期、或区域数乘期数超过10000时为空。"
    )


@strawberry.type(
    description="安全承诺统计。`periods` and `regions` each add up to `whole`; all are of one moment."
)
class CommitmentStatistics:
    is_type_of = shows(StatisticsShown)

    whole: RegionFigures = strawberry.field(description="整体。")
    periods: list[CommitmentPeriod] = strawberry.field(description="逐期的数字；未指定周期时没有。")
    regions: list[CommitmentRegionLine] = strawberry.field(
        description="按区域代码排列的各区域；未指定区域层级时没有。不属于其中任何区域的企业单列在后。"
    )


@strawberry.type
class CommitmentStatisticsFields:
    @strawberry.field(
        graphql_type=CommitmentStatistics,
        description="安全承诺统计：应报、已报、按时、逾期、自动、未上报、在产、停产及上报率，"
        "可按日、周、月和区域层级，最多5年。Today where no days are given.",
    )
    async def commitment_statistics(
        self,
        info: AppInfo,
        region_id: strawberry.ID | None = None,
        first_day: date | None = None,
        last_day: date | None = None,
        kinds: list[EnterpriseKind] | None = None,
        step: Step | None = None,
        region_level: Level | None = None,
    ) -> StatisticsShown:
        read, actor = info.context.app.commitment_statistics.table, info.context.actor
        query = CommitmentStatisticsQuery(
            region_id=None if region_id is None else region_of(region_id, field="regionId"),
            first_day=first_day,
            last_day=last_day,
            kinds=tuple(kinds or ()),
            step=step,
            level=region_level,
        )
        return _shown(await in_thread(read, actor, query))


def _shown(table: CommitmentTable) -> StatisticsShown:
    days = (table.first_day, table.last_day)

    def series(periods: Sequence[PeriodTally]) -> list[PeriodShown]:
        return [
            PeriodShown(period_name(period, table.step or Step.DAY), period.first_day, period.last_day, tally)
            for period, tally in periods
        ]

    def line(shown: RegionLine) -> LineShown:
        return LineShown(
            shown.rank_by_on_time_rate,
            RegionFiguresRow(shown.region, shown.tally, *days, table.kinds, shown.directly),
            None if shown.periods is None else series(shown.periods),
        )

    return StatisticsShown(
        RegionFiguresRow(table.region, table.whole, *days, table.kinds),
        series(table.periods),
        [line(shown) for shown in table.regions],
    )
