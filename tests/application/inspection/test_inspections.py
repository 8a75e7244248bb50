"""Inspections from the draft to the record: what is issued, what is refused, and who may do what in which state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.inspection.inspections import OpenPatrol
from yanbao.application.ports.inspection import InspectionRow
from yanbao.application.ports.paging import Page
from yanbao.domain.directory.organisation import Person
from yanbao.domain.inspection.form import InspectionForm
from yanbao.domain.inspection.inspection import InspectionAction, InspectionState
from yanbao.domain.problem.check import OutsideTarget
from yanbao.domain.problem.workflow import ProblemState
from yanbao.domain.refusals import ActionNotAllowed, Conflict, Forbidden, InvalidForm, NotFound

from ...support.accounts import an_account
from ...support.builders import DAY, LINTONG, a_person
from ...support.builders import XIAN as XIAN_REGION
from ...support.inspecting import (
    A_CHECK,
    A_PATROL,
    ALL,
    CITY_HEAD,
    CITY_INSPECTOR,
    COLLEAGUE,
    COUNTY_INSPECTOR,
    PROVINCE_INSPECTOR,
    Inspecting,
    an_inspection_day,
    entries,
)
from ...support.inspections import a_statement
from ...support.world import AUDIT_ADMIN, CITY_DUTY, COUNTY_DUTY, DONGFENG, HEAD, LIMIN_HEAD, SYSTEM_ADMIN
from ...support.world import LINTONG as LINTONG_BUREAU
from ...support.world import XIAN as XIAN_BUREAU

TOMORROW = DAY + timedelta(days=1)


@pytest.fixture
def stage() -> Inspecting:
    return an_inspection_day()


# ---------------------------------------------------------------- submitting


def test_a_submitted_draft_is_a_record_with_the_figures_as_they_were(stage: Inspecting) -> None:
    row = stage.open()
    sheet = stage.sheet(row)
    record = stage.turn_in(stage.edit(row))
    stage.submit()
    assert (record.state, record.submitted_at) == (InspectionState.SUBMITTED, stage.world.clock.now())
    assert stage.sheet(record) == sheet
    assert stage.seen(CITY_INSPECTOR) == [record]


def test_submitting_issues_the_problems_of_a_patrol_to_the_department(stage: Inspecting) -> None:
    form = replace(
        A_PATROL, problems=(a_statement(responsible=(COUNTY_DUTY.id,)), a_statement(responsible=()))
    )
    record = stage.record(form=form)
    problems = stage.problems()
    assert (record.problems, len(problems)) == (2, 2)
    assert {problem.inspection_id for problem in problems} == {record.id}
    assert {problem.addressee.department_id for problem in problems} == {LINTONG_BUREAU.id}
    assert {problem.issuer.id for problem in problems} == {XIAN_BUREAU.id}
    assert {problem.state for problem in problems} == {ProblemState.ISSUED}
    assert set(stage.kept(record.id).inspection.problem_ids) == {problem.id for problem in problems}


def test_submitting_issues_the_problems_of_a_spot_check_to_the_enterprise(stage: Inspecting) -> None:
    form = replace(A_CHECK, problems=(a_statement(responsible=(HEAD.id,)),))
    stage.record(whom=DONGFENG, form=form)
    (problem,) = stage.problems()
    assert (problem.addressee.enterprise_id, problem.addressee.department_id) == (DONGFENG.id, None)
    assert (problem.addressee.region_id, problem.addressee.city_id) == (LINTONG, XIAN_REGION)


def test_whoever_is_made_responsible_works_there_today(stage: Inspecting) -> None:
    left = a_person("前主任", of=LINTONG_BUREAU, active=False)
    stage.settle(left)
    row = stage.open()
    for stranger in (LIMIN_HEAD, CITY_DUTY, left):
        row = stage.edit(row, replace(A_PATROL, problems=(a_statement(responsible=(stranger.id,)),)))
        with pytest.raises(OutsideTarget, match="有1名责任人不属于被检查单位或已不在岗。"):
            stage.turn_in(row)
    assert stage.problems() == []


def test_everything_that_is_wrong_is_said_at_once_and_nothing_is_issued(stage: Inspecting) -> None:
    form = InspectionForm(
        problems=(
            a_statement(category=None, description="短", responsible=()),
            a_statement(rectify_on=DAY - timedelta(days=1), responsible=(HEAD.id,)),
        )
    )
    row = stage.edit(stage.open(), form)
    before = stage.state
    with pytest.raises(InvalidForm) as refused:
        stage.turn_in(row)
    assert [item.field for item in refused.value.items] == [
        "dutyCheck",
        "conclusion",
        "problems.0.category",
        "problems.0.description",
        "problems.1.rectifyOn",
        "problems.1.responsible",
    ]
    assert stage.state is before and stage.problems() == []


def test_a_problem_that_cannot_be_stored_keeps_the_record_from_being_one(
    stage: Inspecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    from yanbao.adapters.memory.problems import MemoryProblems

    row = stage.edit(stage.open(), replace(A_PATROL, problems=(a_statement(responsible=()),)))
    before = stage.state

    def fails(self: MemoryProblems, problem: object) -> None:
        raise Conflict("另有他人")

    monkeypatch.setattr(MemoryProblems, "save", fails)
    with pytest.raises(Conflict):
        stage.turn_in(row)
    assert stage.state is before


def test_a_draft_of_yesterday_can_be_submitted_and_counts_for_its_own_day(stage: Inspecting) -> None:
    row = stage.edit(stage.open())
    stage.at("08:00", TOMORROW)
    record = stage.turn_in(row)
    assert (record.business_date, record.submitted_at) == (DAY, stage.world.clock.now())
    assert stage.seen(CITY_INSPECTOR) == [record]


# ---------------------------------------------------------------- every state, every action, everybody


def brought_to(stage: Inspecting, state: InspectionState) -> InspectionRow:
    row = stage.edit(stage.open())
    if state is InspectionState.SUBMITTED:
        return stage.turn_in(row)
    return stage.discard(row) if state is InspectionState.DISCARDED else row


@pytest.mark.parametrize("by", [CITY_INSPECTOR, COLLEAGUE, CITY_HEAD, PROVINCE_INSPECTOR, COUNTY_INSPECTOR])
@pytest.mark.parametrize("action", InspectionAction)
@pytest.mark.parametrize("state", InspectionState)
def test_every_action_in_every_state_does_what_allowed_actions_say(
    stage: Inspecting, state: InspectionState, action: InspectionAction, by: Person
) -> None:
    row = brought_to(stage, state)
    allowed = stage.world.app.inspections.allowed_actions(stage.actor(by), row, within=True)
    before = stage.state
    if action in allowed:
        stage.do(action, row, by=by)
        assert (state, by) == (InspectionState.DRAFT, CITY_INSPECTOR)
        assert stage.state is not before
        return
    recorded = state is InspectionState.SUBMITTED
    sees = by is CITY_INSPECTOR or (recorded and by is not COUNTY_INSPECTOR)
    with pytest.raises(ActionNotAllowed if sees else NotFound):
        stage.do(action, row, by=by)
    assert stage.state is before


def test_who_has_lost_the_role_may_do_nothing_any_more(stage: Inspecting) -> None:
    row = stage.open()
    actor = replace(stage.actor(CITY_INSPECTOR), role=CITY_DUTY.role)
    assert stage.world.app.inspections.allowed_actions(actor, row, within=True) == []


@pytest.mark.parametrize("by", [CITY_DUTY, COUNTY_DUTY, HEAD, SYSTEM_ADMIN, AUDIT_ADMIN])
def test_only_heads_and_inspectors_of_departments_inspect(stage: Inspecting, by: Person) -> None:
    with pytest.raises(Forbidden):
        stage.open(by, DONGFENG)
    assert len(stage.state.inspections) == 0


@pytest.mark.parametrize("by", [HEAD, SYSTEM_ADMIN, AUDIT_ADMIN])
def test_records_are_the_departments(stage: Inspecting, by: Person) -> None:
    record = stage.record(whom=DONGFENG)
    inspections, actor = stage.world.app.inspections, stage.actor(by)
    asks: list[Callable[[], object]] = [
        lambda: inspections.page(actor, ALL, Page(10)),
        lambda: inspections.count(actor, ALL),
        lambda: inspections.rows(actor, [record.id]),
        lambda: inspections.contents(actor, [record.id]),
        lambda: inspections.drafts(actor, Page(10)),
    ]
    for ask in asks:
        with pytest.raises(Forbidden):
            ask()


def test_the_system_itself_does_not_inspect(stage: Inspecting) -> None:
    with pytest.raises(Forbidden):
        stage.world.app.inspections.open_patrol(SYSTEM, OpenPatrol(LINTONG), key="draft-0001")


# ---------------------------------------------------------------- the trail


def test_opening_submitting_and_discarding_leave_a_line_each_that_says_who(stage: Inspecting) -> None:
    kept = stage.record(form=replace(A_PATROL, problems=(a_statement(responsible=()),)))
    thrown = stage.discard(stage.open(key="draft-0002"))
    (problem,) = stage.problems()
    assert sorted(entries(stage)) == sorted(
        [
            ("InspectionOpened", f"Inspection:{kept.id}", CITY_INSPECTOR.name),
            ("InspectionSubmitted", f"Inspection:{kept.id}", CITY_INSPECTOR.name),
            ("ProblemIssued", f"Problem:{problem.id}", CITY_INSPECTOR.name),
            ("InspectionOpened", f"Inspection:{thrown.id}", CITY_INSPECTOR.name),
            ("InspectionDiscarded", f"Inspection:{thrown.id}", CITY_INSPECTOR.name),
        ]
    )
    assert an_account(CITY_INSPECTOR).id in {entry.actor_id for entry in stage.state.audit.values()}
