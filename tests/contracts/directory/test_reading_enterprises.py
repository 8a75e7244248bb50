"""Enterprises on the read side, with their workshops, certificates, shutdown periods and settings."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, timedelta
from decimal import Decimal

import pytest

from yanbao.application.access import EVERYTHING, NOTHING, SYSTEM, Scope
from yanbao.application.ports.directory import (
    CertificateFilter,
    CertificateRow,
    EnterpriseFilter,
    ShutdownPeriodFilter,
)
from yanbao.application.ports.paging import Page
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage
from yanbao.domain.directory.certificate import Certificate, CertificateKind, Trade
from yanbao.domain.directory.enterprise import Enterprise, EnterpriseKind, StopReason
from yanbao.domain.directory.organisation import Level, Role
from yanbao.domain.directory.shutdown import ShutdownPeriod
from yanbao.domain.values import CertificateId, EnterpriseId, RegionId, ShutdownPeriodId

from ...support.builders import (
    CHANGAN,
    DAY,
    LINTONG,
    NOW,
    PROVINCE,
    PUCHENG,
    WEINAN,
    XIAN,
    YANGLING,
    YANGLING_COUNTY,
    a_permit,
    a_person,
    a_region,
    a_shutdown,
    a_wholesaler,
    a_workshop,
    an_enterprise,
    an_id,
    seen_by,
    seen_from,
)
from ...support.certificates import a_card
from ...support.settling import settle_in

ALL = Page(100)
PRODUCER = an_enterprise("临潼甲厂")
WHOLESALER = a_wholesaler("长安乙公司", region=CHANGAN)
CLOSED = an_enterprise("蒲城丙厂", region=PUCHENG, active=False)
LOCAL = an_enterprise("杨凌丁厂", region=YANGLING_COUNTY)


@pytest.fixture
def filled(storage: Storage) -> None:
    settle_in(storage, SYSTEM, PRODUCER, WHOLESALER, CLOSED, LOCAL)


def names(readers: Readers, where: EnterpriseFilter, scope: Scope = EVERYTHING) -> set[str]:
    rows = readers.directory.enterprise_page(where, scope, ALL).rows
    assert readers.directory.enterprise_count(where, scope) == len(rows)
    return {row.name for row in rows}


# ---------------------------------------------------------------- enterprises


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("enterprise", [PRODUCER, WHOLESALER, CLOSED], ids=lambda e: e.name)
def test_every_field_of_an_enterprise_row_comes_back(readers: Readers, enterprise: Enterprise) -> None:
    row = readers.directory.enterprises([enterprise.id], EVERYTHING)[enterprise.id]
    assert (row.id, row.credit_code, row.name) == (
        enterprise.id,
        enterprise.credit_code.text,
        enterprise.name,
    )
    assert (row.kind, row.region_id, row.address) == (
        enterprise.kind,
        enterprise.region_id,
        enterprise.address,
    )
    assert row.active is enterprise.active
    assert row.region_name == {LINTONG: "临潼区", CHANGAN: "长安区", PUCHENG: "蒲城县"}[enterprise.region_id]
    assert row.workshops_total == len(enterprise.workshops)
    assert row.powder_workshops_total == enterprise.powder_workshops
    assert row.warehouses_total == len(enterprise.warehouses)
    assert row.approved_persons == enterprise.approved_persons
    assert row.approved_powder_kg == enterprise.approved_powder_kg
    assert row.approved_boxes == enterprise.approved_boxes
    assert row.approved_stock_kg == enterprise.approved_stock_kg
    assert row.updated_at == NOW and row.updated_at.tzinfo is UTC


@pytest.mark.parametrize("kg", ["12.500", "100000", "0.001"])
def test_amounts_are_exact(storage: Storage, readers: Readers, kg: str) -> None:
    settle_in(storage, SYSTEM, replace(PRODUCER, workshops=(a_workshop(kg=kg),)))
    row = readers.directory.enterprises([PRODUCER.id], EVERYTHING)[PRODUCER.id]
    assert (row.approved_powder_kg, row.approved_boxes) == (Decimal(kg), Decimal(0))


@pytest.mark.usefixtures("filled")
def test_enterprises_by_id_stay_within_the_scope(readers: Readers) -> None:
    ids = [PRODUCER.id, WHOLESALER.id, CLOSED.id, LOCAL.id, EnterpriseId(an_id("nobody"))]

    def seen(scope: Scope) -> set[EnterpriseId]:
        return set(readers.directory.enterprises(ids, scope))

    assert seen(EVERYTHING) == {PRODUCER.id, WHOLESALER.id, CLOSED.id, LOCAL.id}
    assert seen(seen_from(XIAN)) == {PRODUCER.id, WHOLESALER.id}
    assert seen(seen_from(YANGLING)) == {LOCAL.id}
    assert seen(seen_by(CLOSED)) == {CLOSED.id}
    assert seen(NOTHING) == set()
    assert readers.directory.enterprises([], EVERYTHING) == {}


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (EnterpriseFilter(), {PRODUCER, WHOLESALER, LOCAL}),
        (EnterpriseFilter(active=None), {PRODUCER, WHOLESALER, CLOSED, LOCAL}),
        (EnterpriseFilter(active=False), {CLOSED}),
        (EnterpriseFilter(region_id=XIAN), {PRODUCER, WHOLESALER}),
        (EnterpriseFilter(region_id=RegionId("999999")), set()),
        (EnterpriseFilter(kinds=(EnterpriseKind.WHOLESALE,)), {WHOLESALER}),
        (EnterpriseFilter(kinds=tuple(EnterpriseKind)), {PRODUCER, WHOLESALER, LOCAL}),
        (EnterpriseFilter(text="甲厂"), {PRODUCER}),
        (EnterpriseFilter(text=WHOLESALER.credit_code.text), {WHOLESALER}),
        (EnterpriseFilter(text=""), {PRODUCER, WHOLESALER, LOCAL}),
        (EnterpriseFilter(text="%"), set()),
        (EnterpriseFilter(text="_"), set()),
        (EnterpriseFilter(text="厂", active=None, region_id=WEINAN), {CLOSED}),
    ],
    ids=lambda value: None if isinstance(value, set | frozenset) else str(value),
)
def test_the_list_of_enterprises_can_be_narrowed(
    readers: Readers, where: EnterpriseFilter, expected: set[Enterprise]
) -> None:
    assert names(readers, where) == {enterprise.name for enterprise in expected}


@pytest.mark.usefixtures("filled")
def test_the_list_of_enterprises_stays_within_the_scope(readers: Readers) -> None:
    assert names(readers, EnterpriseFilter(), seen_from(CHANGAN)) == {WHOLESALER.name}
    assert names(readers, EnterpriseFilter(region_id=PROVINCE), seen_by(LOCAL)) == {LOCAL.name}
    assert names(readers, EnterpriseFilter(region_id=XIAN), seen_from(WEINAN)) == set()
    assert names(readers, EnterpriseFilter(), NOTHING) == set()


@pytest.mark.usefixtures("filled")
def test_the_list_of_enterprises_follows_a_region_to_its_new_parent(
    storage: Storage, readers: Readers
) -> None:
    settle_in(storage, SYSTEM, a_region(LINTONG, "临潼区", Level.COUNTY, WEINAN))
    assert names(readers, EnterpriseFilter(), seen_from(WEINAN)) == {PRODUCER.name}
    assert names(readers, EnterpriseFilter(region_id=XIAN)) == {WHOLESALER.name}


def test_enterprises_are_listed_by_region_and_credit_code(storage: Storage, readers: Readers) -> None:
    settle_in(storage, SYSTEM, *(an_enterprise(f"{n}厂", region=(PUCHENG, LINTONG)[n % 2]) for n in range(8)))
    rows = readers.directory.enterprise_page(EnterpriseFilter(), EVERYTHING, ALL).rows
    order = [(row.region_id, row.credit_code) for row in rows]
    assert len(order) == 8 and order == sorted(order)


@pytest.mark.usefixtures("filled")
def test_workshops_and_warehouses_come_by_number(storage: Storage, readers: Readers) -> None:
    shops = tuple(a_workshop(number) for number in ("B", "10", "2"))
    settle_in(storage, SYSTEM, replace(PRODUCER, workshops=shops))
    found = readers.directory.workshops([PRODUCER.id, WHOLESALER.id])
    assert [shop.number for shop in found[PRODUCER.id]] == ["10", "2", "B"]
    assert set(found[PRODUCER.id]) == set(shops)
    assert not found.get(WHOLESALER.id)
    stores = readers.directory.warehouses([PRODUCER.id, WHOLESALER.id])
    assert tuple(stores[WHOLESALER.id]) == WHOLESALER.warehouses
    assert not stores.get(PRODUCER.id)


# ---------------------------------------------------------------- certificates


@pytest.mark.usefixtures("filled")
def test_certificates_of_enterprises_come_newest_expiry_first(storage: Storage, readers: Readers) -> None:
    old = a_permit(PRODUCER, number="旧", issued=date(2022, 3, 1), expires=date(2025, 2, 28))
    new = replace(a_permit(PRODUCER, number="新"), review_due_on=date(2027, 1, 1))
    settle_in(storage, SYSTEM, old, new, a_permit(WHOLESALER))
    found = readers.directory.certificates_of([PRODUCER.id, LOCAL.id])
    assert list(found[PRODUCER.id]) == [as_row(new), as_row(old)]
    assert not found.get(LOCAL.id) and WHOLESALER.id not in found


@pytest.mark.usefixtures("filled")
def test_certificates_by_id_are_in_scope_with_their_enterprise(storage: Storage, readers: Readers) -> None:
    permits = a_permit(PRODUCER), a_permit(LOCAL)
    settle_in(storage, SYSTEM, *permits)
    ids = [*(permit.id for permit in permits), CertificateId(an_id("nothing"))]
    everything = readers.directory.certificates(ids, EVERYTHING)
    assert everything == {permit.id: as_row(permit) for permit in permits}
    assert set(readers.directory.certificates(ids, seen_from(XIAN))) == {permits[0].id}
    assert set(readers.directory.certificates(ids, seen_by(LOCAL))) == {permits[1].id}
    assert readers.directory.certificates(ids, NOTHING) == {}


def as_row(certificate: Certificate) -> CertificateRow:
    return CertificateRow(
        id=certificate.id,
        kind=certificate.kind,
        number=certificate.number,
        enterprise_id=certificate.enterprise_id,
        region_id=next(e.region_id for e in (PRODUCER, LOCAL) if e.id == certificate.enterprise_id),
        person_id=certificate.person_id,
        issued_on=certificate.issued_on,
        expires_on=certificate.expires_on,
        review_due_on=certificate.review_due_on,
        trade=certificate.trade,
    )


WORKER = a_person("孙师傅", Role.SAFETY_MANAGER, of=PRODUCER)
SOON, LATER = date(2027, 1, 1), date(2030, 1, 1)
RENEWALS = {
    "the same trade": (a_card(WORKER, Trade.FUSE, expires=SOON), {"number": "T2"}, True),
    "another trade": (a_card(WORKER, Trade.FUSE, expires=SOON), {"trade": Trade.STORAGE}, False),
    "a trade not registered before": (a_card(WORKER, None, expires=SOON), {"trade": Trade.FUSE}, False),
    "no trade, the same number": (a_card(WORKER, None, expires=SOON), {}, True),
    "no trade, another number": (a_card(WORKER, None, expires=SOON), {"number": "T2"}, False),
    "no person, another number": (
        replace(a_card(WORKER, Trade.FUSE, expires=SOON), person_id=None),
        {"number": "T2"},
        False,
    ),
    "another kind of qualification": (
        replace(
            a_card(WORKER, None, expires=SOON),
            kind=CertificateKind.HEAD_QUALIFICATION,
        ),
        {"kind": CertificateKind.SAFETY_MANAGER_QUALIFICATION},
        False,
    ),
    "the same qualification": (
        replace(a_card(WORKER, None, expires=SOON), kind=CertificateKind.HEAD_QUALIFICATION),
        {"number": "AQ2"},
        True,
    ),
    "a permit of another number": (a_permit(PRODUCER, expires=SOON), {"number": "新"}, True),
    "a permit of another kind": (
        a_permit(PRODUCER, expires=SOON),
        {"kind": CertificateKind.WHOLESALE_PERMIT},
        False,
    ),
    "one that ends the same day": (a_permit(PRODUCER, expires=SOON), {"expires_on": SOON}, False),
}


@pytest.mark.parametrize("name", RENEWALS)
@pytest.mark.usefixtures("filled")
def test_lists_leave_out_what_the_domain_calls_renewed(storage: Storage, readers: Readers, name: str) -> None:
    old, changes, renewed = RENEWALS[name]
    new = replace(old, **{"id": CertificateId(an_id("new")), "expires_on": LATER} | changes)
    assert old.renewed_by(new) is renewed
    assert not new.renewed_by(old)
    settle_in(storage, SYSTEM, WORKER, old, new)
    page = readers.directory.certificate_page(CertificateFilter(), EVERYTHING, ALL)
    assert {row.id for row in page.rows} == {new.id} | (set() if renewed else {old.id})


# ---------------------------------------------------------------- shutdown periods and settings

OWN = a_shutdown(PRODUCER, cancelled=True)
COUNTYS = a_shutdown(LINTONG, first=DAY - timedelta(days=3), last=DAY)
CITYS = a_shutdown(XIAN, first=DAY + timedelta(days=1), reason=StopReason.HOLIDAY)
NEIGHBOURS = a_shutdown(CHANGAN)
WHOLESALE_ONLY = a_shutdown(LINTONG, kind=EnterpriseKind.WHOLESALE, first=DAY - timedelta(days=9))


@pytest.fixture
def periods(filled: None, storage: Storage) -> None:
    settle_in(storage, SYSTEM, OWN, COUNTYS, CITYS, NEIGHBOURS, WHOLESALE_ONLY)


@pytest.mark.usefixtures("periods")
def test_shutdown_periods_come_newest_first_day_first(readers: Readers) -> None:
    rows = readers.directory.shutdown_page(ShutdownPeriodFilter(), EVERYTHING, ALL).rows
    assert set(rows) == {OWN, COUNTYS, CITYS, NEIGHBOURS, WHOLESALE_ONLY}
    assert [row.first_day for row in rows] == sorted((row.first_day for row in rows), reverse=True)


@pytest.mark.usefixtures("periods")
def test_shutdown_periods_stay_within_the_scope(readers: Readers) -> None:
    def seen(scope: Scope) -> set[ShutdownPeriod]:
        found = set(readers.directory.shutdown_page(ShutdownPeriodFilter(), scope, ALL).rows)
        assert readers.directory.shutdown_count(ShutdownPeriodFilter(), scope) == len(found)
        ids = [period.id for period in (OWN, COUNTYS, CITYS, NEIGHBOURS, WHOLESALE_ONLY)]
        by_id = readers.directory.shutdown_periods([*ids, ShutdownPeriodId(an_id("nothing"))], scope)
        assert set(by_id.values()) == found and all(period.id == id for id, period in by_id.items())
        return found

    assert seen(seen_from(XIAN)) == {OWN, COUNTYS, CITYS, NEIGHBOURS, WHOLESALE_ONLY}
    assert seen(seen_from(LINTONG)) == {OWN, COUNTYS, WHOLESALE_ONLY}
    assert seen(seen_from(WEINAN)) == set()
    assert seen(NOTHING) == set()


@pytest.mark.usefixtures("periods")
def test_to_an_enterprise_its_own_and_its_regions_shutdown_periods_are_shown(readers: Readers) -> None:
    seen = set(readers.directory.shutdown_page(ShutdownPeriodFilter(), seen_by(PRODUCER), ALL).rows)
    assert seen >= {OWN, COUNTYS, CITYS}
    assert not seen & {NEIGHBOURS}
    assert set(readers.directory.shutdown_page(ShutdownPeriodFilter(), seen_by(LOCAL), ALL).rows) == set()


@pytest.mark.usefixtures("periods")
def test_shutdown_periods_of_one_enterprise_can_be_asked_for(readers: Readers) -> None:
    found = set(readers.directory.shutdown_page(ShutdownPeriodFilter(PRODUCER.id), EVERYTHING, ALL).rows)
    assert OWN in found and NEIGHBOURS not in found
    assert (
        set(readers.directory.shutdown_page(ShutdownPeriodFilter(PRODUCER.id), seen_from(WEINAN), ALL).rows)
        == set()
    )


@pytest.mark.usefixtures("periods")
def test_shutdown_periods_that_cover_a_day_can_be_asked_for(readers: Readers) -> None:
    def covering(day: date) -> set[ShutdownPeriod]:
        return set(
            readers.directory.shutdown_page(ShutdownPeriodFilter(covering=day), EVERYTHING, ALL).rows
        ) - {
            OWN,
            WHOLESALE_ONLY,
        }

    assert covering(DAY - timedelta(days=4)) == set()
    assert covering(DAY - timedelta(days=3)) == {COUNTYS}
    assert covering(DAY) == {COUNTYS, NEIGHBOURS}
    assert covering(DAY + timedelta(days=1)) == {CITYS, NEIGHBOURS}
    assert covering(DAY + timedelta(days=7)) == set()
