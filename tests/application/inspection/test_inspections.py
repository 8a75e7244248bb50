"""Inspections from the draft to the record: what is issued, what is refused, and who may do what in which state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.inspection.commands import OpenPatrol
from yanbao.application.ports.inspection import InspectionRow
from yanbao.application.ports.paging import Page
from yanbao.domain.directory.organisation import Person
from yanbao.domain.handling.terms import Phase
from yanbao.domain.inspection.form import Finding, FindingResult, InspectionForm
from yanbao.domain.inspection.inspection import InspectionAction, InspectionState
from yanbao.domain.policy import SettingKey
from yanbao.domain.problem.check import OutsideTarget
from yanbao.domain.problem.workflow import ProblemState
from yanbao.domain.refusals import ActionNotAllowed, Conflict, Forbidden, InvalidForm, NotFound

from ...support.accounts import an_account
from ...support.builders import CHANGAN, DAY, LINTONG, a_person, a_setting, an_enterprise
from ...support.builders import XIAN as XIAN_REGION
from ...support.inspecting import (
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
from ...support.inspections import a_check_form, a_patrol_form, a_statement, all_findings
from ...support.world import AUDIT_ADMIN, CITY_DUTY, COUNTY_DUTY, DONGFENG, HEAD, LIMIN_HEAD, SYSTEM_ADMIN
from ...support.world import LINTONG as LINTONG_BUREAU
from ...support.world import XIAN as XIAN_BUREAU

TOMORROW = DAY + timedelta(days=1)


@pytest.fixture
def world() -> Inspecting:
    return an_inspection_day()


# ---------------------------------------------------------------- submitting


def test_a_submitted_draft_is_a_record_with_the_figures_as_they_were(world: Inspecting) -> None:
    row = world.open()
    sheet = world.sheet(row)
    record = world.turn_in(world.edit(row))
    world.submit()
    assert (record.state, record.submitted_at) == (InspectionState.SUBMITTED, world.system.clock.now())
    assert world.sheet(record) == sheet
    assert world.seen(CITY_INSPECTOR) == [record]


def test_submitting_issues_the_problems_of_a_patrol_to_the_department(world: Inspecting) -> None:
    form = a_patrol_form(problems=(a_statement(responsible=(COUNTY_DUTY.id,)), a_statement(responsible=())))
    record = world.record(form=form)
    problems = world.problems()
    assert (record.problems, len(problems)) == (2, 2)
    assert {problem.inspection_id for problem in problems} == {record.id}
    assert {problem.addressee.department_id for problem in problems} == {LINTONG_BUREAU.id}
    assert {problem.issuer.id for problem in problems} == {XIAN_BUREAU.id}
    assert {problem.state for problem in problems} == {ProblemState.ISSUED}
    assert set(world.kept(record.id).inspection.problem_ids) == {problem.id for problem in problems}


def test_the_terms_of_an_issued_problem_are_the_stricter_of_both_regions(world: Inspecting) -> None:
    both = replace(LINTONG_BUREAU, jurisdiction=frozenset({LINTONG, CHANGAN}))
    neighbour = an_enterprise("长安花炮厂", region=CHANGAN)
    settings = (
        a_setting("1", SettingKey.ACKNOWLEDGE_HOURS_GENERAL, region=LINTONG),
        a_setting("3", SettingKey.RECTIFY_DAYS_GENERAL, region=CHANGAN),
    )
    world.settle(both, neighbour, *settings).after(timedelta(seconds=2))
    found = all_findings(
        neighbour.kind,
        Finding("PERSONS", FindingResult.NOT_OK, "3号工房多1人", problem=1),
        Finding("PERMIT", FindingResult.OK, "现场核对了许可证原件"),
    )
    form = a_check_form(pictures=(), problems=(a_statement(responsible=()),), findings=found)
    world.record(COUNTY_INSPECTOR, neighbour, form=form)
    (problem,) = world.problems()
    assert (problem.issuer.region_id, problem.addressee.region_id) == (LINTONG, CHANGAN)
    lengths = [problem.term(phase).due - problem.term(phase).since for phase in Phase]
    assert lengths == [timedelta(hours=1), timedelta(hours=24), timedelta(days=3)]


def test_submitting_issues_the_problems_of_a_spot_check_to_the_enterprise(world: Inspecting) -> None:
    form = a_check_form(pictures=(), problems=(a_statement(responsible=(HEAD.id,)),))
    world.record(whom=DONGFENG, form=form)
    (problem,) = world.problems()
    assert (problem.addressee.enterprise_id, problem.addressee.department_id) == (DONGFENG.id, None)
    assert (problem.addressee.region_id, problem.addressee.city_id) == (LINTONG, XIAN_REGION)


def test_whoever_is_made_responsible_works_there_today(world: Inspecting) -> None:
    left = a_person("前主任", of=LINTONG_BUREAU, active=False)
    world.settle(left)
    row = world.open()
    for stranger in (LIMIN_HEAD, CITY_DUTY, left):
        row = world.edit(row, a_patrol_form(problems=(a_statement(responsible=(stranger.id,)),)))
        with pytest.raises(OutsideTarget, match="有1名责任人不属于被检查单位或已不在岗。"):
            world.turn_in(row)
    assert world.problems() == []


def test_everything_that_is_wrong_is_said_at_once_and_nothing_is_issued(world: Inspecting) -> None:
    form = InspectionForm(
        problems=(
            a_statement(category=None, description="短", responsible=()),
            a_statement(rectify_on=DAY - timedelta(days=1), responsible=(HEAD.id,)),
        )
    )
    row = world.edit(world.open(), form)
    before = world.state
    with pytest.raises(InvalidForm) as refused:
        world.turn_in(row)
    assert [item.field for item in refused.value.items] == [
        "dutyCheck",
        "conclusion",
        "problems.0.category",
        "problems.0.description",
        "problems.1.rectifyOn",
        "problems.1.responsible",
    ]
    assert world.state is before and world.problems() == []


def test_a_problem_that_cannot_be_stored_keeps_the_record_from_being_one(
    world: Inspecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    from yanbao.adapters.memory.problems import MemoryProblems

    row = world.edit(world.open(), a_patrol_form(problems=(a_statement(responsible=()),)))
    before = world.state

    def fails(self: MemoryProblems, problem: object) -> None:
        raise Conflict("另有他人")

    monkeypatch.setattr(MemoryProblems, "save", fails)
    with pytest.raises(Conflict):
        world.turn_in(row)
    assert world.state is before


def test_a_draft_of_yesterday_can_be_submitted_and_counts_for_its_own_day(world: Inspecting) -> None:
    row = world.edit(world.open())
    world.at("08:00", TOMORROW)
    record = world.turn_in(row)
    assert (record.business_date, record.submitted_at) == (DAY, world.system.clock.now())
    assert world.seen(CITY_INSPECTOR) == [record]


# ---------------------------------------------------------------- every state, every action, everybody


def brought_to(world: Inspecting, state: InspectionState) -> InspectionRow:
    row = world.edit(world.open())
    if state is InspectionState.SUBMITTED:
        return world.turn_in(row)
    return world.discard(row) if state is InspectionState.DISCARDED else row


@pytest.mark.parametrize("by", [CITY_INSPECTOR, COLLEAGUE, CITY_HEAD, PROVINCE_INSPECTOR, COUNTY_INSPECTOR])
@pytest.mark.parametrize("action", InspectionAction)
@pytest.mark.parametrize("state", InspectionState)
def test_every_action_in_every_state_does_what_allowed_actions_say(
    world: Inspecting, state: InspectionState, action: InspectionAction, by: Person
) -> None:
    row = brought_to(world, state)
    allowed = world.system.app.inspections.allowed_actions(world.actor(by), row, within=True)
    before = world.state
    if action in allowed:
        world.do(action, row, by=by)
        assert (state, by) == (InspectionState.DRAFT, CITY_INSPECTOR)
        assert world.state is not before
        return
    recorded = state is InspectionState.SUBMITTED
    sees = by is CITY_INSPECTOR or (recorded and by is not COUNTY_INSPECTOR)
    with pytest.raises(ActionNotAllowed if sees else NotFound):
        world.do(action, row, by=by)
    assert world.state is before


def test_who_has_lost_the_role_may_do_nothing_any_more(world: Inspecting) -> None:
    row = world.open()
    actor = replace(world.actor(CITY_INSPECTOR), role=CITY_DUTY.role)
    assert world.system.app.inspections.allowed_actions(actor, row, within=True) == []


@pytest.mark.parametrize("by", [CITY_DUTY, COUNTY_DUTY, HEAD, SYSTEM_ADMIN, AUDIT_ADMIN])
def test_only_heads_and_inspectors_of_departments_inspect(world: Inspecting, by: Person) -> None:
    with pytest.raises(Forbidden):
        world.open(by, DONGFENG)
    assert len(world.state.inspections) == 0


@pytest.mark.parametrize("by", [HEAD, SYSTEM_ADMIN, AUDIT_ADMIN])
def test_records_are_the_departments(world: Inspecting, by: Person) -> None:
    record = world.record(whom=DONGFENG)
    inspections, actor = world.system.app.inspections, world.actor(by)
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


def test_the_system_itself_does_not_inspect(world: Inspecting) -> None:
    with pytest.raises(Forbidden):
        world.system.app.inspections.open_patrol(SYSTEM, OpenPatrol(LINTONG), key="draft-0001")


# ---------------------------------------------------------------- the trail


def test_opening_submitting_and_discarding_leave_a_line_each_that_says_who(world: Inspecting) -> None:
    kept = world.record(form=a_patrol_form(problems=(a_statement(responsible=()),)))
    thrown = world.discard(world.open(key="draft-0002"))
    (problem,) = world.problems()
    assert sorted(entries(world)) == sorted(
        [
            ("InspectionOpened", f"Inspection:{kept.id}", CITY_INSPECTOR.name),
            ("InspectionSubmitted", f"Inspection:{kept.id}", CITY_INSPECTOR.name),
            ("ProblemIssued", f"Problem:{problem.id}", CITY_INSPECTOR.name),
            ("InspectionOpened", f"Inspection:{thrown.id}", CITY_INSPECTOR.name),
            ("InspectionDiscarded", f"Inspection:{thrown.id}", CITY_INSPECTOR.name),
        ]
    )
    assert an_account(CITY_INSPECTOR).id in {entry.actor_id for entry in world.state.audit.values()}
