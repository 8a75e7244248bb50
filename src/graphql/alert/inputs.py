"""Inputs for alerts, and their conversion to filters."""

from __future__ import annotations

from datetime import date
from typing import cast

import strawberry

from ...application.ports.alert import AlertFilter
from ...domain.alert.form import AlertKind, AlertLevel, AlertOrigin, RiskType, Verification
from ...domain.alert.workflow import AlertState
from ...domain.values import DepartmentId, EnterpriseId
from ..parts.ids import region_of, uuid_of


@strawberry.input(description="预警的查询条件；不填即不限。Days are business days, both included.")
class AlertFilterInput:
    first_day: date | None = strawberry.field(default=None, description="报警日期自。")
    last_day: date | None = strawberry.field(default=None, description="报警日期至。")
    enterprise_id: strawberry.ID | None = strawberry.field(default=None, description="企业。")
    reviewer_id: strawberry.ID | None = strawberry.field(default=None, description="核查部门。")
    region_id: strawberry.ID | None = strawberry.field(default=None, description="企业所在区域，含其下级。")
    kinds: list[AlertKind] | None = strawberry.field(default=None, description="证书报警或风险报警。")
    levels: list[AlertLevel] | None = strawberry.field(default=None, description="等级。")
    states: list[AlertState] | None = strawberry.field(default=None, description="状态。")
    origins: list[AlertOrigin] | None = strawberry.field(default=None, description="来源。")
    risk_types: list[RiskType] | None = strawberry.field(default=None, description="风险类型。")
    verifications: list[Verification] | None = strawberry.field(default=None, description="核实结果。")
    unfed_back: bool | None = strawberry.field(default=None, description="是否未反馈。")
    overdue: bool = strawberry.field(default=False, description="只看现已逾期的。")
    text: str | None = strawberry.field(
        default=None,
        description="预警内容或企业名称包含的文字；须同时指定开始日期和结束日期，最多366天。",
    )


def to_alert_filter(given: AlertFilterInput) -> AlertFilter:
    """Convert to the application's filter. The resolver adds `overdue_at`, because it needs the clock."""
    return AlertFilter(
        first_day=given.first_day,
        last_day=given.last_day,
        enterprise_id=cast("EnterpriseId | None", _uuid("Enterprise", given.enterprise_id, "enterpriseId")),
        reviewer_id=cast("DepartmentId | None", _uuid("Department", given.reviewer_id, "reviewerId")),
        region_id=None if given.region_id is None else region_of(given.region_id, field="regionId"),
        kinds=tuple(given.kinds or ()),
        levels=tuple(given.levels or ()),
        states=tuple(given.states or ()),
        origins=tuple(given.origins or ()),
        risk_types=tuple(given.risk_types or ()),
        verifications=tuple(given.verifications or ()),
        unfed_back=given.unfed_back,
        text=given.text,
    )


def _uuid(kind: str, raw: strawberry.ID | None, field: str) -> object:
    return None if raw is None else uuid_of(kind, raw, field=field)
