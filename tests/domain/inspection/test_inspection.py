"""The workflow of an inspection: every state with every action, ids, frozen parties, and the problems that come of it."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import datetime, timedelta

import pytest

from yanbao.domain.deadlines import day_end, day_start
from yanbao.domain.handling.terms import Phase
from yanbao.domain.inspection.check import ConclusionMissing, OutsideJurisdiction
from yanbao.domain.inspection.events import InspectionDiscarded, InspectionOpened, InspectionSubmitted
from yanbao.domain.inspection.form import Conclusion, InspectionForm, InspectionKind, Target
from yanbao.domain.inspection.inspection import (
    INSPECTION_ACTION_NAMES,
    INSPECTION_STATE_NAMES,
    INSPECTION_TRANSITIONS,
    Inspection,
    InspectionAction,
    InspectionState,
    automatic_inspection_id,
    drafted_inspection_id,
    inspection_actions_allowed,
)
from yanbao.domain.policy import Policy
from yanbao.domain.problem.form import problem_id
from yanbao.domain.problem.workflow import ProblemState
from yanbao.domain.refusals import ActionNotAllowed, Forbidden, InvalidForm, InvalidValue
from yanbao.domain.signed import Origin
from yanbao.domain.values import EnterpriseId, PersonId

from ...support.builders import DAY, LINTONG, NOW
from ...support.inspections import (
    BELOW_THE_CITY,
    CITY_BUREAU,
    COLLEAGUE,
    FACTORY,
    INSPECTOR,
    MICROSECOND,
    PEOPLE,
    PROVINCE_BUREAU,
    REGIONS_OF_THE_CITY,
    TO_THE_COUNTY,
    TO_THE_FACTORY,
    USUAL,
    a_check_form,
    a_check_target,
    a_draft,
    a_figure,
    a_form_for,
    a_patrol_target,
    a_sheet,
    a_statement,
    an_inspection_in,
    an_inspector,
    by,
)

LATER = NOW + timedelta(hours=1)

Act = Callable[[Inspection, PersonId | None], object]
ACTS: dict[InspectionAction, Act] = {
    InspectionAction.EDIT: lambda i, who: i.edit(InspectionForm(observations="路上"), by=by(who, at=LATER)),
    InspectionAction.REFRESH: lambda i, who: i.refresh(a_sheet(a_figure(value="90")), by=by(who, at=LATER)),
    InspectionAction.SUBMIT: lambda i, who: i.submit(by=by(who, at=LATER), people=PEOPLE, policy=USUAL),
    InspectionAction.DISCARD: lambda i, who: i.discard(by=by(who, at=LATER)),
}
PRODUCT = [(state, action) for state in InspectionState for action in InspectionAction]
TARGETS: list[Target] = [a_patrol_target(), a_check_target()]


def opened(target: Target | None = None, *, key: str = "draft-0001", at: datetime = NOW) -> Inspection:
    """As it was announced, with nothing filled in."""
    return Inspection.open(
        key=key,
        inspector=an_inspector(),
        target=a_check_target() if target is None else target,
        sheet=a_sheet(),
        departments=BELOW_THE_CITY,
        regions=REGIONS_OF_THE_CITY,
        at=at,
    )


def automatic(target: Target, *, at: datetime = NOW) -> Inspection:
    return Inspection.record_automatically(
        department=CITY_BUREAU, target=target, day=DAY, sheet=a_sheet(), at=at
    )


# ---------------------------------------------------------------- the table


@pytest.mark.parametrize(("state", "action"), [pair for pair in PRODUCT if pair in INSPECTION_TRANSITIONS])
def test_a_legal_action_lands_and_counts_as_a_revision(
    state: InspectionState, action: InspectionAction
) -> None:
    inspection = an_inspection_in(state)
    revision = inspection.revision
    ACTS[action](inspection, INSPECTOR)
    assert inspection.state is INSPECTION_TRANSITIONS[state, action]
    assert inspection.revision == revision + 1
    announced = {
        InspectionAction.SUBMIT: [InspectionSubmitted],
        InspectionAction.DISCARD: [InspectionDiscarded],
    }
    assert [type(event) for event in inspection.events] == announced.get(action, [])


@pytest.mark.parametrize(
    ("state", "action"), [pair for pair in PRODUCT if pair not in INSPECTION_TRANSITIONS]
)
def test_any_other_action_is_refused_changes_nothing_and_announces_nothing(
    state: InspectionState, action: InspectionAction
) -> None:
    inspection = an_inspection_in(state)
    before = deepcopy(inspection)
    with pytest.raises(ActionNotAllowed) as refused:
        ACTS[action](inspection, INSPECTOR)
    assert refused.value.sentence == (
        f"该记录{INSPECTION_STATE_NAMES[state]}，不能{INSPECTION_ACTION_NAMES[action]}。"
    )
    assert inspection == before and inspection.events == []


@pytest.mark.parametrize(("state", "action"), PRODUCT)
@pytest.mark.parametrize("who", [COLLEAGUE, None])
def test_a_draft_is_its_inspector_s_own(
    state: InspectionState, action: InspectionAction, who: PersonId | None
) -> None:
    inspection = an_inspection_in(state)
    before = deepcopy(inspection)
    expected = Forbidden if (state, action) in INSPECTION_TRANSITIONS else ActionNotAllowed
    with pytest.raises(expected):
        ACTS[action](inspection, who)
    assert inspection == before and inspection.events == []
    assert inspection.allowed_actions(who) == frozenset()


@pytest.mark.parametrize("state", InspectionState)
def test_what_is_said_to_be_allowed_is_what_the_table_has(state: InspectionState) -> None:
    allowed = {action for origin, action in INSPECTION_TRANSITIONS if origin is state}
    assert an_inspection_in(state).allowed_actions(INSPECTOR) == allowed
    assert inspection_actions_allowed(state, own=True) == allowed
    assert inspection_actions_allowed(state, own=False) == frozenset()


def test_nobody_may_change_an_automatic_record() -> None:
    assert automatic(a_patrol_target()).allowed_actions(None) == frozenset()


# ---------------------------------------------------------------- opening


@pytest.mark.parametrize(
    ("target", "kind", "enterprise"),
    [
        (a_patrol_target(), InspectionKind.PATROL, None),
        (a_check_target(), InspectionKind.SPOT_CHECK, FACTORY),
    ],
)
def test_a_draft_is_opened_with_its_figures(
    target: Target, kind: InspectionKind, enterprise: EnterpriseId | None
) -> None:
    inspection = opened(target)
    assert (inspection.kind, inspection.origin, inspection.state) == (
        kind,
        Origin.MANUAL,
        InspectionState.DRAFT,
    )
    assert (inspection.business_date, inspection.opened_at, inspection.revision) == (DAY, NOW, 1)
    assert (inspection.sheet, inspection.form) == (a_sheet(), InspectionForm())
    assert inspection.events == [
        InspectionOpened(
            inspection_id=inspection.id,
            department_id=CITY_BUREAU.id,
            region_id=LINTONG,
            enterprise_id=enterprise,
            business_date=DAY,
            revision=1,
            at=NOW,
        )
    ]


def test_the_same_person_and_key_are_the_same_draft_and_several_are_possible() -> None:
    assert opened().id == opened().id == drafted_inspection_id(INSPECTOR, "draft-0001")
    assert opened(key="draft-0002").id != opened().id
    assert drafted_inspection_id(COLLEAGUE, "draft-0001") != opened().id


@pytest.mark.parametrize("key", ["short", "k" * 65, "draft\x000001"])
def test_an_odd_key_is_refused(key: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        opened(key=key)
    assert refused.value.field == "key"


def test_nobody_opens_a_draft_outside_the_jurisdiction() -> None:
    with pytest.raises(OutsideJurisdiction):
        opened(a_patrol_target(CITY_BUREAU))


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(InvalidValue):
        opened(at=NOW.replace(tzinfo=None))


def test_the_business_date_is_that_of_shanghai() -> None:
    assert opened(at=day_end(DAY) - MICROSECOND).business_date == DAY
    assert opened(at=day_start(DAY) - MICROSECOND).business_date == DAY - timedelta(days=1)


# ---------------------------------------------------------------- filling in


def test_a_draft_keeps_what_is_incomplete_and_refuses_what_does_not_fit() -> None:
    inspection = opened()
    inspection.edit(InspectionForm(observations="路上"), by=by())
    assert inspection.form.observations == "路上"
    before = deepcopy(inspection)
    with pytest.raises(InvalidForm):
        inspection.edit(InspectionForm(observations="长" * 2001, problems=(a_statement(),) * 21), by=by())
    assert inspection == before


def test_a_refresh_takes_the_new_figures_and_says_what_changed() -> None:
    inspection = a_draft(a_patrol_target())
    newer = a_sheet(a_figure(value="90"))
    (change,) = inspection.refresh(newer, by=by())
    assert (change.key, change.before, change.after) == ("commitmentRate", "87.5%", "90%")
    assert inspection.sheet == newer
    assert inspection.refresh(newer, by=by()) == ()


# ---------------------------------------------------------------- submitting


@pytest.mark.parametrize("target", TARGETS)
def test_submitting_issues_the_problems_to_the_target(target: Target) -> None:
    statements = (a_statement(), a_statement(description="视频3路离线", rectify_on=DAY))
    inspection = a_draft(target, form=a_form_for(target, problems=statements))
    problems = inspection.submit(by=by(at=LATER), people=PEOPLE, policy=Policy(rectify_days_general=3))
    assert inspection.submitted == by(at=LATER)
    assert [problem.id for problem in problems] == list(inspection.problem_ids)
    assert inspection.problem_ids == (problem_id(inspection.id, 1), problem_id(inspection.id, 2))
    to = TO_THE_COUNTY if target in TARGETS[:1] else TO_THE_FACTORY
    for problem, statement in zip(problems, statements, strict=True):
        assert (problem.state, problem.statement, problem.addressee) == (ProblemState.ISSUED, statement, to)
        assert (problem.inspection_id, problem.issuer, problem.issued) == (
            inspection.id,
            CITY_BUREAU,
            by(at=LATER),
        )
        assert len(problem.events) == 1
    assert [problem.term(Phase.RECTIFY).due for problem in problems] == [
        LATER + timedelta(days=3),
        day_end(DAY),
    ]


def test_a_form_with_faults_is_not_submitted_and_issues_nothing() -> None:
    inspection = a_draft(form=a_check_form(conclusion=None, problems=(a_statement(),)))
    before = deepcopy(inspection)
    with pytest.raises(ConclusionMissing):
        inspection.submit(by=by(), people=PEOPLE, policy=USUAL)
    assert inspection == before and inspection.events == []
    inspection.edit(a_check_form(conclusion=None, problems=(a_statement(category=None),)), by=by())
    with pytest.raises(InvalidForm) as refused:
        inspection.submit(by=by(), people=PEOPLE, policy=USUAL)
    assert [item.code for item in refused.value.items] == ["CONCLUSION_MISSING", "CATEGORY_MISSING"]


def test_a_deadline_is_measured_by_the_day_of_submission() -> None:
    inspection = a_draft(form=a_check_form(problems=(a_statement(rectify_on=DAY),)))
    with pytest.raises(InvalidValue) as refused:
        inspection.submit(by=by(at=day_end(DAY)), people=PEOPLE, policy=USUAL)
    assert refused.value.field == "problems.0.rectifyOn"
    inspection.submit(by=by(at=day_end(DAY) - MICROSECOND), people=PEOPLE, policy=USUAL)
    assert inspection.state is InspectionState.SUBMITTED


def test_a_draft_that_is_submitted_after_midnight_keeps_its_business_date() -> None:
    inspection = a_draft()
    inspection.submit(by=by(at=day_end(DAY)), people=PEOPLE, policy=USUAL)
    assert inspection.business_date == DAY


# ---------------------------------------------------------------- automatic records


@pytest.mark.parametrize("target", TARGETS)
def test_an_automatic_record_states_the_figures_and_that_nobody_verified_them(target: Target) -> None:
    record = automatic(target)
    assert (record.origin, record.state) == (Origin.AUTO, InspectionState.SUBMITTED)
    assert (record.inspector.department, record.inspector.person_id) == (CITY_BUREAU, None)
    assert record.form == InspectionForm(conclusion=Conclusion.NOT_VERIFIED)
    how = "登录" if record.kind is InspectionKind.PATROL else "查看"
    assert record.conclusion_text == f"系统根据{how}情况自动生成，未经人工核查。"
    assert record.submitted is not None and record.submitted.name == "系统自动"
    assert record.problem_ids == ()
    (event,) = record.events
    assert isinstance(event, InspectionSubmitted) and event.business_date == DAY


@pytest.mark.parametrize("target", TARGETS)
def test_there_is_one_automatic_record_per_department_target_and_date(target: Target) -> None:
    record = automatic(target)
    assert record.id == automatic(target, at=LATER).id == automatic_inspection_id(CITY_BUREAU.id, target, DAY)
    others = {
        automatic_inspection_id(CITY_BUREAU.id, target, DAY + timedelta(days=1)),
        automatic_inspection_id(PROVINCE_BUREAU.id, target, DAY),
        *(automatic(other).id for other in TARGETS if other != target),
        opened(target).id,
    }
    assert len(others) == 4 and record.id not in others


def test_an_automatic_record_that_is_made_up_later_keeps_its_day() -> None:
    record = automatic(a_patrol_target(), at=day_end(DAY) + timedelta(days=2))
    assert record.business_date == DAY
