"""A problem of the ministry: newer statements, withdrawal, reopening, and handing over within its deadline."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanbao.domain.deadlines import day_end
from yanbao.domain.directory.organisation import Department, DepartmentSnapshot
from yanbao.domain.handling.parties import Party
from yanbao.domain.handling.terms import Phase
from yanbao.domain.handling.updates import UpdateOutcome
from yanbao.domain.problem.check import MinistryTermExceeded, UnfitDepartment
from yanbao.domain.problem.events import ProblemIssued, ProblemWithdrawn
from yanbao.domain.problem.form import ProblemOrigin, Severity
from yanbao.domain.problem.history import ExtensionOutcome
from yanbao.domain.problem.problem import Problem
from yanbao.domain.problem.recipients import ProblemPath
from yanbao.domain.problem.record import ProblemRecord
from yanbao.domain.problem.workflow import OPEN, UNFED_BACK, ProblemAction, ProblemState
from yanbao.domain.refusals import ActionNotAllowed, InvalidForm, InvalidValue
from yanbao.domain.values import RegionId

from ...support.builders import DAY, LINTONG, NOW, PROVINCE, XIAN
from ...support.dates import in_days
from ...support.inspections import (
    CITY_BUREAU,
    COUNTY_BUREAU,
    PROVINCE_BUREAU,
    TO_THE_FACTORY,
    TO_THE_PROVINCE,
    USUAL,
    a_feedback_form,
    a_problem_in,
    at,
    by,
    issued,
)
from ...support.ministry_problems import (
    a_ministry_problem,
    a_ministry_statement,
    department,
    hand_over,
    received,
    restate,
)

LATER = NOW + timedelta(hours=1)


def rectify_due(problem: ProblemRecord) -> object:
    return problem.term(Phase.RECTIFY).due


# ---------------------------------------------------------------- newer statements


@pytest.mark.parametrize("state", ProblemState)
def test_an_older_or_equal_version_changes_nothing(state: ProblemState) -> None:
    problem = a_ministry_problem(state)
    restate(problem, version=7)
    problem.events.clear()
    before = deepcopy(problem)
    for version, outcome in ((6, UpdateOutcome.OLDER), (7, UpdateOutcome.SAME)):
        assert restate(problem, version=version, withdrawn="误发", severity=Severity.MAJOR) is outcome
        assert problem == before and problem.events == []


@pytest.mark.parametrize("state", sorted(OPEN, key=lambda state: state.value))
def test_a_newer_version_changes_what_is_stated_and_keeps_the_state(state: ProblemState) -> None:
    problem = a_ministry_problem(state)
    assert (
        restate(problem, at=LATER, description="改后的描述", severity=Severity.MAJOR) is UpdateOutcome.APPLIED
    )
    assert (problem.state, problem.source_version) == (state, 2)
    assert problem.statement.description == "改后的描述"
    line = problem.timeline[-1]
    assert (line.action, line.signed.name) == (ProblemAction.RESTATE, "部级平台")
    assert line.note == "由一般变为重大，问题描述已更新"


def test_a_shorter_day_shortens_the_terms_and_a_later_one_lengthens_the_ministry_s() -> None:
    problem = a_ministry_problem(rectify_on=in_days(10))
    assert problem.ministry_due == rectify_due(problem) == day_end(in_days(10))
    restate(problem, at=LATER, rectify_on=in_days(0))
    assert problem.ministry_due == rectify_due(problem) == day_end(DAY)
    assert problem.term(Phase.RECTIFY).since == LATER, "its reminders come anew"
    assert problem.term(Phase.FEED_BACK).due == day_end(DAY)
    assert problem.term(Phase.ACKNOWLEDGE).since == NOW, "this one ended earlier anyway"
    restate(problem, at=LATER, rectify_on=in_days(20))
    assert problem.ministry_due == rectify_due(problem) == day_end(in_days(20))
    assert problem.term(Phase.FEED_BACK).due == day_end(DAY)


def test_a_day_that_is_taken_back_or_restated_gives_no_more_time() -> None:
    problem = a_ministry_problem(rectify_on=in_days(2))
    for day in (None, in_days(2)):
        restate(problem, at=NOW + timedelta(days=1), rectify_on=day)
        if day is None:
            assert problem.ministry_due == rectify_due(problem) == day_end(in_days(2))
    late = a_ministry_problem(rectify_on=in_days(-3))
    due = rectify_due(late)
    restate(late, at=NOW + timedelta(days=1), rectify_on=in_days(-3), description="补充说明")
    assert rectify_due(late) == due


def test_a_graver_severity_shortens_and_a_lighter_one_lengthens_nothing() -> None:
    policy = replace(USUAL, rectify_days_major=2, acknowledge_hours_major=1, feed_back_hours_major=4)
    problem = a_ministry_problem()
    general = problem.terms
    restate(problem, severity=Severity.MAJOR, policy=policy)
    assert [term.due - NOW for term in problem.terms] == [
        timedelta(hours=1),
        timedelta(hours=4),
        timedelta(days=2),
    ]
    assert problem.ministry_due == NOW + timedelta(days=2)
    grave = problem.terms
    restate(problem, severity=Severity.GENERAL, policy=policy)
    assert problem.terms == grave != general


def test_the_time_that_the_province_has_cut_is_not_lengthened_with_the_ministry_s() -> None:
    problem = a_ministry_problem(rectify_on=in_days(10))
    hand_over(problem, rectify_on=in_days(5))
    restate(problem, at=LATER, rectify_on=in_days(20))
    assert problem.ministry_due == day_end(in_days(20))
    assert rectify_due(problem) == day_end(in_days(5))


def test_time_granted_beyond_the_ministry_s_deadline_stays_until_the_ministry_says_more() -> None:
    problem = a_ministry_problem(ProblemState.RECTIFYING, rectify_on=in_days(10))
    problem.request_extension(in_days(15), "配件未到货", by=by())
    problem.grant_extension(by=by())
    assert (problem.ministry_due, rectify_due(problem)) == (day_end(in_days(10)), day_end(in_days(15)))
    restate(problem, rectify_on=in_days(12))
    assert (problem.ministry_due, rectify_due(problem)) == (day_end(in_days(12)), day_end(in_days(15)))
    restate(problem, rectify_on=in_days(30))
    assert problem.ministry_due == rectify_due(problem) == day_end(in_days(30))


def test_a_return_may_give_a_day_within_the_ministry_s_deadline() -> None:
    problem = a_ministry_problem(rectify_on=in_days(60))
    hand_over(problem, rectify_on=in_days(5))
    problem.acknowledge(by=by())
    problem.rectify(by=by())
    problem.feed_back(a_feedback_form(), by=by())
    problem.return_("照片不清楚", by=by(), rectify_on=in_days(60), policy=USUAL)
    assert rectify_due(problem) == day_end(in_days(60))


def test_only_the_ministry_s_problems_are_restated_reopened_and_handed_over() -> None:
    for problem in (a_problem_in(ProblemState.ISSUED), a_problem_in(ProblemState.CLOSED)):
        before = deepcopy(problem)
        with pytest.raises(ActionNotAllowed):
            restate(problem)
        with pytest.raises(ActionNotAllowed):
            problem.reopen(by=by(), policy=USUAL)
        with pytest.raises(ActionNotAllowed):
            hand_over(problem)
        assert problem == before


def test_a_day_more_than_a_year_ahead_is_refused_and_changes_nothing() -> None:
    problem = a_ministry_problem()
    before = deepcopy(problem)
    with pytest.raises(InvalidValue):
        restate(problem, rectify_on=date.max)
    assert problem == before


# ---------------------------------------------------------------- withdrawn, and stated again


@pytest.mark.parametrize("state", sorted(OPEN, key=lambda state: state.value))
def test_the_ministry_withdraws_in_any_open_state(state: ProblemState) -> None:
    problem = a_ministry_problem(state)
    if state in UNFED_BACK:
        problem.request_extension(in_days(20), "配件未到货", by=by())
    assert restate(problem, at=LATER, withdrawn="重复下发") is UpdateOutcome.APPLIED
    assert problem.state is ProblemState.WITHDRAWN and problem.withdrawn is not None
    assert problem.timeline[-1].note == "重复下发"
    assert all(asked.outcome is ExtensionOutcome.LAPSED for asked in problem.extensions)


@pytest.mark.parametrize("state", [ProblemState.CLOSED, ProblemState.WITHDRAWN])
def test_what_has_ended_is_withdrawn_without_a_change_of_its_state(state: ProblemState) -> None:
    problem = a_ministry_problem(state)
    restate(problem, withdrawn="重复下发")
    assert problem.state is state
    assert problem.timeline[-1].note == "部级平台已撤回：重复下发"


def test_a_problem_that_was_withdrawn_before_it_came_ends_at_once() -> None:
    problem = Problem.receive(
        a_ministry_statement(),
        external_id="BJ-1",
        addressee=TO_THE_PROVINCE,
        reviewer=PROVINCE_BUREAU,
        at=NOW,
        policy=USUAL,
        source_version=3,
        withdrawn="误发",
    )
    assert (problem.state, problem.source_version) == (ProblemState.WITHDRAWN, 3)
    assert all(event.came_over for event in problem.events)
    assert [type(event) for event in problem.events] == [ProblemIssued, ProblemWithdrawn]
    assert [event.revision for event in problem.events] == [1, 2], "no gap in what goes up"
    known = received()
    restate(known, at=NOW, withdrawn="误发")
    assert not any(event.came_over for event in known.events), "also when both happen at one instant"


@pytest.mark.parametrize("state", [ProblemState.CLOSED, ProblemState.WITHDRAWN])
def test_a_statement_that_stands_reopens_what_has_ended(state: ProblemState) -> None:
    problem = a_ministry_problem(state)
    assert restate(problem, at=LATER, rectify_on=in_days(3)) is UpdateOutcome.APPLIED
    assert problem.state is ProblemState.ISSUED
    assert (problem.acknowledged, problem.taken_up, problem.closed, problem.withdrawn) == (None,) * 4
    assert {term.since for term in problem.terms} == {LATER}
    assert problem.ministry_due == rectify_due(problem) == day_end(in_days(3))
    assert {term.phase for term in problem.running_terms} == set(Phase), "earlier answers are none"
    assert problem.timeline[-1].action is ProblemAction.REOPEN


# ---------------------------------------------------------------- handing over


@pytest.mark.parametrize("state", sorted(UNFED_BACK, key=lambda state: state.value))
def test_a_problem_that_is_handed_over_must_be_acknowledged_anew(state: ProblemState) -> None:
    problem = a_ministry_problem(state, rectify_on=in_days(3))
    problem.request_extension(in_days(20), "配件未到货", by=by())
    hand_over(problem, at=LATER, instruction="请现场核实")
    assert problem.state is ProblemState.ISSUED
    assert (problem.acknowledged, problem.taken_up, problem.returned) == (None,) * 3
    assert problem.addressee == replace(
        TO_THE_PROVINCE, department_id=COUNTY_BUREAU.id, name=COUNTY_BUREAU.name
    )
    assert problem.path is ProblemPath.MINISTRY_HANDED_OVER
    assert problem.open_extension is None
    assert {term.phase for term in problem.running_terms} == set(Phase)
    assert [term.due for term in problem.terms] == [
        LATER + timedelta(hours=2),
        LATER + timedelta(hours=24),
        day_end(in_days(3)),
    ]
    assert problem.timeline[-1].note == "由陕西省应急管理厅转办至临潼区应急管理局：请现场核实"
    assert problem.parties(COUNTY_BUREAU.id) == {Party.ADDRESSEE}
    assert problem.parties(PROVINCE_BUREAU.id) == {Party.ISSUER}


def test_it_is_handed_over_again_and_the_deadline_of_the_ministry_stays_known() -> None:
    problem = a_ministry_problem(rectify_on=in_days(10))
    hand_over(problem, department(CITY_BUREAU), rectify_on=in_days(5))
    assert (rectify_due(problem), problem.ministry_due) == (day_end(in_days(5)), day_end(in_days(10)))
    hand_over(problem)
    assert (rectify_due(problem), problem.ministry_due) == (day_end(in_days(10)), day_end(in_days(10)))
    assert problem.timeline[-1].note == "由西安市应急管理局转办至临潼区应急管理局：请尽快核实"


def test_feedback_of_the_department_before_is_no_answer_of_the_next() -> None:
    problem = a_ministry_problem(ProblemState.RECTIFYING)
    problem.report_progress(a_feedback_form(), by=by())
    hand_over(problem)
    assert problem.answers == () and len(problem.feedbacks) == 1
    problem.acknowledge(by=by())
    problem.rectify(by=by())
    problem.report_progress(
        a_feedback_form(planned_on=in_days(5)), by=by(at=problem.term(Phase.FEED_BACK).due)
    )
    assert [feedback.late for feedback in problem.answers] == [True]


def test_a_deadline_of_the_ministry_that_has_passed_is_overdue_as_soon_as_the_department_is_told() -> None:
    problem = a_ministry_problem(rectify_on=in_days(-1))
    hand_over(problem, at=at("22:00"))
    told = at("08:00", in_days(1))
    assert {(term.since, term.due) for term in problem.terms} == {(told, told)}


@pytest.mark.parametrize(
    ("to", "superior", "sentence"),
    [
        (department(PROVINCE_BUREAU), CITY_BUREAU, "该问题现由陕西省应急管理厅办理，请转办给其他部门。"),
        (department(), CITY_BUREAU, "临潼区应急管理局不是陕西省应急管理厅的下级部门，不能转办。"),
        (
            department(COUNTY_BUREAU, RegionId("610600")),
            PROVINCE_BUREAU,
            "临潼区应急管理局的管辖区域与问题所在区域不符，不能转办。",
        ),
    ],
)
def test_a_department_that_does_not_fit_is_refused(
    to: Department, superior: DepartmentSnapshot, sentence: str
) -> None:
    problem = a_ministry_problem()
    before = deepcopy(problem)
    with pytest.raises(UnfitDepartment) as refused:
        hand_over(problem, to, superior=superior)
    assert (refused.value.sentence, refused.value.field) == (sentence, "departmentId")
    assert problem == before


@pytest.mark.parametrize("area", [LINTONG, XIAN, PROVINCE])
def test_a_department_fits_whose_area_lies_above_or_below_the_problem_s(area: RegionId) -> None:
    problem = issued(
        to=replace(TO_THE_PROVINCE, region_id=area),
        origin=ProblemOrigin.MINISTRY,
        statement=a_ministry_statement(),
    )
    hand_over(problem, department(CITY_BUREAU))
    assert (problem.addressee.name, problem.addressee.region_id) == (CITY_BUREAU.name, area)


def test_the_term_of_the_department_lies_within_the_ministry_s() -> None:
    problem = a_ministry_problem(rectify_on=in_days(3))
    with pytest.raises(MinistryTermExceeded) as refused:
        hand_over(problem, rectify_on=in_days(4))
    assert refused.value.sentence == (
        f"部级平台要求的整改期限（含当日）最晚为{in_days(3)}，现为{in_days(4)}；不填写即按部级平台的期限。"
    )
    with pytest.raises(InvalidForm) as together:
        hand_over(problem, department(PROVINCE_BUREAU), rectify_on=in_days(-1), instruction="字" * 501)
    assert [fault.field for fault in together.value.items] == ["departmentId", "instruction", "rectifyOn"]
    hand_over(problem, rectify_on=in_days(3))


def test_a_spot_check_problem_is_not_handed_over() -> None:
    problem = a_problem_in(ProblemState.ISSUED, origin=ProblemOrigin.MINISTRY, to=TO_THE_FACTORY)
    with pytest.raises(ActionNotAllowed):
        hand_over(problem)
    assert ProblemAction.HAND_OVER not in problem.allowed_actions([Party.ISSUER], NOW)


@given(
    st.integers(0, 60),
    st.lists(st.tuples(st.booleans(), st.integers(0, 60), st.sampled_from(Severity)), max_size=6),
)
def test_whatever_is_restated_and_handed_over_no_term_ends_before_it_begins(
    first: int, steps: list[tuple[bool, int, Severity]]
) -> None:
    problem = a_ministry_problem(rectify_on=in_days(first))
    for number, (over, days, severity) in enumerate(steps):
        moment = NOW + timedelta(hours=number)
        if over:
            to = department() if number % 2 else department(CITY_BUREAU)
            if to.id != problem.addressee.department_id:
                hand_over(problem, to, at=moment)
        else:
            restate(problem, at=moment, rectify_on=in_days(days), severity=severity)
            assert problem.ministry_due == day_end(in_days(days))
        assert problem.ministry_due is not None
        assert all(term.since <= term.due for term in problem.terms)
        assert problem.term(Phase.RECTIFY).due <= max(problem.ministry_due, problem.term(Phase.RECTIFY).since)
        assert problem.term(Phase.ACKNOWLEDGE).due <= max(term.due for term in problem.terms)
