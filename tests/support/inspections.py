"""Patrols, spot checks and problems in a few words, each with the one detail a test cares about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from yanbao.domain.deadlines import instant
from yanbao.domain.directory.certificate import PermitFact
from yanbao.domain.directory.enterprise import EnterpriseKind
from yanbao.domain.directory.organisation import DepartmentSnapshot, Level
from yanbao.domain.handling.feedback import Addressee, FeedbackForm
from yanbao.domain.inspection.checklist import checklist_for
from yanbao.domain.inspection.form import (
    CheckMeans,
    Conclusion,
    DutyCheck,
    Figure,
    Finding,
    FindingResult,
    InspectionForm,
    InspectionKind,
    Inspector,
    PatrolTarget,
    Rank,
    Sheet,
    SpotCheckTarget,
    Target,
    Visit,
    figure,
)
from yanbao.domain.inspection.inspection import Inspection, InspectionState
from yanbao.domain.inspection.week import WeeklyRow
from yanbao.domain.policy import Policy
from yanbao.domain.problem.form import ProblemCategory, ProblemOrigin, ProblemStatement, Severity
from yanbao.domain.problem.problem import Problem
from yanbao.domain.problem.workflow import ProblemState
from yanbao.domain.signed import Signed
from yanbao.domain.values import AttachmentId, DepartmentId, EnterpriseId, PersonId, ProblemId, RegionId

from .builders import DAY, LINTONG, NOW, PERMIT_EXPIRES, PROVINCE, XIAN, an_id

MICROSECOND: Final = timedelta(microseconds=1)
USUAL: Final = Policy()

PROVINCE_BUREAU: Final = DepartmentSnapshot(
    DepartmentId(an_id("department", "陕西省应急管理厅")), "陕西省应急管理厅", Level.PROVINCE, PROVINCE
)
CITY_BUREAU: Final = DepartmentSnapshot(
    DepartmentId(an_id("department", "西安市应急管理局")), "西安市应急管理局", Level.CITY, XIAN
)
COUNTY_BUREAU: Final = DepartmentSnapshot(
    DepartmentId(an_id("department", "临潼区应急管理局")), "临潼区应急管理局", Level.COUNTY, LINTONG
)
INSPECTOR: Final = PersonId(an_id("person", "赵检查"))
COLLEAGUE: Final = PersonId(an_id("person", "钱同事"))
RESPONSIBLE: Final = PersonId(an_id("person", "孙责任"))
PEOPLE: Final = frozenset({RESPONSIBLE})
FACTORY: Final = EnterpriseId(an_id("enterprise", "东风烟花厂"))
BELOW_THE_CITY: Final = frozenset({COUNTY_BUREAU.id})
REGIONS_OF_THE_CITY: Final = frozenset({XIAN, LINTONG})


def at(clock: str, day: date = DAY) -> datetime:
    return instant(day, time.fromisoformat(clock))


def by(person: PersonId | None = INSPECTOR, *, at: datetime = NOW, name: str = "赵检查") -> Signed:
    return Signed(person_id=person, name=name, at=at)


def an_attachment(name: str) -> AttachmentId:
    return AttachmentId(an_id("attachment", name))


# ---------------------------------------------------------------- inspections


def an_inspector() -> Inspector:
    """Of the city's bureau."""
    return Inspector(CITY_BUREAU, INSPECTOR, "赵检查")


def a_patrol_target(department: DepartmentSnapshot = COUNTY_BUREAU) -> PatrolTarget:
    return PatrolTarget(department, "临潼区", XIAN)


def a_check_target(
    kind: EnterpriseKind = EnterpriseKind.PRODUCTION, *, region: RegionId = LINTONG
) -> SpotCheckTarget:
    return SpotCheckTarget(FACTORY, "东风烟花厂", kind, region, "临潼区", XIAN)


def a_figure(
    key: str = "commitmentRate", value: Any = "87.5", *, rank: Rank | None = None, as_of: datetime = NOW
) -> Figure:
    return figure(InspectionKind.PATROL, key, value, source="安全承诺", as_of=as_of, rank=rank)


def a_visit(name: str = "东风烟花厂", *, views: int = 2, checked: bool = False, seen: str = "在产") -> Visit:
    return Visit(EnterpriseId(an_id("enterprise", name)), name, views, NOW, checked, (seen,))


def a_permit_fact(*, valid: bool = True, number: str = "(陕)YH安许证字〔2025〕000123") -> PermitFact:
    return PermitFact("安全生产许可证", number, PERMIT_EXPIRES, valid)


def a_sheet(*figures: Figure, **detail: Any) -> Sheet:
    return Sheet(taken_at=NOW, figures=figures or (a_figure(),), **detail)


def a_statement(**changes: Any) -> ProblemStatement:
    statement = ProblemStatement(
        category=ProblemCategory.ON_SITE_VIOLATION,
        severity=Severity.GENERAL,
        description="3号工房在岗5人，超过核定4人。",
        responsible=(RESPONSIBLE,),
    )
    return replace(statement, **changes)


def a_duty_check(**changes: Any) -> DutyCheck:
    return replace(DutyCheck(CheckMeans.PHONE, "周值班", on_duty=True), **changes)


PERMIT_SEEN: Final = Finding("PERMIT", FindingResult.OK, "已核对原件")
"""For enterprises whose permit the directory does not have."""
PICTURES: Final = (an_attachment("照片"),)


def a_patrol_form(**changes: Any) -> InspectionForm:
    """Complete; without problems, and with the conclusion that fits, if nothing else is asked for."""
    return _concluded(InspectionForm(duty_check=a_duty_check(), observations="台账齐全"), changes)


def all_findings(
    kind: EnterpriseKind = EnterpriseKind.PRODUCTION, *instead: Finding, pictures: Any = ()
) -> tuple[Finding, ...]:
    """Every item of the checklist in order, PERSONS with the pictures, but for what is found `instead`."""
    found = {finding.item: finding for finding in instead}
    return tuple(
        found.get(item.code)
        or Finding(item.code, FindingResult.OK, attachments=pictures if item.code == "PERSONS" else ())
        for item in checklist_for(kind)
    )


def a_check_form(
    kind: EnterpriseKind = EnterpriseKind.PRODUCTION,
    pictures: Any = PICTURES,
    **changes: Any,
) -> InspectionForm:
    """Complete, with one picture; everything is in order but for what the problems say."""
    found: tuple[Finding, ...] = ()
    if changes.get("problems"):
        found = (Finding("PERSONS", FindingResult.NOT_OK, "3号工房多1人", pictures, problem=1),)
    form = InspectionForm(findings=all_findings(kind, *found, pictures=pictures), observations="台账齐全")
    return _concluded(form, changes)


def _concluded(form: InspectionForm, changes: Any) -> InspectionForm:
    changed = replace(form, **changes)
    return changed if "conclusion" in changes else fitting(changed)


def fitting(form: InspectionForm) -> InspectionForm:
    """The form with the conclusion that fits."""
    without = Conclusion.RECTIFIED_ON_SITE if form.wrong else Conclusion.NO_PROBLEM_FOUND
    return replace(form, conclusion=Conclusion.PROBLEMS_ISSUED if form.problems else without)


def a_form_for(target: Target, **changes: Any) -> InspectionForm:
    if isinstance(target, PatrolTarget):
        return a_patrol_form(**changes)
    return a_check_form(target.kind, **changes)


def a_weekly_row(region: RegionId, kind: InspectionKind, **figures: int) -> WeeklyRow:
    """Zeros, but for these figures."""
    zeros = {field.name: 0 for field in fields(WeeklyRow) if field.name not in ("region_id", "kind")}
    return WeeklyRow(region, kind, **(zeros | figures))


def a_draft(
    target: Target | None = None,
    *,
    key: str = "draft-0001",
    form: InspectionForm | None = None,
    at: datetime = NOW,
) -> Inspection:
    """Opened and filled in completely; nothing left to announce."""
    whom = a_check_target() if target is None else target
    inspection = Inspection.open(
        key=key,
        inspector=an_inspector(),
        target=whom,
        sheet=a_sheet(),
        departments=BELOW_THE_CITY,
        regions=REGIONS_OF_THE_CITY,
        at=at,
    )
    inspection.edit(a_form_for(whom) if form is None else form, by=by(at=at))
    inspection.events.clear()
    return inspection


def an_inspection_in(state: InspectionState, target: Target | None = None) -> Inspection:
    inspection = a_draft(target)
    if state is InspectionState.SUBMITTED:
        inspection.submit(by=by(), people=PEOPLE, policy=USUAL)
    if state is InspectionState.DISCARDED:
        inspection.discard(by=by())
    assert inspection.state is state
    inspection.events.clear()
    return inspection


# ---------------------------------------------------------------- problems

TO_THE_COUNTY: Final = Addressee(COUNTY_BUREAU.id, None, COUNTY_BUREAU.name, LINTONG, XIAN)
TO_THE_PROVINCE: Final = Addressee(PROVINCE_BUREAU.id, None, PROVINCE_BUREAU.name, LINTONG, XIAN)
"""A patrol problem of the ministry about Lintong, before it is handed over."""
TO_THE_FACTORY: Final = Addressee(None, FACTORY, "东风烟花厂", LINTONG, XIAN)


def a_feedback_form(**changes: Any) -> FeedbackForm:
    """Good as interim and as final feedback."""
    form = FeedbackForm(
        situation="情况属实",
        measures="已调整人员",
        progress="完成一半",
        outcome="已整改到位",
        planned_on=DAY + timedelta(days=2),
    )
    return replace(form, **changes)


def issued(
    *,
    to: Addressee = TO_THE_FACTORY,
    origin: ProblemOrigin = ProblemOrigin.DEPARTMENT,
    statement: ProblemStatement | None = None,
    at: datetime = NOW,
    policy: Policy = USUAL,
) -> Problem:
    """By the city's bureau, or received from the ministry; its announcement still waits."""
    what = a_statement() if statement is None else statement
    if origin is ProblemOrigin.MINISTRY:
        return Problem.receive(
            what, external_id="BJ-1", addressee=to, reviewer=PROVINCE_BUREAU, at=at, policy=policy
        )
    return Problem.issue(
        what,
        id=ProblemId(an_id("problem")),
        inspection_id=None,
        addressee=to,
        issuer=CITY_BUREAU,
        by=by(at=at),
        policy=policy,
    )


_STEPS: Final[dict[ProblemState, tuple[Callable[[Problem, Signed], None], ...]]] = {
    ProblemState.ISSUED: (),
    ProblemState.ACKNOWLEDGED: (lambda p, s: p.acknowledge(by=s),),
    ProblemState.RECTIFYING: (lambda p, s: p.acknowledge(by=s), lambda p, s: p.rectify(by=s)),
}
_FED_BACK: Final = (
    *_STEPS[ProblemState.RECTIFYING],
    lambda p, s: p.feed_back(a_feedback_form(), by=s),
)
_STEPS[ProblemState.FED_BACK] = _FED_BACK
_STEPS[ProblemState.RETURNED] = (*_FED_BACK, lambda p, s: p.return_("照片不清楚", by=s))
_STEPS[ProblemState.CLOSED] = (*_FED_BACK, lambda p, s: p.close(by=s))
_STEPS[ProblemState.WITHDRAWN] = (lambda p, s: p.withdraw("下发有误", by=s),)


def a_problem_in(state: ProblemState, *, at: datetime = NOW, **detail: Any) -> Problem:
    """Brought there by the shortest way, all at the same instant; nothing left to announce."""
    problem = issued(at=at, **detail)
    for step in _STEPS[state]:
        step(problem, by(RESPONSIBLE, at=at, name="孙责任"))
    assert problem.state is state
    problem.events.clear()
    return problem


def asking_for_more_time(problem: Problem, *, until: date = DAY + timedelta(days=20)) -> Problem:
    """The same problem with an extension asked for; nothing left to announce."""
    problem.request_extension(until, "配件未到货", by=by(RESPONSIBLE, name="孙责任"))
    problem.events.clear()
    return problem
