"""Inputs for inspections, and their conversion to the domain's form; the domain checks the limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from uuid import UUID

import strawberry

from ...application.ports.inspection import InspectionFilter
from ...domain.inspection import form as forms
from ...domain.inspection.form import CheckMeans, Conclusion, FindingResult, InspectionKind
from ...domain.problem.form import ProblemCategory, ProblemStatement, Severity
from ...domain.refusals import NotFound, Refused
from ...domain.signed import Origin
from ...domain.values import AttachmentId, DepartmentId, EnterpriseId, PersonId, parse_text, trimmed
from ..parts.ids import any_uuid, region_of, uuid_of


@strawberry.input(description="现场已整改。What was done on site, and when; submitting needs both.")
class OnSiteRectificationInput:
    measures: str = strawberry.field(default="", description="采取的措施；提交时2至500字。")
    at: datetime | None = strawberry.field(
        default=None, description="整改完成的时间；提交时必填，不晚于提交，不早于开始检查前24小时。"
    )


_PROBLEM = "对应本表第几个问题（从1起）；{}时，此项和rectified须填其一。"
_RECTIFIED = "现场已整改的情况；已对应问题的不填。"


@strawberry.input(description="值班值守，巡查填写。")
class DutyCheckInput:
    means: CheckMeans = strawberry.field(description="核查方式。")
    officer: str = strawberry.field(default="", description="值班人员；有人值守时必填。")
    on_duty: bool = strawberry.field(description="是否有人值守。")
    note: str = strawberry.field(default="", description="说明；无人值守时必填。")
    problem: int | None = strawberry.field(default=None, description=_PROBLEM.format("无人值守"))
    rectified: OnSiteRectificationInput | None = strawberry.field(default=None, description=_RECTIFIED)


@strawberry.input(description="检查结果，抽查填写。")
class FindingInput:
    item: str = strawberry.field(description="检查项代码。")
    result: FindingResult = strawberry.field(description="符合情况。")
    note: str = strawberry.field(default="", description="说明；不符合时必填。")
    attachments: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="附件，每项最多20个。"
    )
    problem: int | None = strawberry.field(default=None, description=_PROBLEM.format("不符合"))
    rectified: OnSiteRectificationInput | None = strawberry.field(default=None, description=_RECTIFIED)


@strawberry.input(description="问题内容。提交时下发。")
class ProblemStatementInput:
    category: ProblemCategory | None = strawberry.field(default=None, description="类别；提交时必填。")
    severity: Severity = strawberry.field(default=Severity.GENERAL, description="严重程度。")
    description: str = strawberry.field(default="", description="问题描述；提交时4至1000字。")
    rectify_on: date | None = strawberry.field(
        default=None, description="整改期限（含），不得超出参数规定的整改时限；不填的按参数计算。"
    )
    responsible: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="责任人，须为被检查单位的人员，最多20名；不填的为其负责人。"
    )
    attachments: list[strawberry.ID] = strawberry.field(default_factory=list, description="附件，最多20个。")


@strawberry.input(description="情况表（填写部分）。The whole of it: what is left out is empty from then on.")
class InspectionFormInput:
    duty_check: DutyCheckInput | None = strawberry.field(
        default=None, description="值班值守；巡查提交时必填，抽查不填。"
    )
    findings: list[FindingInput] = strawberry.field(
        default_factory=list, description="检查项的结果；提交时，适用的检查项须全部填写；巡查不填。"
    )
    observations: str = strawberry.field(default="", description="其他情况，最多2000字。")
    conclusion: Conclusion | None = strawberry.field(
        default=None, description="结论；提交时必填，须与检查结果和问题一致。"
    )
    attachments: list[strawberry.ID] = strawberry.field(default_factory=list, description="附件，最多20个。")
    problems: list[ProblemStatementInput] = strawberry.field(
        default_factory=list, description="要下发的问题，最多20个。"
    )


def to_form(given: InspectionFormInput) -> tuple[forms.InspectionForm, tuple[Refused, ...]]:
    """Convert to the domain's form; return it with the faults of ids that cannot be read.

    `Inspection` checks the other inputs and raises all faults together.
    """
    ids = _Ids()
    check = given.duty_check
    form = forms.InspectionForm(
        duty_check=None
        if check is None
        else forms.DutyCheck(
            means=check.means,
            officer=trimmed(check.officer),
            on_duty=check.on_duty,
            note=trimmed(check.note),
            problem=check.problem,
            rectified=_rectified(check.rectified),
        ),
        findings=tuple(
            forms.Finding(
                item=finding.item,
                result=finding.result,
                note=trimmed(finding.note),
                attachments=_attachments(finding.attachments),
                problem=finding.problem,
                rectified=_rectified(finding.rectified),
            )
            for finding in given.findings
        ),
        observations=trimmed(given.observations),
        conclusion=given.conclusion,
        attachments=_attachments(given.attachments),
        problems=tuple(
            _statement(statement, f"problems.{number}", ids)
            for number, statement in enumerate(given.problems)
        ),
    )
    return form, tuple(ids.faults)


def _rectified(given: OnSiteRectificationInput | None) -> forms.OnSiteRectification | None:
    return None if given is None else forms.OnSiteRectification(trimmed(given.measures), given.at)


def _statement(given: ProblemStatementInput, path: str, ids: _Ids) -> ProblemStatement:
    return ProblemStatement(
        category=given.category,
        severity=given.severity,
        description=trimmed(given.description),
        rectify_on=given.rectify_on,
        responsible=ids.people(given.responsible, f"{path}.responsible"),
        attachments=_attachments(given.attachments),
    )


def _attachments(given: Sequence[strawberry.ID]) -> tuple[AttachmentId, ...]:
    return tuple(AttachmentId(any_uuid("Attachment", id)) for id in given)


class _Ids:
    """Reads the people's ids of a form; `faults` collects those that cannot be read."""

    def __init__(self) -> None:
        self.faults: list[Refused] = []

    def people(self, given: Sequence[strawberry.ID], path: str) -> tuple[PersonId, ...]:
        return tuple(PersonId(id) for id in self._read("Person", given, path))

    def _read(self, type_name: str, given: Sequence[strawberry.ID], path: str) -> Iterator[UUID]:
        for raw in given:
            try:
                yield uuid_of(type_name, raw, field=path)
            except NotFound as fault:
                # Collected, not swallowed: the form is refused with all of its faults together.
                self.faults.append(fault)


@strawberry.input(description="检查记录查询条件。Both days included; what is left out does not restrict.")
class InspectionFilterInput:
    first_day: date = strawberry.field(description="开始日期（含）。")
    last_day: date = strawberry.field(description="结束日期（含），最多366天。")
    kinds: list[InspectionKind] = strawberry.field(default_factory=list, description="检查类型。")
    origins: list[Origin] = strawberry.field(default_factory=list, description="来源。")
    department_id: strawberry.ID | None = strawberry.field(default=None, description="检查单位。")
    target_department_id: strawberry.ID | None = strawberry.field(default=None, description="被巡查单位。")
    target_enterprise_id: strawberry.ID | None = strawberry.field(default=None, description="被抽查企业。")
    region_id: strawberry.ID | None = strawberry.field(
        default=None, description="被检查单位所在区域（当时），包括其下级。"
    )
    with_problems: bool | None = strawberry.field(
        default=None, description="true仅有问题的，false仅无问题的，空为全部。"
    )
    conclusions: list[Conclusion] = strawberry.field(default_factory=list, description="结论。")
    text: str | None = strawberry.field(default=None, description="被检查单位名称、结论或其他情况中的文字。")
    replaced: bool = strawberry.field(default=False, description="是否包括已由人工记录代替的自动记录。")


def to_filter(given: InspectionFilterInput) -> InspectionFilter:
    """Convert to the application's filter. Raises NotFound or InvalidValue for wrong inputs."""
    text = given.text and parse_text(given.text, what="查询文字", field="text", longest=50, shortest=0)
    department, target, enterprise = (
        given.department_id,
        given.target_department_id,
        given.target_enterprise_id,
    )
    return InspectionFilter(
        first_day=given.first_day,
        last_day=given.last_day,
        kinds=tuple(given.kinds),
        origins=tuple(given.origins),
        department_id=None if department is None else _department(department, "departmentId"),
        target_department_id=None if target is None else _department(target, "targetDepartmentId"),
        target_enterprise_id=None
        if enterprise is None
        else EnterpriseId(uuid_of("Enterprise", enterprise, field="targetEnterpriseId")),
        region_id=None if given.region_id is None else region_of(given.region_id, field="regionId"),
        with_problems=given.with_problems,
        conclusions=tuple(given.conclusions),
        text=text or None,
        replaced=given.replaced,
    )


def _department(raw: strawberry.ID, field: str) -> DepartmentId:
    return DepartmentId(uuid_of("Department", raw, field=field))
