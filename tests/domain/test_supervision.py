"""Who may set what: nobody loosens what a superior wants, and settings do not contradict each other."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from yanbao.domain.directory.organisation import Level
from yanbao.domain.policy import SETTINGS, Setting, SettingDirection, SettingKey
from yanbao.domain.refusals import InvalidForm, InvalidValue
from yanbao.domain.signed import Signed
from yanbao.domain.supervision import (
    LooserThanAbove,
    ProvinceOnly,
    ReminderPastMidnight,
    SettingIsLocked,
    SettingLock,
    SettingsContradict,
    Supervision,
)
from yanbao.domain.values import RegionId

from ..support.builders import CHANGAN, DAY, LINTONG, NOW, PROVINCE, WEINAN, XIAN, a_setting

NAMES = {PROVINCE: "陕西省", XIAN: "西安市", WEINAN: "渭南市", LINTONG: "临潼区", CHANGAN: "长安区"}
LINEAGES = {
    PROVINCE: (PROVINCE,),
    XIAN: (XIAN, PROVINCE),
    WEINAN: (WEINAN, PROVINCE),
    LINTONG: (LINTONG, XIAN, PROVINCE),
    CHANGAN: (CHANGAN, XIAN, PROVINCE),
}
TOMORROW, NEXT_MONTH = DAY + timedelta(days=1), DAY + timedelta(days=30)
DEADLINE, STAGES = SettingKey.COMMITMENT_DEADLINE, SettingKey.REMINDER_STAGES
ACKNOWLEDGE, FEED_BACK = SettingKey.ACKNOWLEDGE_HOURS_GENERAL, SettingKey.FEED_BACK_HOURS_GENERAL
LEVELS = {PROVINCE: Level.PROVINCE, XIAN: Level.CITY, WEINAN: Level.CITY}


def given(*things: Setting | SettingLock) -> Supervision:
    settings = [thing for thing in things if isinstance(thing, Setting)]
    locks = [thing for thing in things if isinstance(thing, SettingLock)]
    return Supervision(settings, locks, LINEAGES, lambda region: NAMES[region])


def proposed(
    key: SettingKey,
    value: str,
    region: RegionId = LINTONG,
    *known: Setting | SettingLock,
    since: date = TOMORROW,
    by: Level | None = None,
) -> Setting:
    authority = LEVELS.get(region, Level.COUNTY) if by is None else by
    return given(*known).proposed(key, region, value, since, authority, today=DAY)


def a_lock(region: RegionId = XIAN, by: Level = Level.CITY, key: SettingKey = DEADLINE) -> SettingLock:
    return SettingLock(region, key, by, "西安市应急管理局", Signed(None, "褚局长", NOW))


LOOSER: dict[SettingKey, tuple[str, ...]] = {
    DEADLINE: ("10:01", "18:00"),
    STAGES: ("0", "120", "1,120", "0,121", "0,60", "0,240"),
    SettingKey.SMS_DAILY_CAP: ("1", "19"),
    ACKNOWLEDGE: ("3", "240"),
    SettingKey.ACKNOWLEDGE_HOURS_MAJOR: ("3", "240"),
    FEED_BACK: ("25", "720"),
    SettingKey.FEED_BACK_HOURS_MAJOR: ("25", "720"),
    SettingKey.RECTIFY_DAYS_GENERAL: ("8", "365"),
    SettingKey.RECTIFY_DAYS_MAJOR: ("8", "60"),
    SettingKey.PROBLEM_REMINDER_PERCENTS: ("50", "80", "50,81", "99"),
    SettingKey.ALERT_ACKNOWLEDGE_MINUTES_RED: ("16", "120"),
    SettingKey.ALERT_ACKNOWLEDGE_MINUTES_ORANGE: ("31", "480"),
    SettingKey.ALERT_ACKNOWLEDGE_MINUTES_YELLOW: ("121", "1440"),
    SettingKey.ALERT_ACKNOWLEDGE_MINUTES_BLUE: ("481", "1440"),
    SettingKey.ALERT_FEED_BACK_HOURS_RED: ("3", "240"),
    SettingKey.ALERT_FEED_BACK_HOURS_ORANGE: ("9", "240"),
    SettingKey.ALERT_FEED_BACK_HOURS_YELLOW: ("25", "240"),
    SettingKey.ALERT_FEED_BACK_HOURS_BLUE: ("73", "240"),
}
STRICTER: dict[SettingKey, tuple[str, ...]] = {
    DEADLINE: ("10:00", "06:00"),
    STAGES: ("0,120", "0,60,120", "0,30,60,120,240"),
    SettingKey.SMS_DAILY_CAP: ("20", "50"),
    ACKNOWLEDGE: ("2", "1"),
    SettingKey.ACKNOWLEDGE_HOURS_MAJOR: ("2", "1"),
    FEED_BACK: ("24", "2"),
    SettingKey.FEED_BACK_HOURS_MAJOR: ("24", "2"),
    SettingKey.RECTIFY_DAYS_GENERAL: ("7", "1"),
    SettingKey.RECTIFY_DAYS_MAJOR: ("7", "1"),
    SettingKey.PROBLEM_REMINDER_PERCENTS: ("50,80", "25,50,80", "50,80,95"),
    SettingKey.ALERT_ACKNOWLEDGE_MINUTES_RED: ("15", "5"),
    SettingKey.ALERT_ACKNOWLEDGE_MINUTES_ORANGE: ("30", "5"),
    SettingKey.ALERT_ACKNOWLEDGE_MINUTES_YELLOW: ("120", "5"),
    SettingKey.ALERT_ACKNOWLEDGE_MINUTES_BLUE: ("480", "5"),
    SettingKey.ALERT_FEED_BACK_HOURS_RED: ("2", "1"),
    SettingKey.ALERT_FEED_BACK_HOURS_ORANGE: ("8", "1"),
    SettingKey.ALERT_FEED_BACK_HOURS_YELLOW: ("24", "2"),
    SettingKey.ALERT_FEED_BACK_HOURS_BLUE: ("72", "8"),
}
UNIFORM = sorted(set(SettingKey) - set(LOOSER), key=lambda key: key.value)
PROVINCES_OWN = {
    SettingKey.PUSH_FIRST: "11:00",
    SettingKey.PUSH_EVERY_MINUTES: "10",
    SettingKey.PUSH_UNTIL: "23:00",
    SettingKey.SMS_QUIET_FROM: "22:00",
    SettingKey.SMS_QUIET_UNTIL: "07:00",
    SettingKey.AUTO_INSPECTION_AT: "23:00",
    SettingKey.WEEKLY_PUSH_WEEKDAY: "4",
    SettingKey.WEEKLY_PUSH_AT: "15:00",
    SettingKey.RECONCILE_AT: "23:50",
    SettingKey.DAILY_REPORT_AT: "13:15",
    SettingKey.CERTIFICATE_ACKNOWLEDGE_HOURS: "48",
    SettingKey.CERTIFICATE_FEED_BACK_DAYS: "14",
    SettingKey.CERTIFICATE_FEED_BACK_DAYS_RED: "1",
    SettingKey.PERMIT_WINDOWS: "0,30,60,120",
    SettingKey.PERSONAL_WINDOWS: "0,30",
}


def cases(table: dict[SettingKey, tuple[str, ...]]) -> list[tuple[SettingKey, str]]:
    return [(key, value) for key, values in table.items() for value in values]


@pytest.mark.parametrize(("key", "value"), cases(LOOSER))
@pytest.mark.parametrize("region", [LINTONG, XIAN])
def test_neither_a_county_nor_a_city_loosens_what_binds_it(
    region: RegionId, key: SettingKey, value: str
) -> None:
    with pytest.raises(LooserThanAbove, match=r"上级规定为.*初始值.*下级只能"):
        proposed(key, value, region)
    with pytest.raises(LooserThanAbove):
        proposed(key, value, region, by=Level.PROVINCE)


@pytest.mark.parametrize(("key", "value"), cases(LOOSER))
def test_the_province_sets_its_own_values_within_the_bounds(key: SettingKey, value: str) -> None:
    contradictory = {(ACKNOWLEDGE, "240"), (SettingKey.ACKNOWLEDGE_HOURS_MAJOR, "240")}
    if (key, value) not in contradictory:
        assert proposed(key, value, PROVINCE).value == value


@pytest.mark.parametrize(("key", "value"), cases(STRICTER))
def test_a_county_may_be_stricter(key: SettingKey, value: str) -> None:
    assert proposed(key, value).value == value


@pytest.mark.parametrize("key", UNIFORM)
def test_what_is_the_same_for_the_whole_province_is_set_by_the_province_only(key: SettingKey) -> None:
    assert SETTINGS[key].direction is SettingDirection.UNIFORM
    for region in (XIAN, LINTONG):
        for by in Level:
            with pytest.raises(ProvinceOnly, match="全省统一，只能设在省级"):
                proposed(key, PROVINCES_OWN[key], region, by=by)
    assert proposed(key, PROVINCES_OWN[key], PROVINCE).authority is Level.PROVINCE


def test_the_refusal_says_who_set_the_limit_and_since_when() -> None:
    with pytest.raises(LooserThanAbove) as refused:
        proposed(DEADLINE, "09:30", LINTONG, a_setting("09:00", region=XIAN, since=DAY))
    assert (refused.value.code, refused.value.field) == ("LOOSER_THAN_ABOVE", "value")
    assert refused.value.sentence == (
        f"临潼区自{TOMORROW}起的每日承诺上报时限：上级规定为09:00（市级对西安市设置，{DAY}起生效），"
        "下级只能更早，现为09:30。"
    )


def test_a_county_cannot_hurry_before_a_superiors_pending_value() -> None:
    pending = a_setting("09:00", region=XIAN, since=NEXT_MONTH)
    assert proposed(DEADLINE, "09:30", LINTONG, pending).value == "09:30"
    with pytest.raises(LooserThanAbove):
        proposed(DEADLINE, "09:30", LINTONG, pending, since=NEXT_MONTH)
    early = a_setting("09:30", region=LINTONG, since=NEXT_MONTH + timedelta(days=1))
    after = given(pending, early).in_force(DEADLINE, LINTONG, NEXT_MONTH + timedelta(days=1))
    assert after.value.hour == 9 and after.setting == pending


def test_a_county_undoes_only_its_own_strictness() -> None:
    own = a_setting("08:00", region=LINTONG, since=TOMORROW)
    assert proposed(DEADLINE, "10:00", LINTONG, own).value == "10:00"
    targeted = a_setting("09:00", region=LINTONG, since=TOMORROW, by=Level.CITY)
    with pytest.raises(LooserThanAbove, match="市级对临潼区设置"):
        proposed(DEADLINE, "10:00", LINTONG, own, targeted)
    assert proposed(DEADLINE, "10:00", LINTONG, targeted, by=Level.CITY).value == "10:00"


def test_a_countys_value_never_takes_the_place_of_the_citys() -> None:
    by_city = proposed(DEADLINE, "09:00", LINTONG, by=Level.CITY)
    by_county = proposed(DEADLINE, "09:00", LINTONG)
    assert by_city.id != by_county.id


# ---------------------------------------------------------------- locks


def test_a_locked_setting_cannot_be_set_below_and_the_refusal_says_who_locked_it() -> None:
    for region in (LINTONG, CHANGAN):
        with pytest.raises(SettingIsLocked) as refused:
            proposed(DEADLINE, "09:00", region, a_lock())
        assert (refused.value.code, refused.value.field) == ("SETTING_LOCKED", "key")
        assert "已由西安市应急管理局褚局长于" in refused.value.sentence
        assert "对西安市及其下级锁定，不能另行设置" in refused.value.sentence


def test_a_lock_binds_neither_who_locked_it_nor_other_keys_nor_other_regions() -> None:
    assert proposed(DEADLINE, "09:00", LINTONG, a_lock(), by=Level.CITY)
    assert proposed(DEADLINE, "09:00", XIAN, a_lock())
    assert proposed(STAGES, "0,60,120", LINTONG, a_lock())
    assert proposed(DEADLINE, "09:00", LINTONG, a_lock(WEINAN))


def test_the_provinces_lock_binds_the_city_too() -> None:
    lock = a_lock(PROVINCE, Level.PROVINCE)
    for region in (XIAN, LINTONG):
        with pytest.raises(SettingIsLocked, match="对陕西省及其下级锁定"):
            proposed(DEADLINE, "09:00", region, lock, a_lock())
    assert proposed(DEADLINE, "09:00", PROVINCE, lock)


# ---------------------------------------------------------------- contradictions


@pytest.mark.parametrize("severity", ["GENERAL", "MAJOR"])
def test_a_term_to_feed_back_shorter_than_that_to_acknowledge_is_refused(severity: str) -> None:
    acknowledge, feed_back = (
        SettingKey[f"ACKNOWLEDGE_HOURS_{severity}"],
        SettingKey[f"FEED_BACK_HOURS_{severity}"],
    )
    with pytest.raises(SettingsContradict, match="问题反馈时限为1小时，短于签收时限2小时") as refused:
        proposed(feed_back, "1", LINTONG)
    assert refused.value.code == "SETTINGS_CONTRADICT"
    with pytest.raises(SettingsContradict, match="反馈时限为24小时，短于签收时限25小时"):
        proposed(acknowledge, "25", PROVINCE)
    one_hour = a_setting("1", acknowledge, region=LINTONG)
    assert proposed(feed_back, "1", LINTONG, one_hour).value == "1"


def test_a_contradiction_on_a_later_day_or_in_a_region_below_is_refused_too() -> None:
    provinces = a_setting("4", ACKNOWLEDGE, since=NEXT_MONTH)
    with pytest.raises(SettingsContradict, match=f"临潼区自{NEXT_MONTH}起的"):
        proposed(FEED_BACK, "3", LINTONG, provinces)
    countys = a_setting("2", FEED_BACK, region=LINTONG)
    with pytest.raises(SettingsContradict, match=r"临潼区自.*短于签收时限3小时"):
        proposed(ACKNOWLEDGE, "3", PROVINCE, countys)


def test_a_county_cannot_keep_its_superior_from_becoming_stricter() -> None:
    known = (
        a_setting("2", FEED_BACK, region=LINTONG),
        a_setting("0,120,830", STAGES, region=LINTONG),
        a_setting("1", ACKNOWLEDGE, region=CHANGAN),
    )
    for key, value in ((ACKNOWLEDGE, "1"), (FEED_BACK, "2"), (DEADLINE, "06:00"), (STAGES, "0,120,839")):
        for region in (PROVINCE, XIAN):
            assert proposed(key, value, region, *known).value == value


def test_a_contradiction_from_an_earlier_release_does_not_block_other_changes() -> None:
    old = a_setting("1", FEED_BACK, region=LINTONG)
    assert proposed(FEED_BACK, "20", XIAN, old).value == "20"


def test_the_first_push_of_a_day_comes_before_the_last() -> None:
    with pytest.raises(SettingsContradict, match="首次推送时间为13:00，晚于最后一次推送时间12:30"):
        proposed(SettingKey.PUSH_UNTIL, "12:30", PROVINCE, a_setting("13:00", SettingKey.PUSH_FIRST))


def test_reminders_that_reach_past_midnight_are_refused_with_their_figures() -> None:
    stages = a_setting("0,60,420", STAGES)
    with pytest.raises(ReminderPastMidnight) as refused:
        proposed(DEADLINE, "17:30", PROVINCE, stages)
    assert (refused.value.code, refused.value.field) == ("REMINDER_PAST_MIDNIGHT", "value")
    assert refused.value.sentence == (
        f"陕西省自{TOMORROW}起的上报时限为17:30，最后一次提醒在其后420分钟，即次日00:30；"
        "提醒不得晚于当日23:59。"
    )
    assert proposed(DEADLINE, "16:59", PROVINCE, stages)


# ---------------------------------------------------------------- all together


def test_all_faults_of_a_setting_come_together() -> None:
    with pytest.raises(InvalidForm) as refused:
        proposed(DEADLINE, "11:00", LINTONG, a_lock(), since=DAY)
    assert [(fault.code, fault.field) for fault in refused.value.items] == [
        ("SETTING_LOCKED", "key"),
        ("BAD_USER_INPUT", "effectiveFrom"),
        ("LOOSER_THAN_ABOVE", "value"),
    ]
    with pytest.raises(InvalidForm) as refused:
        proposed(SettingKey.PUSH_FIRST, "noon", LINTONG, since=DAY - timedelta(days=1))
    assert [fault.code for fault in refused.value.items] == [
        "PROVINCE_ONLY_SETTING",
        "BAD_USER_INPUT",
        "BAD_USER_INPUT",
    ]


@pytest.mark.parametrize("value", ["", "-", "null", "inherit"])
def test_a_setting_cannot_be_emptied(value: str) -> None:
    key: Any
    for key in SettingKey:
        with pytest.raises(InvalidValue):
            proposed(key, value, PROVINCE)


def test_what_was_sent_is_compared_after_the_last_push() -> None:
    with pytest.raises(SettingsContradict) as refused:
        proposed(SettingKey.RECONCILE_AT, "23:00", PROVINCE)
    assert refused.value.sentence.endswith("每日与部级平台对账的时间为23:00，早于最后一次推送时间23:30。")
    with pytest.raises(SettingsContradict, match="对账的时间为23:45，早于最后一次推送时间23:50"):
        proposed(SettingKey.PUSH_UNTIL, "23:50", PROVINCE)
    assert proposed(SettingKey.RECONCILE_AT, "23:30", PROVINCE).value == "23:30"


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        (SettingKey.ALERT_ACKNOWLEDGE_MINUTES_RED, "121", "红色预警反馈时限为2小时，短于签收时限121分钟"),
        (SettingKey.ALERT_FEED_BACK_HOURS_BLUE, "7", "蓝色预警反馈时限为7小时，短于签收时限480分钟"),
        (SettingKey.CERTIFICATE_ACKNOWLEDGE_HOURS, "49", "红色证书报警反馈时限为2天，短于签收时限49小时"),
    ],
)
def test_an_alert_is_acknowledged_before_it_is_fed_back(key: SettingKey, value: str, sentence: str) -> None:
    with pytest.raises(SettingsContradict, match=sentence):
        proposed(key, value, PROVINCE)


def test_terms_that_are_equal_fit_together() -> None:
    assert proposed(SettingKey.ALERT_ACKNOWLEDGE_MINUTES_RED, "120", PROVINCE).value == "120"
    assert proposed(SettingKey.CERTIFICATE_FEED_BACK_DAYS, "1", PROVINCE).value == "1"
