"""The weekly figures of what was inspected, from one closing to the next, and of which city."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage
from yanbao.domain.directory.organisation import Level
from yanbao.domain.handling.feedback import Addressee
from yanbao.domain.inspection.form import Finding, FindingResult, OnSiteRectification
from yanbao.domain.inspection.week import Week
from yanbao.domain.values import RegionId

from ...support.builders import DAY, LINTONG, PROVINCE, PUCHENG, WEINAN, XIAN, YANGLING, a_region
from ...support.inspections import (
    MICROSECOND,
    PEOPLE,
    USUAL,
    a_check_form,
    a_draft,
    a_patrol_form,
    a_statement,
    a_weekly_row,
    all_findings,
    at,
    by,
    issued,
)
from ...support.settling import settle_in
from ..problem.problems import change, keep, settle_parties
from .inspections import (
    CHANGAN_BUREAU,
    LINTONG_BUREAU,
    PROVINCE_BUREAU,
    WEINAN_BUREAU,
    XIAN_BUREAU,
    a_record,
    an_automatic_record,
    keep_records,
    the_area_of,
    the_premises_of,
)
from .weekly import (
    AFTER,
    BEFORE,
    CLOSING,
    FACTORY,
    FRIDAY,
    PATROL,
    PUCHENG_FACTORY,
    SECOND,
    SPOT_CHECK,
    TUESDAY,
    WEEK,
    WHOLESALER,
    from_sources,
    row,
)


@pytest.fixture(autouse=True)
def a_directory(storage: Storage) -> None:
    settle_parties(storage)
    settle_in(storage, SYSTEM, SECOND, PUCHENG_FACTORY, WHOLESALER)


def test_every_city_has_a_row_of_each_kind_with_zeros_where_nothing_happened(readers: Readers) -> None:
    assert readers.inspections.weekly(WEEK) == [
        a_weekly_row(city, kind) for kind in (PATROL, SPOT_CHECK) for city in (XIAN, WEINAN, YANGLING)
    ]


def test_different_areas_and_enterprises_are_counted_not_records(storage: Storage, readers: Readers) -> None:
    one = a_patrol_form(problems=(a_statement(),))
    keep_records(
        storage,
        a_record(the_area_of(LINTONG_BUREAU), at=TUESDAY, form=one),
        a_record(the_area_of(LINTONG_BUREAU), at=TUESDAY + MICROSECOND),
        a_record(the_area_of(CHANGAN_BUREAU), at=TUESDAY),
        a_record(the_area_of(XIAN_BUREAU), of=PROVINCE_BUREAU, at=TUESDAY),
        a_record(the_premises_of(FACTORY), at=TUESDAY, form=a_check_form(problems=(a_statement(),) * 2)),
        a_record(
            the_premises_of(FACTORY),
            of=LINTONG_BUREAU,
            at=TUESDAY,
            form=a_check_form(problems=(a_statement(),)),
        ),
        a_record(the_premises_of(SECOND), at=TUESDAY),
        a_record(the_premises_of(PUCHENG_FACTORY), of=WEINAN_BUREAU, at=TUESDAY),
    )
    assert row(readers, PATROL) == a_weekly_row(
        XIAN, PATROL, inspected=2, with_problems=1, issued=1, unfed_back=1, overdue=1
    )
    assert row(readers) == a_weekly_row(
        XIAN, SPOT_CHECK, inspected=2, with_problems=1, issued=3, unfed_back=3, overdue=3
    )
    assert row(readers, city=WEINAN) == a_weekly_row(WEINAN, SPOT_CHECK, inspected=1)


@pytest.mark.parametrize(
    ("moment", "week"),
    [
        (WEEK.since - MICROSECOND, BEFORE),
        (WEEK.since, WEEK),
        (WEEK.until - MICROSECOND, WEEK),
        (WEEK.until, AFTER),
    ],
)
def test_a_record_counts_in_the_week_in_which_it_was_submitted(
    storage: Storage, readers: Readers, moment: datetime, week: Week
) -> None:
    draft = a_draft(the_premises_of(FACTORY), at=WEEK.since - timedelta(days=9))
    settle_in(storage, SYSTEM, draft)
    record, problems = a_record(
        the_premises_of(FACTORY), at=moment, form=a_check_form(problems=(a_statement(),))
    )
    keep_records(storage, (record, problems))
    for one in (BEFORE, WEEK, AFTER):
        counted = row(readers, week=one)
        assert (counted.inspected, counted.with_problems, counted.issued) == (
            (1, 1, 1) if one == week else (0, 0, 0)
        )


def test_manual_and_automatic_are_counted_apart(storage: Storage, readers: Readers) -> None:
    day = FRIDAY - timedelta(days=1)
    target = the_premises_of(FACTORY)
    settle_in(storage, SYSTEM, an_automatic_record(target, day=day))
    assert (row(readers).inspected, row(readers).automatic) == (0, 1)
    draft = a_draft(target, at=at("13:00", day))
    settle_in(storage, SYSTEM, draft)
    # Submitted after the closing: what stood at the closing was the automatic one.
    draft.submit(by=by(at=CLOSING + timedelta(hours=1)), people=PEOPLE, policy=USUAL)
    with storage.work(SYSTEM) as work:
        work.inspections.save(draft)
        work.inspections.replace_automatic(XIAN_BUREAU.id, target, day)
        work.commit()
    assert (row(readers).inspected, row(readers).automatic) == (0, 1)
    after = row(readers, week=AFTER)
    assert (after.inspected, after.automatic) == (1, 0)


def test_records_and_problems_stay_with_the_city_that_counted_them(
    storage: Storage, readers: Readers
) -> None:
    keep_records(
        storage,
        a_record(the_premises_of(FACTORY), at=TUESDAY, form=a_check_form(problems=(a_statement(),))),
    )
    before = row(readers)
    assert (before.inspected, before.issued, before.unfed_back) == (1, 1, 1)
    settle_in(
        storage,
        SYSTEM,
        a_region(LINTONG, "临潼区", Level.COUNTY, WEINAN),
        replace(FACTORY, region_id=PUCHENG),
    )
    assert row(readers) == before
    assert row(readers, city=WEINAN) == a_weekly_row(WEINAN, SPOT_CHECK)


HANCHENG = a_region("610581", "韩城市", Level.COUNTY, PROVINCE, gb_code="610581")


def counted_in(readers: Readers, week: Week = WEEK) -> dict[RegionId, tuple[int, int, int]]:
    """Inspected, issued and unfed-back of every row that is not all zeros, kinds together."""
    rows = readers.inspections.weekly(week)
    assert [(row.kind, row.region_id) for row in rows] == sorted(
        ((row.kind, row.region_id) for row in rows), key=lambda one: (one[0].value, one[1])
    )
    found: dict[RegionId, tuple[int, int, int]] = {}
    for one in rows:
        assert from_sources(readers, one, week) == one
        if one != a_weekly_row(one.region_id, one.kind):
            assert one.region_id not in found
            found[one.region_id] = (one.inspected, one.issued, one.unfed_back)
    return found


def test_a_county_below_the_province_is_counted_as_a_city_is(storage: Storage, readers: Readers) -> None:
    settle_in(storage, SYSTEM, HANCHENG)
    for kind in (PATROL, SPOT_CHECK):
        assert row(readers, kind, HANCHENG.id) == a_weekly_row(HANCHENG.id, kind)
    there = replace(the_premises_of(FACTORY), region_id=HANCHENG.id, city_id=HANCHENG.id)
    record = a_record(there, of=PROVINCE_BUREAU, at=TUESDAY, form=a_check_form(problems=(a_statement(),)))
    keep_records(storage, record)
    assert counted_in(readers) == {HANCHENG.id: (1, 1, 1)}


def test_what_belongs_to_no_city_is_counted_in_a_row_of_the_province(
    storage: Storage, readers: Readers
) -> None:
    province = Addressee(PROVINCE_BUREAU.id, None, PROVINCE_BUREAU.name, PROVINCE, PROVINCE)
    keep(storage, issued(to=province, at=TUESDAY))
    assert counted_in(readers) == {PROVINCE: (0, 1, 1)}
    assert len(readers.inspections.weekly(WEEK)) == 2 * 4
    assert len(readers.inspections.weekly(BEFORE)) == 2 * 3


def test_a_city_that_was_put_below_another_keeps_its_rows_while_they_hold_anything(
    storage: Storage, readers: Readers
) -> None:
    at_home = replace(the_premises_of(FACTORY), region_id=YANGLING, city_id=YANGLING)
    record = a_record(at_home, of=PROVINCE_BUREAU, at=TUESDAY, form=a_check_form(problems=(a_statement(),)))
    keep_records(storage, record)
    settle_in(storage, SYSTEM, a_region(YANGLING, "杨凌示范区", Level.COUNTY, WEINAN, local=True))
    assert counted_in(readers) == {YANGLING: (1, 1, 1)}
    assert counted_in(readers, AFTER) == {YANGLING: (0, 0, 1)}
    assert YANGLING not in {row.region_id for row in readers.inspections.weekly(BEFORE)}


DONE = OnSiteRectification("多余人员已撤出", TUESDAY)


def test_a_city_is_not_an_inspected_area_of_its_own(storage: Storage, readers: Readers) -> None:
    form = a_patrol_form(problems=(a_statement(),))
    keep_records(storage, a_record(the_area_of(XIAN_BUREAU), of=PROVINCE_BUREAU, at=TUESDAY, form=form))
    settle_in(storage, SYSTEM, an_automatic_record(the_area_of(WEINAN_BUREAU), of=PROVINCE_BUREAU, day=DAY))
    found = row(readers, PATROL)
    assert (found.inspected, found.automatic, found.with_problems, found.issued) == (0, 0, 0, 1)
    assert row(readers, PATROL, WEINAN) == a_weekly_row(WEINAN, PATROL)


def test_a_city_without_counties_is_an_area(storage: Storage, readers: Readers) -> None:
    alone = replace(the_area_of(XIAN_BUREAU), is_area=True)
    keep_records(storage, a_record(alone, of=PROVINCE_BUREAU, at=TUESDAY))
    assert row(readers, PATROL).inspected == 1


def test_what_was_rectified_on_site_counts_as_found_and_cannot_be_hidden(
    storage: Storage, readers: Readers
) -> None:
    wrong = [Finding(item, FindingResult.NOT_OK, "超员", rectified=DONE) for item in ("PERSONS", "POWDER")]
    form = a_check_form(findings=all_findings(FACTORY.kind, *wrong))
    keep_records(storage, a_record(the_premises_of(FACTORY), at=TUESDAY, form=form))
    found = row(readers)
    assert (found.inspected, found.with_problems, found.rectified_on_site, found.issued) == (1, 1, 2, 0)


@pytest.mark.parametrize(("withdrawn", "with_problems"), [(1, 1), (2, 0)])
def test_a_record_whose_problems_were_all_withdrawn_found_nothing(
    storage: Storage, readers: Readers, withdrawn: int, with_problems: int
) -> None:
    form = a_check_form(problems=(a_statement(),) * 2)
    record, problems = a_record(the_premises_of(FACTORY), at=TUESDAY, form=form)
    keep_records(storage, (record, problems))
    for problem in problems[:withdrawn]:
        change(storage, problem.id, lambda one: one.withdraw("下发有误", by=by(at=CLOSING - MICROSECOND)))
    found = row(readers)
    assert (found.inspected, found.with_problems) == (1, with_problems)
    assert (found.issued, found.withdrawn) == (2 - withdrawn, withdrawn)
    with_hindsight = row(readers, week=AFTER)
    assert (with_hindsight.inspected, with_hindsight.withdrawn) == (0, 0)
