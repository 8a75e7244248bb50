"""Commitments on the read side: rows, filters, scope, pages and figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, time, timedelta
from decimal import Decimal

import pytest

from yanbao.application.access import EVERYTHING, NOTHING, SYSTEM, Scope
from yanbao.application.ports.reading import CommitmentFilter, CommitmentRow, Page, Readers, Tally
from yanbao.application.ports.storage import Storage
from yanbao.domain.commitment import Commitment, CommitmentState, Origin
from yanbao.domain.commitment_form import ProductionFigures, ProductionStatus
from yanbao.domain.deadlines import instant
from yanbao.domain.enterprise import EnterpriseKind, StopReason
from yanbao.domain.organisation import Level
from yanbao.domain.values import CommitmentId, RegionId

from ..support.builders import (
    CHANGAN,
    DAY,
    DUE,
    LINTONG,
    NOW,
    PROVINCE,
    PUCHENG,
    WEINAN,
    XIAN,
    YANGLING,
    YANGLING_COUNTY,
    a_form_for,
    a_form_of_stopped,
    a_region,
    a_wholesaler,
    an_enterprise,
    an_id,
    facts,
    facts_in_shutdown,
    owed,
    reopened,
    reported,
    reported_automatically,
    seen_by,
    seen_from,
    settle_in,
    signed,
)

YESTERDAY, TOMORROW = DAY - timedelta(days=1), DAY + timedelta(days=1)
TODAY = CommitmentFilter(DAY, DAY)
ALL = Page(100)

PRODUCER = an_enterprise("临潼在产厂")
STOPPED = an_enterprise("临潼停产厂")
WHOLESALER = a_wholesaler("长安批发", region=CHANGAN)
AUTOMATIC = an_enterprise("蒲城自动厂", region=PUCHENG)
OWING = an_enterprise("蒲城欠报厂", region=PUCHENG)
LATE = an_enterprise("杨凌迟报厂", region=YANGLING_COUNTY)
OVER = ProductionFigures(3, 2, (), 99, Decimal("1"))


@pytest.fixture
def filled(storage: Storage) -> None:
    """Six enterprises on DAY, one of each kind of answer, and one report on the day before."""
    settle_in(
        storage,
        SYSTEM,
        *(PRODUCER, STOPPED, WHOLESALER, AUTOMATIC, OWING, LATE),
        reported(PRODUCER, form=a_form_for(PRODUCER, production=OVER, explanation="交接班")),
        reported(STOPPED, form=a_form_of_stopped()),
        reported(WHOLESALER),
        reported_automatically(AUTOMATIC),
        owed(OWING),
        reported(LATE, at=DUE),
        reported(PRODUCER, day=YESTERDAY),
    )


def rows(readers: Readers, where: CommitmentFilter, scope: Scope = EVERYTHING) -> list[CommitmentRow]:
    found = list(readers.commitments.page(where, scope, ALL).rows)
    assert readers.commitments.count(where, scope) == len(found)
    return found


def names(readers: Readers, where: CommitmentFilter, scope: Scope = EVERYTHING) -> set[str]:
    return {row.enterprise_name for row in rows(readers, where, scope)}


# ---------------------------------------------------------------- rows


@pytest.mark.usefixtures("filled")
def test_a_reported_row_says_everything_that_lists_show(readers: Readers) -> None:
    commitment = reported(PRODUCER)
    assert readers.commitments.commitments([commitment.id], EVERYTHING)[commitment.id] == CommitmentRow(
        id=commitment.id,
        enterprise_id=PRODUCER.id,
        enterprise_name="临潼在产厂",
        credit_code=PRODUCER.credit_code.text,
        kind=EnterpriseKind.PRODUCTION,
        region_id=LINTONG,
        region_name="临潼区",
        business_date=DAY,
        due_at=DUE,
        state=CommitmentState.REPORTED,
        revision=1,
        status=ProductionStatus.IN_PRODUCTION,
        origin=Origin.MANUAL,
        late=False,
        reported_at=NOW,
        reported_by="李永红",
        risk_grade=3,
        excess=True,
        stop_reason=None,
        reopened_at=None,
    )


@pytest.mark.usefixtures("filled")
def test_what_comes_along_with_a_row_is_what_would_be_found_if_asked_for(readers: Readers) -> None:
    found = rows(readers, TODAY)
    enterprises = readers.directory.enterprises([row.enterprise_id for row in found], EVERYTHING)
    regions = {region.id: region for region in readers.directory.regions()}
    assert {
        row.enterprise_id: row.enterprise or enterprises[row.enterprise_id] for row in found
    } == enterprises
    assert all(row.region in (None, regions[row.region_id]) for row in found)
    assert all(row.region in (None, regions[row.region_id]) for row in enterprises.values())


@pytest.mark.usefixtures("filled")
def test_an_enterprise_that_has_moved_does_not_come_along(storage: Storage, readers: Readers) -> None:
    with storage.work(SYSTEM) as work:
        work.enterprises.save(an_enterprise("临潼在产厂", region=PUCHENG), at=NOW)
        work.commit()
    (row,) = rows(readers, replace(TODAY, enterprise_id=PRODUCER.id), seen_from(LINTONG))
    assert (row.region_id, row.enterprise_name, row.enterprise) == (LINTONG, "临潼在产厂", None)


@pytest.mark.usefixtures("filled")
def test_an_owed_row_says_nothing_of_a_report(readers: Readers) -> None:
    row = readers.commitments.commitments([owed(OWING).id], EVERYTHING)[owed(OWING).id]
    assert (row.state, row.revision, row.region_name) == (CommitmentState.OWED, 0, "蒲城县")
    assert (row.status, row.origin, row.late, row.reported_at, row.reported_by) == (None,) * 5
    assert (row.risk_grade, row.excess, row.stop_reason, row.reopened_at) == (None,) * 4


@pytest.mark.usefixtures("filled")
def test_an_automatic_row_says_why_the_enterprise_stands_still(readers: Readers) -> None:
    row = readers.commitments.on_day([AUTOMATIC.id], DAY, EVERYTHING)[AUTOMATIC.id]
    assert (row.state, row.origin) == (CommitmentState.REPORTED_AUTOMATICALLY, Origin.AUTO)
    assert (row.status, row.stop_reason) == (ProductionStatus.STOPPED, StopReason.HIGH_TEMPERATURE)
    assert (row.late, row.excess, row.reported_by) == (False, False, "系统自动")


def test_a_reopened_row_keeps_its_report_and_says_when_it_was_opened(
    storage: Storage, readers: Readers
) -> None:
    settle_in(storage, SYSTEM, PRODUCER, reopened(PRODUCER))
    row = readers.commitments.on_day([PRODUCER.id], DAY, EVERYTHING)[PRODUCER.id]
    assert (row.state, row.revision) == (CommitmentState.REOPENED, 1)
    assert row.reopened_at == instant(DAY, time(15, 0))


@pytest.mark.usefixtures("filled")
def test_times_of_rows_are_in_utc(readers: Readers) -> None:
    row = readers.commitments.on_day([PRODUCER.id], DAY, EVERYTHING)[PRODUCER.id]
    assert row.due_at.tzinfo is UTC
    assert row.reported_at is not None and row.reported_at.tzinfo is UTC


@pytest.mark.usefixtures("filled")
def test_rows_have_the_enterprises_name_of_today_and_region_and_kind_of_their_day(
    storage: Storage, readers: Readers
) -> None:
    settle_in(
        storage,
        SYSTEM,
        replace(WHOLESALER, id=PRODUCER.id, name="改名公司", credit_code=PRODUCER.credit_code),
    )
    row = readers.commitments.on_day([PRODUCER.id], DAY, EVERYTHING)[PRODUCER.id]
    assert (row.enterprise_name, row.region_id, row.kind) == (
        "改名公司",
        LINTONG,
        EnterpriseKind.PRODUCTION,
    )


@pytest.mark.usefixtures("filled")
def test_rows_by_id_and_by_day_stay_within_the_scope(readers: Readers) -> None:
    enterprises = [PRODUCER, WHOLESALER, AUTOMATIC, LATE]
    ids = [owed(e).id for e in enterprises] + [CommitmentId(an_id("nothing"))]

    def seen(scope: Scope) -> list[str]:
        by_id = {row.enterprise_name for row in readers.commitments.commitments(ids, scope).values()}
        on_day = readers.commitments.on_day([e.id for e in enterprises], DAY, scope)
        assert by_id == {row.enterprise_name for row in on_day.values()}
        assert all(row.enterprise_id == id and row.business_date == DAY for id, row in on_day.items())
        return sorted(by_id)

    assert seen(EVERYTHING) == sorted(e.name for e in enterprises)
    assert seen(seen_from(XIAN)) == sorted([PRODUCER.name, WHOLESALER.name])
    assert seen(seen_from(YANGLING)) == [LATE.name]
    assert seen(seen_from(LINTONG, PUCHENG)) == sorted([PRODUCER.name, AUTOMATIC.name])
    assert seen(seen_by(WHOLESALER)) == [WHOLESALER.name]
    assert seen(NOTHING) == []


# ---------------------------------------------------------------- lists and filters


@pytest.mark.usefixtures("filled")
def test_without_a_filter_a_list_has_reported_and_unreported_days(readers: Readers) -> None:
    assert names(readers, TODAY) == {e.name for e in (PRODUCER, STOPPED, WHOLESALER, AUTOMATIC, OWING, LATE)}
    assert len(rows(readers, CommitmentFilter(YESTERDAY, DAY))) == 7
    assert rows(readers, CommitmentFilter(TOMORROW, TOMORROW)) == []


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"region_id": XIAN}, {PRODUCER, STOPPED, WHOLESALER}),
        ({"region_id": PUCHENG}, {AUTOMATIC, OWING}),
        ({"region_id": RegionId("999999")}, set()),
        ({"region_id": XIAN, "directly": True}, set()),
        ({"region_id": PUCHENG, "directly": True}, {AUTOMATIC, OWING}),
        ({"enterprise_id": LATE.id}, {LATE}),
        ({"kinds": (EnterpriseKind.WHOLESALE,)}, {WHOLESALER}),
        ({"kinds": tuple(EnterpriseKind), "reported": False}, {OWING}),
        ({"statuses": (ProductionStatus.STOPPED,)}, {STOPPED, AUTOMATIC}),
        ({"statuses": tuple(ProductionStatus)}, {PRODUCER, STOPPED, WHOLESALER, AUTOMATIC, LATE}),
        ({"origins": (Origin.AUTO,)}, {AUTOMATIC}),
        ({"late": True}, {LATE}),
        ({"late": False}, {PRODUCER, STOPPED, WHOLESALER, AUTOMATIC}),
        ({"reported": True}, {PRODUCER, STOPPED, WHOLESALER, AUTOMATIC, LATE}),
        ({"reported": False}, {OWING}),
        ({"excess": True}, {PRODUCER}),
        ({"excess": False}, {STOPPED, WHOLESALER, AUTOMATIC, LATE}),
        ({"text": "蒲城"}, {AUTOMATIC, OWING}),
        ({"text": WHOLESALER.credit_code.text}, {WHOLESALER}),
        ({"text": WHOLESALER.credit_code.text[9:15]}, {WHOLESALER}),
        ({"text": ""}, {PRODUCER, STOPPED, WHOLESALER, AUTOMATIC, OWING, LATE}),
        ({"text": "%"}, set()),
        ({"text": "_"}, set()),
        ({"text": "\\"}, set()),
        ({"text": "厂", "region_id": WEINAN, "reported": True, "late": False}, {AUTOMATIC}),
    ],
    ids=lambda value: None if isinstance(value, set | frozenset) else str(value),
)
def test_a_list_can_be_narrowed(readers: Readers, changes: dict[str, object], expected: set[object]) -> None:
    where = replace(TODAY, **changes)  # type: ignore[arg-type]
    assert names(readers, where) == {e.name for e in expected}  # type: ignore[attr-defined]


@pytest.mark.usefixtures("filled")
def test_a_list_stays_within_the_scope_whatever_is_asked_for(readers: Readers) -> None:
    assert names(readers, TODAY, seen_from(WEINAN)) == {AUTOMATIC.name, OWING.name}
    assert names(readers, replace(TODAY, region_id=XIAN), seen_from(WEINAN)) == set()
    assert names(readers, replace(TODAY, region_id=PROVINCE), seen_from(CHANGAN)) == {WHOLESALER.name}
    assert names(readers, replace(TODAY, enterprise_id=LATE.id), seen_by(PRODUCER)) == set()
    assert names(readers, TODAY, seen_by(PRODUCER)) == {PRODUCER.name}
    assert names(readers, TODAY, NOTHING) == set()


def test_a_list_has_the_newest_day_first_and_within_a_day_goes_by_id(
    storage: Storage, readers: Readers
) -> None:
    enterprises = [an_enterprise(f"{n}厂") for n in range(4)]
    days = [YESTERDAY, DAY, TOMORROW]
    settle_in(storage, SYSTEM, *enterprises, *(owed(e, day=day) for e in enterprises for day in days))
    found = rows(readers, CommitmentFilter(YESTERDAY, TOMORROW))
    by_id = sorted(found, key=lambda row: row.id)
    assert found == sorted(by_id, key=lambda row: row.business_date, reverse=True)


# ---------------------------------------------------------------- figures


@pytest.mark.usefixtures("filled")
def test_tallies_add_up_over_the_subtree(readers: Readers) -> None:
    regions = [PROVINCE, XIAN, LINTONG, CHANGAN, WEINAN, YANGLING, YANGLING_COUNTY]
    tallies = readers.commitments.tallies(regions, DAY, DAY, EVERYTHING)
    assert tallies[LINTONG] == Tally(expected=2, in_production=1, stopped=1, on_time=2)
    assert tallies[CHANGAN] == Tally(expected=1, in_production=1, on_time=1)
    assert tallies[XIAN] == Tally(expected=3, in_production=2, stopped=1, on_time=3)
    assert tallies[WEINAN] == Tally(expected=2, stopped=1, unreported=1, on_time=1, automatic=1)
    assert tallies[YANGLING] == tallies[YANGLING_COUNTY] == Tally(expected=1, in_production=1, late=1)
    assert tallies[PROVINCE] == Tally(
        expected=6, in_production=3, stopped=2, unreported=1, on_time=4, late=1, automatic=1
    )
    assert tallies[PROVINCE].reported == 5


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    "scope",
    [
        EVERYTHING,
        seen_from(PROVINCE),
        seen_from(XIAN),
        seen_from(LINTONG, WEINAN),
        seen_by(PRODUCER),
        NOTHING,
    ],
)
@pytest.mark.parametrize("kinds", [[], [EnterpriseKind.WHOLESALE]])
def test_an_overview_has_a_region_and_what_is_directly_below_it(
    readers: Readers, scope: Scope, kinds: list[EnterpriseKind]
) -> None:
    regions = {region.id: region for region in readers.directory.regions()}
    for top in (PROVINCE, XIAN, LINTONG):
        below = sorted(region.id for region in regions.values() if region.parent_id == top)
        tallies = readers.commitments.tallies([top, *below], YESTERDAY, DAY, scope, kinds)
        overview = readers.commitments.overview(top, YESTERDAY, DAY, scope, kinds)
        assert list(overview) == [(regions[id], tallies[id]) for id in (top, *below)]


@pytest.mark.usefixtures("filled")
def test_an_overview_of_no_region_is_empty(readers: Readers) -> None:
    assert list(readers.commitments.overview(RegionId("999999"), DAY, DAY, EVERYTHING)) == []


@pytest.mark.usefixtures("filled")
def test_a_region_with_nothing_owed_has_a_tally_of_zeros(readers: Readers) -> None:
    assert readers.commitments.tallies([XIAN, PUCHENG], TOMORROW, TOMORROW, EVERYTHING) == {
        XIAN: Tally(),
        PUCHENG: Tally(),
    }
    assert readers.commitments.tallies([], DAY, DAY, EVERYTHING) == {}


@pytest.mark.usefixtures("filled")
def test_tallies_can_be_of_one_kind_and_of_several_days(readers: Readers) -> None:
    tallies = readers.commitments.tallies
    assert tallies([XIAN], DAY, DAY, EVERYTHING, [EnterpriseKind.WHOLESALE])[XIAN].expected == 1
    assert tallies([XIAN], DAY, DAY, EVERYTHING, list(EnterpriseKind))[XIAN].expected == 3
    assert tallies([XIAN], YESTERDAY, DAY, EVERYTHING)[XIAN].expected == 4


@pytest.mark.usefixtures("filled")
def test_tallies_count_only_what_lies_in_the_scope(readers: Readers) -> None:
    regions = [PROVINCE, XIAN, LINTONG, WEINAN]

    def expected(scope: Scope) -> list[int]:
        tallies = readers.commitments.tallies(regions, DAY, DAY, scope)
        return [tallies[region].expected for region in regions]

    assert expected(seen_from(PROVINCE)) == [6, 3, 2, 2]
    assert expected(seen_from(XIAN)) == [3, 3, 2, 0]
    assert expected(seen_from(LINTONG, WEINAN)) == [4, 2, 2, 2]
    assert expected(seen_from(LINTONG, XIAN)) == [3, 3, 2, 0]
    assert expected(seen_by(PRODUCER)) == [1, 1, 1, 0]
    assert expected(NOTHING) == [0, 0, 0, 0]


@pytest.mark.usefixtures("filled")
def test_daily_tallies_name_the_days_on_which_something_was_owed(readers: Readers) -> None:
    daily = readers.commitments.daily_tallies
    assert daily(XIAN, YESTERDAY, TOMORROW, EVERYTHING) == {
        YESTERDAY: Tally(expected=1, in_production=1, on_time=1),
        DAY: Tally(expected=3, in_production=2, stopped=1, on_time=3),
    }
    assert daily(PROVINCE, DAY, DAY, seen_from(WEINAN))[DAY].expected == 2
    assert daily(PROVINCE, YESTERDAY, DAY, seen_by(PRODUCER)) == {
        YESTERDAY: Tally(expected=1, in_production=1, on_time=1),
        DAY: Tally(expected=1, in_production=1, on_time=1),
    }
    assert daily(XIAN, DAY, DAY, EVERYTHING, [EnterpriseKind.WHOLESALE])[DAY].expected == 1
    assert daily(LINTONG, DAY, DAY, EVERYTHING, [EnterpriseKind.WHOLESALE]) == {}
    assert daily(XIAN, DAY, DAY, NOTHING) == {}


@pytest.mark.usefixtures("filled")
def test_tallies_follow_a_region_to_its_new_parent(storage: Storage, readers: Readers) -> None:
    settle_in(storage, SYSTEM, a_region(LINTONG, "临潼区", Level.COUNTY, WEINAN))
    tallies = readers.commitments.tallies([PROVINCE, XIAN, WEINAN, LINTONG], DAY, DAY, EVERYTHING)
    assert [tallies[region].expected for region in (PROVINCE, XIAN, WEINAN, LINTONG)] == [6, 1, 4, 2]
    assert readers.commitments.tallies([LINTONG], DAY, DAY, seen_from(XIAN))[LINTONG] == Tally()


def test_tallies_follow_every_change_of_a_report(storage: Storage, readers: Readers) -> None:
    enterprise = an_enterprise()

    def tally() -> Tally:
        return readers.commitments.tallies([PROVINCE], DAY, DAY, EVERYTHING)[PROVINCE]

    def change(act: Callable[[Commitment], None]) -> None:
        with storage.work(SYSTEM) as work:
            commitment = work.commitments.get(owed(enterprise).id, within=EVERYTHING)
            act(commitment)
            work.commitments.save(commitment)
            work.commit()

    known = facts(enterprise)
    settle_in(storage, SYSTEM, enterprise, owed(enterprise))
    assert tally() == Tally(expected=1, unreported=1)
    change(lambda c: c.report_automatically(facts=facts_in_shutdown(enterprise), at=NOW))
    assert tally() == Tally(expected=1, stopped=1, on_time=1, automatic=1)
    change(lambda c: c.submit(a_form_for(enterprise), facts=known, by=signed(DUE)))
    assert tally() == Tally(expected=1, in_production=1, late=1)
    change(lambda c: c.reopen("填报人数有误", by=signed(DUE)))
    assert tally() == Tally(expected=1, in_production=1, late=1)
    change(lambda c: c.correct(a_form_of_stopped(), facts=known, by=signed(DUE)))
    assert tally() == Tally(expected=1, stopped=1, late=1)
