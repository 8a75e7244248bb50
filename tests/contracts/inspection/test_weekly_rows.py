"""The frozen weeks: kept once, given back as they were, the newest known."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.ports.work import Storage
from yanbao.domain.inspection.form import InspectionKind
from yanbao.domain.inspection.week import Week, WeeklyRow
from yanbao.domain.policy import Policy
from yanbao.domain.refusals import NotFound
from yanbao.domain.values import RegionId

from ...support.builders import NOW, WEINAN, XIAN

POLICY = Policy()
WEEK = Week.of(NOW, POLICY)
ROWS = [
    WeeklyRow(XIAN, InspectionKind.PATROL, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    WeeklyRow(WEINAN, InspectionKind.PATROL, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    WeeklyRow(XIAN, InspectionKind.SPOT_CHECK, 7, None, 8, None, 9, None, 10, 11, 12),
    WeeklyRow(WEINAN, InspectionKind.SPOT_CHECK, 0, 0, 0, 0, 0, 0, 0, 1, 1),
]


def freeze(storage: Storage, week: Week, rows: list[WeeklyRow]) -> bool:
    with storage.work(SYSTEM) as work:
        kept = work.weekly_rows.freeze(week, rows, at=NOW)
        work.commit()
    return kept


def test_the_rows_of_a_week_come_back_by_kind_and_region(storage: Storage) -> None:
    with storage.work(SYSTEM) as work:
        assert work.weekly_rows.of(WEEK) in ([], ())
        assert work.weekly_rows.last() is None
    assert freeze(storage, WEEK, ROWS[::-1])
    with storage.work(SYSTEM) as work:
        assert list(work.weekly_rows.of(WEEK)) == ROWS
        assert work.weekly_rows.last() == WEEK


def test_a_week_is_frozen_once(storage: Storage) -> None:
    assert freeze(storage, WEEK, ROWS)
    assert not freeze(storage, WEEK, ROWS)
    assert not freeze(storage, WEEK, [WeeklyRow(XIAN, InspectionKind.PATROL, 9, 9, 9, 9, 9, 9, 9, 9, 9)])
    with storage.work(SYSTEM) as work:
        assert list(work.weekly_rows.of(WEEK)) == ROWS


def test_of_two_who_freeze_a_week_at_once_one_does(storage: Storage) -> None:
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda n: freeze(storage, WEEK, ROWS[: n + 1]), range(4)))
    assert sorted(done) == [False, False, False, True]
    with storage.work(SYSTEM) as work:
        assert len(work.weekly_rows.of(WEEK)) == done.index(True) + 1


def test_the_newest_week_is_the_last_in_whatever_order_they_came(storage: Storage) -> None:
    following = WEEK.following(POLICY)
    short = Week(following.until, following.until + timedelta(days=2))
    for week in (following, short, WEEK):
        assert freeze(storage, week, ROWS)
    with storage.work(SYSTEM) as work:
        assert work.weekly_rows.last() == short
        assert all(list(work.weekly_rows.of(week)) == ROWS for week in (WEEK, following, short))


def test_a_week_is_found_by_the_business_date_of_its_closing(storage: Storage) -> None:
    following = WEEK.following(POLICY)
    same_day = Week(following.until, following.until + timedelta(hours=2))
    for week in (WEEK, following, same_day):
        freeze(storage, week, ROWS)
    with storage.work(SYSTEM) as work:
        assert work.weekly_rows.closed_on(WEEK.closes_on) == (WEEK, NOW)
        assert work.weekly_rows.closed_on(following.closes_on) == (same_day, NOW)
        for days in (-1, 1):
            assert work.weekly_rows.closed_on(WEEK.closes_on + timedelta(days=days)) is None
        for day in (date.min, date.max):
            assert work.weekly_rows.closed_on(day) is None


def test_what_is_not_committed_is_not_frozen(storage: Storage) -> None:
    with storage.work(SYSTEM) as work:
        assert work.weekly_rows.freeze(WEEK, ROWS, at=NOW)
    assert freeze(storage, WEEK, ROWS)


def test_a_region_that_does_not_exist_is_refused(storage: Storage) -> None:
    with pytest.raises(NotFound):
        freeze(
            storage, WEEK, [WeeklyRow(RegionId("999999"), InspectionKind.PATROL, 0, 0, 0, 0, 0, 0, 0, 0, 0)]
        )
