"""Problems on the write side: every field comes back after every step, and of two who decide at once one is first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, timedelta
from threading import local

import pytest

from yanbao.application.access import EVERYTHING, SYSTEM
from yanbao.application.ports.work import UnitOfWork
from yanbao.domain.handling.feedback import Addressee
from yanbao.domain.inspection.inspection import Inspection
from yanbao.domain.problem.form import ProblemCategory, ProblemOrigin, Severity, ministry_problem_id
from yanbao.domain.problem.history import ExtensionOutcome
from yanbao.domain.problem.problem import Problem
from yanbao.domain.problem.workflow import PROBLEM_TRANSITIONS, ProblemAction, ProblemState
from yanbao.domain.refusals import Conflict, NotFound
from yanbao.domain.values import SHANGHAI, DepartmentId, EnterpriseId, InspectionId, ProblemId, RegionId

from ...support.builders import DAY, NOW, an_id
from ...support.inspections import (
    CITY_BUREAU,
    PEOPLE,
    TO_THE_COUNTY,
    TO_THE_FACTORY,
    USUAL,
    a_check_form,
    a_draft,
    a_problem_in,
    a_statement,
    an_attachment,
    asking_for_more_time,
    by,
    issued,
)
from ...support.ministry_problems import received
from ...support.patience import PATIENCE
from ..conftest import World
from ..test_unit_of_work import while_open
from .problems import a_step, change, keep, later, made, ready_for, settle_parties, stored, take

EVERY_STEP = pytest.mark.parametrize(("state", "action"), PROBLEM_TRANSITIONS, ids=lambda part: part.value)
FULL = a_statement(
    category=ProblemCategory.CERTIFICATE,
    severity=Severity.MAJOR,
    description="许可证过期；“待换证”。",
    rectify_on=DAY + timedelta(days=6),
    attachments=(an_attachment("证书"), an_attachment("现场")),
)


@pytest.fixture
def world(world: World) -> World:
    settle_parties(world.storage)
    return world


# ---------------------------------------------------------------- every field


@EVERY_STEP
def test_every_step_comes_back_as_it_was_taken(
    world: World, state: ProblemState, action: ProblemAction
) -> None:
    problem = ready_for(action, state)
    keep(world.storage, problem)
    assert stored(world.storage, problem.id) == problem
    changed = change(world.storage, problem.id, take(action))
    assert changed.version == 2
    assert changed.timeline[-1].signed == later()
    assert changed.timeline[-1].action is action
    assert stored(world.storage, problem.id) == changed


LIFE = [
    *(ProblemAction.REQUEST_EXTENSION, ProblemAction.REFUSE_EXTENSION, ProblemAction.ACKNOWLEDGE),
    *(ProblemAction.REQUEST_EXTENSION, ProblemAction.GRANT_EXTENSION, ProblemAction.RECTIFY),
    *(ProblemAction.REPORT_PROGRESS, ProblemAction.REPORT_PROGRESS, ProblemAction.FEED_BACK),
    *(ProblemAction.RETURN, ProblemAction.RECTIFY, ProblemAction.FEED_BACK, ProblemAction.CLOSE),
]


@pytest.mark.parametrize("to", [TO_THE_COUNTY, TO_THE_FACTORY], ids=["department", "enterprise"])
def test_a_long_life_comes_back_after_each_step_with_everything_before(world: World, to: Addressee) -> None:
    problem = issued(to=to, statement=FULL)
    keep(world.storage, problem)
    for minutes, action in enumerate(LIFE, start=1):
        changed = change(world.storage, problem.id, take(action, name=f"第{minutes}人", minutes=minutes))
        assert stored(world.storage, problem.id) == changed
        assert (changed.version, changed.revision) == (minutes + 1, minutes + 1)
    outcomes = [extension.outcome for extension in changed.extensions]
    assert outcomes == [ExtensionOutcome.REFUSED, ExtensionOutcome.GRANTED]
    assert [feedback.final for feedback in changed.feedbacks] == [False, False, True, True]


MINISTRY_LIFE = [
    *(ProblemAction.ACKNOWLEDGE, ProblemAction.RECTIFY, ProblemAction.REPORT_PROGRESS),
    *(ProblemAction.HAND_OVER, ProblemAction.RESTATE, ProblemAction.ACKNOWLEDGE, ProblemAction.HAND_OVER),
    *(ProblemAction.ACKNOWLEDGE, ProblemAction.RECTIFY, ProblemAction.FEED_BACK, ProblemAction.RETURN),
    *(ProblemAction.RECTIFY, ProblemAction.FEED_BACK, ProblemAction.CLOSE, ProblemAction.RESTATE),
    *(ProblemAction.REOPEN, ProblemAction.ACKNOWLEDGE, ProblemAction.WITHDRAW, ProblemAction.REOPEN),
]


def test_the_life_of_a_problem_of_the_ministry_comes_back_after_each_step(world: World) -> None:
    problem = replace(received(), source_version=2**40)
    keep(world.storage, problem)
    for minutes, action in enumerate(MINISTRY_LIFE, start=1):
        changed = change(world.storage, problem.id, take(action, name=f"第{minutes}人", minutes=minutes))
        assert stored(world.storage, problem.id) == changed
        row = world.readers.problems.problems([problem.id], EVERYTHING)[problem.id]
        assert (row.department_id, row.addressee_name, row.ministry_due) == (
            changed.addressee.department_id,
            changed.addressee.name,
            changed.ministry_due,
        )
        assert row.first_feedback_at == (changed.answers[0].signed.at if changed.answers else None)
        handed_over = changed.handed_over
        assert row.handed_over_at == (None if handed_over is None else handed_over.at)
        ended = changed.closed or changed.withdrawn
        assert row.ended_at == (None if ended is None else ended.at)
    assert changed.source_version > 2**40


def test_a_life_that_is_lived_in_one_unit_of_work_comes_back_whole(world: World) -> None:
    problem = issued()
    with world.storage.work(SYSTEM) as work:
        for minutes, action in enumerate(LIFE, start=1):
            take(action, minutes=minutes)(problem)
            if minutes % 3 == 0:
                work.problems.save(problem)
        work.problems.save(problem)
        work.commit()
    assert stored(world.storage, problem.id) == problem
    assert problem.revision == 1 + len(LIFE)


def test_the_problems_of_an_inspection_come_back_with_every_field(world: World) -> None:
    draft = a_draft(form=a_check_form(problems=(FULL, a_statement())))
    first, second = submitted(world, draft)
    read = stored(world.storage, first.id)
    assert read == first
    assert (read.statement, read.inspection_id) == (FULL, draft.id)
    assert (read.addressee, read.issuer) == (TO_THE_FACTORY, CITY_BUREAU)
    assert stored(world.storage, second.id) == second


def submitted(world: World, draft: Inspection) -> tuple[Problem, ...]:
    with world.storage.work(SYSTEM) as work:
        problems = draft.submit(by=by(), people=PEOPLE, policy=USUAL)
        work.inspections.save(draft)
        for problem in problems:
            work.problems.save(problem)
        work.commit()
    return problems


@pytest.mark.parametrize("to", [TO_THE_COUNTY, TO_THE_FACTORY], ids=["department", "enterprise"])
def test_a_problem_of_the_ministry_comes_back_and_without_a_category_it_is_other(
    world: World, to: Addressee
) -> None:
    problem = issued(
        to=to, origin=ProblemOrigin.MINISTRY, statement=a_statement(category=None, responsible=())
    )
    keep(world.storage, problem)
    read = stored(world.storage, ministry_problem_id("BJ-1"))
    assert read == replace(problem, statement=replace(problem.statement, category=ProblemCategory.OTHER))
    assert (read.external_id, read.issued.person_id, read.category) == ("BJ-1", None, ProblemCategory.OTHER)


def test_moments_are_given_back_in_utc_whatever_zone_they_came_in(world: World) -> None:
    problem = asking_for_more_time(issued(at=NOW.astimezone(SHANGHAI)))
    signed = by(at=NOW.astimezone(SHANGHAI))
    problem.refuse_extension("可先行整改", by=signed)
    problem.acknowledge(by=signed)
    problem.rectify(by=signed)
    for action in (ProblemAction.FEED_BACK, ProblemAction.CLOSE):
        a_step(action, signed)(problem)
    keep(world.storage, problem)
    read = stored(world.storage, problem.id)
    (extension,), (feedback,) = read.extensions, read.feedbacks
    marks = [read.issued, read.acknowledged, read.taken_up, read.closed, feedback.signed]
    marks += [extension.requested, extension.decided, *(entry.signed for entry in read.timeline)]
    assert [(mark.at, mark.at.tzinfo) for mark in marks if mark is not None] == [(NOW, UTC)] * 14
    moments = [term.due for term in read.terms] + [entry.rectify_due for entry in read.timeline]
    assert {moment.tzinfo for moment in moments} == {UTC}


# ---------------------------------------------------------------- changes


def test_a_problem_is_found_by_its_id(world: World) -> None:
    problem = issued()
    keep(world.storage, problem)
    with world.storage.work(SYSTEM) as work:
        assert work.problems.find(problem.id) == problem
        assert work.problems.find(ProblemId(an_id("nothing"))) is None


def test_several_problems_are_found_at_once_and_can_be_changed(world: World) -> None:
    one, other, third = a_problem_in(ProblemState.RETURNED), made("别的"), made("第三个")
    keep(world.storage, one, other, third)
    asked = [other.id, ProblemId(an_id("nothing")), one.id, other.id]
    with world.storage.work(SYSTEM) as work:
        found = work.problems.find_all(asked)
        assert found == {other.id: other, one.id: one}
        assert work.problems.find_all([]) == {}
        found[other.id].acknowledge(by=later())
        assert work.problems.get(other.id, within=EVERYTHING).state is ProblemState.ISSUED
        work.problems.save(found[other.id])
        work.commit()
    assert stored(world.storage, other.id).state is ProblemState.ACKNOWLEDGED


def test_what_is_changed_and_not_saved_has_not_been_changed(world: World) -> None:
    keep(world.storage, issued())
    with world.storage.work(SYSTEM) as work:
        found = work.problems.find(issued().id)
        assert found is not None
        found.acknowledge(by=by())
        assert work.problems.get(issued().id, within=EVERYTHING).state is ProblemState.ISSUED
        work.commit()
    assert stored(world.storage, issued().id).state is ProblemState.ISSUED


def test_what_is_changed_after_it_was_saved_has_not_been_changed(world: World) -> None:
    problem = issued()
    with world.storage.work(SYSTEM) as work:
        work.problems.save(problem)
        problem.acknowledge(by=by())
        work.commit()
    assert stored(world.storage, problem.id).revision == 1


def test_nothing_is_kept_of_a_unit_of_work_that_is_left(world: World) -> None:
    keep(world.storage, issued())
    with world.storage.work(SYSTEM) as work:
        problem = work.problems.get(issued().id, within=EVERYTHING)
        asking_for_more_time(problem)
        work.problems.save(problem)
    assert stored(world.storage, issued().id).revision == 1


def test_what_one_unit_of_work_gave_out_another_one_can_save(world: World) -> None:
    keep(world.storage, a_problem_in(ProblemState.RETURNED))
    problem = stored(world.storage, issued().id)
    asking_for_more_time(problem)
    keep(world.storage, problem)
    problem.grant_extension(by=later())
    keep(world.storage, problem)
    assert stored(world.storage, problem.id) == problem


def test_what_happened_is_announced_once_it_is_saved(world: World) -> None:
    problem = issued()
    announced = list(problem.events)
    keep(world.storage, problem)
    assert world.reacting.seen[-1] == announced != []
    assert problem.events == []


@pytest.mark.parametrize(
    "problem",
    [
        issued(to=replace(TO_THE_FACTORY, enterprise_id=EnterpriseId(an_id("?")))),
        issued(to=replace(TO_THE_COUNTY, department_id=DepartmentId(an_id("?")))),
        issued(to=replace(TO_THE_COUNTY, region_id=RegionId("619999"))),
        issued(to=replace(TO_THE_COUNTY, city_id=RegionId("619999"))),
        replace(issued(), issuer=replace(CITY_BUREAU, id=DepartmentId(an_id("?")))),
        replace(issued(), issuer=replace(CITY_BUREAU, region_id=RegionId("619999"))),
        replace(issued(), inspection_id=InspectionId(an_id("?"))),
    ],
    ids=["enterprise", "department", "region", "city", "issuer", "issuer's region", "inspection"],
)
def test_a_problem_of_what_does_not_exist_is_refused_and_nothing_of_it_is_kept(
    world: World, problem: Problem
) -> None:
    with pytest.raises(NotFound):
        keep(world.storage, problem)
    with world.storage.work(SYSTEM) as work:
        assert work.problems.find(problem.id) is None
    assert world.readers.problems.histories([problem.id]) == {}


# ---------------------------------------------------------------- two at once


def test_a_problem_that_is_issued_twice_is_there_once(world: World) -> None:
    keep(world.storage, issued())
    with pytest.raises(Conflict):
        keep(world.storage, issued())
    assert stored(world.storage, issued().id).revision == 1


def test_a_problem_that_is_not_there_cannot_be_changed(world: World) -> None:
    with pytest.raises(Conflict):
        keep(world.storage, replace(issued(), version=1))


def test_the_second_of_two_who_change_the_same_problem_is_refused(world: World) -> None:
    keep(world.storage, a_problem_in(ProblemState.FED_BACK))
    mine, theirs = stored(world.storage, issued().id), stored(world.storage, issued().id)
    theirs.close(by=later("先到"))
    keep(world.storage, theirs)
    mine.return_("照片不清楚", by=later("后到"))
    with pytest.raises(Conflict):
        keep(world.storage, mine)
    assert stored(world.storage, issued().id) == theirs


@EVERY_STEP
def test_of_two_open_units_that_take_the_same_step_one_lands(
    world: World, state: ProblemState, action: ProblemAction
) -> None:
    ready = ready_for(action, state)
    keep(world.storage, ready)
    before = stored(world.storage, ready.id)
    read = local()

    def first(work: UnitOfWork) -> None:
        read.problem = work.problems.get(ready.id, within=EVERYTHING)

    def act(work: UnitOfWork) -> None:
        if read.problem.revision > before.revision:
            raise Conflict("came second")  # As SQLite lets it: one after the other.
        take(action)(read.problem)
        work.problems.save(read.problem)

    assert sorted(while_open(world.storage, first, act)) == ["CONFLICT", "landed"]
    after = stored(world.storage, ready.id)
    assert after.revision == before.revision + 1
    assert after.version == before.version + 1


def test_of_two_reviewers_the_one_who_waits_for_the_other_is_refused(world: World) -> None:
    keep(world.storage, a_problem_in(ProblemState.FED_BACK))

    def close() -> None:
        with world.storage.work(SYSTEM) as work:
            work.problems.save(second)
            work.commit()

    second = stored(world.storage, issued().id)
    second.close(by=later("后到"))
    with ThreadPoolExecutor(1) as pool:
        with world.storage.work(SYSTEM) as work:
            problem = work.problems.get(issued().id, within=EVERYTHING)
            problem.return_("照片不清楚", by=later("先到"))
            work.problems.save(problem)
            waiting = pool.submit(close)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.3)
            work.commit()
        with pytest.raises(Conflict):
            waiting.result(PATIENCE)
    assert stored(world.storage, issued().id) == problem
