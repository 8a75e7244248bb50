"""Checks patrol and spot-check forms: whom a department may inspect, and how to fill in each field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ..directory.enterprise import KIND_NAMES
from ..faults import attachment_faults, text_faults
from ..policy import Policy
from ..problem.check import statement_faults, statement_limits
from ..refusals import InvalidValue, Refused
from ..values import AttachmentId, DepartmentId, PersonId, RegionId, shortened
from ..visible import visible_length
from .agreement import Agreement
from .checklist import CHECKLIST
from .form import (
    Conclusion,
    FindingResult,
    InspectionForm,
    Inspector,
    OnSiteRectification,
    PatrolTarget,
    Sheet,
    SpotCheckTarget,
    Target,
)

MOST_PROBLEMS: Final = 20


class OutsideJurisdiction(Refused):
    """The target is not below the inspecting department, or lies outside its jurisdiction."""

    code = "OUTSIDE_JURISDICTION"


class UnknownChecklistItem(InvalidValue):
    """A finding names an item that is not on the checklist, or not for this kind of enterprise."""

    code = "UNKNOWN_CHECKLIST_ITEM"


class FindingWithoutNote(InvalidValue):
    """A finding is NOT_OK, but no note says what is wrong."""

    code = "FINDING_WITHOUT_NOTE"


class ConclusionMissing(InvalidValue):
    """The form is submitted without a conclusion."""

    code = "CONCLUSION_MISSING"


def check_jurisdiction(
    inspector: Inspector,
    target: Target,
    *,
    departments: frozenset[DepartmentId],
    regions: frozenset[RegionId],
) -> None:
    """Raise OutsideJurisdiction unless the target lies below the inspecting department.

    `departments` are all departments below the inspecting one, at any depth, without itself. `regions` are
    its jurisdiction and all regions below.
    """
    who = inspector.department.name
    if isinstance(target, PatrolTarget):
        if target.department.id not in departments or target.region_id not in regions:
            raise OutsideJurisdiction(
                f"{target.department.name}不是{who}的下级部门，不能巡查。", field="target"
            )
    elif target.region_id not in regions:
        raise OutsideJurisdiction(f"{target.name}不在{who}的管辖范围内，不能抽查。", field="target")


@dataclass(frozen=True, slots=True)
class InspectionCheck:
    """Checks a form and collects every refusal, so that a person sees all of them together."""

    form: InspectionForm
    target: Target

    def draft_faults(self) -> tuple[Refused, ...]:
        """The faults that even a draft must not have: too long, repeated, or not part of this form."""
        return tuple(self._limits())

    def faults(
        self,
        sheet: Sheet,
        *,
        opened_at: datetime,
        at: datetime,
        people: frozenset[PersonId],
        policy: Policy,
    ) -> tuple[Refused, ...]:
        """All faults that prevent submitting the form with this sheet; see `Agreement` for the instants.

        `people` are those of the inspected party, `policy` is the stricter of both parties'.
        """
        agreement = Agreement(self.form, self.target, sheet, opened_at, at)
        return (*self._limits(), *self._missing(at, people, policy), *agreement.faults())

    def _limits(self) -> Iterator[Refused]:
        form = self.form
        yield from self._duty_check()
        yield from self._findings()
        yield from text_faults(form.observations, "其他情况", "observations", 2000, shortest=0)
        if form.conclusion is Conclusion.NOT_VERIFIED:
            yield InvalidValue("该结论只用于系统自动生成的记录，请选择其他结论。", field="conclusion")
        yield from attachment_faults(form.attachments, "attachments")
        if len(form.problems) > MOST_PROBLEMS:
            yield InvalidValue(
                f"一次最多下发{MOST_PROBLEMS}个问题，现有{len(form.problems)}个。", field="problems"
            )
        shown: set[AttachmentId] = set()
        for number, statement in enumerate(form.problems):
            yield from statement_limits(statement, f"problems.{number}")
            if not shown.isdisjoint(statement.attachments):
                yield InvalidValue(
                    "同一附件只能用于一个问题，请分别上传。", field=f"problems.{number}.attachments"
                )
            shown.update(statement.attachments)

    def _duty_check(self) -> Iterator[Refused]:
        check = self.form.duty_check
        if check is None:
            return
        if isinstance(self.target, SpotCheckTarget):
            yield InvalidValue("抽查不填写值班值守情况。", field="dutyCheck")
            return
        yield from text_faults(check.officer, "值班人员", "dutyCheck.officer", 30, shortest=0, one_line=True)
        yield from text_faults(check.note, "值班值守说明", "dutyCheck.note", 500, shortest=0)
        yield from _rectified(check.rectified, "dutyCheck")

    def _findings(self) -> Iterator[Refused]:
        if isinstance(self.target, PatrolTarget):
            if self.form.findings:
                yield InvalidValue("巡查不填写检查项。", field="findings")
            return
        seen: set[str] = set()
        for number, finding in enumerate(self.form.findings):
            path = f"findings.{number}"
            item = CHECKLIST.get(finding.item)
            if item is None:
                yield UnknownChecklistItem(
                    f"没有检查项“{shortened(finding.item, 20)}”。", field=f"{path}.item"
                )
            elif self.target.kind not in item.kinds:
                yield UnknownChecklistItem(
                    f"检查项“{item.name}”不适用于{KIND_NAMES[self.target.kind]}。", field=f"{path}.item"
                )
            if finding.item in seen:
                yield InvalidValue(
                    f"检查项“{item.name if item else shortened(finding.item, 20)}”重复。",
                    field=f"{path}.item",
                )
            seen.add(finding.item)
            yield from text_faults(finding.note, "检查说明", f"{path}.note", 500, shortest=0)
            yield from attachment_faults(finding.attachments, f"{path}.attachments")
            yield from _rectified(finding.rectified, path)

    def _missing(self, at: datetime, people: frozenset[PersonId], policy: Policy) -> Iterator[Refused]:
        form = self.form
        if isinstance(self.target, PatrolTarget):
            yield from self._missing_duty_check()
        for number, finding in enumerate(form.findings):
            if finding.result is FindingResult.NOT_OK and visible_length(finding.note) < 2:
                yield FindingWithoutNote("不符合的检查项必须说明情况。", field=f"findings.{number}.note")
        if form.conclusion is None:
            yield ConclusionMissing("必须选择结论。", field="conclusion")
        for number, statement in enumerate(form.problems):
            yield from statement_faults(statement, f"problems.{number}", at=at, people=people, policy=policy)

    def _missing_duty_check(self) -> Iterator[Refused]:
        check = self.form.duty_check
        if check is None:
            yield InvalidValue("巡查必须填写值班值守情况。", field="dutyCheck")
        elif check.on_duty and not visible_length(check.officer):
            yield InvalidValue("必须填写值班人员姓名。", field="dutyCheck.officer")
        elif not check.on_duty and visible_length(check.note) < 2:
            yield InvalidValue("无人值守时必须说明情况。", field="dutyCheck.note")


def _rectified(rectified: OnSiteRectification | None, path: str) -> Iterator[Refused]:
    """Yield the fault of measures that even a draft cannot hold."""
    if rectified is not None:
        field = f"{path}.rectified.measures"
        yield from text_faults(rectified.measures, "现场整改的措施", field, 500, shortest=0)
