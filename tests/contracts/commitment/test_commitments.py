"""Commitments on the write side: owed once, seen from above, and what the system asks of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, time, timedelta

import pytest

from yanbao.application.access import EVERYTHING, NOTHING, SYSTEM
from yanbao.application.ports.work import Storage
from yanbao.domain.commitment.commitment import CommitmentState
from yanbao.domain.commitment.form import Stoppage
from yanbao.domain.directory.enterprise import EnterpriseKind, StopReason
from yanbao.domain.directory.organisation import Level
from yanbao.domain.refusals import NotFound
from yanbao.domain.values import SHANGHAI, CommitmentId

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
    a_form_for,
    a_form_of_stopped,
    a_permit,
    a_region,
    a_shutdown,
    a_wholesaler,
    an_enterprise,
    an_id,
    seen_by,
    seen_from,
)
from ...support.commitments import facts, owed, reported, reported_automatically, signed
from ...support.settling import settle_in
from ..conftest import World
from .commitments import change, stored

TOMORROW = DAY + timedelta(days=1)

# ---------------------------------------------------------------- owing


def test_every_field_of_a_duty_comes_back(storage: Storage) -> None:
    enterprise = a_wholesaler(region=PUCHENG)
    settle_in(storage, SYSTEM, enterprise)
    duty = owed(enterprise, due=time(8, 45))
    with storage.work(SYSTEM) as work:
        assert work.commitments.owe([duty]) == 1
        work.commit()
    read = stored(storage, duty)
    assert read == duty
    assert read.due_at.tzinfo is UTC


def test_moments_are_given_back_in_utc_whatever_zone_they_came_in(world: World) -> None:
    enterprise = an_enterprise()
    settle_in(world.storage, SYSTEM, enterprise)
    with world.storage.work(SYSTEM) as work:
        work.commitments.owe([replace(owed(enterprise), due_at=DUE.astimezone(SHANGHAI))])
        work.commit()
    by = signed(NOW.astimezone(SHANGHAI))
    change(world.storage, owed(enterprise), lambda c: c.submit(a_form_for(enterprise), facts=facts(), by=by))
    read = stored(world.storage, owed(enterprise))
    row = world.readers.commitments.commitments([read.id], EVERYTHING)[read.id]
    assert read.report is not None and row.reported_at is not None
    moments = [read.due_at, row.due_at, row.reported_at, read.report.signed.at]
    assert moments == [DUE, DUE, NOW, NOW]
    assert [moment.tzinfo for moment in moments] == [UTC] * 4


def test_owing_twice_is_harmless_and_keeps_what_was_there(storage: Storage) -> None:
    one, two = an_enterprise("一厂"), an_enterprise("二厂")
    settle_in(storage, SYSTEM, one, two, reported(one))
    with storage.work(SYSTEM) as work:
        assert work.commitments.owe([owed(one, due=time(8, 0)), owed(two), owed(two)]) == 1
        assert work.commitments.owe([owed(one), owed(two)]) == 0
        assert work.commitments.owe([]) == 0
        work.commit()
    assert stored(storage, owed(one)).revision == 1
    assert stored(storage, owed(one)).due_at == DUE


def test_a_duty_can_be_written_down_and_reported_at_once(storage: Storage) -> None:
    enterprise = an_enterprise()
    settle_in(storage, SYSTEM, enterprise)
    duty = owed(enterprise)
    with storage.work(SYSTEM) as work:
        work.commitments.owe([duty])
        duty.submit(a_form_for(enterprise), facts=facts(enterprise), by=signed())
        work.commitments.save(duty)
        work.commit()
    assert stored(storage, duty).state is CommitmentState.REPORTED


def test_a_commitment_is_found_by_enterprise_and_day(storage: Storage) -> None:
    enterprise = an_enterprise()
    settle_in(storage, SYSTEM, enterprise, owed(enterprise))
    with storage.work(SYSTEM) as work:
        assert work.commitments.find(enterprise.id, DAY) == owed(enterprise)
        assert work.commitments.find(enterprise.id, TOMORROW) is None
        assert work.commitments.find(an_enterprise("没有").id, DAY) is None


# ---------------------------------------------------------------- scope


def test_a_commitment_is_seen_from_above_and_by_its_enterprise(storage: Storage) -> None:
    enterprise, other = an_enterprise(), an_enterprise("邻厂")
    settle_in(storage, SYSTEM, enterprise, other, owed(enterprise))
    id = owed(enterprise).id
    with storage.work(SYSTEM) as work:
        for scope in (seen_from(LINTONG), seen_from(XIAN), seen_from(PROVINCE), seen_by(enterprise)):
            assert work.commitments.get(id, within=scope).id == id
        for scope in (seen_from(CHANGAN), seen_from(WEINAN), seen_by(other), NOTHING):
            with pytest.raises(NotFound):
                work.commitments.get(id, within=scope)


def test_a_duty_comes_with_what_the_directory_says_of_its_enterprise(storage: Storage) -> None:
    enterprise, other = an_enterprise(), an_enterprise("邻厂")
    settle_in(
        storage, SYSTEM, enterprise, other, a_shutdown(enterprise), a_permit(enterprise), reported(enterprise)
    )
    with storage.work(SYSTEM) as work:
        expected = (
            work.commitments.get(owed(enterprise).id, within=EVERYTHING),
            work.facts.take([enterprise.id], DAY, at=NOW)[enterprise.id],
        )
        assert expected[1].shutdown is not None and expected[1].permit.valid
        for scope in (EVERYTHING, seen_from(LINTONG), seen_from(PROVINCE), seen_by(enterprise)):
            assert work.commitments.with_facts(enterprise.id, DAY, within=scope, at=NOW) == expected
        for scope in (seen_from(CHANGAN), seen_by(other), NOTHING):
            with pytest.raises(NotFound):
                work.commitments.with_facts(enterprise.id, DAY, within=scope, at=NOW)
        with pytest.raises(NotFound):
            work.commitments.with_facts(enterprise.id, TOMORROW, within=EVERYTHING, at=NOW)


def test_a_commitment_moves_with_its_region_to_another_parent(storage: Storage) -> None:
    enterprise = an_enterprise()
    settle_in(
        storage, SYSTEM, enterprise, owed(enterprise), a_region(LINTONG, "临潼区", Level.COUNTY, WEINAN)
    )
    id = owed(enterprise).id
    with storage.work(SYSTEM) as work:
        assert work.commitments.get(id, within=seen_from(WEINAN)).id == id
        with pytest.raises(NotFound):
            work.commitments.get(id, within=seen_from(XIAN))


def test_a_commitment_stays_where_it_was_owed_when_its_enterprise_moves(storage: Storage) -> None:
    enterprise = an_enterprise()
    settle_in(storage, SYSTEM, enterprise, owed(enterprise), replace(enterprise, region_id=PUCHENG))
    id = owed(enterprise).id
    with storage.work(SYSTEM) as work:
        assert work.commitments.get(id, within=seen_from(LINTONG)).region_id == LINTONG
        with pytest.raises(NotFound):
            work.commitments.get(id, within=seen_from(PUCHENG))
        assert work.commitments.get(id, within=seen_by(enterprise)).id == id


def test_an_unknown_commitment_and_a_foreign_one_are_refused_in_the_same_words(storage: Storage) -> None:
    enterprise = an_enterprise()
    settle_in(storage, SYSTEM, enterprise, owed(enterprise))
    with storage.work(SYSTEM) as work:
        with pytest.raises(NotFound) as unknown:
            work.commitments.get(CommitmentId(an_id("nothing")), within=seen_from(WEINAN))
        with pytest.raises(NotFound) as foreign:
            work.commitments.get(owed(enterprise).id, within=seen_from(WEINAN))
    assert str(unknown.value) == str(foreign.value)


# ---------------------------------------------------------------- what the system asks


def test_unreported_ones_come_by_region_and_then_by_id(storage: Storage) -> None:
    enterprises = [an_enterprise(f"{n}厂", region=region) for n, region in enumerate((PUCHENG, LINTONG) * 3)]
    settled = an_enterprise("已报")
    settle_in(storage, SYSTEM, *enterprises, settled, *map(owed, enterprises), reported(settled))
    settle_in(storage, SYSTEM, owed(settled, day=TOMORROW))
    expected = sorted(map(owed, enterprises), key=lambda c: (c.region_id, c.id))
    with storage.work(SYSTEM) as work:
        assert list(work.commitments.unreported(DAY)) == expected


def test_unreported_ones_of_one_deadline_are_only_those(storage: Storage) -> None:
    early, usual = an_enterprise("早"), an_enterprise("常")
    settle_in(storage, SYSTEM, early, usual, owed(early, due=time(9, 0)), owed(usual))
    with storage.work(SYSTEM) as work:
        assert [c.enterprise_id for c in work.commitments.unreported(DAY, due_at=DUE)] == [usual.id]
        assert list(work.commitments.unreported(DAY, due_at=DUE + timedelta(microseconds=1))) == []
        assert len(work.commitments.unreported(DAY)) == 2


def test_those_in_a_shutdown_period_without_a_report_are_found(storage: Storage) -> None:
    own, regional, free, done, cancelled = (an_enterprise(f"{n}厂", region=CHANGAN) for n in range(5))
    regional = replace(regional, region_id=LINTONG)
    wholesaler = a_wholesaler()
    settle_in(
        storage,
        SYSTEM,
        *(own, regional, free, done, cancelled, wholesaler),
        *(owed(own), owed(regional), owed(free), reported(done), owed(cancelled), owed(wholesaler)),
        a_shutdown(own),
        a_shutdown(done),
        a_shutdown(cancelled, cancelled=True),
        a_shutdown(LINTONG, kind=EnterpriseKind.PRODUCTION),
        a_shutdown(free, first=TOMORROW),
    )
    with storage.work(SYSTEM) as work:
        assert {c.enterprise_id for c in work.commitments.in_shutdown(DAY)} == {own.id, regional.id}
        assert list(work.commitments.in_shutdown(DAY - timedelta(days=1))) == []


def test_one_in_two_shutdown_periods_is_found_once(storage: Storage) -> None:
    enterprise = an_enterprise()
    settle_in(storage, SYSTEM, enterprise, owed(enterprise), a_shutdown(enterprise), a_shutdown(XIAN))
    settle_in(storage, SYSTEM, a_shutdown(LINTONG))
    with storage.work(SYSTEM) as work:
        assert [c.enterprise_id for c in work.commitments.in_shutdown(DAY)] == [enterprise.id]


def test_who_works_again_is_known_by_the_newest_report_of_a_person(storage: Storage) -> None:
    at_work, stopped, silent, before = (
        an_enterprise(name) for name in ("在产厂", "停产厂", "自动厂", "从前厂")
    )
    first, second, third = (DAY + timedelta(days=number) for number in range(3))
    standing = a_form_of_stopped(stoppage=Stoppage(StopReason.OWN_DECISION, "设备检修"))
    settle_in(
        storage,
        SYSTEM,
        *(at_work, stopped, silent, before),
        reported(at_work, form=standing, day=first),
        reported(at_work, day=second),
        reported(stopped, day=first),
        reported(stopped, form=standing, day=second),
        reported_automatically(silent, day=second),
        reported(before, day=first),
    )
    everybody = [of.id for of in (at_work, stopped, silent, before)]
    with storage.work(SYSTEM) as work:
        resumed = work.commitments.resumed
        assert resumed(everybody, first, third) == {at_work.id: second, before.id: first}
        assert resumed(everybody, second, third) == {at_work.id: second}
        assert resumed(everybody, first, second) == {stopped.id: first, before.id: first}
        assert resumed([], first, third) == {}


def test_still_owed_is_who_has_a_duty_and_no_report(storage: Storage) -> None:
    owing, done, never = an_enterprise("一厂"), an_enterprise("二厂"), an_enterprise("三厂")
    settle_in(storage, SYSTEM, owing, done, never, owed(owing), reported(done))
    with storage.work(SYSTEM) as work:
        assert work.commitments.still_owed([owing.id, done.id], DAY) == {owing.id}
        (taken,) = work.commitments.take_unreported([owing.id, done.id, owing.id], DAY)
        assert taken == work.commitments.find(owing.id, DAY)
        assert list(work.commitments.take_unreported([], DAY)) == []
        assert work.commitments.still_owed([done.id], DAY) == frozenset()
        assert work.commitments.still_owed([], DAY) == frozenset()


def test_the_deadlines_of_a_day_are_distinct_by_region(storage: Storage) -> None:
    enterprises = [
        an_enterprise(f"{n}厂", region=region) for n, region in enumerate((LINTONG, LINTONG, PUCHENG))
    ]
    late = an_enterprise("晚")
    settle_in(storage, SYSTEM, *enterprises, late, *map(owed, enterprises), owed(late, due=time(11, 0)))
    with storage.work(SYSTEM) as work:
        found = [tuple(pair) for pair in work.commitments.due_times(DAY)]
        assert work.commitments.due_times(date(2020, 1, 1)) in ([], ())
    assert sorted(found) == [(DUE, LINTONG), (DUE, PUCHENG), (DUE + timedelta(hours=1), LINTONG)]


def test_the_last_report_is_the_newest_manual_one_before_the_day(world: World) -> None:
    enterprise = an_enterprise()
    days = [DAY - timedelta(days=back) for back in (4, 3, 2, 1)]
    settle_in(
        world.storage,
        SYSTEM,
        enterprise,
        reported(enterprise, day=days[0]),
        reported(enterprise, day=days[1], form=a_form_for(enterprise, duty_leader="最近的人")),
        reported_automatically(enterprise, day=days[2]),
        owed(enterprise, day=days[3]),
        reported(enterprise),
    )
    last = world.readers.commitments.last_report
    found = last(enterprise.id, DAY)
    assert found is not None and found.form.duty_leader == "最近的人"
    assert found.facts.business_date == days[1]
    older = last(enterprise.id, days[1])
    assert older is not None and older.facts.business_date == days[0]
    assert last(enterprise.id, days[0]) is None
    assert last(an_enterprise("没有").id, DAY) is None
