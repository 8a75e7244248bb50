"""The wall screen on every storage: its counts are those of the lists, and its news are the newest, of one region."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from yanbao.application.access import EVERYTHING, SYSTEM
from yanbao.application.ports.alert import AlertFilter
from yanbao.application.ports.problem import ProblemFilter
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.wall import EventSubject, NewsKey
from yanbao.application.ports.work import Storage
from yanbao.domain.alert.form import AlertLevel
from yanbao.domain.alert.workflow import AlertState
from yanbao.domain.deadlines import instant
from yanbao.domain.handling.feedback import Addressee
from yanbao.domain.inspection.inspection import InspectionState
from yanbao.domain.problem.form import Severity
from yanbao.domain.problem.problem import Problem
from yanbao.domain.problem.workflow import ProblemState
from yanbao.domain.values import InspectionId, ProblemId, RegionId

from ...support.builders import CHANGAN, DAY, LINTONG, NOW, PROVINCE, WEINAN, XIAN, an_enterprise, an_id
from ...support.commitments import reported
from ...support.inspections import FACTORY, a_problem_in, a_statement, an_inspection_in
from ...support.settling import settle_in
from ..alert.alerts import keep, made, settle_parties

LATER = NOW + timedelta(days=9)
REGIONS = (PROVINCE, XIAN, LINTONG, CHANGAN, WEINAN)


@pytest.fixture
def storage(storage: Storage) -> Storage:
    settle_parties(storage)
    return storage


def a_problem(name: str, state: ProblemState, region: RegionId = LINTONG, **detail: Any) -> Problem:
    """A problem of its own at the factory, as if that lay in this region; not yet kept."""
    to = Addressee(None, FACTORY, "东风烟花厂", region, XIAN)
    return replace(a_problem_in(state, to=to, **detail), id=ProblemId(an_id("problem", name)))


def keep_problems(storage: Storage, *problems: Problem) -> None:
    with storage.work(SYSTEM) as work:
        for problem in problems:
            work.problems.save(problem)
        work.commit()


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("now", [NOW + timedelta(minutes=1), LATER])
def test_what_is_owed_is_what_the_lists_count(
    storage: Storage, readers: Readers, region: RegionId, now: datetime
) -> None:
    major = a_statement(severity=Severity.MAJOR)
    keep_problems(
        storage,
        *(a_problem(state.value, state) for state in ProblemState),
        a_problem("major", ProblemState.ISSUED, statement=major),
        a_problem("elsewhere", ProblemState.RECTIFYING, CHANGAN, statement=major),
    )
    keep(
        storage,
        *(made(state.value, state) for state in AlertState),
        made("red", level=AlertLevel.RED),
        made("blue", AlertState.ACKNOWLEDGED, level=AlertLevel.BLUE),
    )
    owed = readers.wall.problems_owed(region, now)
    for severity in Severity:
        found = ProblemFilter(region_id=region, severities=(severity,), unfed_back=True)
        assert _of(owed, severity) == (
            readers.problems.count(found, EVERYTHING),
            readers.problems.count(replace(found, overdue_at=now), EVERYTHING),
        )
    of_alerts = readers.wall.alerts_owed(region, now)
    for level in AlertLevel:
        listed = AlertFilter(region_id=region, levels=(level,), unfed_back=True)
        assert _of(of_alerts, level) == (
            readers.alerts.count(listed, EVERYTHING),
            readers.alerts.count(replace(listed, overdue_at=now), EVERYTHING),
        )


def _of(found: Any, grade: object) -> tuple[int, int]:
    return (found[grade].unfed_back, found[grade].overdue) if grade in found else (0, 0)


def newest(readers: Readers, region: RegionId, *, day: date = DAY, first: int = 10) -> list[NewsKey]:
    return list(readers.wall.newest(region, day, NOW - timedelta(days=7), first=first))


def test_the_newest_of_every_subject_come_in_one_order(storage: Storage, readers: Readers) -> None:
    late = reported(an_enterprise(), at=instant(DAY, time(10, 30)))
    on_time = reported(an_enterprise("另一厂"), at=instant(DAY, time(9, 0)))
    record = an_inspection_in(InspectionState.SUBMITTED)
    settle_in(storage, SYSTEM, an_enterprise("另一厂"), late, on_time, record)
    draft = replace(an_inspection_in(InspectionState.DRAFT), id=InspectionId(an_id("inspection", "draft")))
    settle_in(storage, SYSTEM, draft)
    issued = a_problem("issued", ProblemState.ISSUED, at=NOW - timedelta(hours=1))
    old = a_problem("old", ProblemState.ISSUED, at=NOW - timedelta(days=8))
    keep_problems(storage, issued, old)
    alert = made("alert")
    keep(storage, alert)
    assert record.submitted is not None
    expected = sorted(
        [
            NewsKey(EventSubject.COMMITMENT, late.id, instant(DAY, time(10, 30))),
            NewsKey(EventSubject.INSPECTION, record.id, record.submitted.at),
            NewsKey(EventSubject.PROBLEM, issued.id, NOW - timedelta(hours=1)),
            NewsKey(EventSubject.ALERT, alert.id, alert.timeline[-1].signed.at),
        ],
        key=lambda one: (-one.at.timestamp(), one.id),
    )
    assert newest(readers, PROVINCE) == expected
    assert newest(readers, PROVINCE, first=2) == expected[:2]
    assert {one.subject for one in newest(readers, PROVINCE, day=DAY + timedelta(days=1))} == {
        *(EventSubject.INSPECTION, EventSubject.PROBLEM, EventSubject.ALERT)
    }


def test_news_are_of_the_region_and_what_lies_below(storage: Storage, readers: Readers) -> None:
    here = a_problem("here", ProblemState.ISSUED)
    there = a_problem("there", ProblemState.ISSUED, CHANGAN)
    keep_problems(storage, here, there)
    assert {one.id for one in newest(readers, LINTONG)} == {here.id}
    assert {one.id for one in newest(readers, XIAN)} == {here.id, there.id}
    assert newest(readers, WEINAN) == []


def test_of_many_at_one_instant_the_ids_decide(storage: Storage, readers: Readers) -> None:
    problems = [a_problem(f"{number}", ProblemState.ISSUED) for number in range(14)]
    keep_problems(storage, *problems)
    found = newest(readers, LINTONG)
    assert [one.id for one in found] == sorted(problem.id for problem in problems)[:10]
