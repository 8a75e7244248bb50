"""A whole day of the schedule: every job as often as it should run."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from yanbao.application.alert.jobs import ALERT_REMINDERS, ALERT_REVIEWS, CERTIFICATE_WATCH
from yanbao.application.commitment.jobs import (
    COMMITMENT_REMINDERS,
    OPEN_DAY,
    RESUMPTION_REMINDERS,
    SHUTDOWN_REPORTS,
)
from yanbao.application.exchange.jobs import FORGET_NONCES, RECONCILIATIONS
from yanbao.application.export.jobs import CLEAN_UP_EXPORTS, EXPIRE_EXPORTS
from yanbao.application.files.jobs import CLEAN_UP_FILES
from yanbao.application.identity.jobs import FORGET_ADDRESSES
from yanbao.application.inspection.jobs import AUTOMATIC_INSPECTIONS, WEEKLY_PUSH
from yanbao.application.operations.jobs import SEAL_AUDIT
from yanbao.application.ports.operations import SlotState
from yanbao.application.problem.jobs import PROBLEM_REMINDERS, PROBLEM_REVIEWS
from yanbao.application.report.jobs import DAILY_REPORTS, MONTHLY_REPORTS, WEEKLY_REPORTS

from ...support.builders import DAY
from ...support.dates import FRIDAY
from ...support.world import clock
from .standing_still import a_morning
from .test_schedule import TOMORROW


def test_a_whole_day_runs_every_job_as_often_as_it_should() -> None:
    world = a_morning().at("00:00")
    while world.system.clock.moment < clock("00:00", TOMORROW):
        world.system.app.schedule.tick()
        world.after(timedelta(minutes=5))
    count = Counter(row.slot.job for row in world.state.slots.values())
    due = {WEEKLY_PUSH: DAY == FRIDAY, WEEKLY_REPORTS: DAY == FRIDAY, MONTHLY_REPORTS: DAY.day == 1}
    assert {job: count.pop(job, 0) for job in due} == due
    assert count == {
        **dict.fromkeys((OPEN_DAY, RESUMPTION_REMINDERS, CERTIFICATE_WATCH, AUTOMATIC_INSPECTIONS), 1),
        **dict.fromkeys((*RECONCILIATIONS, FORGET_ADDRESSES, FORGET_NONCES), 1),
        **dict.fromkeys((CLEAN_UP_FILES, CLEAN_UP_EXPORTS, DAILY_REPORTS), 1),
        COMMITMENT_REMINDERS: 2,
        **dict.fromkeys((SEAL_AUDIT, EXPIRE_EXPORTS), 24),
        SHUTDOWN_REPORTS: 48,
        **dict.fromkeys((PROBLEM_REMINDERS, PROBLEM_REVIEWS), 144),
        **dict.fromkeys((ALERT_REMINDERS, ALERT_REVIEWS), 288),
    }
    ran = {(row.slot.state, row.slot.attempts) for row in world.state.slots.values()}
    assert ran == {(SlotState.DONE, 1)}
