"""What was sent is compared with what the ministry holds at the time that the province has set."""

from __future__ import annotations

from yanbao.application.exchange.jobs import RECONCILE_COMMITMENTS, RECONCILE_WEEKLY
from yanbao.domain.policy import SettingKey

from ...support.builders import DAY, a_setting
from ...support.dates import in_days
from ...support.world import a_world, clock

TOMORROW = in_days(1)


def test_both_comparisons_follow_the_setting_from_its_first_day_on() -> None:
    world = a_world(opened=False)
    world.settle(
        a_setting("21:00", SettingKey.PUSH_UNTIL, since=TOMORROW),
        a_setting("21:30", SettingKey.RECONCILE_AT, since=TOMORROW),
    )
    world.at("08:30").system.app.schedule.tick()
    world.at("22:00", TOMORROW).system.app.schedule.tick()
    for job in (RECONCILE_COMMITMENTS, RECONCILE_WEEKLY):
        found = sorted(row.slot.slot_at for row in world.state.slots.values() if row.slot.job == job)
        assert found == [clock("23:45", DAY), clock("21:30", TOMORROW)]
