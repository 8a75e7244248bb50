"""What is still to be recorded: patrols and spot checks of those who looked and wrote nothing down."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage
from yanbao.domain.deadlines import instant
from yanbao.domain.directory.organisation import ENTERPRISE_ROLES, REGULATOR_ROLES, Role
from yanbao.domain.values import DepartmentId

from ...support.builders import DAY, NOW, a_person, an_id
from ...support.inspections import a_draft
from ...support.settling import settle_in
from .inspections import (
    LINTONG_BUREAU,
    PROVINCE_BUREAU,
    PUCHENG_BUREAU,
    WEINAN_BUREAU,
    XIAN_BUREAU,
    a_record,
    an_automatic_record,
    log_in,
    the_area_of,
    the_premises_of,
    view,
)
from .recorded import FACTORY, PUCHENG_FACTORY, TOMORROW, WHOLESALER, YESTERDAY, keep_every_kind

DAYS = pytest.mark.parametrize("clock", ["00:00:00", "12:00:00", "23:59:59.999999"])


@pytest.fixture(autouse=True)
def filled(storage: Storage) -> None:
    keep_every_kind(storage)


def moment(clock: str, day: date = DAY) -> datetime:
    return instant(day, time.fromisoformat(clock))


@DAYS
def test_a_department_that_logged_in_owes_a_patrol_of_those_below_it(
    storage: Storage, readers: Readers, clock: str
) -> None:
    assert readers.inspections.unrecorded_patrols(DAY) == []
    log_in(storage, XIAN_BUREAU, moment(clock), moment(clock))
    log_in(storage, PUCHENG_BUREAU, moment(clock))
    owed = readers.inspections.unrecorded_patrols(DAY)
    assert owed == [(XIAN_BUREAU.id, DepartmentId(an_id("department", "长安区应急管理局")))]
    assert readers.inspections.unrecorded_patrols(YESTERDAY) == []
    assert readers.inspections.unrecorded_patrols(TOMORROW) == []


def test_only_the_departments_directly_below_are_patrolled_automatically(
    storage: Storage, readers: Readers
) -> None:
    log_in(storage, PROVINCE_BUREAU, NOW)
    owed = readers.inspections.unrecorded_patrols(DAY)
    cities = [department.id for department in (XIAN_BUREAU, WEINAN_BUREAU)]
    assert len(owed) == 3
    assert {(PROVINCE_BUREAU.id, city) for city in cities} < set(owed)
    assert list(owed) == sorted(owed)


@pytest.mark.parametrize("role", [role for role in Role if role not in ENTERPRISE_ROLES])
def test_who_sees_no_business_patrols_nothing_by_logging_in(
    storage: Storage, readers: Readers, role: Role
) -> None:
    somebody = a_person("某人", role, of=WEINAN_BUREAU)
    settle_in(storage, SYSTEM, somebody)
    log_in(storage, WEINAN_BUREAU, NOW, by=somebody.id)
    owed = readers.inspections.unrecorded_patrols(DAY)
    assert owed == ([(WEINAN_BUREAU.id, PUCHENG_BUREAU.id)] if role in REGULATOR_ROLES else [])


@pytest.mark.parametrize("automatic", [True, False])
def test_a_patrol_that_is_recorded_is_not_owed(storage: Storage, readers: Readers, automatic: bool) -> None:
    log_in(storage, WEINAN_BUREAU, NOW)
    target = the_area_of(PUCHENG_BUREAU)
    assert readers.inspections.unrecorded_patrols(DAY) == [(WEINAN_BUREAU.id, PUCHENG_BUREAU.id)]
    record, _ = a_record(target, of=WEINAN_BUREAU)
    settle_in(storage, SYSTEM, an_automatic_record(target, of=WEINAN_BUREAU) if automatic else record)
    assert readers.inspections.unrecorded_patrols(DAY) == []


def test_a_draft_or_another_departments_record_is_no_record(storage: Storage, readers: Readers) -> None:
    log_in(storage, WEINAN_BUREAU, NOW)
    view(storage, WEINAN_BUREAU, PUCHENG_FACTORY, NOW)
    others, _ = a_record(the_premises_of(PUCHENG_FACTORY), of=PROVINCE_BUREAU)
    patrol, _ = a_record(the_area_of(PUCHENG_BUREAU), of=PROVINCE_BUREAU)
    settle_in(storage, SYSTEM, others, patrol, a_draft(the_premises_of(FACTORY), key="draft-0009"))
    assert readers.inspections.unrecorded_patrols(DAY) == [(WEINAN_BUREAU.id, PUCHENG_BUREAU.id)]
    assert readers.inspections.unrecorded_spot_checks(DAY) == [(WEINAN_BUREAU.id, PUCHENG_FACTORY.id)]


@DAYS
def test_a_department_that_viewed_an_enterprise_owes_a_spot_check(
    storage: Storage, readers: Readers, clock: str
) -> None:
    assert readers.inspections.unrecorded_spot_checks(DAY) == []
    view(storage, XIAN_BUREAU, FACTORY, moment(clock), moment(clock))
    view(storage, XIAN_BUREAU, WHOLESALER, moment(clock))  # Recorded automatically.
    view(storage, LINTONG_BUREAU, FACTORY, moment(clock))  # Checked.
    owed = readers.inspections.unrecorded_spot_checks(DAY)
    assert owed == [(XIAN_BUREAU.id, FACTORY.id)]
    assert readers.inspections.unrecorded_spot_checks(YESTERDAY) == []
    assert readers.inspections.unrecorded_spot_checks(TOMORROW) == []


def test_what_is_owed_is_in_order(storage: Storage, readers: Readers) -> None:
    for department in (XIAN_BUREAU, WEINAN_BUREAU):
        for enterprise in (FACTORY, PUCHENG_FACTORY):
            view(storage, department, enterprise, NOW)
    owed = readers.inspections.unrecorded_spot_checks(DAY)
    assert list(owed) == sorted(owed)
    assert len(owed) == 4
