"""Enterprises, certificates, shutdown periods, settings and the facts that come from them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from yanbao.application.access import EVERYTHING, NOTHING, SYSTEM
from yanbao.application.ports.work import Storage
from yanbao.domain.directory.certificate import Certificate, CertificateKind, Trade
from yanbao.domain.directory.enterprise import EnterpriseKind, StopReason
from yanbao.domain.directory.organisation import Level, Role
from yanbao.domain.refusals import Conflict, NotFound
from yanbao.domain.values import CertificateId, EnterpriseId, ShutdownPeriodId

from ...support.builders import (
    CHANGAN,
    DAY,
    LINTONG,
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


def test_name_and_region_of_many_are_found_at_once(storage: Storage) -> None:
    enterprise, closed = an_enterprise(), an_enterprise("已关闭", active=False)
    settle_in(storage, SYSTEM, enterprise, closed)
    ids = [enterprise.id, closed.id, EnterpriseId(an_id("nobody"))]
    with storage.work(SYSTEM) as work:
        assert work.enterprises.places(ids) == {
            one.id: (one.name, one.region_id) for one in (enterprise, closed)
        }
        assert work.enterprises.places([]) == {}


def test_credit_codes_of_many_are_found_at_once(storage: Storage) -> None:
    enterprise, closed = an_enterprise(), an_enterprise("已关闭", active=False)
    settle_in(storage, SYSTEM, enterprise, closed)
    ids = [enterprise.id, closed.id, EnterpriseId(an_id("nobody"))]
    with storage.work(SYSTEM) as work:
        assert work.enterprises.credit_codes(ids) == {one.id: one.credit_code for one in (enterprise, closed)}
        assert work.enterprises.credit_codes([]) == {}


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
        trade=Trade.FUSE,
    )
    permit = a_permit(enterprise)
    settle_in(storage, SYSTEM, enterprise, worker, card, permit)
    with storage.work(SYSTEM) as work:
        for certificate in (card, permit):
            assert work.certificates.get(certificate.id, within=EVERYTHING) == certificate
            assert work.certificates.of_number(enterprise.id, certificate.number) == [certificate]
        asked = [card.id, permit.id, CertificateId(an_id("nothing"))]
        assert work.certificates.find_all(asked) == {card.id: card, permit.id: permit}
        assert work.certificates.of_number(enterprise.id, "没有") == []
        assert work.certificates.of_number(a_wholesaler().id, permit.number) == []


def test_all_cards_of_one_number_are_found(storage: Storage) -> None:
    enterprise = an_enterprise()
    worker = a_person("孙师傅", Role.SAFETY_MANAGER, of=enterprise)
    cards = [a_card(worker, trade) for trade in (Trade.FUSE, Trade.STORAGE, None)]
    settle_in(storage, SYSTEM, enterprise, worker, *cards)
    with storage.work(SYSTEM) as work:
        found = work.certificates.of_number(enterprise.id, cards[0].number)
    assert found == sorted(cards, key=lambda card: card.id)


def test_the_watch_looks_again_at_what_a_changed_certificate_no_longer_renews(storage: Storage) -> None:
    enterprise = an_enterprise()
    one, two = (a_person(name, Role.SAFETY_MANAGER, of=enterprise) for name in ("孙师傅", "李师傅"))
    old, new = a_card(one, Trade.FUSE), a_card(one, Trade.FUSE, "T2", expires=date(2035, 1, 1))
    settle_in(storage, SYSTEM, enterprise, one, two, old, new)
    with storage.work(SYSTEM) as work:
        for card in (old, new):
            work.certificates.watch_again({card.id: None})
        work.commit()
    settle_in(storage, SYSTEM, replace(new, person_id=two.id))
    with storage.work(SYSTEM) as work:
        assert {card.id for card in work.certificates.to_watch(DAY, limit=10)} == {old.id, new.id}


def test_the_watch_looks_at_each_certificate_on_its_day(storage: Storage) -> None:
    enterprise = an_enterprise()
    permits = [a_permit(enterprise, number=number) for number in ("一", "二", "三")]
    settle_in(storage, SYSTEM, enterprise, *permits)
    with storage.work(SYSTEM) as work:
        assert len(work.certificates.to_watch(DAY, limit=10)) == 3
        assert len(work.certificates.to_watch(DAY, limit=2)) == 2
        days = {permits[0].id: TOMORROW, permits[1].id: None, permits[2].id: YESTERDAY}
        work.certificates.watch_again({**days, CertificateId(an_id("nothing")): DAY})
        work.certificates.watch_again({})
        work.commit()
    with storage.work(SYSTEM) as work:
        assert work.certificates.to_watch(DAY, limit=10) == [permits[2]]
        assert work.certificates.to_watch(TOMORROW, limit=10) == [permits[2], permits[0]]


def test_a_renewed_certificate_takes_the_place_of_the_old_one(storage: Storage) -> None:
    enterprise = an_enterprise()
    permit = a_permit(enterprise)
    renewed = replace(permit, number="新号", expires_on=date(2031, 2, 28))
    settle_in(storage, SYSTEM, enterprise, permit, renewed)
    with storage.work(SYSTEM) as work:
        assert work.certificates.get(permit.id, within=seen_by(enterprise)) == renewed
        assert work.certificates.of_number(enterprise.id, permit.number) == []


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
