"""GraphQL types for inspections: the row in lists, the pre-filled sheet, and the form to fill in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import strawberry

from ...application.inspection import patrol_targets as targets
from ...application.ports.directory import DepartmentRow, EnterpriseRow, PersonRow, RegionRow
from ...application.ports.inspection import InspectionCounts as DomainCounts
from ...application.ports.inspection import InspectionRow
from ...application.ports.problem import ProblemRow
from ...domain.directory.certificate import PermitFact as DomainPermitFact
from ...domain.directory.enterprise import EnterpriseKind
from ...domain.directory.organisation import Level
from ...domain.files import attachment
from ...domain.inspection import checklist
from ...domain.inspection import form as forms
from ...domain.inspection.anomalies import anomalies
from ...domain.inspection.form import CheckMeans, Conclusion, FindingResult, InspectionKind
from ...domain.inspection.inspection import InspectionAction, InspectionState
from ...domain.problem.form import ProblemCategory, Severity
from ...domain.problem.form import ProblemStatement as DomainStatement
from ...domain.signed import Origin
from ..context import AppInfo
from ..directory.types import Department, Enterprise, Person, Region
from ..files.fields import Attachment, attached
from ..loaders import MaybeRow
from ..parts.figure import Figure
from ..parts.node import Node, shows
from ..problem.types import Problem

# ---------------------------------------------------------------- the pre-filled sheet


@strawberry.type(
    description="查看或抽查过的企业，以及当时所见。Looked at or checked that day, and what was seen."
)
class Visit:
    is_type_of = shows(forms.Visit)

    name: str = strawberry.field(description="企业名称（当时）。")
    views: int = strawberry.field(description="查看次数。")
    last_at: datetime = strawberry.field(description="最近一次的时间。")
    spot_checked: bool = strawberry.field(description="是否已抽查。")
    seen: list[str] = strawberry.field(description="所见情况。")
    shown: str = strawberry.field(description="供阅读的写法，例如“查看2次；已抽查；在产”。")

    @strawberry.field(graphql_type=Enterprise | None, description="企业。")
    def enterprise(root: strawberry.Parent[forms.Visit], info: AppInfo) -> MaybeRow[EnterpriseRow]:
        return info.context.loaders.enterprises.load(root.enterprise_id)


@strawberry.type(description="许可证情况。What the archive said of the enterprise's own permit.")
class PermitFact:
    is_type_of = shows(DomainPermitFact)

    name: str = strawberry.field(description="名称。")
    number: str | None = strawberry.field(description="编号；没有许可证时为空。")
    expires_on: date | None = strawberry.field(description="有效期至；没有许可证时为空。")
    valid: bool = strawberry.field(description="当时是否有效。")
    days_left: int | None = strawberry.field(
        description="当时距到期的天数，已过期为负数；没有许可证时为空，早期版本的记录也为空。"
    )


@strawberry.type(description="情况表（自动部分）。Frozen when the inspection is submitted.")
class Sheet:
    is_type_of = shows(forms.Sheet)

    taken_at: datetime = strawberry.field(description="取数时间。")
    figures: list[Figure] = strawberry.field(description="自动数据及其来源。")
    visits: list[Visit] = strawberry.field(description="当日查看或抽查过的企业；抽查为空。")
    permits: list[PermitFact] = strawberry.field(description="许可证情况；巡查为空。")

    @strawberry.field(
        description="异常情况：许可证过期、未承诺、问题未反馈或逾期等，均为系统数据，未经人工核查。"
    )
    def anomalies(root: strawberry.Parent[forms.Sheet]) -> list[str]:
        return list(anomalies(root))


@strawberry.type(description="数据变化。A line of a refreshed sheet that reads otherwise than before.")
class SheetChange:
    is_type_of = shows(forms.SheetChange)

    key: str = strawberry.field(description="数据项代码。")
    label: str = strawberry.field(description="数据项名称。")
    before: str | None = strawberry.field(description="此前；此前没有时为空。")
    after: str | None = strawberry.field(description="现在；现在没有时为空。")


# ---------------------------------------------------------------- what the inspector fills in


@strawberry.type(description="检查项。One thing to look at on site, and the document it is drawn from.")
class ChecklistItem:
    is_type_of = shows(checklist.ChecklistItem)

    code: str = strawberry.field(description="代码，永不改变。")
    name: str = strawberry.field(description="内容。")
    basis: str = strawberry.field(description="依据。")

    @strawberry.field(description="适用的企业类型。")
    def kinds(root: strawberry.Parent[checklist.ChecklistItem]) -> list[EnterpriseKind]:
        return [kind for kind in EnterpriseKind if kind in root.kinds]


@strawberry.type(description="现场已整改。What was done on site, and when.")
class OnSiteRectification:
    is_type_of = shows(forms.OnSiteRectification)

    measures: str = strawberry.field(description="采取的措施。")
    at: datetime | None = strawberry.field(description="整改完成的时间；草稿中可以未填。")


@strawberry.type(description="值班值守。Whether somebody of the patrolled department was on duty.")
class DutyCheck:
    is_type_of = shows(forms.DutyCheck)

    means: CheckMeans = strawberry.field(description="核查方式。")
    officer: str = strawberry.field(description="值班人员。")
    on_duty: bool = strawberry.field(description="是否有人值守。")
    note: str = strawberry.field(description="说明。")
    problem: int | None = strawberry.field(description="无人值守时，对应本表第几个问题（从1起）。")
    rectified: OnSiteRectification | None = strawberry.field(description="现场已整改的情况。")


@strawberry.type(description="检查结果。What was found on one item of the checklist.")
class Finding:
    is_type_of = shows(forms.Finding)

    result: FindingResult = strawberry.field(description="符合情况。")
    note: str = strawberry.field(description="说明。")
    problem: int | None = strawberry.field(description="不符合时，对应本表第几个问题（从1起）。")
    rectified: OnSiteRectification | None = strawberry.field(description="现场已整改的情况。")

    @strawberry.field(description="检查项代码。")
    def code(root: strawberry.Parent[forms.Finding]) -> str:
        return root.item

    @strawberry.field(graphql_type=ChecklistItem | None, description="检查项；已不在检查表中的为空。")
    def item(root: strawberry.Parent[forms.Finding]) -> checklist.ChecklistItem | None:
        return checklist.CHECKLIST.get(root.item)

    @strawberry.field(graphql_type=list[Attachment], description="附件。")
    async def attachments(
        root: strawberry.Parent[forms.Finding], info: AppInfo
    ) -> Sequence[attachment.Attachment]:
        return await attached(info, root.attachments)


@strawberry.type(description="问题内容。A problem as the inspector writes it down; submitting issues it.")
class ProblemStatement:
    is_type_of = shows(DomainStatement)

    category: ProblemCategory | None = strawberry.field(description="类别；草稿中可以未选。")
    severity: Severity = strawberry.field(description="严重程度。")
    description: str = strawberry.field(description="问题描述。")
    rectify_on: date | None = strawberry.field(description="整改期限（含）；未填的按参数计算。")

    @strawberry.field(graphql_type=list[Person], description="责任人；没有的为被检查单位负责人。")
    async def responsible(root: strawberry.Parent[DomainStatement], info: AppInfo) -> Sequence[PersonRow]:
        found = await info.context.loaders.people.load_many(list(root.responsible))
        return [row for row in found if row is not None]

    @strawberry.field(graphql_type=list[Attachment], description="附件。")
    async def attachments(
        root: strawberry.Parent[DomainStatement], info: AppInfo
    ) -> Sequence[attachment.Attachment]:
        return await attached(info, root.attachments)


@strawberry.type(description="情况表（填写部分）。What the inspector states.")
class InspectionForm:
    is_type_of = shows(forms.InspectionForm)

    duty_check: DutyCheck | None = strawberry.field(description="值班值守；抽查为空。")
    findings: list[Finding] = strawberry.field(description="检查项的结果；巡查为空。")
    observations: str = strawberry.field(description="其他情况。")
    conclusion: Conclusion | None = strawberry.field(description="结论；草稿中可以未选。")
    problems: list[ProblemStatement] = strawberry.field(description="要下发的问题。")

    @strawberry.field(graphql_type=list[Attachment], description="附件。")
    async def attachments(
        root: strawberry.Parent[forms.InspectionForm], info: AppInfo
    ) -> Sequence[attachment.Attachment]:
        return await attached(info, root.attachments)


# ---------------------------------------------------------------- the inspection


@strawberry.type(
    description="检查（巡查、抽查）：提交前为草稿，提交后为记录。By one department, of one area or enterprise, on one business date."
)
class Inspection(Node):
    is_type_of = shows(InspectionRow)

    kind: InspectionKind = strawberry.field(description="检查类型。")
    origin: Origin = strawberry.field(description="来源。")
    state: InspectionState = strawberry.field(description="状态。")
    business_date: date = strawberry.field(description="检查日期。")
    department_name: str = strawberry.field(description="检查单位名称（当时）。")
    person_name: str = strawberry.field(description="检查人姓名（当时）；自动记录为系统自动。")
    target_name: str = strawberry.field(description="被检查单位名称（当时）。")
    target_region_name: str = strawberry.field(description="被检查单位所在区域名称（当时）。")
    opened_at: datetime = strawberry.field(description="开始时间。")
    submitted_at: datetime | None = strawberry.field(description="提交时间；未提交时为空。")
    conclusion: Conclusion | None = strawberry.field(
        description="结论；草稿尚未选择的为空，旧版文字结论也为空，见conclusionText。"
    )
    conclusion_text: str = strawberry.field(
        description="结论文字，可直接显示；自动记录注明未经人工核查，并列出系统数据中的异常。"
    )
    rectified_on_site: int = strawberry.field(description="现场已整改的项数。")
    replaced: bool = strawberry.field(description="自动记录是否已由人工记录代替，不再计数。")
    revision: int = strawberry.field(description="版本号，从1起。")

    @strawberry.field(description="已下发的问题数。")
    def problem_count(root: strawberry.Parent[InspectionRow]) -> int:
        return root.problems

    @strawberry.field(graphql_type=Department | None, description="检查单位；在您的范围之外时为空。")
    def department(root: strawberry.Parent[InspectionRow], info: AppInfo) -> MaybeRow[DepartmentRow]:
        return info.context.loaders.departments.load(root.department_id)

    @strawberry.field(graphql_type=Person | None, description="检查人；自动记录为空。")
    def person(root: strawberry.Parent[InspectionRow], info: AppInfo) -> MaybeRow[PersonRow]:
        return None if root.person_id is None else info.context.loaders.people.load(root.person_id)

    @strawberry.field(graphql_type=Department | None, description="被巡查单位；抽查为空。")
    def target_department(root: strawberry.Parent[InspectionRow], info: AppInfo) -> MaybeRow[DepartmentRow]:
        id = root.target_department_id
        return None if id is None else info.context.loaders.departments.load(id)

    @strawberry.field(graphql_type=Enterprise | None, description="被抽查企业；巡查为空。")
    def target_enterprise(root: strawberry.Parent[InspectionRow], info: AppInfo) -> MaybeRow[EnterpriseRow]:
        id = root.target_enterprise_id
        return None if id is None else info.context.loaders.enterprises.load(id)

    @strawberry.field(graphql_type=Region | None, description="被检查单位所在区域（当时）。")
    def target_region(root: strawberry.Parent[InspectionRow], info: AppInfo) -> MaybeRow[RegionRow]:
        return info.context.loaders.regions.load(root.target_region_id)

    @strawberry.field(graphql_type=Sheet, description="情况表（自动部分），提交后不再改变。")
    async def sheet(root: strawberry.Parent[InspectionRow], info: AppInfo) -> forms.Sheet:
        return (await _contents(root, info))[0]

    @strawberry.field(graphql_type=InspectionForm, description="情况表（填写部分），提交后不再改变。")
    async def form(root: strawberry.Parent[InspectionRow], info: AppInfo) -> forms.InspectionForm:
        return (await _contents(root, info))[1]

    @strawberry.field(
        graphql_type=list[Problem],
        description="已下发的问题，按填写的顺序。",
    )
    async def problems(root: strawberry.Parent[InspectionRow], info: AppInfo) -> Sequence[ProblemRow]:
        return await info.context.loaders.problems_of_inspections.load(root.id) if root.problems else ()

    @strawberry.field(
        description="您现在可以进行的操作。What this viewer may do now; clients repeat no rules."
    )
    async def allowed_actions(
        root: strawberry.Parent[InspectionRow], info: AppInfo
    ) -> list[InspectionAction]:
        within = root.state is not InspectionState.DRAFT or await _still_within(root, info)
        return list(info.context.app.inspections.allowed_actions(info.context.actor, root, within=within))


@strawberry.type(
    description="可巡查的部门。A department below the viewer's, and what the viewer's department did there today."
)
class PatrolTarget:
    is_type_of = shows(targets.PatrolTarget)

    department: Department = strawberry.field(description="部门。")
    patrols: list[Inspection] = strawberry.field(description="本部门今日的巡查记录（人工和自动），旧的在前。")
    drafts: list[Inspection] = strawberry.field(description="本人今日未提交的草稿，旧的在前。")

    @strawberry.field(graphql_type=list[Region], description="可巡查的区域；以其编号开始巡查。")
    async def regions(root: strawberry.Parent[targets.PatrolTarget], info: AppInfo) -> Sequence[RegionRow]:
        found = await info.context.loaders.regions.load_many(list(root.department.jurisdiction))
        return [row for row in found if row is not None]

    @strawberry.field(description="今日是否已人工巡查；自动记录未经人工核查，不算。")
    def patrolled(root: strawberry.Parent[targets.PatrolTarget]) -> bool:
        return any(row.origin is Origin.MANUAL for row in root.patrols)


@strawberry.type(description="检查记录的条数。Manual and automatic ones are never added up.")
class InspectionCounts:
    is_type_of = shows(DomainCounts)

    manual: int = strawberry.field(description="人工记录。")
    automatic: int = strawberry.field(description="系统自动记录，未经人工核查。")


async def _still_within(draft: InspectionRow, info: AppInfo) -> bool:
    """Whether the viewer may still inspect the target: an enterprise in scope or a subordinate department."""
    loaders = info.context.loaders
    if draft.target_department_id is None:
        id = draft.target_enterprise_id
        return id is not None and await loaders.enterprises.load(id) is not None
    department = await loaders.departments.load(draft.target_department_id)
    for _ in Level:  # At most one step per level, even if parents form a cycle.
        if department is None or department.parent_id is None:
            return False
        if department.parent_id == info.context.actor.department_id:
            return True
        department = await loaders.departments.load(department.parent_id)
    return False


async def _contents(row: InspectionRow, info: AppInfo) -> tuple[forms.Sheet, forms.InspectionForm]:
    found = await info.context.loaders.inspection_contents.load(row.id)
    assert found is not None  # Every row that the reader returned has contents.
    return found
