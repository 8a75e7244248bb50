"""Settings: inherited down the tree, dated, and parsed before they are stored."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, time, timedelta
from typing import Any

import pytest

from yanbao.domain.directory.organisation import Level
from yanbao.domain.policy import (
    SETTINGS,
    Policy,
    SettingDirection,
    SettingKey,
    least_strict,
    policy_in_force,
    stricter,
    text_of,
    values_in_force,
)
from yanbao.domain.refusals import InvalidValue

from ..support.builders import CHANGAN, DAY, LINTONG, PROVINCE, XIAN, a_setting

PATH = (LINTONG, XIAN, PROVINCE)
BEFORE, AFTER = DAY - timedelta(days=1), DAY + timedelta(days=1)


def deadline(*settings: Any, day: date = DAY) -> time:
    return policy_in_force(settings, PATH, day).commitment_deadline


def test_without_settings_the_starting_values_hold() -> None:
    assert policy_in_force([], PATH, DAY) == Policy()
    assert Policy() == Policy(
        commitment_deadline=time(10, 0),
        reminder_stages=(0, 120),
        push_first=time(12, 0),
        push_every_minutes=30,
        push_until=time(23, 30),
        sms_quiet_from=time(21, 0),
        sms_quiet_until=time(8, 0),
        sms_daily_cap=20,
        acknowledge_hours_general=2,
        acknowledge_hours_major=2,
        feed_back_hours_general=24,
        feed_back_hours_major=24,
        rectify_days_general=7,
        rectify_days_major=7,
        problem_reminder_percents=(50, 80),
        auto_inspection_at=time(23, 30),
        weekly_push_weekday=5,
        weekly_push_at=time(14, 0),
        reconcile_at=time(23, 45),
    )


def test_the_strictest_along_the_lineage_is_in_force_whatever_the_dates() -> None:
    provinces = a_setting("09:00", region=PROVINCE, since=DAY)
    citys = a_setting("08:50", region=XIAN, since=BEFORE)
    own = a_setting("08:40", region=LINTONG, since=BEFORE - timedelta(days=300))
    assert deadline(provinces) == time(9, 0)
    assert deadline(provinces, citys) == deadline(citys, provinces) == time(8, 50)
    assert deadline(own, provinces, citys) == deadline(citys, own, provinces) == time(8, 40)


def test_a_superiors_later_stricter_value_prevails_at_once_and_its_looser_one_does_not() -> None:
    own = a_setting("09:00", region=LINTONG, since=BEFORE)
    assert deadline(own, a_setting("08:30", region=XIAN, since=DAY)) == time(8, 30)
    assert deadline(own, a_setting("08:30", region=XIAN, since=DAY), day=BEFORE) == time(9, 0)
    assert deadline(own, a_setting("09:30", region=XIAN, since=DAY)) == time(9, 0)


def test_what_an_earlier_release_let_a_county_loosen_is_no_longer_in_force() -> None:
    assert deadline(a_setting("11:00", region=LINTONG)) == time(10, 0)
    assert deadline(a_setting("05:00", region=LINTONG)) == time(5, 0), "stored times have no bounds"
    push = a_setting("23:00", SettingKey.PUSH_UNTIL, region=LINTONG)
    assert policy_in_force([push], PATH, DAY).push_until == time(23, 30)


def test_the_provinces_value_takes_the_place_of_the_starting_value_stricter_or_not() -> None:
    assert deadline(a_setting("11:00")) == time(11, 0)
    assert deadline(a_setting("11:00"), a_setting("10:30", region=XIAN)) == time(10, 30)


@pytest.mark.parametrize(
    ("key", "above", "below", "both"),
    [
        (SettingKey.COMMITMENT_DEADLINE, "09:00", "09:30", "09:00"),
        (SettingKey.REMINDER_STAGES, "0,90", "0,60,120", "0,60,90,120"),
        (SettingKey.REMINDER_STAGES, "0,120", "0", "0,120"),
        (SettingKey.SMS_DAILY_CAP, "20", "1", "20"),
        (SettingKey.SMS_DAILY_CAP, "20", "30", "30"),
        (SettingKey.ACKNOWLEDGE_HOURS_GENERAL, "4", "3", "3"),
        (SettingKey.FEED_BACK_HOURS_MAJOR, "12", "48", "12"),
        (SettingKey.RECTIFY_DAYS_MAJOR, "7", "60", "7"),
        (SettingKey.PROBLEM_REMINDER_PERCENTS, "50,80", "90", "50,80,90"),
        (SettingKey.PUSH_EVERY_MINUTES, "30", "5", "30"),
        (SettingKey.SMS_QUIET_UNTIL, "08:00", "07:00", "08:00"),
        (SettingKey.AUTO_INSPECTION_AT, "23:30", "23:00", "23:30"),
    ],
)
def test_each_key_has_its_own_direction_of_strictness(
    key: SettingKey, above: str, below: str, both: str
) -> None:
    settings = [a_setting(above, key)]
    settings.append(a_setting(below, key, region=LINTONG))
    assert text_of(values_in_force(settings, PATH, DAY)[key].value) == both


def test_the_origin_of_a_value_is_the_lowest_setting_that_made_it_stricter() -> None:
    key = SettingKey.COMMITMENT_DEADLINE
    citys, own = a_setting("09:00", region=XIAN), a_setting("09:30", region=LINTONG)
    assert values_in_force([citys, own], PATH, DAY)[key].setting == citys
    assert values_in_force([own], PATH, DAY)[key].setting == own
    assert values_in_force([a_setting("10:00", region=LINTONG)], PATH, DAY)[key].setting is None


def test_what_a_superior_set_for_the_county_itself_binds_the_countys_later_value() -> None:
    citys = a_setting("09:00", region=LINTONG, since=BEFORE, by=Level.CITY)
    later = a_setting("10:00", region=LINTONG, since=DAY)
    assert deadline(citys, later) == time(9, 0)
    assert deadline(citys, a_setting("08:30", region=LINTONG, since=DAY)) == time(8, 30)


def test_a_superior_takes_back_what_the_county_had_set_for_itself_before() -> None:
    own = a_setting("08:00", region=LINTONG, since=BEFORE)
    for since in (BEFORE, DAY):
        assert deadline(own, a_setting("09:30", region=LINTONG, since=since, by=Level.CITY)) == time(9, 30)


def test_the_limit_is_what_bound_before_ones_own_value() -> None:
    key = SettingKey.COMMITMENT_DEADLINE
    own, citys = a_setting("08:00", region=LINTONG), a_setting("09:00", region=XIAN)
    targeted = a_setting("08:30", region=LINTONG, by=Level.CITY)

    def limit(*settings: Any, by: Level = Level.COUNTY, path: Any = PATH) -> str | None:
        found = least_strict(key, settings, path, by, DAY)
        return None if found is None else text_of(found.value)

    assert limit() == "10:00", "the starting value binds as the province's"
    assert limit(own, citys) == "09:00"
    assert limit(own, citys, targeted) == "08:30"
    assert limit(own, citys, targeted, by=Level.CITY) == "09:00"
    assert limit(a_setting("09:00"), by=Level.PROVINCE, path=(PROVINCE,)) is None


def test_the_stricter_of_two_policies_has_the_stricter_value_of_every_setting() -> None:
    one = Policy(acknowledge_hours_general=1, rectify_days_major=30, sms_daily_cap=5, reminder_stages=(0, 60))
    other = Policy(rectify_days_major=3, push_every_minutes=5)
    both = stricter(one, other)
    assert (both.acknowledge_hours_general, both.rectify_days_major, both.sms_daily_cap) == (1, 3, 20)
    assert both.reminder_stages == (0, 60, 120)
    assert (both.push_every_minutes, stricter(other, one).push_every_minutes) == (30, 5)
    for key in SettingKey:
        if SETTINGS[key].direction is not SettingDirection.UNIFORM:
            name = key.value.lower()
            assert getattr(stricter(other, one), name) == getattr(both, name)


def test_settings_of_other_regions_do_not_count() -> None:
    assert deadline(a_setting("09:00", region=CHANGAN)) == time(10, 0)


def test_a_setting_holds_from_its_day_on() -> None:
    setting = a_setting("09:00", since=DAY)
    assert deadline(setting, day=BEFORE) == time(10, 0)
    assert deadline(setting, day=DAY) == time(9, 0)
    assert deadline(setting, day=AFTER) == time(9, 0)


def test_of_one_region_the_newest_that_is_in_force_holds() -> None:
    old, new = a_setting("08:00", since=BEFORE), a_setting("09:00", since=DAY)
    coming = a_setting("07:00", since=AFTER)
    assert deadline(old, new, coming) == deadline(coming, new, old) == time(9, 0)
    assert deadline(old, new, coming, day=AFTER) == time(7, 0)
    assert deadline(old, new, coming, day=BEFORE) == time(8, 0)


def test_a_setting_of_a_region_that_is_not_in_force_yet_leaves_the_ancestors_to_hold() -> None:
    assert deadline(a_setting("07:00", region=LINTONG, since=AFTER), a_setting("09:00")) == time(9, 0)


def test_every_key_is_inherited_on_its_own() -> None:
    policy = policy_in_force(
        [a_setting("09:00", region=LINTONG), a_setting("15,30", SettingKey.REMINDER_STAGES)],
        PATH,
        DAY,
    )
    assert (policy.commitment_deadline, policy.reminder_stages) == (time(9, 0), (15, 30))
    assert policy.push_first == time(12, 0)


@pytest.mark.parametrize(
    ("key", "value", "meaning"),
    [
        (SettingKey.COMMITMENT_DEADLINE, "08:45", time(8, 45)),
        (SettingKey.REMINDER_STAGES, "0, 60,840", (0, 60, 840)),
        (SettingKey.PUSH_FIRST, "11:30", time(11, 30)),
        (SettingKey.PUSH_EVERY_MINUTES, "5", 5),
        (SettingKey.PUSH_UNTIL, "23:59", time(23, 59)),
        (SettingKey.SMS_QUIET_FROM, "22:00", time(22, 0)),
        (SettingKey.SMS_QUIET_UNTIL, "00:00", time(0, 0)),
        (SettingKey.SMS_DAILY_CAP, "50", 50),
        (SettingKey.ACKNOWLEDGE_HOURS_GENERAL, "240", 240),
        (SettingKey.ACKNOWLEDGE_HOURS_MAJOR, "1", 1),
        (SettingKey.FEED_BACK_HOURS_GENERAL, "48", 48),
        (SettingKey.FEED_BACK_HOURS_MAJOR, "12", 12),
        (SettingKey.RECTIFY_DAYS_GENERAL, "15", 15),
        (SettingKey.RECTIFY_DAYS_MAJOR, "365", 365),
        (SettingKey.PROBLEM_REMINDER_PERCENTS, "25, 50,99", (25, 50, 99)),
        (SettingKey.AUTO_INSPECTION_AT, "23:45", time(23, 45)),
        (SettingKey.WEEKLY_PUSH_WEEKDAY, "1", 1),
        (SettingKey.WEEKLY_PUSH_AT, "09:00", time(9, 0)),
        (SettingKey.RECONCILE_AT, "23:59", time(23, 59)),
        (SettingKey.DAILY_REPORT_AT, "13:15", time(13, 15)),
    ],
)
def test_every_key_sets_the_field_of_its_name(key: SettingKey, value: str, meaning: object) -> None:
    policy = policy_in_force([a_setting(value, key)], PATH, DAY)
    assert getattr(policy, key.value.lower()) == meaning
    others = {entry.name for entry in fields(Policy)} - {key.value.lower()}
    assert all(getattr(policy, name) == getattr(Policy(), name) for name in others)


def test_there_is_a_row_and_a_field_for_every_key() -> None:
    assert set(SETTINGS) == set(SettingKey)
    assert {key.value.lower() for key in SettingKey} == {entry.name for entry in fields(Policy)}


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        (SettingKey.COMMITMENT_DEADLINE, "24:00", "时间应写作“HH:MM”，现为“24:00”。"),
        (SettingKey.COMMITMENT_DEADLINE, "十点", "时间应写作“HH:MM”，现为“十点”。"),
        (SettingKey.COMMITMENT_DEADLINE, "10:60", "时间应写作“HH:MM”，现为“10:60”。"),
        (SettingKey.COMMITMENT_DEADLINE, "10:00\n11:00", "时间应写作“HH:MM”，现为“10:00\n11:00”。"),
        *(
            (SettingKey.PUSH_FIRST, written, f"时间应写作“HH:MM”，现为“{written}”。")
            for written in (
                "10",
                "1000",
                "9:00",
                "T10:00",
                "10:00:00",
                "10:00:30",
                "10:00+08:00",
                "１０:００",
            )
        ),
        (SettingKey.COMMITMENT_DEADLINE, "05:59", "应在06:00至18:00之间，现为“05:59”。"),
        (SettingKey.COMMITMENT_DEADLINE, "18:01", "应在06:00至18:00之间，现为“18:01”。"),
        (SettingKey.SMS_QUIET_UNTIL, "10:01", "应在00:00至10:00之间，现为“10:01”。"),
        (SettingKey.PUSH_EVERY_MINUTES, "4", "应为5至720之间的整数，现为“4”。"),
        (SettingKey.PUSH_EVERY_MINUTES, "721", "应为5至720之间的整数，现为“721”。"),
        (SettingKey.PUSH_EVERY_MINUTES, "-5", "应为5至720之间的整数，现为“-5”。"),
        (SettingKey.PUSH_EVERY_MINUTES, "٣٠", "应为5至720之间的整数，现为“٣٠”。"),
        (SettingKey.SMS_DAILY_CAP, "0", "应为1至50之间的整数，现为“0”。"),
        (SettingKey.SMS_DAILY_CAP, "9" * 40, f"应为1至50之间的整数，现为“{'9' * 20}”。"),
        (SettingKey.ACKNOWLEDGE_HOURS_GENERAL, "0", "应为1至240之间的整数，现为“0”。"),
        (SettingKey.RECTIFY_DAYS_MAJOR, "366", "应为1至365之间的整数，现为“366”。"),
        (SettingKey.WEEKLY_PUSH_WEEKDAY, "8", "应为1至7之间的整数，现为“8”。"),
        (SettingKey.PROBLEM_REMINDER_PERCENTS, "100", "应为1至99之间的整数，现为“100”。"),
        (SettingKey.PROBLEM_REMINDER_PERCENTS, "80,50", "应为1至5个递增的整数，以逗号分隔，例如“50,80”。"),
        (
            SettingKey.PROBLEM_REMINDER_PERCENTS,
            "1,2,3,4,5,6",
            "应为1至5个递增的整数，以逗号分隔，例如“50,80”。",
        ),
        (SettingKey.REMINDER_STAGES, "", "应为0至840之间的整数，现为“”。"),
        (SettingKey.REMINDER_STAGES, "0,841", "应为0至840之间的整数，现为“841”。"),
        (SettingKey.REMINDER_STAGES, "60,0", "应为1至5个递增的整数，以逗号分隔，例如“0,120”。"),
        (SettingKey.REMINDER_STAGES, "0,0", "应为1至5个递增的整数，以逗号分隔，例如“0,120”。"),
        (
            SettingKey.REMINDER_STAGES,
            "0,1,2,3,4,5",
            "应为1至5个递增的整数，以逗号分隔，例如“0,120”。",
        ),
    ],
)
def test_a_value_that_does_not_fit_its_key_is_refused_when_it_is_set(
    key: SettingKey, value: str, sentence: str
) -> None:
    with pytest.raises(InvalidValue) as refused:
        SETTINGS[key].parse(value)
    assert (refused.value.sentence, refused.value.field) == (sentence, "value")
