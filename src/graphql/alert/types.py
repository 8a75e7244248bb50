"""GraphQL types for alerts: the row in lists, and its history of feedback and steps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import strawberry

from ...application.ports.alert import AlertHistory, AlertRow
from ...application.ports.directory import CertificateRow, DepartmentRow, EnterpriseRow, RegionRow
from ...application.ports.exchange import DutyRow
from ...domain.alert import history
from ...domain.alert.form import (
    ALERT_KIND_NAMES,
    ALERT_LEVEL_NAMES,
    RISK_TYPE_NAMES,
    VERIFICATION_NAMES,
    AlertKind,
    AlertLevel,
    AlertOrigin,
    DueKind,
    RiskType,
    Verification,
)
from ...domain.alert.workflow import (
    ALERT_ACTION_NAMES,
    ALERT_STATE_NAMES,
    ALERT_UNFED_BACK,
    AlertAction,
    AlertState,
)
from ...domain.deadlines import last_day
from ...domain.handling import feedback
from ..context import AppInfo
from ..directory.types import Certificate, Department, Enterprise, Region
from ..handling.feedback import Feedback
from ..handling.reported import ReportedState
from ..loaders import MaybeRow
from ..parts.dues import due_text
from ..parts.node import Node, shows


@strawberry.type(description="预警办理过程的一步。Who did what and when, and the level from then on.")
class AlertEntry:
    is_type_of = shows(history.AlertEntry)

    action: AlertAction | None = strawberry.field(description="操作；开始报警为空。")
    state: AlertState = strawberry.field(description="此后的状态。")
    level: AlertLevel = strawberry.field(description="此后的等级。")
    feed_back_due: datetime = strawberry.field(description="此后的反馈时限。")
    note: str = strawberry.field(description="说明。")

    @strawberry.field(
        description="此后反馈时限的文字，如12月15日24:00。Show this instead of formatting the instant."
    )
    def feed_back_due_text(root: strawberry.Parent[history.AlertEntry], info: AppInfo) -> str:
        return due_text(root.feed_back_due, info)

    @strawberry.field(description="操作的中文名称。")
    def label(root: strawberry.Parent[history.AlertEntry]) -> str:
        return "报警" if root.action is None else ALERT_ACTION_NAMES[root.action]

    @strawberry.field(description="时间。")
    def at(root: strawberry.Parent[history.AlertEntry]) -> datetime:
        return root.signed.at

    @strawberry.field(description="操作人。")
    def by(root: strawberry.Parent[history.AlertEntry]) -> str:
        return root.signed.name


@strawberry.type(description="预警。A certificate or risk alert, from the ministry or from our own watch.")
class Alert(Node):
    is_type_of = shows(AlertRow)

    kind: AlertKind = strawberry.field(description="类别：证书报警或风险报警。")
    origin: AlertOrigin = strawberry.field(description="来源。")
    enterprise_name: str = strawberry.field(description="企业名称（报警时）。")
    reviewer_name: str = strawberry.field(description="核查部门名称。")
    level: AlertLevel = strawberry.field(description="现在的等级。")
    risk_type: RiskType | None = strawberry.field(description="风险类型；证书报警为空。")
    description: str = strawberry.field(description="预警内容。")
    value: str = strawberry.field(description="监测值，如12人；没有为空文字。")
    occurred_at: datetime = strawberry.field(description="发生时间。")
    opened_at: datetime = strawberry.field(description="报警时间。")
    acknowledge_due: datetime = strawberry.field(description="签收时限。")
    feed_back_due: datetime = strawberry.field(description="反馈时限。")
    state: AlertState = strawberry.field(description="状态。")
    verification: Verification | None = strawberry.field(description="核实结果；尚未核实为空。")
    acknowledged_at: datetime | None = strawberry.field(description="签收时间。")
    handled_at: datetime | None = strawberry.field(description="最近一次核实处置时间。")
    fed_back_at: datetime | None = strawberry.field(description="最近一次最终反馈时间。")
    closed_at: datetime | None = strawberry.field(description="办结时间。")
    escalated_at: datetime | None = strawberry.field(description="最近一次提级督办时间。")
    ended_at: datetime | None = strawberry.field(description="解除时间。")
    revision: int = strawberry.field(description="版本号；办理时须带上所见的版本号。")

    @strawberry.field(description="签收时限的最后一日，含当日。The last day that is in time.")
    def acknowledge_due_on(root: strawberry.Parent[AlertRow]) -> date:
        return last_day(root.acknowledge_due)

    @strawberry.field(
        description="签收时限的文字，如12月15日24:00。Show this instead of formatting the instant."
    )
    def acknowledge_due_text(root: strawberry.Parent[AlertRow], info: AppInfo) -> str:
        return due_text(root.acknowledge_due, info)

    @strawberry.field(description="反馈时限的最后一日，含当日。The last day that is in time.")
    def feed_back_due_on(root: strawberry.Parent[AlertRow]) -> date:
        return last_day(root.feed_back_due)

    @strawberry.field(
        description="反馈时限的文字，如12月15日24:00。Show this instead of formatting the instant."
    )
    def feed_back_due_text(root: strawberry.Parent[AlertRow], info: AppInfo) -> str:
        return due_text(root.feed_back_due, info)

    @strawberry.field(description="部级平台编号；本系统报警的为空。")
    def ministry_number(root: strawberry.Parent[AlertRow]) -> str | None:
        return root.external_id

    @strawberry.field(description="类别的中文名称。")
    def kind_name(root: strawberry.Parent[AlertRow]) -> str:
        return ALERT_KIND_NAMES[root.kind]

    @strawberry.field(description="等级的中文名称。")
    def level_name(root: strawberry.Parent[AlertRow]) -> str:
        return ALERT_LEVEL_NAMES[root.level]

    @strawberry.field(description="状态的中文名称。")
    def state_name(root: strawberry.Parent[AlertRow]) -> str:
        return ALERT_STATE_NAMES[root.state]

    @strawberry.field(description="风险类型的中文名称；证书报警为空。")
    def risk_type_name(root: strawberry.Parent[AlertRow]) -> str | None:
        return None if root.risk_type is None else RISK_TYPE_NAMES[root.risk_type]

    @strawberry.field(description="核实结果的中文名称；尚未核实为空。")
    def verification_name(root: strawberry.Parent[AlertRow]) -> str | None:
        return None if root.verification is None else VERIFICATION_NAMES[root.verification]

    @strawberry.field(description="未反馈：企业尚欠最终反馈。")
    def unfed_back(root: strawberry.Parent[AlertRow]) -> bool:
        return root.state in ALERT_UNFED_BACK

    @strawberry.field(description="是否逾期：尚欠的事项中有已过时限的。")
    def overdue(root: strawberry.Parent[AlertRow], info: AppInfo) -> bool:
        return info.context.app.alerts.overdue(root)

    @strawberry.field(graphql_type=Enterprise | None, description="企业。")
    def enterprise(root: strawberry.Parent[AlertRow], info: AppInfo) -> MaybeRow[EnterpriseRow]:
        return info.context.loaders.enterprises.load(root.enterprise_id)

    @strawberry.field(graphql_type=Region | None, description="企业所在区域（报警时）。")
    def region(root: strawberry.Parent[AlertRow], info: AppInfo) -> MaybeRow[RegionRow]:
        return root.region or info.context.loaders.regions.load(root.region_id)

    @strawberry.field(graphql_type=Department | None, description="核查部门；在您的范围之外时为空。")
    def reviewer(root: strawberry.Parent[AlertRow], info: AppInfo) -> MaybeRow[DepartmentRow]:
        return info.context.loaders.departments.load(root.reviewer_id)

    @strawberry.field(graphql_type=Certificate | None, description="到期的证书；不是本系统证书的为空。")
    def certificate(root: strawberry.Parent[AlertRow], info: AppInfo) -> MaybeRow[CertificateRow]:
        return None if root.due is None else info.context.loaders.certificates.load(root.due.certificate_id)

    @strawberry.field(description="证书到期日；不是本系统证书的为空。")
    def due_on(root: strawberry.Parent[AlertRow]) -> date | None:
        return None if root.due is None else root.due.due_on

    @strawberry.field(description="证书到期的种类：有效期届满或复审到期；不是本系统证书的为空。")
    def due_kind(root: strawberry.Parent[AlertRow]) -> DueKind | None:
        return None if root.due is None else root.due.kind

    @strawberry.field(graphql_type=list[Feedback], description="全部反馈，旧的在前。")
    async def feedbacks(root: strawberry.Parent[AlertRow], info: AppInfo) -> Sequence[feedback.Feedback]:
        return (await _history(root, info)).feedbacks

    @strawberry.field(graphql_type=list[AlertEntry], description="办理过程，旧的在前。")
    async def timeline(root: strawberry.Parent[AlertRow], info: AppInfo) -> Sequence[history.AlertEntry]:
        return (await _history(root, info)).timeline

    @strawberry.field(
        graphql_type=list[ReportedState],
        description="向部级平台上报的各步处置状态，旧的在前。For the province only.",
    )
    async def reported(root: strawberry.Parent[AlertRow], info: AppInfo) -> Sequence[DutyRow]:
        return await info.context.loaders.reported.load(root.id)

    @strawberry.field(
        description="您现在可以进行的操作。What this viewer may do now; clients repeat no rules."
    )
    def allowed_actions(root: strawberry.Parent[AlertRow], info: AppInfo) -> list[AlertAction]:
        return list(info.context.app.alerts.allowed_actions(info.context.actor, root))


async def _history(row: AlertRow, info: AppInfo) -> AlertHistory:
    found = await info.context.loaders.alert_histories.load(row.id)
    assert found is not None, "every alert has at least the line of its opening"
    return found
