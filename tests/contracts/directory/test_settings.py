"""Settings with their locks and history: kept per place, read along the path of a region."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from yanbao.application.access import EVERYTHING, SYSTEM, Scope
from yanbao.application.ports.paging import Page
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage
from yanbao.domain.directory.organisation import Level
from yanbao.domain.policy import SettingKey
from yanbao.domain.refusals import InvalidValue, NotFound
from yanbao.domain.signed import Signed
from yanbao.domain.supervision import SettingChange, SettingChangeKind, SettingLock
from yanbao.domain.values import PersonId, RegionId

from ...support.builders import (
    CHANGAN,
    DAY,
    LINTONG,
    NOW,
    PROVINCE,
    PUCHENG,
    XIAN,
    a_setting,
    an_enterprise,
    an_id,
    seen_from,
)
from ...support.settling import settle_in

ALL = Page(100)
PRODUCER = an_enterprise("临潼甲厂")
TOMORROW = DAY + timedelta(days=1)


def test_every_field_of_a_setting_comes_back(storage: Storage) -> None:
    settings = a_setting("09:00"), a_setting("0,60", SettingKey.REMINDER_STAGES, region=XIAN, since=TOMORROW)
    settle_in(storage, SYSTEM, *settings)
    with storage.work(SYSTEM) as work:
        assert set(work.settings.all()) == set(settings)


def test_a_setting_for_the_same_region_key_and_day_takes_the_earlier_ones_place(storage: Storage) -> None:
    first, second, other_day = a_setting("09:00"), a_setting("08:30"), a_setting("08:00", since=TOMORROW)
    settle_in(storage, SYSTEM, first, second, other_day)
    with storage.work(SYSTEM) as work:
        kept = {(s.region_id, s.key, s.value, s.effective_from) for s in work.settings.all()}
    assert kept == {(s.region_id, s.key, s.value, s.effective_from) for s in (second, other_day)}


def test_what_a_superior_sets_for_a_region_stands_beside_the_regions_own_value(storage: Storage) -> None:
    own = a_setting("09:00", region=LINTONG)
    citys, again = (a_setting(value, region=LINTONG, by=Level.CITY) for value in ("09:10", "09:20"))
    settle_in(storage, SYSTEM, citys, own, again)
    with storage.work(SYSTEM) as work:
        assert set(work.settings.all()) == {own, again}


def test_a_lock_is_kept_once_per_region_and_key_and_removed(storage: Storage) -> None:
    key = SettingKey.COMMITMENT_DEADLINE
    first, second, other = (
        SettingLock(region, key, level, "西安市应急管理局", Signed(None, "褚局长", NOW))
        for region, level in ((XIAN, Level.CITY), (XIAN, Level.PROVINCE), (LINTONG, Level.CITY))
    )
    with storage.work(SYSTEM) as work:
        for lock in (first, other, second):
            work.settings.lock(lock)
        work.settings.unlock(PUCHENG, key)
        work.commit()
    with storage.work(SYSTEM) as work:
        assert set(work.settings.locks()) == {second, other}
        work.settings.unlock(XIAN, SettingKey.REMINDER_STAGES)
        work.settings.unlock(LINTONG, key)
        assert work.settings.locks() == [second]
    with storage.work(SYSTEM) as work:
        assert len(work.settings.locks()) == 2, "nothing was committed"


def test_locks_and_changes_of_an_unknown_region_are_not_kept(storage: Storage) -> None:
    key, signed = SettingKey.COMMITMENT_DEADLINE, Signed(None, "褚局长", NOW)
    unknown = RegionId("999999")
    with storage.work(SYSTEM) as work, pytest.raises(NotFound):
        work.settings.lock(SettingLock(unknown, key, Level.CITY, "", signed))
    change = SettingChange(
        an_id("c"), unknown, key, SettingChangeKind.LOCK, Level.CITY, "", signed, before="10:00"
    )
    with storage.work(SYSTEM) as work, pytest.raises(NotFound):
        work.settings.keep_change(change)


def test_the_settings_on_the_path_are_those_of_the_region_and_its_ancestors(storage: Storage) -> None:
    own, citys = a_setting("09:00", region=LINTONG), a_setting("09:10", region=XIAN)
    provinces, foreign = a_setting("09:20"), a_setting("09:30", region=CHANGAN)
    settle_in(storage, SYSTEM, own, citys, provinces, foreign)
    with storage.work(SYSTEM) as work:
        assert set(work.settings.on_path(LINTONG)) == {own, citys, provinces}
        assert set(work.settings.on_path(PUCHENG)) == {provinces}


# ---------------------------------------------------------------- reading


def test_settings_of_a_region_are_those_of_its_path_newest_first(storage: Storage, readers: Readers) -> None:
    settings = [
        a_setting("09:00", since=DAY - timedelta(days=2)),
        a_setting("08:30", region=XIAN, since=DAY),
        a_setting("0,60", SettingKey.REMINDER_STAGES, region=LINTONG, since=DAY - timedelta(days=1)),
    ]
    settle_in(storage, SYSTEM, *settings, a_setting("07:00", region=CHANGAN))
    assert list(readers.directory.settings(LINTONG)) == [settings[1], settings[2], settings[0]]
    assert list(readers.directory.settings(PUCHENG)) == [settings[0]]


def a_change(
    region: RegionId, minutes: int, *, key: SettingKey = SettingKey.COMMITMENT_DEADLINE, name: str = ""
) -> SettingChange:
    return SettingChange(
        id=an_id("change", region, minutes, key, name),
        region_id=region,
        key=key,
        kind=SettingChangeKind.SET,
        authority=Level.CITY,
        department="西安市应急管理局",
        signed=Signed(PersonId(an_id("who")), "褚局长", NOW + timedelta(minutes=minutes, microseconds=1)),
        before="10:00",
        after="09:00",
        effective_from=DAY,
    )


def test_the_history_of_settings_is_that_of_the_path_and_of_what_lies_below_newest_first(
    storage: Storage, readers: Readers
) -> None:
    above, citys, countys, neighbours, foreign, other = (
        a_change(PROVINCE, 1),
        a_change(XIAN, 2),
        a_change(LINTONG, 3),
        a_change(CHANGAN, 3),
        a_change(PUCHENG, 4),
        a_change(LINTONG, 5, key=SettingKey.REMINDER_STAGES),
    )
    locked = replace(
        a_change(LINTONG, 6), id=an_id("lock"), kind=SettingChangeKind.LOCK, after=None, effective_from=None
    )
    with storage.work(SYSTEM) as work:
        for change in (citys, above, foreign, countys, locked, neighbours, other):
            work.settings.keep_change(change)
        work.commit()

    def changes(region: RegionId, scope: Scope, key: SettingKey | None = None) -> list[SettingChange]:
        return list(readers.directory.setting_changes(region, key, scope, ALL).rows)

    assert changes(LINTONG, seen_from(LINTONG)) == [locked, other, countys, citys, above]
    assert changes(LINTONG, seen_from(LINTONG), SettingKey.REMINDER_STAGES) == [other]
    assert changes(LINTONG, Scope(enterprise_id=PRODUCER.id)) == [locked, other, countys, citys, above]
    both = sorted([countys, neighbours], key=lambda change: change.id, reverse=True)
    assert changes(XIAN, seen_from(XIAN)) == [locked, other, *both, citys, above]
    assert changes(XIAN, Scope(enterprise_id=PRODUCER.id)) == [citys, above]
    assert len(changes(PROVINCE, EVERYTHING)) == 7
    first = readers.directory.setting_changes(XIAN, None, EVERYTHING, Page(3))
    second = readers.directory.setting_changes(XIAN, None, EVERYTHING, Page(3, first.keys[-1]))
    assert [*first.rows, *second.rows] == changes(XIAN, EVERYTHING)
    assert (first.has_next, second.has_next) == (True, False)
    with pytest.raises(InvalidValue):
        readers.directory.setting_changes(XIAN, None, EVERYTHING, Page(3, ("yesterday", "1")))


def test_the_locks_of_a_region_are_those_of_its_path(storage: Storage, readers: Readers) -> None:
    locks = {
        region: SettingLock(region, key, Level.CITY, "西安市应急管理局", Signed(None, "褚局长", NOW))
        for region, key in (
            (XIAN, SettingKey.COMMITMENT_DEADLINE),
            (LINTONG, SettingKey.REMINDER_STAGES),
            (CHANGAN, SettingKey.REMINDER_STAGES),
        )
    }
    with storage.work(SYSTEM) as work:
        for lock in locks.values():
            work.settings.lock(lock)
        work.commit()
    assert readers.directory.setting_locks(LINTONG) == [locks[XIAN], locks[LINTONG]]
    assert readers.directory.setting_locks(XIAN) == [locks[XIAN]]
    assert readers.directory.setting_locks(PUCHENG) == []
