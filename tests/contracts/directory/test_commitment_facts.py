"""The facts of the commitment form: figures, head, permit and shutdown of an enterprise on a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.ports.work import Storage
from yanbao.domain.alert.form import AlertLevel
from yanbao.domain.alert.workflow import AlertState
from yanbao.domain.directory.certificate import CERTIFICATE_NAMES, CertificateKind, PermitFact
from yanbao.domain.directory.enterprise import EnterpriseKind, StopReason
from yanbao.domain.directory.organisation import Role
from yanbao.domain.values import AlertId, EnterpriseId

from ...support.alerts import an_alert_in
from ...support.builders import (
    DAY,
    LINTONG,
    NOW,
    PERMIT_EXPIRES,
    PERMIT_ISSUED,
    PUCHENG,
    WEINAN,
    XIAN,
    YANGLING,
    YANGLING_COUNTY,
    a_permit,
    a_person,
    a_shutdown,
    a_wholesaler,
    an_enterprise,
    an_id,
)
from ...support.settling import settle_in

ONE_DAY = timedelta(days=1)
YESTERDAY, TOMORROW = DAY - ONE_DAY, DAY + ONE_DAY


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
    left = (permit.expires_on - DAY).days
    assert facts.permit == PermitFact(
        "安全生产许可证", permit.number, permit.expires_on, valid=True, days_left=left
    )
    assert (facts.shutdown, facts.shutdown_until) == (None, None)
    assert (facts.open_problems, facts.open_alerts, facts.gravest_alert) == (0, 0, None)
    assert (facts.head_id, facts.head_name) == (None, None)
    assert facts.directory_as_of == changed and facts.directory_as_of.tzinfo is UTC
    assert facts.taken_at == NOW


def test_the_head_of_the_facts_is_the_active_head_of_the_enterprise_and_the_first_by_id(
    storage: Storage,
) -> None:
    enterprise, other = an_enterprise(), an_enterprise("别家")
    heads = [a_person(name, Role.ENTERPRISE_HEAD, of=enterprise) for name in ("甲", "乙")]
    first, second = sorted(heads, key=lambda head: head.id)
    nobody = a_person("安管", Role.SAFETY_MANAGER, of=enterprise)
    foreign = a_person("丙", Role.ENTERPRISE_HEAD, of=other)
    settle_in(storage, SYSTEM, enterprise, other, *heads, nobody, foreign)

    def head() -> tuple[object, object]:
        with storage.work(SYSTEM) as work:
            facts = work.facts.take([enterprise.id], DAY, at=NOW)[enterprise.id]
        return facts.head_id, facts.head_name

    assert head() == (first.id, first.name)
    settle_in(storage, SYSTEM, replace(first, active=False))
    assert head() == (second.id, second.name)
    settle_in(storage, SYSTEM, replace(second, active=False))
    assert head() == (None, None)


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


def test_open_alerts_are_counted_with_the_gravest_level(storage: Storage) -> None:
    enterprise, other = an_enterprise(), an_enterprise("别家")
    settle_in(storage, SYSTEM, enterprise, other)
    states = (AlertState.OPEN, AlertState.FED_BACK, AlertState.CLOSED, AlertState.ENDED)
    with storage.work(SYSTEM) as work:
        for number, (state, level) in enumerate(zip(states, reversed(AlertLevel), strict=True)):
            alert = an_alert_in(state, level)
            work.alerts.save(
                replace(alert, id=AlertId(an_id(str(number))), external_id=f"{number}", version=0)
            )
        work.commit()
    with storage.work(SYSTEM) as work:
        facts = work.facts.take([enterprise.id, other.id], DAY, at=NOW)
    assert (facts[enterprise.id].open_alerts, facts[enterprise.id].gravest_alert) == (2, AlertLevel.YELLOW)
    assert (facts[other.id].open_alerts, facts[other.id].gravest_alert) == (0, None)
