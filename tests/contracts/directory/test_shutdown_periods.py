"""Shutdown periods in storage: who made them, what applies to an enterprise, and that cancelled ones stay so."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from yanbao.application.access import EVERYTHING, SYSTEM
from yanbao.application.ports.directory import ShutdownPeriodFilter
from yanbao.application.ports.paging import Page
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage
from yanbao.domain.directory.enterprise import EnterpriseKind, StopReason
from yanbao.domain.directory.shutdown import (
    PeriodSigned,
    PeriodSource,
    ShutdownCancelled,
    ShutdownFact,
    ShutdownPeriod,
)

from ...support.builders import (
    CHANGAN,
    DAY,
    LINTONG,
    NOW,
    PROVINCE,
    XIAN,
    a_shutdown,
    an_enterprise,
    an_id,
)
from ...support.commitments import signed
from ...support.settling import settle_in

OF = an_enterprise()
BY = PeriodSigned(replace(signed(), person_id=an_id("王局长")), "临潼区应急管理局")


def in_days(days: int) -> date:
    return DAY + timedelta(days=days)


def declared(first: date = DAY, last: date = DAY + timedelta(days=6), of: object = OF) -> ShutdownPeriod:
    period = a_shutdown(of, first=first, last=last, reason=StopReason.OWN_DECISION)  # type: ignore[arg-type]
    return replace(period, source=PeriodSource.ENTERPRISE, registered=PeriodSigned(signed()))


def test_who_declared_and_who_annulled_a_period_comes_back(storage: Storage) -> None:
    registered = replace(a_shutdown(XIAN), registered=BY)
    annulled = declared().cancel("现场检查发现仍在生产", by=BY, today=DAY)
    settle_in(storage, SYSTEM, OF, registered, annulled)
    with storage.work(SYSTEM) as work:
        for period in (registered, annulled):
            assert work.shutdown_periods.get(period.id, within=EVERYTHING) == period
        assert work.shutdown_periods.get(annulled.id, within=EVERYTHING).annulled


def test_a_cancelled_period_never_changes_again(storage: Storage) -> None:
    period = a_shutdown(OF)
    cancelled = period.cancel("", by=BY, today=DAY)
    settle_in(storage, SYSTEM, OF, period, cancelled)
    for attempt in (period, replace(cancelled, last_day=in_days(1)), replace(period, note="又来")):
        with storage.work(SYSTEM) as work, pytest.raises(ShutdownCancelled, match="不能恢复"):
            work.shutdown_periods.save(attempt)
    with storage.work(SYSTEM) as work:
        assert work.shutdown_periods.get(period.id, within=EVERYTHING) == cancelled


def test_what_departments_registered_for_a_target_and_its_days_is_found_for_every_kind(
    storage: Storage,
) -> None:
    kinds = [a_shutdown(LINTONG, kind=kind) for kind in (None, *EnterpriseKind)]
    cancelled = a_shutdown(LINTONG, reason=StopReason.HOLIDAY, cancelled=True)
    others = [a_shutdown(XIAN), a_shutdown(LINTONG, last=DAY), a_shutdown(OF), declared()]
    settle_in(storage, SYSTEM, OF, *kinds, cancelled, *others)
    with storage.work(SYSTEM) as work:
        found = work.shutdown_periods.registered(None, LINTONG, DAY, in_days(6))
        assert list(found) == sorted([*kinds, cancelled], key=lambda period: period.id)
        assert list(work.shutdown_periods.registered(OF.id, None, DAY, in_days(6))) == [a_shutdown(OF)]


def test_what_applies_to_an_enterprise_from_a_day_on_is_found_with_what_was_cancelled(
    storage: Storage,
) -> None:
    other = an_enterprise("别的厂")
    mine = [
        declared(in_days(-9), DAY),
        replace(declared(in_days(-2)), cancelled=True),
        a_shutdown(PROVINCE, first=in_days(-1), kind=EnterpriseKind.PRODUCTION),
        a_shutdown(LINTONG, first=in_days(3)),
    ]
    foreign = [
        declared(in_days(-9), in_days(-1)),
        a_shutdown(other),
        a_shutdown(CHANGAN),
        a_shutdown(XIAN, kind=EnterpriseKind.WHOLESALE),
    ]
    settle_in(storage, SYSTEM, OF, other, *mine, *foreign)
    with storage.work(SYSTEM) as work:
        assert list(work.shutdown_periods.applying_to(OF.id, since=DAY)) == mine


def test_declared_stops_that_end_on_a_day_are_found_unless_they_are_of_one_day_or_cancelled(
    storage: Storage,
) -> None:
    closed = an_enterprise("已关闭的厂", active=False)
    ending = declared(in_days(-3), DAY)
    others = [
        declared(DAY, DAY),
        declared(in_days(-4), in_days(1)),
        replace(declared(in_days(-5), DAY), cancelled=True),
        declared(in_days(-6), DAY, closed),
        a_shutdown(OF, first=in_days(-7), last=DAY),
    ]
    settle_in(storage, SYSTEM, OF, closed, ending, *others)
    with storage.work(SYSTEM) as work:
        assert list(work.shutdown_periods.declared_until(DAY)) == [ending]


def test_facts_say_who_made_the_period_that_covers_the_day(storage: Storage) -> None:
    by_county = replace(a_shutdown(OF), registered=BY)
    settle_in(storage, SYSTEM, OF, by_county)
    with storage.work(SYSTEM) as work:
        fact = work.facts.take([OF.id], DAY, at=NOW)[OF.id].shutdown_period
        assert work.facts.take([OF.id], in_days(7), at=NOW)[OF.id].shutdown_period is None
    assert fact == ShutdownFact(DAY, in_days(6), PeriodSource.DEPARTMENT, "临潼区应急管理局", DAY)


@pytest.mark.parametrize(
    ("period", "registrar", "on"),
    [(a_shutdown(LINTONG), "", None), (declared(), "李永红", DAY)],
    ids=["of an earlier release", "declared"],
)
def test_facts_say_what_is_known_of_the_registrar(
    storage: Storage, period: ShutdownPeriod, registrar: str, on: date | None
) -> None:
    settle_in(storage, SYSTEM, OF, period)
    with storage.work(SYSTEM) as work:
        fact = work.facts.take([OF.id], DAY, at=NOW)[OF.id].shutdown_period
    assert fact is not None
    assert (fact.source, fact.registrar, fact.registered_on) == (period.source, registrar, on)


def test_periods_can_be_listed_by_their_source(storage: Storage, readers: Readers) -> None:
    registered, own = a_shutdown(LINTONG), declared()
    settle_in(storage, SYSTEM, OF, registered, own)
    for source, expected in (
        (PeriodSource.ENTERPRISE, {own}),
        (PeriodSource.DEPARTMENT, {registered}),
        (None, {own, registered}),
    ):
        page = readers.directory.shutdown_page(ShutdownPeriodFilter(source=source), EVERYTHING, Page(5))
        assert set(page.rows) == expected
