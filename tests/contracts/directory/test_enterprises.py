"""Enterprises, certificates, shutdown periods, settings and the facts that come from them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from yanbao.application.access import EVERYTHING, NOTHING, SYSTEM
from yanbao.application.ports.work import Storage
from yanbao.domain.directory.certificate import CERTIFICATE_NAMES, Certificate, CertificateKind, PermitFact
from yanbao.domain.directory.enterprise import EnterpriseKind, StopReason
from yanbao.domain.directory.organisation import Level, Role
from yanbao.domain.refusals import Conflict, NotFound
from yanbao.domain.values import CertificateId, EnterpriseId, ShutdownPeriodId

from ...support.builders import (
    CHANGAN,
    DAY,
    LINTONG,
    NOW,
    PERMIT_EXPIRES,
    PERMIT_ISSUED,
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
from ...support.commitments import owed
from ...support.settling import settle_in

ONE_DAY = timedelta(days=1)
YESTERDAY, TOMORROW = DAY - ONE_DAY, DAY + ONE_DAY


def test_every_field_of_an_enterprise_comes_back(storage: Storage) -> None:
    enterprises = an_enterprise(), a_wholesaler(), an_enterprise("已关闭", active=False)
    settle_in(storage, SYSTEM, *enterprises)
    with storage.work(SYSTEM) as work:
        for enterprise in enterprises:
            assert work.enterprises.get(enterprise.id, within=EVERYTHING) == enterprise
            assert work.enterprises.by_credit_code(enterprise.credit_code) == enterprise
        assert work.enterprises.by_credit_code(an_enterprise("没有").credit_code) is None


def test_an_enterprise_can_change_everything_but_the_id(storage: Storage) -> None:
    before = an_enterprise()
    after = replace(a_wholesaler("新名", region=PUCHENG), id=before.id, active=False)
    settle_in(storage, SYSTEM, before, after)
    with storage.work(SYSTEM) as work:
        assert work.enterprises.get(before.id, within=EVERYTHING) == after
        assert work.enterprises.by_credit_code(before.credit_code) is None


def test_workshops_that_are_taken_out_are_gone_and_numbers_can_be_used_again(storage: Storage) -> None:
    before = an_enterprise()
    after = replace(before, workshops=(a_workshop("2", powder=False), a_workshop("9", kg="0.001")))
    settle_in(storage, SYSTEM, before, after)
    with storage.work(SYSTEM) as work:
        assert work.enterprises.get(before.id, within=EVERYTHING) == after


def test_a_second_enterprise_with_the_same_credit_code_is_a_conflict(storage: Storage) -> None:
    first = an_enterprise()
    second = replace(an_enterprise("冒名厂"), credit_code=first.credit_code)
    settle_in(storage, SYSTEM, first)
    with pytest.raises(Conflict):
        settle_in(storage, SYSTEM, second)
    with storage.work(SYSTEM) as work:
        assert work.enterprises.by_credit_code(first.credit_code) == first


def test_an_enterprise_is_seen_from_above_and_by_itself(storage: Storage) -> None:
    enterprise, neighbour = an_enterprise(), an_enterprise("邻厂")
    settle_in(storage, SYSTEM, enterprise, neighbour)
    with storage.work(SYSTEM) as work:
        for scope in (seen_from(LINTONG), seen_from(XIAN), seen_from(PROVINCE), seen_by(enterprise)):
            assert work.enterprises.get(enterprise.id, within=scope) == enterprise
        for scope in (seen_from(CHANGAN), seen_from(WEINAN), seen_by(neighbour), NOTHING):
            with pytest.raises(NotFound):
                work.enterprises.get(enterprise.id, within=scope)


def test_an_enterprise_of_a_local_region_is_seen_from_its_bureau_of_city_rank(storage: Storage) -> None:
    enterprise = an_enterprise(region=YANGLING_COUNTY)
    settle_in(storage, SYSTEM, enterprise)
    with storage.work(SYSTEM) as work:
        assert work.enterprises.get(enterprise.id, within=seen_from(YANGLING)) == enterprise
        with pytest.raises(NotFound):
            work.enterprises.get(enterprise.id, within=seen_from(XIAN))


def test_an_enterprise_moves_with_its_region_to_another_parent(storage: Storage) -> None:
    enterprise = an_enterprise()
    settle_in(storage, SYSTEM, enterprise, a_region(LINTONG, "临潼区", Level.COUNTY, WEINAN))
    with storage.work(SYSTEM) as work:
        assert work.enterprises.get(enterprise.id, within=seen_from(WEINAN)) == enterprise
        with pytest.raises(NotFound):
            work.enterprises.get(enterprise.id, within=seen_from(XIAN))


def test_an_unknown_enterprise_and_a_foreign_one_are_refused_in_the_same_words(storage: Storage) -> None:
    enterprise = an_enterprise()
    settle_in(storage, SYSTEM, enterprise)
    with storage.work(SYSTEM) as work:
        with pytest.raises(NotFound) as unknown:
            work.enterprises.get(EnterpriseId(an_id("nobody")), within=seen_from(WEINAN))
        with pytest.raises(NotFound) as foreign:
            work.enterprises.get(enterprise.id, within=seen_from(WEINAN))
    assert str(unknown.value) == str(foreign.value)


def test_active_enterprises_without_a_commitment_owe_one_in_the_order_of_their_ids(storage: Storage) -> None:
    owing = sorted(
        (an_enterprise("一厂"), a_wholesaler("二公司"), an_enterprise("三厂", region=PUCHENG)),
        key=lambda e: e.id,
    )
    done = an_enterprise("已登记")
    settle_in(storage, SYSTEM, *owing, done, an_enterprise("已关闭", active=False), owed(done))
    expected = [(e.id, e.region_id, e.kind) for e in owing]
    with storage.work(SYSTEM) as work:
        assert [tuple(row) for row in work.enterprises.owing(DAY, limit=10)] == expected
        assert [tuple(row) for row in work.enterprises.owing(DAY, limit=2)] == expected[:2]
        assert len(work.enterprises.owing(TOMORROW, limit=10)) == 4


# ---------------------------------------------------------------- certificates


def test_every_field_of_a_certificate_comes_back(storage: Storage) -> None:
    enterprise = an_enterprise()
    worker = a_person("孙师傅", Role.SAFETY_MANAGER, of=enterprise)
    card = Certificate.parse(
        id=CertificateId(an_id("card")),
        kind=CertificateKind.SPECIAL_OPERATION_CARD,
        number="T6101",
        enterprise_id=enterprise.id,
        person_id=worker.id,
        issued_on=date(2024, 1, 1),
        expires_on=date(2029, 12, 31),
        review_due_on=date(2026, 12, 31),
    )
    permit = a_permit(enterprise)
    settle_in(storage, SYSTEM, enterprise, worker, card, permit)
    with storage.work(SYSTEM) as work:
        for certificate in (card, permit):
            assert work.certificates.get(certificate.id, within=EVERYTHING) == certificate
            assert work.certificates.find(enterprise.id, certificate.number) == certificate
        assert work.certificates.find(enterprise.id, "没有") is None
        assert work.certificates.find(a_wholesaler().id, permit.number) is None


def test_a_renewed_certificate_takes_the_place_of_the_old_one(storage: Storage) -> None:
    enterprise = an_enterprise()
    permit = a_permit(enterprise)
    renewed = replace(permit, number="新号", expires_on=date(2031, 2, 28))
    settle_in(storage, SYSTEM, enterprise, permit, renewed)
    with storage.work(SYSTEM) as work:
        assert work.certificates.get(permit.id, within=seen_by(enterprise)) == renewed
        assert work.certificates.find(enterprise.id, permit.number) is None


def test_a_certificate_is_in_scope_with_its_enterprise_and_else_unknown(storage: Storage) -> None:
    enterprise = an_enterprise()
    permit = a_permit(enterprise)
    settle_in(storage, SYSTEM, enterprise, permit)
    with storage.work(SYSTEM) as work:
        assert work.certificates.get(permit.id, within=seen_from(XIAN)) == permit
        with pytest.raises(NotFound) as foreign:
            work.certificates.get(permit.id, within=seen_from(WEINAN))
        with pytest.raises(NotFound) as unknown:
            work.certificates.get(CertificateId(an_id("nothing")), within=seen_from(WEINAN))
    assert str(unknown.value) == str(foreign.value)


# ---------------------------------------------------------------- shutdown periods


def test_every_field_of_a_shutdown_period_comes_back(storage: Storage) -> None:
    enterprise = an_enterprise()
    periods = (
        a_shutdown(enterprise, cancelled=True),
        a_shutdown(XIAN, kind=EnterpriseKind.WHOLESALE, reason=StopReason.HOLIDAY),
    )
    settle_in(storage, SYSTEM, enterprise, *periods)
    with storage.work(SYSTEM) as work:
        for period in periods:
            assert work.shutdown_periods.get(period.id, within=EVERYTHING) == period


def test_a_shutdown_period_can_be_cancelled(storage: Storage) -> None:
    period = a_shutdown(XIAN)
    settle_in(storage, SYSTEM, period, replace(period, cancelled=True))
    with storage.work(SYSTEM) as work:
        assert work.shutdown_periods.get(period.id, within=EVERYTHING).cancelled


def test_a_shutdown_period_is_in_scope_with_its_enterprise_or_region_and_else_unknown(
    storage: Storage,
) -> None:
    enterprise = an_enterprise()
    own, regional = a_shutdown(enterprise), a_shutdown(XIAN)
    settle_in(storage, SYSTEM, enterprise, own, regional)
    with storage.work(SYSTEM) as work:
        for period in (own, regional):
            assert work.shutdown_periods.get(period.id, within=seen_from(XIAN)) == period
            with pytest.raises(NotFound) as foreign:
                work.shutdown_periods.get(period.id, within=seen_from(WEINAN))
        with pytest.raises(NotFound) as unknown:
            work.shutdown_periods.get(ShutdownPeriodId(an_id("nothing")), within=seen_from(WEINAN))
    assert str(unknown.value) == str(foreign.value)


# ---------------------------------------------------------------- facts


def test_facts_are_the_figures_of_the_directory(storage: Storage) -> None:
    enterprise, permit = an_enterprise(), a_permit(an_enterprise())
    changed = datetime(2026, 10, 1, 9, 8, 7, 654321, tzinfo=timezone(timedelta(hours=8)))
    settle_in(storage, SYSTEM, enterprise, permit)
    with storage.work(SYSTEM) as work:
        work.enterprises.save(enterprise, at=changed)
        work.commit()
    with storage.work(SYSTEM) as work:
        facts = work.facts.take([enterprise.id], DAY, at=NOW)[enterprise.id]
    assert (facts.credit_code, facts.enterprise_name) == (enterprise.credit_code.text, enterprise.name)
    assert (facts.kind, facts.region_id, facts.region_name) == (enterprise.kind, LINTONG, "临潼区")
    assert facts.business_date == DAY
    assert (facts.workshops_total, facts.powder_workshops_total, facts.warehouses_total) == (3, 2, 0)
    assert facts.approved_persons == enterprise.approved_persons == 12
    assert facts.approved_powder_kg == enterprise.approved_powder_kg == 25
    assert facts.approved_boxes == facts.approved_stock_kg == 0
    assert facts.permit == PermitFact("安全生产许可证", permit.number, permit.expires_on, valid=True)
    assert (facts.shutdown, facts.shutdown_until) == (None, None)
    assert (facts.open_problems, facts.open_alerts) == (None, None)
    assert facts.directory_as_of == changed and facts.directory_as_of.tzinfo is UTC
    assert facts.taken_at == NOW


def test_facts_of_a_wholesaler_count_its_warehouses(storage: Storage) -> None:
    enterprise = a_wholesaler()
    settle_in(storage, SYSTEM, enterprise)
    with storage.work(SYSTEM) as work:
        facts = work.facts.take([enterprise.id], DAY, at=NOW)[enterprise.id]
    assert (facts.workshops_total, facts.warehouses_total, facts.approved_persons) == (0, 2, 6)
    assert (facts.approved_boxes, facts.approved_stock_kg) == (
        enterprise.approved_boxes,
        enterprise.approved_stock_kg,
    )
    assert facts.permit == PermitFact(
        CERTIFICATE_NAMES[CertificateKind.WHOLESALE_PERMIT], None, None, valid=False
    )


def test_facts_are_taken_of_every_known_enterprise_and_of_no_other(storage: Storage) -> None:
    one, two = an_enterprise("一厂"), an_enterprise("二厂")
    settle_in(storage, SYSTEM, one, two)
    with storage.work(SYSTEM) as work:
        taken = work.facts.take([one.id, two.id, EnterpriseId(an_id("nobody"))], DAY, at=NOW)
        assert {id: facts.enterprise_name for id, facts in taken.items()} == {one.id: "一厂", two.id: "二厂"}
        assert work.facts.take([], DAY, at=NOW) == {}


@pytest.mark.parametrize(
    ("day", "valid"),
    [
        (PERMIT_ISSUED - ONE_DAY, False),
        (PERMIT_ISSUED, True),
        (PERMIT_EXPIRES, True),
        (PERMIT_EXPIRES + ONE_DAY, False),
    ],
)
def test_a_permit_is_valid_from_its_first_day_to_its_last(storage: Storage, day: date, valid: bool) -> None:
    enterprise = an_enterprise()
    settle_in(storage, SYSTEM, enterprise, a_permit(enterprise))
    with storage.work(SYSTEM) as work:
        assert work.facts.take([enterprise.id], day, at=NOW)[enterprise.id].permit.valid is valid


def test_the_permit_is_the_newest_of_the_enterprises_own_kind(storage: Storage) -> None:
    enterprise = an_enterprise()
    old = a_permit(enterprise, number="旧", issued=DAY - timedelta(days=1_700), expires=PERMIT_ISSUED)
    new = a_permit(enterprise, number="新")
    far = DAY + timedelta(days=5_000)
    other = replace(a_permit(enterprise, number="批发", expires=far), kind=CertificateKind.WHOLESALE_PERMIT)
    settle_in(storage, SYSTEM, enterprise, new, old, other)
    with storage.work(SYSTEM) as work:
        permit = work.facts.take([enterprise.id], DAY, at=NOW)[enterprise.id].permit
    assert (permit.number, permit.valid) == ("新", True)


@pytest.mark.parametrize(
    ("day", "number", "valid"),
    [
        (date(2026, 2, 28), "续", False),
        (date(2026, 3, 1), "现", True),
        (date(2026, 11, 30), "现", True),
        (date(2026, 12, 1), "续", True),
        (date(2029, 12, 1), "续", False),
    ],
)
def test_a_renewal_whose_term_begins_later_does_not_hide_the_permit_in_force(
    storage: Storage, day: date, number: str, valid: bool
) -> None:
    enterprise = an_enterprise()
    current = a_permit(enterprise, number="现", issued=date(2026, 3, 1), expires=date(2026, 12, 1))
    renewed = a_permit(enterprise, number="续", issued=date(2026, 12, 1), expires=date(2029, 11, 30))
    settle_in(storage, SYSTEM, enterprise, current, renewed)
    with storage.work(SYSTEM) as work:
        permit = work.facts.take([enterprise.id], day, at=NOW)[enterprise.id].permit
        both = work.facts.take([enterprise.id, an_enterprise("别家").id], day, at=NOW)
    assert (permit.number, permit.valid) == (number, valid)
    assert both[enterprise.id].permit == permit


@pytest.mark.parametrize(
    ("day", "covered"),
    [(YESTERDAY, False), (DAY, True), (DAY + timedelta(days=6), True), (DAY + timedelta(days=7), False)],
)
def test_a_shutdown_covers_both_its_ends(storage: Storage, day: date, covered: bool) -> None:
    enterprise = an_enterprise()
    settle_in(storage, SYSTEM, enterprise, a_shutdown(enterprise))
    with storage.work(SYSTEM) as work:
        facts = work.facts.take([enterprise.id], day, at=NOW)[enterprise.id]
    assert facts.shutdown is (StopReason.HIGH_TEMPERATURE if covered else None)
    assert facts.shutdown_until == (DAY + timedelta(days=7) if covered else None)


def test_the_enterprises_own_shutdown_comes_before_its_regions(storage: Storage) -> None:
    enterprise = an_enterprise()
    own = a_shutdown(enterprise, last=DAY, reason=StopReason.RECTIFICATION)
    settle_in(storage, SYSTEM, enterprise, a_shutdown(LINTONG, reason=StopReason.HOLIDAY), own)
    with storage.work(SYSTEM) as work:
        facts = work.facts.take([enterprise.id], DAY, at=NOW)[enterprise.id]
    assert (facts.shutdown, facts.shutdown_until) == (StopReason.RECTIFICATION, TOMORROW)


def test_a_regions_shutdown_covers_what_lies_below_it_and_fits_its_kind(storage: Storage) -> None:
    producer, wholesaler = an_enterprise(), a_wholesaler()
    distant, local = an_enterprise("远厂", region=PUCHENG), an_enterprise("杨凌厂", region=YANGLING_COUNTY)
    settle_in(
        storage,
        SYSTEM,
        *(producer, wholesaler, distant, local),
        a_shutdown(XIAN, kind=EnterpriseKind.PRODUCTION),
        a_shutdown(YANGLING, reason=StopReason.SEVERE_WEATHER),
        a_shutdown(WEINAN, cancelled=True),
    )
    ids = [producer.id, wholesaler.id, distant.id, local.id]
    with storage.work(SYSTEM) as work:
        taken = work.facts.take(ids, DAY, at=NOW)
    assert [taken[id].shutdown for id in ids] == [
        StopReason.HIGH_TEMPERATURE,
        None,
        None,
        StopReason.SEVERE_WEATHER,
    ]
