"""Setting what a region goes by: a deadline and reminders that do not fit into one day are refused."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.directory.settings import SetSetting
from yanbao.domain.policy import SettingKey
from yanbao.domain.supervision import ReminderPastMidnight
from yanbao.domain.values import RegionId

from ...support.builders import DAY, LINTONG, PROVINCE, XIAN
from ...support.dates import in_days
from ...support.world import World, a_world

TOMORROW = DAY + timedelta(days=1)
NEXT_MONTH = DAY + timedelta(days=30)
DEADLINE, STAGES = SettingKey.COMMITMENT_DEADLINE, SettingKey.REMINDER_STAGES


def set_to(world: World, value: str, key: SettingKey, region: RegionId, since: date = TOMORROW) -> None:
    world.system.app.settings.set(SYSTEM, SetSetting(region, key, value, since))


def test_a_deadline_that_pushes_the_reminders_past_midnight_is_refused_and_not_kept() -> None:
    world = a_world(opened=False)
    set_to(world, "0,420", STAGES, PROVINCE)
    with pytest.raises(
        ReminderPastMidnight, match=rf"陕西省自{in_days(1)}起的上报时限为17:00，.*其后420分钟，即次日00:00"
    ):
        set_to(world, "17:00", DEADLINE, PROVINCE)
    assert {setting.key for setting in world.state.settings.values()} == {STAGES}
    set_to(world, "16:59", DEADLINE, PROVINCE)


def test_a_stage_that_falls_past_midnight_is_refused() -> None:
    world = a_world(opened=False)
    with pytest.raises(ReminderPastMidnight, match="其后840分钟，即次日00:00"):
        set_to(world, "0,120,840", STAGES, LINTONG)
    set_to(world, "0,120,839", STAGES, LINTONG)


def test_a_setting_above_is_refused_for_the_sake_of_a_region_below_which_is_named() -> None:
    world = a_world(opened=False)
    set_to(world, "0,120,600", STAGES, LINTONG)
    with pytest.raises(ReminderPastMidnight, match=r"临潼区自.*时限为14:00.*其后600分钟"):
        set_to(world, "14:00", DEADLINE, PROVINCE)
    set_to(world, "13:59", DEADLINE, PROVINCE)


def test_a_setting_is_refused_for_a_later_day_on_which_another_one_begins() -> None:
    world = a_world(opened=False)
    set_to(world, "18:00", DEADLINE, PROVINCE, NEXT_MONTH)
    with pytest.raises(ReminderPastMidnight, match=f"西安市自{NEXT_MONTH}起的上报时限为18:00"):
        set_to(world, "0,120,400", STAGES, XIAN)


def test_the_one_of_the_same_day_that_takes_anothers_place_is_what_counts() -> None:
    world = a_world(opened=False)
    set_to(world, "18:00", DEADLINE, PROVINCE)
    set_to(world, "11:00", DEADLINE, PROVINCE)
    set_to(world, "0,120,400", STAGES, XIAN)


def test_settings_that_nobody_is_reminded_by_are_not_asked_about() -> None:
    world = a_world(opened=False)
    set_to(world, "23:40", SettingKey.PUSH_UNTIL, PROVINCE)
    assert len(world.state.settings) == 1
