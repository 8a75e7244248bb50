"""GraphQL types for problems: the row in lists, and its history of feedback, extensions and steps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

import strawberry
from strawberry.types.lazy_type import LazyType

from ...application.access import Permission, may
from ...application.ports.directory import DepartmentRow, EnterpriseRow, PersonRow, RegionRow
from ...application.ports.exchange import DutyRow
from ...application.ports.inspection import InspectionRow
from ...application.ports.problem import ProblemHistory, ProblemRow
from ...domain.deadlines import last_day
from ...domain.files import attachment
from ...domain.handling import feedback
from ...domain.inspection.form import InspectionKind
from ...domain.problem import history
from ...domain.problem.form import (
    CATEGORY_NAMES,
    PROBLEM_ORIGIN_NAMES,
    SEVERITY_NAMES,
    ProblemCategory,
    ProblemOrigin,
    Severity,
)
from ...domain.problem.history import ExtensionOutcome
from ...domain.problem.workflow import (
    PROBLEM_ACTION_NAMES,
    PROBLEM_STATE_NAMES,
    UNFED_BACK,
    ProblemAction,
    ProblemState,
)
from ..context import AppInfo
from ..directory.types import Department, Enterprise, Person, Region
from ..files.fields import Attachment, attached
from ..handling.feedback import Feedback
from ..handling.reported import ReportedState
from ..loaders import MaybeRow
from ..parts.dues import day_end_text, due_text
from ..parts.node import Node, shows

INSPECTION: Final[Any] = LazyType("Inspection", "..inspection.types", __package__)
"""Lazy type: `inspection.types` imports this module, so a direct import would be circular."""


@strawberry.type(description="延期申请。A request for more time, and its decision.")
class Extension:
    is_type_of = shows(history.Extension)

    until: date = strawberry.field(description="申请延期至，含当日。")
    reason: str = strawberry.field(description="申请原因。")
    outcome: ExtensionOutcome | None = strawberry.field(description="审批结果；待审批为空。")
    note: str = strawberry.field(description="审批意见。")

    @strawberry.field(description="申请延期至的文字，如12月15日24:00。")
    def until_text(root: strawberry.Parent[history.Extension], info: AppInfo) -> str:
        return day_end_text(root.until, info)

    @strawberry.field(description="申请时间。")
    def requested_at(root: strawberry.Parent[history.Extension]) -> datetime:
        return root.requested.at

    @strawberry.field(description="申请人。")
    def requested_by(root: strawberry.Parent[history.Extension]) -> str:
        return root.requested.name

    @strawberry.field(description="审批时间；待审批或已失效的为空。")
    def decided_at(root: strawberry.Parent[history.Extension]) -> datetime | None:
        return None if root.decision is None else root.decision.at

    @strawberry.field(description="审批人；待审批或已失效的为空。")
    def decided_by(root: strawberry.Parent[history.Extension]) -> str | None:
        return None if root.decision is None else root.decision.name


@strawberry.type(description="办理过程的一步。Who did what and when.")
class TimelineEntry:
    is_type_of = shows(history.TimelineEntry)

    action: ProblemAction | None = strawberry.field(description="操作；下发为空。")
    state: ProblemState = strawberry.field(description="此后的状态。")
    rectify_due: datetime = strawberry.field(description="此后的整改期限。")
    note: str = strawberry.field(description="说明。")

    @strawberry.field(description="此后整改期限的最后一日，含当日。The last day that is in time.")
    def rectify_due_on(root: strawberry.Parent[history.TimelineEntry]) -> date:
        return last_day(root.rectify_due)

    @strawberry.field(
        description="此后整改期限的文字，如12月15日24:00。Show this instead of formatting the instant."
    )
    def rectify_due_text(root: strawberry.Parent[history.TimelineEntry], info: AppInfo) -> str:
        return due_text(root.rectify_due, info)

    @strawberry.field(description="操作的中文名称。")
    def label(root: strawberry.Parent[history.TimelineEntry]) -> str:
        return "下发" if root.action is None else PROBLEM_ACTION_NAMES[root.action]

    @strawberry.field(description="时间。")
    def at(root: strawberry.Parent[history.TimelineEntry]) -> datetime:
        return root.signed.at

    @strawberry.field(description="操作人。")
    def by(root: strawberry.Parent[history.TimelineEntry]) -> str:
        return root.signed.name


@strawberry.type(description="问题。Issued to a department or an enterprise, rectified, fed back, reviewed.")
class Problem(Node):
    is_type_of = shows(ProblemRow)

    origin: ProblemOrigin = strawberry.field(description="来源。")
    addressee_name: str = strawberry.field(description="被检查单位名称（下发时）。")
    issuer_name: str = strawberry.field(description="下发部门名称（下发时）。")
    category: ProblemCategory = strawberry.field(description="问题类别。")
    severity: Severity = strawberry.field(description="严重程度。")
    description: str = strawberry.field(description="问题描述。")
    rectify_on: date | None = strawberry.field(description="要求完成整改的日期；未指定为空，按时限计。")
    issued_at: datetime = strawberry.field(description="下发时间。")
    issued_by: str = strawberry.field(description="下发人。")
    acknowledge_due: datetime = strawberry.field(description="签收时限。")
    feed_back_due: datetime = strawberry.field(description="反馈时限。")
    rectify_due: datetime = strawberry.field(description="整改时限。")
    state: ProblemState = strawberry.field(description="状态。")
    acknowledged_at: datetime | None = strawberry.field(description="签收时间。")
    first_feedback_at: datetime | None = strawberry.field(description="首次反馈时间。")
    fed_back_at: datetime | None = strawberry.field(description="最近一次最终反馈时间。")
    ended_at: datetime | None = strawberry.field(description="办结或撤回时间。")
    extension_until: date | None = strawberry.field(description="待审批的延期申请所申请的日期。")
    revision: int = strawberry.field(description="版本号；办理时须带上所见的版本号。")
    ministry_due: datetime | None = strawberry.field(
        description="部级平台要求的整改期限；本系统下发的为空。It stays known when a department has less time, or more."
    )
    handed_over_at: datetime | None = strawberry.field(description="最近一次转办时间；未转办为空。")

    @strawberry.field(description="签收时限的最后一日，含当日。The last day that is in time.")
    def acknowledge_due_on(root: strawberry.Parent[ProblemRow]) -> date:
        return last_day(root.acknowledge_due)

    @strawberry.field(
        description="签收时限的文字，如12月15日24:00。Show this instead of formatting the instant."
    )
    def acknowledge_due_text(root: strawberry.Parent[ProblemRow], info: AppInfo) -> str:
        return due_text(root.acknowledge_due, info)

    @strawberry.field(description="反馈时限的最后一日，含当日。The last day that is in time.")
    def feed_back_due_on(root: strawberry.Parent[ProblemRow]) -> date:
        return last_day(root.feed_back_due)

    @strawberry.field(
        description="反馈时限的文字，如12月15日24:00。Show this instead of formatting the instant."
    )
    def feed_back_due_text(root: strawberry.Parent[ProblemRow], info: AppInfo) -> str:
        return due_text(root.feed_back_due, info)

    @strawberry.field(description="整改时限的最后一日，含当日。The last day that is in time.")
    def rectify_due_on(root: strawberry.Parent[ProblemRow]) -> date:
        return last_day(root.rectify_due)

    @strawberry.field(
        description="整改时限的文字，如12月15日24:00。Show this instead of formatting the instant."
    )
    def rectify_due_text(root: strawberry.Parent[ProblemRow], info: AppInfo) -> str:
        return due_text(root.rectify_due, info)

    @strawberry.field(description="部级平台要求的整改期限的文字，如12月15日24:00；本系统下发的为空。")
    def ministry_due_text(root: strawberry.Parent[ProblemRow], info: AppInfo) -> str | None:
        return None if root.ministry_due is None else due_text(root.ministry_due, info)

    @strawberry.field(description="待审批的延期申请所申请期限的文字，如12月15日24:00；没有待审批的为空。")
    def extension_until_text(root: strawberry.Parent[ProblemRow], info: AppInfo) -> str | None:
        return None if root.extension_until is None else day_end_text(root.extension_until, info)

    @strawberry.field(description="部级平台编号；本系统下发的为空。")
    def ministry_number(root: strawberry.Parent[ProblemRow]) -> str | None:
        return root.external_id

    @strawberry.field(description="问题类别的中文名称。")
    def category_name(root: strawberry.Parent[ProblemRow]) -> str:
        return CATEGORY_NAMES[root.category]

    @strawberry.field(description="严重程度的中文名称。")
    def severity_name(root: strawberry.Parent[ProblemRow]) -> str:
        return SEVERITY_NAMES[root.severity]

    @strawberry.field(description="来源的中文名称。")
    def origin_name(root: strawberry.Parent[ProblemRow]) -> str:
        return PROBLEM_ORIGIN_NAMES[root.origin]

    @strawberry.field(description="状态的中文名称。")
    def state_name(root: strawberry.Parent[ProblemRow]) -> str:
        return PROBLEM_STATE_NAMES[root.state]

    @strawberry.field(
        description="巡查问题或抽查问题。PATROL: to a department; SPOT_CHECK: to an enterprise."
    )
    def kind(root: strawberry.Parent[ProblemRow]) -> InspectionKind:
        return InspectionKind.PATROL if root.enterprise_id is None else InspectionKind.SPOT_CHECK

    @strawberry.field(description="未反馈：被检查单位尚欠最终反馈。")
    def unfed_back(root: strawberry.Parent[ProblemRow]) -> bool:
        return root.state in UNFED_BACK

    @strawberry.field(description="是否逾期：尚欠的事项中有已过时限的。")
    def overdue(root: strawberry.Parent[ProblemRow], info: AppInfo) -> bool:
        return info.context.app.problems.overdue(root)

    @strawberry.field(graphql_type=Department | None, description="被巡查部门；针对企业时为空。")
    def department(root: strawberry.Parent[ProblemRow], info: AppInfo) -> MaybeRow[DepartmentRow]:
        id = root.department_id
        return None if id is None else info.context.loaders.departments.load(id)

    @strawberry.field(graphql_type=Enterprise | None, description="被抽查企业；针对部门时为空。")
    def enterprise(root: strawberry.Parent[ProblemRow], info: AppInfo) -> MaybeRow[EnterpriseRow]:
        id = root.enterprise_id
        return None if id is None else info.context.loaders.enterprises.load(id)

    @strawberry.field(graphql_type=Region | None, description="被检查单位所在区域（下发时）。")
    def region(root: strawberry.Parent[ProblemRow], info: AppInfo) -> MaybeRow[RegionRow]:
        return root.region or info.context.loaders.regions.load(root.region_id)

    @strawberry.field(graphql_type=Department | None, description="下发部门；在您的范围之外时为空。")
    def issuer(root: strawberry.Parent[ProblemRow], info: AppInfo) -> MaybeRow[DepartmentRow]:
        return info.context.loaders.departments.load(root.issuer_id)

    @strawberry.field(
        graphql_type=INSPECTION | None,
        description="下发该问题的检查记录；部级平台的问题、您无权查看的为空。",
    )
    def inspection(root: strawberry.Parent[ProblemRow], info: AppInfo) -> MaybeRow[InspectionRow]:
        if root.inspection_id is None or not may(info.context.actor, Permission.READ_INSPECTIONS):
            return None  # The inspected party may see the problem, but not the record.
        return info.context.loaders.inspections.load(root.inspection_id)

    @strawberry.field(
        graphql_type=list[Person],
        description="责任人：实际接到通知和提醒的人；未指定的为被检查单位负责人。在您的范围之外的不列出。",
    )
    async def responsible(root: strawberry.Parent[ProblemRow], info: AppInfo) -> Sequence[PersonRow]:
        told = await info.context.loaders.responsible.load(root.id)
        found = await info.context.loaders.people.load_many(list(told))
        return [row for row in found if row is not None]

    @strawberry.field(graphql_type=list[Attachment], description="下发时的附件。")
    async def attachments(
        root: strawberry.Parent[ProblemRow], info: AppInfo
    ) -> Sequence[attachment.Attachment]:
        return await attached(info, root.attachments)

    @strawberry.field(graphql_type=list[Feedback], description="全部反馈，旧的在前。")
    async def feedbacks(root: strawberry.Parent[ProblemRow], info: AppInfo) -> Sequence[feedback.Feedback]:
        return (await _history(root, info)).feedbacks

    @strawberry.field(graphql_type=list[Extension], description="全部延期申请，旧的在前。")
    async def extensions(root: strawberry.Parent[ProblemRow], info: AppInfo) -> Sequence[history.Extension]:
        return (await _history(root, info)).extensions

    @strawberry.field(graphql_type=list[TimelineEntry], description="办理过程，旧的在前。")
    async def timeline(root: strawberry.Parent[ProblemRow], info: AppInfo) -> Sequence[history.TimelineEntry]:
        return (await _history(root, info)).timeline

    @strawberry.field(
        graphql_type=list[ReportedState],
        description="向部级平台上报的各步办理状态，旧的在前。Of problems of the ministry, for the province only.",
    )
    async def reported(root: strawberry.Parent[ProblemRow], info: AppInfo) -> Sequence[DutyRow]:
        if root.origin is not ProblemOrigin.MINISTRY:
            return ()
        return await info.context.loaders.reported.load(root.id)

    @strawberry.field(
        description="您现在可以进行的操作。What this viewer may do now; clients repeat no rules."
    )
    def allowed_actions(root: strawberry.Parent[ProblemRow], info: AppInfo) -> list[ProblemAction]:
        return list(info.context.app.problems.allowed_actions(info.context.actor, root))


async def _history(row: ProblemRow, info: AppInfo) -> ProblemHistory:
    found = await info.context.loaders.problem_histories.load(row.id)
    assert found is not None, "every problem has at least the line of its issue"
    return found
