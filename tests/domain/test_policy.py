"""Settings: inherited down the tree, dated, and parsed before they are stored."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, time, timedelta
from typing import Any

import pytest

from yanbao.domain.policy import (
    PARSERS,
    Policy,
    ReminderPastMidnight,
    SettingKey,
    parse_setting,
    policy_in_force,
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
    )


def test_the_nearest_region_wins_over_its_ancestors_whatever_the_dates() -> None:
    provinces = a_setting("09:00", region=PROVINCE, since=DAY)
    citys = a_setting("09:10", region=XIAN, since=BEFORE)
    own = a_setting("09:20", region=LINTONG, since=BEFORE - timedelta(days=300))
    assert deadline(provinces) == time(9, 0)
    assert deadline(provinces, citys) == deadline(citys, provinces) == time(9, 10)
    assert deadline(own, provinces, citys) == deadline(citys, own, provinces) == time(9, 20)


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
        [a_setting("09:00", region=LINTONG), a_setting("15,30", SettingKey.REMINDER_STAGES, region=PROVINCE)],
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
    ],
)
def test_every_key_sets_the_field_of_its_name(key: SettingKey, value: str, meaning: object) -> None:
    policy = policy_in_force([a_setting(value, key)], PATH, DAY)
    assert getattr(policy, key.value.lower()) == meaning
    others = {entry.name for entry in fields(Policy)} - {key.value.lower()}
    assert all(getattr(policy, name) == getattr(Policy(), name) for name in others)


def test_there_is_a_parser_and_a_field_for_every_key() -> None:
    assert set(PARSERS) == set(SettingKey)
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
        (SettingKey.PROBLEM_REMINDER_PERCENTS, "80,50", "应为1至5个递增的百分数，以逗号分隔，例如“50,80”。"),
        (
            SettingKey.PROBLEM_REMINDER_PERCENTS,
            "1,2,3,4,5,6",
            "应为1至5个递增的百分数，以逗号分隔，例如“50,80”。",
        ),
        (SettingKey.REMINDER_STAGES, "", "应为0至840之间的整数，现为“”。"),
        (SettingKey.REMINDER_STAGES, "0,841", "应为0至840之间的整数，现为“841”。"),
        (SettingKey.REMINDER_STAGES, "60,0", "提醒阶段应为1至5个递增的分钟数，以逗号分隔，例如“0,120”。"),
        (SettingKey.REMINDER_STAGES, "0,0", "提醒阶段应为1至5个递增的分钟数，以逗号分隔，例如“0,120”。"),
        (
            SettingKey.REMINDER_STAGES,
            "0,1,2,3,4,5",
            "提醒阶段应为1至5个递增的分钟数，以逗号分隔，例如“0,120”。",
        ),
    ],
)
def test_a_value_that_does_not_fit_its_key_is_refused_when_it_is_set(
    key: SettingKey, value: str, sentence: str
) -> None:
    with pytest.raises(InvalidValue) as refused:
        parse_setting(key, value)
    assert (refused.value.sentence, refused.value.field) == (sentence, "value")


@pytest.mark.parametrize(
    ("deadline", "stages", "fits"),
    [
        (time(10, 0), (0, 839), True),
        (time(10, 0), (0, 840), False),
        (time(23, 59), (0,), True),
        (time(23, 59), (0, 1), False),
        (time(0, 0), (840,), True),
    ],
)
def test_the_last_reminder_falls_before_midnight_or_does_not(
    deadline: time, stages: tuple[int, ...], fits: bool
) -> None:
    assert Policy(commitment_deadline=deadline, reminder_stages=stages).reminders_end_today is fits


def test_reminders_that_reach_past_midnight_are_refused_with_their_figures() -> None:
    policy = Policy(commitment_deadline=time(22, 30), reminder_stages=(0, 60, 150))
    refused = ReminderPastMidnight(policy, where="临潼区", since=DAY)
    assert (refused.code, refused.field) == ("REMINDER_PAST_MIDNIGHT", "value")
    assert refused.sentence == (
        f"临潼区自{DAY}起的上报时限为22:30，最后一次提醒在其后150分钟，即次日01:00；提醒不得晚于当日23:59。"
    )


def test_a_value_is_stored_without_the_spaces_around_it() -> None:
    assert parse_setting(SettingKey.COMMITMENT_DEADLINE, " 09:00 ") == "09:00"
