"""Inputs for problems, and their conversion to forms and filters; the domain checks the limits."""

from __future__ import annotations

from datetime import date
from typing import cast

import strawberry

from ...application.ports.problem import ProblemFilter
from ...domain.handling.feedback import FeedbackForm
from ...domain.inspection.form import InspectionKind
from ...domain.problem.form import ProblemCategory, ProblemOrigin, Severity
from ...domain.problem.workflow import ProblemState
from ...domain.values import AttachmentId, DepartmentId, EnterpriseId, PersonId, trimmed
from ..parts.ids import any_uuid, region_of, uuid_of


@strawberry.input(description="反馈内容。Interim feedback owes progress and plan, the final one the outcome.")
class FeedbackInput:
    situation: str = strawberry.field(description="情况，2至1000字。")
    measures: str = strawberry.field(description="整改措施，2至1000字。")
    progress: str = strawberry.field(default="", description="整改进展；阶段反馈必填。")
    outcome: str = strawberry.field(default="", description="最终结果；最终反馈必填。")
    planned_on: date | None = strawberry.field(default=None, description="计划完成日期；阶段反馈必填。")
    attachments: list[strawberry.ID] = strawberry.field(default_factory=list, description="附件的全局编号。")


@strawberry.input(description="问题的查询条件；不填即不限。Days are business days, both included.")
class ProblemFilterInput:
    first_day: date | None = strawberry.field(default=None, description="下发日期自。")
    last_day: date | None = strawberry.field(default=None, description="下发日期至。")
    department_id: strawberry.ID | None = strawberry.field(default=None, description="被巡查部门。")
    enterprise_id: strawberry.ID | None = strawberry.field(default=None, description="被抽查企业。")
    issuer_id: strawberry.ID | None = strawberry.field(default=None, description="下发部门。")
    region_id: strawberry.ID | None = strawberry.field(
        default=None, description="被检查单位所在区域，含其下级。"
    )
    kinds: list[InspectionKind] | None = strawberry.field(default=None, description="巡查问题或抽查问题。")
    origins: list[ProblemOrigin] | None = strawberry.field(default=None, description="来源。")
    states: list[ProblemState] | None = strawberry.field(default=None, description="状态。")
    categories: list[ProblemCategory] | None = strawberry.field(default=None, description="类别。")
    severities: list[Severity] | None = strawberry.field(default=None, description="严重程度。")
    unfed_back: bool | None = strawberry.field(default=None, description="是否未反馈。")
    handed_over: bool | None = strawberry.field(
        default=None, description="部级问题是否已转办；填写后只看部级平台的问题。"
    )
    extension_requested: bool | None = strawberry.field(default=None, description="延期申请是否待审批。")
    responsible_id: strawberry.ID | None = strawberry.field(
        default=None, description="责任人；须同时指定开始日期和结束日期，最多366天。"
    )
    overdue: bool = strawberry.field(default=False, description="只看现已逾期的。")
    text: str | None = strawberry.field(
        default=None,
        description="问题描述或被检查单位名称包含的文字；须同时指定开始日期和结束日期，最多366天。",
    )


def to_feedback(given: FeedbackInput) -> FeedbackForm:
    """Convert to the domain's form; an id that cannot be read becomes that of no attachment."""
    return FeedbackForm(
        situation=trimmed(given.situation),
        measures=trimmed(given.measures),
        progress=trimmed(given.progress),
        outcome=trimmed(given.outcome),
        planned_on=given.planned_on,
        attachments=tuple(AttachmentId(any_uuid("Attachment", id)) for id in given.attachments),
    )


def to_problem_filter(given: ProblemFilterInput) -> ProblemFilter:
    """Convert to the application's filter. The resolver adds `overdue_at`, because it needs the clock."""
    return ProblemFilter(
        first_day=given.first_day,
        last_day=given.last_day,
        to_department=cast("DepartmentId | None", _uuid("Department", given.department_id, "departmentId")),
        to_enterprise=cast("EnterpriseId | None", _uuid("Enterprise", given.enterprise_id, "enterpriseId")),
        issuer_id=cast("DepartmentId | None", _uuid("Department", given.issuer_id, "issuerId")),
        region_id=None if given.region_id is None else region_of(given.region_id, field="regionId"),
        kinds=tuple(given.kinds or ()),
        origins=tuple(given.origins or ()),
        states=tuple(given.states or ()),
        categories=tuple(given.categories or ()),
        severities=tuple(given.severities or ()),
        unfed_back=given.unfed_back,
        handed_over=given.handed_over,
        extension_requested=given.extension_requested,
        responsible_id=cast("PersonId | None", _uuid("Person", given.responsible_id, "responsibleId")),
        text=given.text,
    )


def _uuid(kind: str, raw: strawberry.ID | None, field: str) -> object:
    return None if raw is None else uuid_of(kind, raw, field=field)
