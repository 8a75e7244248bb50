"""Who is reminded of a problem, and who one level up once something is overdue: from when on, how often, until when."""

from __future__ import annotations

from dataclasses import replace

import pytest

from yanbao.domain.directory.organisation import Person
from yanbao.domain.handling.feedback import Addressee
from yanbao.domain.handling.terms import Phase
from yanbao.domain.problem.form import ProblemOrigin

from ...support.builders import NOW, YANGLING
from ...support.inspections import MICROSECOND, TO_THE_COUNTY, issued
from ...support.rectification import CITY_HEAD, INSPECTOR, RESPONSIBLE, issued_as
from ...support.world import (
    CITY_DUTY,
    COUNTY_DUTY,
    COUNTY_HEAD,
    HEAD,
    LOCAL,
    LOCAL_HEAD,
    PROVINCE_DUTY,
    PROVINCE_HEAD,
    YANGLING_DUTY,
)
from .test_reminders import HOUR, TO_THE_HEADS, WHOLE_DAY, A, reminders, titles, with_an_issue, with_problems


def test_once_it_is_overdue_the_county_is_told_of_its_enterprises_and_the_city_of_its_counties() -> None:
    world = with_problems(issued(), issued_as("县", to=TO_THE_COUNTY, statement=TO_THE_HEADS))
    world.remind(NOW + HOUR)
    assert [len(reminders(world, p)) for p in (RESPONSIBLE, COUNTY_HEAD, COUNTY_DUTY, CITY_DUTY)] == [
        1,
        1,
        0,
        0,
    ]
    world.remind(NOW + 2 * HOUR)
    assert [len(reminders(world, p)) for p in (RESPONSIBLE, COUNTY_HEAD, COUNTY_DUTY, CITY_DUTY)] == [
        2,
        2,
        1,
        1,
    ]
    assert reminders(world, CITY_DUTY)[0].body.startswith("临潼区应急管理局的")
    for nobody in (HEAD, INSPECTOR, CITY_HEAD, PROVINCE_DUTY, PROVINCE_HEAD):
        assert reminders(world, nobody) == []


@pytest.mark.parametrize(
    ("phase", "before", "title", "end"),
    [
        (Phase.ACKNOWLEDGE, [], "问题逾期未签收", [(A.ACKNOWLEDGE, HEAD)]),
        (Phase.ACKNOWLEDGE, [], "问题逾期未签收", [(A.WITHDRAW, INSPECTOR)]),
        (Phase.FEED_BACK, [A.ACKNOWLEDGE, A.RECTIFY], "问题逾期未反馈", [(A.REPORT_PROGRESS, HEAD)]),
        (Phase.FEED_BACK, [A.ACKNOWLEDGE], "问题逾期未反馈", [(A.WITHDRAW, INSPECTOR)]),
        (Phase.RECTIFY, [A.ACKNOWLEDGE, A.RECTIFY], "问题逾期未完成整改", [(A.FEED_BACK, HEAD)]),
        (Phase.RECTIFY, [A.ACKNOWLEDGE], "问题逾期未完成整改", [(A.WITHDRAW, INSPECTOR)]),
        (
            Phase.RECTIFY,
            [A.ACKNOWLEDGE, A.RECTIFY, A.REQUEST_EXTENSION],
            "问题逾期未完成整改",
            [(A.GRANT_EXTENSION, INSPECTOR)],
        ),
    ],
)
def test_each_term_is_escalated_from_its_end_on_and_daily_until_it_is_met_moved_or_gone(
    phase: Phase, before: list[A], title: str, end: list[tuple[A, Person]]
) -> None:
    world, id = with_an_issue()
    for action in before:
        world.do(action, HEAD, id)
    due = world.problem(id).term(phase).due
    for at, told in (
        (due - MICROSECOND, 0),
        (due, 1),
        (due + MICROSECOND, 1),
        (due + WHOLE_DAY - MICROSECOND, 1),
        (due + WHOLE_DAY, 2),
        (due + WHOLE_DAY + MICROSECOND, 2),
    ):
        world.remind(at)
        assert titles(world, COUNTY_DUTY).count(title) == told
    for action, person in end:
        world.do(action, person, id)
    for days in (2, 3, 10):
        world.remind(due + days * WHOLE_DAY)
        assert titles(world, COUNTY_DUTY).count(title) == 2
    assert titles(world, RESPONSIBLE).count(title) == 2


def test_where_there_is_no_county_the_city_is_told_of_its_enterprises() -> None:
    there = Addressee(None, LOCAL.id, LOCAL.name, YANGLING, YANGLING)
    world, _ = with_an_issue(to=there, statement=TO_THE_HEADS)
    world.remind(NOW + 2 * HOUR)
    assert len(reminders(world, LOCAL_HEAD)) == len(reminders(world, YANGLING_DUTY)) == 1


def test_a_problem_of_the_ministry_reminds_the_province_s_heads() -> None:
    world, _ = with_an_issue(to=TO_THE_COUNTY, origin=ProblemOrigin.MINISTRY)
    world.remind(NOW + 2 * HOUR)
    assert len(reminders(world, PROVINCE_HEAD)) == len(reminders(world, CITY_DUTY)) == 1
    assert reminders(world, COUNTY_HEAD) == []


def test_where_the_department_above_has_no_duty_person_its_head_is_told() -> None:
    left = [replace(person, active=False) for person in (COUNTY_DUTY, CITY_DUTY)]
    world = with_problems(issued(), issued_as("县", to=TO_THE_COUNTY, statement=TO_THE_HEADS))
    world.settle(*left)
    world.remind(NOW + 2 * HOUR)
    assert {m.body[:5] for m in reminders(world, COUNTY_HEAD)} == {"东风烟花厂", "临潼区应急"}
    assert [m.body[:5] for m in reminders(world, CITY_HEAD)] == ["临潼区应急"]
