"""Lists of problems: whom they reach, what they count, and what their rows say."""

from __future__ import annotations

from datetime import timedelta

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.ports.paging import Page
from yanbao.application.ports.problem import ProblemFilter
from yanbao.application.problem.commands import AcknowledgeProblem
from yanbao.domain.deadlines import day_end
from yanbao.domain.directory.organisation import Person
from yanbao.domain.inspection.form import InspectionKind
from yanbao.domain.problem.form import ProblemOrigin
from yanbao.domain.problem.workflow import ProblemState
from yanbao.domain.refusals import Forbidden, InvalidValue, NotFound

from ...support.builders import DAY, NOW
from ...support.inspections import TO_THE_COUNTY, TO_THE_FACTORY, a_problem_in, a_statement, issued
from ...support.rectification import INSPECTOR, Rectification, a_rectification, issued_as, with_a_problem
from ...support.world import CHANGAN_DUTY, COUNTY_DUTY, HEAD, HONGXING_HEAD, PROVINCE_HEAD, PUCHENG_DUTY

S = ProblemState
BLIND = (HONGXING_HEAD, PUCHENG_DUTY, CHANGAN_DUTY)
"""Who does not see a problem of the factory in 临潼."""


def three_problems() -> Rectification:
    """One to the factory, one to the county, one of the ministry that was fed back."""
    from_ministry = a_problem_in(S.FED_BACK, origin=ProblemOrigin.MINISTRY)
    to_county = issued_as("县", to=TO_THE_COUNTY)
    to_factory = issued(to=TO_THE_FACTORY, at=NOW - timedelta(days=2))
    return a_rectification().keep(to_factory, to_county, from_ministry)


def addressees(world: Rectification, person: Person, where: ProblemFilter) -> list[str]:
    problems, actor = world.system.app.problems, world.actor(person)
    rows = problems.page(actor, where, Page(10)).rows
    assert problems.count(actor, where) == len(rows)
    return sorted(row.addressee_name for row in rows)


def test_what_is_addressed_to_me_and_what_my_department_has_issued() -> None:
    world = three_problems()
    problems = world.system.app.problems
    to_head = problems.to_me(world.actor(HEAD))
    assert addressees(world, HEAD, to_head) == ["东风烟花厂"] * 2
    assert addressees(world, HEAD, problems.to_me(world.actor(HEAD), unfed_back=True)) == ["东风烟花厂"]
    assert addressees(world, COUNTY_DUTY, problems.to_me(world.actor(COUNTY_DUTY))) == ["临潼区应急管理局"]
    assert addressees(world, INSPECTOR, problems.by_me(world.actor(INSPECTOR))) == [
        "东风烟花厂",
        "临潼区应急管理局",
    ]
    assert addressees(world, PROVINCE_HEAD, problems.by_me(world.actor(PROVINCE_HEAD))) == ["东风烟花厂"]
    with pytest.raises(Forbidden):
        problems.by_me(world.actor(HEAD))


def test_a_filter_never_reaches_beyond_the_scope() -> None:
    world = three_problems()
    for person in BLIND:
        assert addressees(world, person, ProblemFilter()) == []
        foreign = world.system.app.problems.to_me(world.actor(HEAD))
        with pytest.raises(NotFound):
            addressees(world, person, foreign)


def test_unfed_back_counts_what_i_owe_by_kind() -> None:
    world = three_problems()
    count = world.system.app.problems.unfed_back
    nothing = {InspectionKind.PATROL: 0, InspectionKind.SPOT_CHECK: 0}

    def counted(person: Person) -> dict[InspectionKind, int]:
        return nothing | dict(count(world.actor(person)))

    assert counted(HEAD) == nothing | {InspectionKind.SPOT_CHECK: 1}
    assert counted(COUNTY_DUTY) == nothing | {InspectionKind.PATROL: 1}
    assert counted(INSPECTOR) == counted(HONGXING_HEAD) == nothing


def test_the_past_of_a_problem_is_given_with_its_rows() -> None:
    world, id = with_a_problem(S.RETURNED)
    history = world.system.app.problems.histories(world.actor(HEAD), [id])[id]
    assert [line.state for line in history.timeline][-1] is S.RETURNED
    assert history.timeline[-1].note == "照片不清楚"


def test_days_that_end_before_they_begin_are_refused() -> None:
    world, _ = with_a_problem()
    where = ProblemFilter(first_day=DAY, last_day=DAY - timedelta(days=1))
    for read in (world.system.app.problems.count, lambda a, w: world.system.app.problems.page(a, w, Page(5))):
        with pytest.raises(InvalidValue) as caught:
            read(world.actor(HEAD), where)
        assert caught.value.field == "lastDay"


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("hours", [0, 1, 2, 23, 24, 7 * 24 - 1, 7 * 24, 30 * 24])
def test_a_row_is_overdue_when_its_problem_is(state: S, hours: int) -> None:
    world, id = with_a_problem(state)
    world.after(timedelta(hours=hours))
    row = world.system.app.problems.rows(world.actor(HEAD), [id])[id]
    assert world.system.app.problems.overdue(row) is world.problem(id).overdue(world.system.clock.now())


def test_a_day_for_rectification_is_shown_as_it_was_given() -> None:
    last = DAY + timedelta(days=7)
    world = a_rectification().keep(issued(statement=a_statement(rectify_on=last)))
    (row,) = world.system.app.problems.page(world.actor(HEAD), ProblemFilter(), Page(5)).rows
    assert (row.rectify_on, row.rectify_due) == (last, day_end(last))


def test_a_job_of_the_system_is_nobody_s_party() -> None:
    world, id = with_a_problem()
    with pytest.raises(Forbidden):
        world.system.app.problems.do(SYSTEM, AcknowledgeProblem(id, 1))
