"""A form agrees with itself: findings, duty check, problems and conclusion, and with what the sheet shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from yanbao.domain.directory.enterprise import EnterpriseKind
from yanbao.domain.inspection.check import InspectionCheck
from yanbao.domain.inspection.checklist import CHECKLIST, checklist_for
from yanbao.domain.inspection.form import (
    Conclusion,
    DutyCheck,
    Finding,
    FindingResult,
    InspectionForm,
    InspectionKind,
    OnSiteRectification,
    Sheet,
    Target,
    figure,
)
from yanbao.domain.policy import Policy

from ...support.builders import DAY, NOW
from ...support.inspections import (
    MICROSECOND,
    PEOPLE,
    a_check_form,
    a_check_target,
    a_duty_check,
    a_form_for,
    a_patrol_form,
    a_patrol_target,
    a_permit_fact,
    a_sheet,
    a_statement,
    all_findings,
)

OK, NOT_OK, NOT_APPLICABLE = FindingResult.OK, FindingResult.NOT_OK, FindingResult.NOT_APPLICABLE
NOTHING_FOUND, ISSUED = Conclusion.NO_PROBLEM_FOUND, Conclusion.PROBLEMS_ISSUED
ON_SITE = Conclusion.RECTIFIED_ON_SITE
DONE = OnSiteRectification("多余人员已撤出工房", NOW)
TARGETS: list[Target] = [a_patrol_target(), a_check_target()]
LATER = NOW + timedelta(hours=2)
ONE = (a_statement(),)

Fault = tuple[str, str | None]


def faults(form: InspectionForm, target: Target, sheet: Sheet | None = None) -> list[Fault]:
    """Submitted two hours after the opening."""
    check = InspectionCheck(form, target)
    found = check.faults(sheet or a_sheet(), opened_at=NOW, at=LATER, people=PEOPLE, policy=Policy())
    return [(fault.code, fault.field) for fault in found]


def persons(**detail: Any) -> tuple[Finding, ...]:
    """All items in order, but for PERSONS."""
    return all_findings(EnterpriseKind.PRODUCTION, Finding("PERSONS", NOT_OK, "3号工房多1人", **detail))


def checked(sheet: Sheet | None = None, **changes: Any) -> list[Fault]:
    return faults(a_check_form(**changes), a_check_target(), sheet)


def sentence(form: InspectionForm, target: Target, sheet: Sheet | None = None) -> str:
    check = InspectionCheck(form, target)
    (fault,) = check.faults(sheet or a_sheet(), opened_at=NOW, at=LATER, people=PEOPLE, policy=Policy())
    return fault.sentence


# ---------------------------------------------------------------- every item is answered


@pytest.mark.parametrize("kind", list(EnterpriseKind))
def test_all_items_that_apply_to_the_kind_of_enterprise_are_answered(kind: EnterpriseKind) -> None:
    assert faults(a_check_form(kind), a_check_target(kind)) == []
    for number, item in enumerate(checklist_for(kind)):
        found = list(all_findings(kind))
        del found[number]
        form = a_check_form(kind, findings=tuple(found))
        assert faults(form, a_check_target(kind)) == [("CHECKLIST_INCOMPLETE", "findings")]
        assert f"还有1项没有填写结果：“{item.name}”。" in sentence(form, a_check_target(kind))


def test_what_does_not_apply_is_answered_so_but_not_every_item() -> None:
    one = all_findings(EnterpriseKind.PRODUCTION, Finding("DRYING", NOT_APPLICABLE))
    assert checked(findings=one) == []
    none = tuple(replace(finding, result=NOT_APPLICABLE) for finding in one)
    assert checked(findings=none) == [("NOTHING_CHECKED", "findings")]


# ---------------------------------------------------------------- every NOT_OK has an outcome


def test_a_not_ok_item_has_a_problem_of_this_inspection_or_was_rectified_on_site() -> None:
    assert checked(findings=persons(), conclusion=ISSUED, problems=ONE) == [
        ("OUTCOME_MISSING", "findings.1.problem")
    ]
    assert checked(findings=persons(problem=1), conclusion=ISSUED, problems=ONE) == []
    assert checked(findings=persons(rectified=DONE), conclusion=ON_SITE) == []


def test_several_items_may_share_a_problem_and_a_problem_may_have_no_item() -> None:
    shared = all_findings(
        EnterpriseKind.PRODUCTION,
        Finding("PERSONS", NOT_OK, "多1人", problem=1),
        Finding("POWDER", NOT_OK, "多5千克", problem=1),
    )
    assert checked(findings=shared, problems=ONE * 2) == []
    assert checked(findings=all_findings(), problems=ONE) == []


@pytest.mark.parametrize("number", [-1, 0, 2, 99])
def test_a_problem_that_is_not_there_is_no_outcome(number: int) -> None:
    assert checked(findings=persons(problem=number), problems=ONE) == [
        ("OUTCOME_CONTRADICTS", "findings.1.problem")
    ]


def test_what_is_handed_on_as_a_problem_was_not_rectified_on_site() -> None:
    assert checked(findings=persons(problem=1, rectified=DONE), problems=ONE) == [
        ("OUTCOME_CONTRADICTS", "findings.1.rectified")
    ]


@pytest.mark.parametrize("result", [OK, NOT_APPLICABLE])
@pytest.mark.parametrize(
    ("outcome", "field"), [({"problem": 1}, "problem"), ({"rectified": DONE}, "rectified")]
)
def test_what_is_in_order_has_no_outcome(result: FindingResult, outcome: Any, field: str) -> None:
    found = all_findings(EnterpriseKind.PRODUCTION, Finding("DRYING", result, **outcome))
    place = [finding.item for finding in found].index("DRYING")
    assert checked(findings=found, problems=ONE) == [("OUTCOME_CONTRADICTS", f"findings.{place}.{field}")]


@pytest.mark.parametrize("measures", ["", " ", "撤", "\u200b\u200b"])
def test_rectified_on_site_says_what_was_done_and_when(measures: str) -> None:
    nothing = persons(rectified=OnSiteRectification(measures))
    assert {(code, field) for code, field in checked(findings=nothing)} == {
        ("BAD_USER_INPUT", "findings.1.rectified.measures"),
        ("BAD_USER_INPUT", "findings.1.rectified.at"),
    }


@pytest.mark.parametrize(
    ("moment", "accepted"),
    [
        (NOW - timedelta(days=1) - MICROSECOND, False),
        (NOW - timedelta(days=1), True),
        (LATER, True),
        (LATER + MICROSECOND, False),
    ],
)
def test_it_was_done_during_the_visit_and_not_after_the_submission(moment: datetime, accepted: bool) -> None:
    done = persons(rectified=replace(DONE, at=moment))
    expected = [] if accepted else [("BAD_USER_INPUT", "findings.1.rectified.at")]
    assert checked(findings=done) == expected


# ---------------------------------------------------------------- patrols


def unmanned(**detail: Any) -> DutyCheck:
    return a_duty_check(officer="", on_duty=False, note="三次无人接听", **detail)


def test_nobody_on_duty_is_a_problem_of_this_patrol_or_was_rectified_at_once() -> None:
    def patrolled(check: DutyCheck, **changes: Any) -> list[Fault]:
        return faults(a_patrol_form(duty_check=check, **changes), a_patrol_target())

    assert patrolled(unmanned(), conclusion=ISSUED, problems=ONE) == [
        ("OUTCOME_MISSING", "dutyCheck.problem")
    ]
    assert patrolled(unmanned(problem=1), problems=ONE) == []
    assert patrolled(unmanned(problem=2), problems=ONE) == [("OUTCOME_CONTRADICTS", "dutyCheck.problem")]
    assert patrolled(unmanned(rectified=DONE)) == []
    assert patrolled(a_duty_check(rectified=DONE)) == [("OUTCOME_CONTRADICTS", "dutyCheck.rectified")]


def test_a_patrol_that_met_nobody_has_not_found_that_all_is_well() -> None:
    form = a_patrol_form(duty_check=unmanned(rectified=DONE), conclusion=NOTHING_FOUND)
    assert sentence(form, a_patrol_target()) == "结论为“未发现问题”，但有不符合的情况1项。"


# ---------------------------------------------------------------- the conclusion fits


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    ("conclusion", "problems", "why"),
    [
        (NOTHING_FOUND, 2, "结论为“未发现问题”，但拟下发问题2个。"),
        (ISSUED, 0, "结论为“已下发问题”，但没有拟下发的问题。"),
        (ON_SITE, 0, "结论为“现场已整改”，但没有现场已整改的情况。"),
        (ON_SITE, 1, "结论为“现场已整改”，但拟下发问题1个。"),
    ],
)
def test_a_conclusion_that_does_not_fit_is_refused_with_the_figures(
    target: Target, conclusion: Conclusion, problems: int, why: str
) -> None:
    form = replace(a_form_for(target), conclusion=conclusion, problems=ONE * problems)
    assert faults(form, target) == [("CONCLUSION_CONTRADICTS", "conclusion")]
    assert sentence(form, target) == why


def test_findings_that_are_not_ok_are_not_nothing() -> None:
    form = a_check_form(findings=persons(problem=1), problems=ONE, conclusion=NOTHING_FOUND)
    assert sentence(form, a_check_target()) == "结论为“未发现问题”，但有不符合的情况1项、拟下发问题1个。"


def test_what_was_rectified_beside_problems_reads_as_problems_issued() -> None:
    both = all_findings(
        EnterpriseKind.PRODUCTION,
        Finding("PERSONS", NOT_OK, "多1人", rectified=DONE),
        Finding("POWDER", NOT_OK, "多5千克", problem=1),
    )
    assert checked(findings=both, problems=ONE, conclusion=ISSUED) == []
    assert a_check_form(findings=both).rectified_on_site == 1


# ---------------------------------------------------------------- the sheet


EXPIRED = a_sheet(permits=(replace(a_permit_fact(valid=False), expires_on=DAY - timedelta(days=9)),))


def test_an_expired_permit_is_not_called_valid_without_a_reason() -> None:
    place = list(CHECKLIST).index("PERMIT")
    assert checked(EXPIRED) == [("SHEET_UNEXPLAINED", f"findings.{place}.note")]
    assert "安全生产许可证已过期" in sentence(a_check_form(), a_check_target(), EXPIRED)
    for result in (OK, NOT_APPLICABLE):
        renewed = Finding("PERMIT", result, "已换证，档案尚未更新")
        assert checked(EXPIRED, findings=all_findings(EnterpriseKind.PRODUCTION, renewed)) == []


def test_overdue_problems_are_not_called_rectified_without_a_reason() -> None:
    overdue = figure(InspectionKind.SPOT_CHECK, "overdueProblems", 2, source="问题台账", as_of=NOW)
    found = checked(a_sheet(overdue))
    assert [code for code, _ in found] == ["SHEET_UNEXPLAINED"]
    assert "逾期问题2个" in sentence(a_check_form(), a_check_target(), a_sheet(overdue))


def test_no_problem_found_beside_anomalies_needs_words() -> None:
    missing = figure(InspectionKind.PATROL, "commitmentsUnreported", 3, source="安全承诺统计", as_of=NOW)
    form = a_patrol_form(observations=" ")
    assert faults(form, a_patrol_target()) == []
    assert faults(form, a_patrol_target(), a_sheet(missing)) == [("SHEET_UNEXPLAINED", "observations")]
    assert faults(a_patrol_form(), a_patrol_target(), a_sheet(missing)) == []


# ---------------------------------------------------------------- all together, drafts


def test_an_inspector_in_a_hurry_is_told_of_all_contradictions_together() -> None:
    hasty = InspectionForm(
        findings=(
            Finding("PERSONS", NOT_OK, ""),
            Finding("POWDER", NOT_OK, "多5千克", problem=7),
            Finding("LIGHTNING", OK, rectified=OnSiteRectification()),
            Finding("PERMIT", OK),
        ),
        conclusion=NOTHING_FOUND,
        problems=(a_statement(category=None),),
    )
    assert faults(hasty, a_check_target(), EXPIRED) == [
        ("FINDING_WITHOUT_NOTE", "findings.0.note"),
        ("CATEGORY_MISSING", "problems.0.category"),
        ("CHECKLIST_INCOMPLETE", "findings"),
        ("OUTCOME_MISSING", "findings.0.problem"),
        ("OUTCOME_CONTRADICTS", "findings.1.problem"),
        ("OUTCOME_CONTRADICTS", "findings.2.rectified"),
        ("SHEET_UNEXPLAINED", "findings.3.note"),
        ("CONCLUSION_CONTRADICTS", "conclusion"),
        ("SHEET_UNEXPLAINED", "observations"),
    ]
    assert InspectionCheck(hasty, a_check_target()).draft_faults() == ()
