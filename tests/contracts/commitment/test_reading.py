"""Commitments on the read side: rows, filters, scope and pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, time

import pytest

from yanbao.application.access import EVERYTHING, NOTHING, SYSTEM, Scope
from yanbao.application.ports.commitment import CommitmentFilter, CommitmentRow
from yanbao.application.ports.paging import Page
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage
from yanbao.domain.commitment.commitment import CommitmentState
from yanbao.domain.commitment.form import ProductionStatus
from yanbao.domain.deadlines import instant
from yanbao.domain.directory.enterprise import EnterpriseKind, StopReason
from yanbao.domain.signed import Origin
from yanbao.domain.values import CommitmentId, RegionId

from ...support.builders import (
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
    an_enterprise,
    an_id,
    seen_by,
    seen_from,
)
from ...support.commitments import owed, reopened, reported
from ...support.settling import settle_in
from .commitments import (
    AUTOMATIC,
    LATE,
    OWING,
    PRODUCER,
    STOPPED,
    TOMORROW,
    WHOLESALER,
    YESTERDAY,
    settle_answers,
)

TODAY = CommitmentFilter(DAY, DAY)
ALL = Page(100)


@pytest.fixture
def filled(storage: Storage) -> None:
    settle_answers(storage)


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
    form = readers.commitments.reports([row.id])[row.id].form
    assert (row.risk_grade, form.risk_grade, form.major_hazard, form.hazardous_work) == (None,) * 4


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
        ({"reasons": (StopReason.OWN_DECISION,)}, {STOPPED}),
        ({"reasons": tuple(StopReason)}, {STOPPED, AUTOMATIC}),
        ({"risk_grade": 4}, {STOPPED}),
        ({"risk_grade": 3}, {PRODUCER, WHOLESALER, LATE}),
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
