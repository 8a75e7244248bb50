"""What is wrong with a patrol or spot-check form: all of it at once, each with its code, field and sentence."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

import pytest

from yanbao.domain.directory.enterprise import EnterpriseKind
from yanbao.domain.inspection.check import InspectionCheck, OutsideJurisdiction, check_jurisdiction
from yanbao.domain.inspection.form import (
    Conclusion,
    Finding,
    FindingResult,
    InspectionForm,
    OnSiteRectification,
    Target,
)
from yanbao.domain.policy import Policy
from yanbao.domain.problem.form import Severity

from ...support.builders import CHANGAN, DAY, LINTONG, NOW, PUCHENG
from ...support.dates import in_days
from ...support.inspections import (
    BELOW_THE_CITY,
    CITY_BUREAU,
    COLLEAGUE,
    COUNTY_BUREAU,
    PEOPLE,
    PROVINCE_BUREAU,
    REGIONS_OF_THE_CITY,
    RESPONSIBLE,
    a_check_form,
    a_check_target,
    a_duty_check,
    a_form_for,
    a_patrol_form,
    a_patrol_target,
    a_sheet,
    a_statement,
    an_attachment,
    an_inspector,
)

OK, NOT_OK = FindingResult.OK, FindingResult.NOT_OK
MANY = tuple(an_attachment(str(number)) for number in range(21))

Fault = tuple[str, str | None, str]


OTHERS = {"CHECKLIST_INCOMPLETE", "OUTCOME_MISSING", "CONCLUSION_CONTRADICTS"}
"""Codes that tests of single fields leave out: `test_agreement.py` is about them."""


def faults(form: InspectionForm, target: Target, *, without: Collection[str] = ()) -> list[Fault]:
    found = InspectionCheck(form, target).faults(
        a_sheet(), opened_at=NOW, at=NOW, people=PEOPLE, policy=Policy()
    )
    return [(one.code, one.field, one.sentence) for one in found if one.code not in without]


def checked(**changes: Any) -> list[Fault]:
    """The faults of a spot check's form."""
    return faults(a_check_form(**changes), a_check_target(), without=OTHERS)


def patrolled(**changes: Any) -> list[Fault]:
    return faults(a_patrol_form(**changes), a_patrol_target(), without=OTHERS)


@pytest.mark.parametrize("target", [a_patrol_target(), a_check_target()])
def test_a_complete_form_has_no_faults_with_and_without_problems(target: Target) -> None:
    assert faults(a_form_for(target), target) == []
    assert faults(a_form_for(target, problems=(a_statement(), a_statement(responsible=()))), target) == []


# ---------------------------------------------------------------- findings


def test_an_item_that_the_checklist_does_not_have_is_refused() -> None:
    assert checked(findings=(Finding("NOT_THERE", OK),)) == [
        ("UNKNOWN_CHECKLIST_ITEM", "findings.0.item", "没有检查项“NOT_THERE”。")
    ]


def test_an_item_of_another_kind_of_enterprise_is_refused() -> None:
    form = a_check_form(findings=(Finding("LIGHTNING", OK), Finding("POWDER", OK)))
    assert faults(form, a_check_target(EnterpriseKind.PRODUCTION), without=OTHERS) == []
    ((code, field, sentence),) = faults(form, a_check_target(EnterpriseKind.WHOLESALE), without=OTHERS)
    assert (code, field) == ("UNKNOWN_CHECKLIST_ITEM", "findings.1.item")
    assert sentence.endswith("不适用于批发企业。")


def test_an_item_is_found_on_once() -> None:
    assert checked(findings=(Finding("PERSONS", OK), Finding("PERSONS", NOT_OK, "多1人"))) == [
        ("BAD_USER_INPUT", "findings.1.item", "检查项“工（库）房实际作业人员不超过核定人数”重复。")
    ]


@pytest.mark.parametrize("note", ["", "  ", "多"])
def test_what_is_not_in_order_needs_a_note(note: str) -> None:
    assert checked(findings=(Finding("PERSONS", NOT_OK, note),)) == [
        ("FINDING_WITHOUT_NOTE", "findings.0.note", "不符合的检查项必须说明情况。")
    ]


@pytest.mark.parametrize("result", [OK, FindingResult.NOT_APPLICABLE])
def test_what_is_in_order_needs_none(result: FindingResult) -> None:
    assert checked(findings=(Finding("PERSONS", result),)) == []


def test_a_patrol_has_no_findings_and_a_spot_check_no_duty_check() -> None:
    assert patrolled(findings=(Finding("PERSONS", OK),)) == [
        ("BAD_USER_INPUT", "findings", "巡查不填写检查项。")
    ]
    assert checked(duty_check=a_duty_check()) == [("BAD_USER_INPUT", "dutyCheck", "抽查不填写值班值守情况。")]


# ---------------------------------------------------------------- duty check and conclusion


@pytest.mark.parametrize(
    ("check", "field", "sentence"),
    [
        (None, "dutyCheck", "巡查必须填写值班值守情况。"),
        (a_duty_check(officer=" "), "dutyCheck.officer", "必须填写值班人员姓名。"),
        (a_duty_check(on_duty=False, note=""), "dutyCheck.note", "无人值守时必须说明情况。"),
        (a_duty_check(officer="值" * 31), "dutyCheck.officer", "值班人员最多30个字，现有31个。"),
    ],
)
def test_a_patrol_says_who_was_on_duty(check: Any, field: str, sentence: str) -> None:
    assert patrolled(duty_check=check) == [("BAD_USER_INPUT", field, sentence)]


def test_nobody_on_duty_needs_no_name_but_a_note() -> None:
    assert patrolled(duty_check=a_duty_check(officer="", on_duty=False, note="三次无人接听")) == []


@pytest.mark.parametrize("target", [a_patrol_target(), a_check_target()])
def test_a_form_needs_its_conclusion(target: Target) -> None:
    fault = ("CONCLUSION_MISSING", "conclusion", "必须选择结论。")
    assert faults(a_form_for(target, conclusion=None), target) == [fault]


def test_nobody_can_choose_the_conclusion_of_automatic_records() -> None:
    form = a_check_form(conclusion=Conclusion.NOT_VERIFIED)
    (fault,) = InspectionCheck(form, a_check_target()).draft_faults()
    assert fault.sentence == "该结论只用于系统自动生成的记录，请选择其他结论。"


# ---------------------------------------------------------------- problems to issue


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"category": None}, ("CATEGORY_MISSING", "category", "必须选择问题类别。")),
        ({"description": " 超员 "}, ("BAD_USER_INPUT", "description", "问题描述至少4个字，现有2个。")),
        (
            {"description": "超" * 1001},
            ("BAD_USER_INPUT", "description", "问题描述最多1000个字，现有1001个。"),
        ),
        (
            {"rectify_on": DAY - timedelta(days=1)},
            ("DEADLINE_PASSED", "rectifyOn", f"整改期限{in_days(-1)}早于今日{DAY}。"),
        ),
        (
            {"rectify_on": DAY + timedelta(days=7)},
            (
                "RECTIFY_TERM_EXCEEDED",
                "rectifyOn",
                f"一般问题的整改时限为7天，整改期限（含当日）最晚为{in_days(6)}，现为{in_days(7)}；"
                "确需更长时间的，由被检查单位申请延期。",
            ),
        ),
        (
            {"responsible": (RESPONSIBLE, COLLEAGUE)},
            ("OUTSIDE_TARGET", "responsible", "有1名责任人不属于被检查单位或已不在岗。"),
        ),
        ({"responsible": (RESPONSIBLE, RESPONSIBLE)}, ("BAD_USER_INPUT", "responsible", "责任人重复。")),
        ({"attachments": MANY}, ("BAD_USER_INPUT", "attachments", "附件最多20个，现有21个。")),
        ({"attachments": MANY[:1] * 2}, ("BAD_USER_INPUT", "attachments", "同一附件重复添加。")),
    ],
)
@pytest.mark.parametrize("target", [a_patrol_target(), a_check_target()])
def test_a_problem_with_a_fault_is_refused_by_its_place(
    target: Target, changes: dict[str, Any], fault: tuple[str, str, str]
) -> None:
    code, field, sentence = fault
    form = a_form_for(target, problems=(a_statement(), a_statement(**changes)))
    assert faults(form, target) == [(code, f"problems.1.{field}", sentence)]


@pytest.mark.parametrize("days", [0, 6])
def test_a_problem_may_be_due_today_and_within_the_term_of_the_settings(days: int) -> None:
    assert checked(problems=(a_statement(rectify_on=DAY + timedelta(days=days)),)) == []


def test_the_longest_term_is_that_of_the_severity_and_of_the_settings() -> None:
    def longest(policy: Policy, severity: Severity) -> int:
        def fits(days: int) -> bool:
            form = a_form_for(
                a_check_target(),
                problems=(a_statement(severity=severity, rectify_on=DAY + timedelta(days=days)),),
            )
            check = InspectionCheck(form, a_check_target())
            return check.faults(a_sheet(), opened_at=NOW, at=NOW, people=PEOPLE, policy=policy) == ()

        assert not fits(365)
        return max(days for days in range(40) if fits(days))

    policy = Policy(rectify_days_general=30, rectify_days_major=1)
    assert longest(policy, Severity.GENERAL) == 29
    assert longest(policy, Severity.MAJOR) == 0


@pytest.mark.parametrize("unseen", ["\u200b\u2060\u200d\ufeff", "\u202e\u2069", "\u3164\u3164", "\ufe0f"])
def test_what_nobody_can_see_fills_in_nothing(unseen: str) -> None:
    of_a_check = checked(
        findings=(Finding("PERSONS", NOT_OK, unseen),),
        conclusion=None,
        problems=(a_statement(description=unseen),),
    )
    assert {(code, field) for code, field, _ in of_a_check if code != "BAD_USER_INPUT"} == {
        ("FINDING_WITHOUT_NOTE", "findings.0.note"),
        ("CONCLUSION_MISSING", "conclusion"),
    }
    assert "问题描述至少4个字，现有0个。" in {sentence for _, _, sentence in of_a_check}
    for check in (a_duty_check(officer=unseen), a_duty_check(on_duty=False, note=unseen)):
        assert len(patrolled(duty_check=check)) == 2


def test_a_picture_goes_with_one_problem_only() -> None:
    picture, other = an_attachment("照片"), an_attachment("另一张")
    form = a_check_form(
        problems=(a_statement(attachments=(picture,)), a_statement(attachments=(other, picture)))
    )
    (fault,) = InspectionCheck(form, a_check_target()).draft_faults()
    assert (fault.field, fault.sentence) == (
        "problems.1.attachments",
        "同一附件只能用于一个问题，请分别上传。",
    )


def test_at_most_twenty_problems_come_of_one_inspection() -> None:
    assert checked(problems=(a_statement(),) * 20) == []
    assert checked(problems=(a_statement(),) * 21) == [
        ("BAD_USER_INPUT", "problems", "一次最多下发20个问题，现有21个。")
    ]


# ---------------------------------------------------------------- all together, and drafts


def test_every_fault_is_found_at_once_in_the_order_of_the_form() -> None:
    found = checked(
        findings=(Finding("NOT_THERE", NOT_OK, "", MANY), Finding("PERSONS", NOT_OK, "多" * 501)),
        observations="其" * 2001,
        conclusion=None,
        attachments=MANY,
        problems=(a_statement(category=None, description=""),),
    )
    assert [field for _, field, _ in found] == [
        "findings.0.item",
        "findings.0.attachments",
        "findings.1.note",
        "observations",
        "attachments",
        "findings.0.note",
        "conclusion",
        "problems.0.category",
        "problems.0.description",
    ]


@pytest.mark.parametrize("target", [a_patrol_target(), a_check_target()])
def test_a_draft_may_be_incomplete(target: Target) -> None:
    assert InspectionCheck(InspectionForm(), target).draft_faults() == ()
    unfinished = InspectionForm(
        problems=(a_statement(category=None, description="", responsible=(COLLEAGUE,)),)
    )
    assert InspectionCheck(unfinished, target).draft_faults() == ()


def test_a_draft_may_not_hold_what_does_not_fit() -> None:
    form = a_check_form(
        findings=(Finding("NOT_THERE", NOT_OK, rectified=OnSiteRectification("措" * 501)),),
        observations="其" * 2001,
        problems=(a_statement(),) * 21,
    )
    found = InspectionCheck(form, a_check_target()).draft_faults()
    assert [refusal.field for refusal in found] == [
        "findings.0.item",
        "findings.0.rectified.measures",
        "observations",
        "problems",
    ]


# ---------------------------------------------------------------- whom a department may inspect


def test_a_department_patrols_those_below_and_checks_enterprises_within() -> None:
    for target in (a_patrol_target(), a_check_target()):
        check_jurisdiction(an_inspector(), target, departments=BELOW_THE_CITY, regions=REGIONS_OF_THE_CITY)


@pytest.mark.parametrize("upward_or_sideways", [PROVINCE_BUREAU, CITY_BUREAU])
def test_a_department_patrols_neither_upward_nor_itself(upward_or_sideways: Any) -> None:
    with pytest.raises(OutsideJurisdiction) as refused:
        check_jurisdiction(
            an_inspector(),
            a_patrol_target(upward_or_sideways),
            departments=BELOW_THE_CITY,
            regions=REGIONS_OF_THE_CITY,
        )
    assert refused.value.sentence == f"{upward_or_sideways.name}不是西安市应急管理局的下级部门，不能巡查。"
    assert (refused.value.code, refused.value.field) == ("OUTSIDE_JURISDICTION", "target")


def test_a_lower_department_is_not_patrolled_outside_the_jurisdiction() -> None:
    with pytest.raises(OutsideJurisdiction):
        check_jurisdiction(
            an_inspector(), a_patrol_target(), departments=BELOW_THE_CITY, regions=frozenset({CHANGAN})
        )


def test_an_enterprise_elsewhere_is_not_checked() -> None:
    with pytest.raises(OutsideJurisdiction) as refused:
        check_jurisdiction(
            an_inspector(),
            a_check_target(region=PUCHENG),
            departments=BELOW_THE_CITY,
            regions=REGIONS_OF_THE_CITY,
        )
    assert refused.value.sentence == "东风烟花厂不在西安市应急管理局的管辖范围内，不能抽查。"


def test_the_region_of_a_patrol_is_that_of_its_department() -> None:
    assert a_patrol_target().region_id == COUNTY_BUREAU.region_id == LINTONG
