"""Patrols and spot checks from the first draft to the record: who may, what is kept, what is refused, and who sees it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.inspections import OpenPatrol
from yanbao.application.ports.inspections import InspectionFilter, InspectionRow
from yanbao.application.ports.outside import OnlineRates
from yanbao.application.ports.reading import Page
from yanbao.domain.commitment import Origin
from yanbao.domain.enterprise import Enterprise
from yanbao.domain.inspection import InspectionAction, InspectionState
from yanbao.domain.inspection_check import OutsideJurisdiction, UnknownChecklistItem
from yanbao.domain.inspection_form import (
    PATROL_FIGURES,
    SPOT_CHECK_FIGURES,
    Finding,
    FindingResult,
    InspectionForm,
    PatrolTarget,
    SpotCheckTarget,
)
from yanbao.domain.organisation import Level, Person
from yanbao.domain.problem_check import OutsideTarget
from yanbao.domain.problem_form import DepartmentSnapshot
from yanbao.domain.problem_workflow import ProblemState
from yanbao.domain.refusals import (
    ActionNotAllowed,
    Conflict,
    Forbidden,
    InvalidForm,
    InvalidValue,
    NotFound,
    Refused,
)
from yanbao.domain.values import RegionId

from ..domain.inspections import a_statement
from ..support.builders import (
    CHANGAN as CHANGAN_REGION,
)
from ..support.builders import (
    DAY,
    LINTONG,
    PROVINCE,
    PUCHENG,
    WEINAN,
    YANGLING_COUNTY,
    a_person,
    an_account,
)
from ..support.builders import XIAN as XIAN_REGION
from .inspecting import (
    A_CHECK,
    A_PATROL,
    ALL,
    CHANGAN_INSPECTOR,
    CITY_HEAD,
    CITY_INSPECTOR,
    COLLEAGUE,
    COUNTED,
    COUNTY_INSPECTOR,
    PROVINCE_INSPECTOR,
    Inspecting,
    an_inspection_day,
)
from .stage import (
    AUDIT_ADMIN,
    CITY_DUTY,
    COUNTY_DUTY,
    DONGFENG,
    FAR,
    HEAD,
    LIMIN,
    LIMIN_HEAD,
    SYSTEM_ADMIN,
    YANGLING_OFFICE,
)
from .stage import (
    LINTONG as LINTONG_BUREAU,
)
from .stage import (
    WEINAN as WEINAN_BUREAU,
)
from .stage import (
    XIAN as XIAN_BUREAU,
)

TOMORROW = DAY + timedelta(days=1)


@pytest.fixture
def stage() -> Inspecting:
    return an_inspection_day()


def entries(stage: Inspecting) -> list[tuple[str, str, str]]:
    """The trail: what was done, to what, by whom."""
    found = sorted(stage.state.audit.values(), key=lambda entry: (entry.at, entry.action))
    return [(entry.action, entry.subject, entry.actor_name) for entry in found]


# ---------------------------------------------------------------- opening


def test_a_patrol_is_opened_with_every_figure_of_its_form(stage: Inspecting) -> None:
    stage.submit()
    stage.logs_in(COUNTY_DUTY, COUNTY_DUTY, COUNTY_INSPECTOR)
    stage.views(CITY_INSPECTOR)
    row = stage.open()
    figures = stage.figures(row)
    assert list(figures) == list(PATROL_FIGURES)
    shown = {key: figures[key].shown for key in ("commitmentsExpected", "commitmentRate", "logIns")}
    assert shown == {
        "commitmentsExpected": "3家",
        "commitmentRate": "33.3%（第1名，共2个）",
        "logIns": "3次",
    }
    assert [visit.name for visit in stage.sheet(row).visits] == [DONGFENG.name]
    assert stage.sheet(row).taken_at == stage.world.clock.now()


def test_a_patrol_is_of_the_department_that_answers_for_the_region(stage: Inspecting) -> None:
    kept = stage.kept(stage.open().id).inspection
    assert kept.target == PatrolTarget(
        DepartmentSnapshot(LINTONG_BUREAU.id, LINTONG_BUREAU.name, Level.COUNTY, LINTONG),
        "临潼区",
        XIAN_REGION,
    )
    assert kept.inspector.department == DepartmentSnapshot.of(XIAN_BUREAU)
    assert (kept.inspector.person_id, kept.inspector.name) == (CITY_INSPECTOR.id, CITY_INSPECTOR.name)
    assert (kept.origin, kept.business_date) == (Origin.MANUAL, DAY)


def test_a_region_without_a_department_of_its_own_is_patrolled_at_the_nearest_above(
    stage: Inspecting,
) -> None:
    row = stage.open(PROVINCE_INSPECTOR, YANGLING_COUNTY)
    assert (row.target_department_id, row.target_region_id) == (YANGLING_OFFICE.id, YANGLING_COUNTY)


def test_a_spot_check_is_opened_with_every_figure_of_its_form(stage: Inspecting) -> None:
    stage.submit()
    row = stage.open(whom=DONGFENG)
    figures = stage.figures(row)
    assert list(figures) == list(SPOT_CHECK_FIGURES)
    assert (figures["commitmentStatus"].shown, figures["commitmentLate"].shown) == ("在产", "否")
    assert figures["commitmentReportedAt"].shown == "2026-11-24 09:30"
    assert [permit.valid for permit in stage.sheet(row).permits] == [True]
    kept = stage.kept(row.id).inspection
    assert kept.target == SpotCheckTarget(
        DONGFENG.id, DONGFENG.name, DONGFENG.kind, LINTONG, "临潼区", XIAN_REGION
    )


def test_an_unreported_enterprise_is_shown_as_such(stage: Inspecting) -> None:
    figures = stage.figures(stage.open(whom=DONGFENG))
    shown = [figures[key].shown for key in ("commitmentStatus", "commitmentReportedAt", "commitmentLate")]
    assert shown == ["未上报", "无", "无"]


def test_rates_come_from_the_monitoring_platform(stage: Inspecting) -> None:
    now = stage.world.clock.now()
    stage.world.monitoring.rates[LINTONG] = OnlineRates(Decimal("97.6"), None, now)
    figures = stage.figures(stage.open())
    assert (figures["videoOnlineRate"].shown, figures["sensorOnlineRate"].shown) == ("97.6%", "未接入")
    assert stage.world.monitoring.asked == [(LINTONG, now)]
    stage.open(whom=DONGFENG, key="draft-0002")
    assert len(stage.world.monitoring.asked) == 1, "a spot check has no such figures"


@pytest.mark.parametrize(
    ("by", "whom", "refusal"),
    [
        (CITY_INSPECTOR, PUCHENG, NotFound),
        (CITY_INSPECTOR, WEINAN, NotFound),
        (CITY_INSPECTOR, PROVINCE, NotFound),
        (CITY_INSPECTOR, RegionId("999999"), NotFound),
        (CITY_INSPECTOR, XIAN_REGION, OutsideJurisdiction),
        (COUNTY_INSPECTOR, LINTONG, OutsideJurisdiction),
        (PROVINCE_INSPECTOR, PROVINCE, OutsideJurisdiction),
        (CITY_INSPECTOR, FAR, NotFound),
        (COUNTY_INSPECTOR, FAR, NotFound),
    ],
)
def test_nobody_inspects_upward_sideways_or_elsewhere(
    stage: Inspecting, by: Person, whom: Enterprise | RegionId, refusal: type[Refused]
) -> None:
    before = stage.state
    with pytest.raises(refusal):
        stage.open(by, whom)
    assert stage.state is before and stage.world.monitoring.asked == []


def test_a_department_of_another_branch_is_not_patrolled_though_its_region_is_below(
    stage: Inspecting,
) -> None:
    stage.settle(replace(LINTONG_BUREAU, parent_id=WEINAN_BUREAU.id))
    with pytest.raises(OutsideJurisdiction, match="临潼区应急管理局不是西安市应急管理局的下级部门"):
        stage.open()


def test_the_same_key_sent_twice_is_the_same_draft(stage: Inspecting) -> None:
    first = stage.open()
    stage.edit(first)
    again = stage.open()
    assert (again.id, again.revision) == (first.id, 2), "what was filled in meanwhile is still there"
    assert len(stage.state.inspections) == 1


def test_the_same_key_for_something_else_is_a_conflict(stage: Inspecting) -> None:
    stage.open()
    with pytest.raises(Conflict):
        stage.open(whom=CHANGAN_REGION)
    with pytest.raises(Conflict):
        stage.open(whom=DONGFENG)
    assert len(stage.state.inspections) == 1


def test_the_same_key_of_two_people_makes_two_drafts(stage: Inspecting) -> None:
    assert stage.open().id != stage.open(COLLEAGUE).id


def test_the_same_key_at_the_same_moment_is_one_draft(stage: Inspecting) -> None:
    with ThreadPoolExecutor(8) as pool:
        rows = list(pool.map(lambda _: stage.open(), range(8)))
    assert len({row.id for row in rows}) == len(stage.state.inspections) == 1


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "tab\tin the key"])
def test_a_key_has_8_to_64_visible_characters(stage: Inspecting, key: str) -> None:
    with pytest.raises(InvalidValue):
        stage.open(key=key)
    assert len(stage.state.inspections) == 0


def test_drafts_are_listed_for_their_owner_the_oldest_first(stage: Inspecting) -> None:
    opened = []
    for key, whom in (("draft-0001", LINTONG), ("draft-0002", DONGFENG), ("draft-0003", LINTONG)):
        opened.append(stage.after(timedelta(minutes=1)).open(whom=whom, key=key))
    stage.discard(opened.pop())
    assert stage.world.app.inspections.drafts(stage.actor(CITY_INSPECTOR), Page(10)).rows == opened
    assert stage.world.app.inspections.drafts(stage.actor(COLLEAGUE), Page(10)).rows == []


# ---------------------------------------------------------------- filling in


def test_a_draft_is_kept_as_often_as_one_likes_complete_or_not(stage: Inspecting) -> None:
    row = stage.open()
    for number, form in enumerate((InspectionForm(), InspectionForm(observations="路上"), A_PATROL), start=2):
        row = stage.edit(row, form)
        assert (row.revision, row.state) == (number, InspectionState.DRAFT)
        assert stage.world.app.inspections.contents(stage.actor(CITY_INSPECTOR), [row.id])[row.id][1] == form


def test_two_devices_do_not_overwrite_each_other(stage: Inspecting) -> None:
    row = stage.open()
    stage.edit(row, InspectionForm(observations="平板上写的"))
    with pytest.raises(Conflict, match="已更新到第2版，您看到的是第1版"):
        stage.edit(row, InspectionForm(observations="手机上写的"))
    with pytest.raises(Conflict, match="已更新到第2版"):
        stage.refresh(row)  # It would hand out a revision to somebody who has not seen the form.
    assert stage.kept(row.id).inspection.form.observations == "平板上写的"


def test_what_does_not_fit_into_the_form_is_refused_and_nothing_is_kept(stage: Inspecting) -> None:
    row = stage.open(whom=DONGFENG)
    before = stage.state
    unknown = InspectionForm(findings=(Finding("HOROSCOPE", FindingResult.OK),))
    with pytest.raises(UnknownChecklistItem):
        stage.edit(row, unknown)
    with pytest.raises(InvalidForm) as refused:
        stage.edit(row, replace(unknown, observations="长" * 2001, conclusion="长" * 1001))
    assert len(refused.value.items) == 3
    assert stage.state is before


def test_a_refresh_shows_what_has_changed_and_leaves_what_was_filled_in(stage: Inspecting) -> None:
    row = stage.edit(stage.open())
    stage.submit()
    stage.after(timedelta(minutes=5))
    refreshed = stage.refresh(row)
    changes = {change.key: (change.before, change.after) for change in refreshed.changes}
    assert changes["commitmentsReported"] == ("0家", "1家")
    assert "commitmentsExpected" not in changes
    assert stage.sheet(row).taken_at == stage.world.clock.now()
    assert stage.kept(row.id).inspection.form == A_PATROL
    assert refreshed.inspection.revision == row.revision + 1
    assert stage.refresh(refreshed.inspection).changes == ()


def test_a_refresh_the_day_after_is_still_about_the_day_of_the_draft(stage: Inspecting) -> None:
    row = stage.open(whom=DONGFENG)
    stage.submit()
    stage.at("00:10", TOMORROW)
    stage.world.app.commitments.open_day(TOMORROW)
    (reported, *_) = stage.refresh(row).changes
    assert (reported.before, reported.after) == ("未上报", "在产")


def test_a_repeated_call_with_its_key_takes_effect_once(stage: Inspecting) -> None:
    row = stage.open()
    once = stage.edit(row, key="edit-key-1")
    assert stage.edit(row, key="edit-key-1") == once
    submitted = stage.turn_in(once, key="submit-key-1")
    assert stage.turn_in(once, key="submit-key-1") == submitted
    assert len([entry for entry in entries(stage) if entry[0] == "InspectionSubmitted"]) == 1


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
        with pytest.raises(OutsideTarget):
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
    allowed = stage.world.app.inspections.allowed_actions(stage.actor(by), row)
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
    assert stage.world.app.inspections.allowed_actions(actor, row) == []


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


# ---------------------------------------------------------------- who sees what


def test_a_superior_sees_what_those_below_have_recorded_and_never_the_reverse_or_sideways(
    stage: Inspecting,
) -> None:
    province = stage.record(PROVINCE_INSPECTOR, XIAN_REGION)
    city = stage.record(CITY_INSPECTOR, LINTONG)
    county = stage.record(COUNTY_INSPECTOR, DONGFENG)
    seen = {by: {row.id for row in stage.seen(by)} for by in (PROVINCE_INSPECTOR, CITY_DUTY)}
    assert seen == {
        PROVINCE_INSPECTOR: {province.id, city.id, county.id},
        CITY_DUTY: {city.id, county.id},
    }
    assert [row.id for row in stage.seen(COUNTY_DUTY)] == [county.id]
    assert stage.seen(CHANGAN_INSPECTOR) == []
    rows = stage.world.app.inspections.rows(stage.actor(COUNTY_DUTY), [province.id, city.id, county.id])
    assert set(rows) == {county.id}


def test_a_draft_is_seen_by_nobody_but_who_opened_it(stage: Inspecting) -> None:
    row = stage.open()
    for by in (COLLEAGUE, CITY_HEAD, PROVINCE_INSPECTOR, COUNTY_INSPECTOR):
        assert stage.world.app.inspections.rows(stage.actor(by), [row.id]) == {}
        assert stage.seen(by) == []
    assert stage.world.app.inspections.rows(stage.actor(CITY_INSPECTOR), [row.id]) == {row.id: row}
    assert stage.seen(CITY_INSPECTOR) == [], "a draft is no record"


def test_a_department_that_is_moved_leaves_its_old_records_where_they_were(stage: Inspecting) -> None:
    record = stage.record(COUNTY_INSPECTOR, DONGFENG)
    stage.settle(replace(LINTONG_BUREAU, parent_id=WEINAN_BUREAU.id, jurisdiction=frozenset({PUCHENG})))
    assert [row.id for row in stage.seen(CITY_INSPECTOR)] == [record.id]
    assert stage.kept(record.id).inspection.inspector.department == DepartmentSnapshot.of(LINTONG_BUREAU)


def test_records_are_searched(stage: Inspecting) -> None:
    patrol = stage.record()
    check = stage.record(
        whom=LIMIN,
        form=replace(A_CHECK, conclusion="库房堆垛过高", problems=(a_statement(responsible=()),)),
        key="draft-0002",
    )

    def found(**where: object) -> list[InspectionRow]:
        return stage.seen(CITY_INSPECTOR, replace(COUNTED, **where))  # type: ignore[arg-type]

    assert found(kinds=(patrol.kind,)) == [patrol]
    assert found(with_problems=True) == [check]
    assert found(text="堆垛") == [check]
    assert found(target_enterprise_id=LIMIN.id) == [check]
    assert found(origins=(Origin.AUTO,)) == []
    assert found(region_id=CHANGAN_REGION) == []
    assert found(first_day=TOMORROW, last_day=TOMORROW) == []


@pytest.mark.parametrize(("first", "last"), [(TOMORROW, DAY), (DAY, DAY + timedelta(days=366))])
def test_a_range_of_days_is_neither_backward_nor_longer_than_a_year(
    stage: Inspecting, first: date, last: date
) -> None:
    for ask in (
        stage.world.app.inspections.count,
        lambda a, w: stage.world.app.inspections.page(a, w, Page(1)),
    ):
        with pytest.raises(InvalidValue) as refused:
            ask(stage.actor(CITY_INSPECTOR), InspectionFilter(first, last))
        assert refused.value.field == "lastDay"


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
