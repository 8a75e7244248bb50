"""The inputs of exported statistics: what is counted, and how it is divided, as in the queries of the statistics."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime

import strawberry

from ...application.export.statistics import AlertStatisticsFilter, ProblemStatisticsFilter
from ...application.ports.alert import AlertFilter
from ...application.ports.counts import AlertDimension, ProblemDimension
from ...application.ports.problem import ProblemFilter
from ...application.statistics.commitments import CommitmentStatisticsQuery
from ...application.statistics.inspections import InspectionStatisticsQuery
from ...application.statistics.periods import Step
from ...domain.directory.enterprise import EnterpriseKind
from ...domain.directory.organisation import Level
from ...domain.inspection.form import InspectionKind
from ..alert.inputs import AlertFilterInput, to_alert_filter
from ..parts.ids import region_of
from ..problem.inputs import ProblemFilterInput, to_problem_filter


@strawberry.input(
    description="安全承诺统计：统计什么，怎样分列。Its sheets depend on `step` and `regionLevel`."
)
class CommitmentStatisticsInput:
    region_id: strawberry.ID | None = strawberry.field(default=None, description="区域；不填为本辖区。")
    first_day: date | None = strawberry.field(default=None, description="开始日期（含）；都不填为今日。")
    last_day: date | None = strawberry.field(default=None, description="结束日期（含）。")
    kinds: list[EnterpriseKind] = strawberry.field(default_factory=list, description="企业类型；不填为全部。")
    step: Step | None = strawberry.field(default=None, description="统计周期；不填则不分期。")
    region_level: Level | None = strawberry.field(
        default=None, description="按哪一层级的区域比较；不填则不比较。"
    )


@strawberry.input(description="巡查统计或抽查统计：按区域，并可分期。")
class InspectionStatisticsInput:
    kind: InspectionKind = strawberry.field(description="巡查或抽查。")
    first_day: date = strawberry.field(description="开始日期（含）。")
    last_day: date = strawberry.field(description="结束日期（含）。")
    region_id: strawberry.ID | None = strawberry.field(default=None, description="区域；不填为可见的全部。")
    step: Step | None = strawberry.field(default=None, description="统计周期；不填则不分期。")
    at: datetime | None = strawberry.field(
        default=None, description="统计时刻：是否逾期以此为准；不填为现在。"
    )


@strawberry.input(description="问题统计：统计什么，怎样分列。")
class ProblemStatisticsInput:
    where: ProblemFilterInput = strawberry.field(description="条件与问题列表相同，须指定下发日期的起止。")
    by: ProblemDimension | None = strawberry.field(default=None, description="按哪一方面分列；不填则不分列。")
    step: Step | None = strawberry.field(default=None, description="统计周期；不填则不分期。")


@strawberry.input(description="预警统计：统计什么，怎样分列。")
class AlertStatisticsInput:
    where: AlertFilterInput = strawberry.field(description="条件与预警列表相同，须指定报警日期的起止。")
    by: AlertDimension | None = strawberry.field(default=None, description="按哪一方面分列；不填则不分列。")
    step: Step | None = strawberry.field(default=None, description="统计周期；不填则不分期。")


def to_commitment_statistics(given: CommitmentStatisticsInput, now: datetime) -> CommitmentStatisticsQuery:
    """Convert. Raises NotFound for an id that is none."""
    region = None if given.region_id is None else region_of(given.region_id, field="regionId")
    return CommitmentStatisticsQuery(
        region, given.first_day, given.last_day, tuple(given.kinds), given.step, given.region_level
    )


def to_inspection_statistics(given: InspectionStatisticsInput, now: datetime) -> InspectionStatisticsQuery:
    """Convert. Raises NotFound for an id that is none."""
    region = None if given.region_id is None else region_of(given.region_id, field="regionId")
    return InspectionStatisticsQuery(
        given.kind, given.first_day, given.last_day, region, given.step, given.at
    )


def to_problem_statistics(given: ProblemStatisticsInput, now: datetime) -> ProblemStatisticsFilter:
    """Convert. What is overdue is so at `now`: when the export was asked for."""
    chosen = to_problem_filter(given.where)
    values = {each.name: getattr(chosen, each.name) for each in fields(ProblemFilter)}
    if given.where.overdue:
        values["overdue_at"] = now
    return ProblemStatisticsFilter(**values, by=given.by, step=given.step)


def to_alert_statistics(given: AlertStatisticsInput, now: datetime) -> AlertStatisticsFilter:
    """Convert. What is overdue is so at `now`: when the export was asked for."""
    chosen = to_alert_filter(given.where)
    values = {each.name: getattr(chosen, each.name) for each in fields(AlertFilter)}
    if given.where.overdue:
        values["overdue_at"] = now
    return AlertStatisticsFilter(**values, by=given.by, step=given.step)
