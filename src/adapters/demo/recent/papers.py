"""Makes what the demo begins with on paper: the newest report of each kind, and an export of the province's head."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from ....application.app import Application
from ....application.export.exports import RequestExport
from ....application.ports.identity import AccountFilter
from ....application.ports.paging import Page
from ....application.ports.problem import ProblemFilter
from ....application.ports.readers import Readers
from ....application.report.jobs import REPORTS_SETTLE_IN
from ....application.report.making import ReportMaking, ReportPeriod
from ....domain.deadlines import business_date
from ....domain.directory.organisation import Role
from ....domain.export.kind import ExportKind
from ....domain.refusals import InvalidValue
from ....domain.report.report import ReportKind
from ..departments import PROVINCE
from ..province import SHOW_CITY, Province
from .playback import SetClock

SHOWN: Final = frozenset({PROVINCE, SHOW_CITY})
"""The regions with reports at the beginning: each document costs about 0.15 s of CPU at the start."""
LONGEST_MONTH: Final = 31


def make_papers(
    app: Application, readers: Readers, clock: SetClock, province: Province, now: datetime
) -> None:
    """Make the reports as the schedule would have, when their periods were over, and the export at `now`."""
    for kind in ReportKind:
        clock.moment = now
        period = _newest(app.report_making, kind, now)
        clock.moment = min(period.as_of + REPORTS_SETTLE_IN, now)
        app.report_making.make(kind, period.last_day, SHOWN)
    clock.moment = now
    office = next(one.id for one in province.departments if PROVINCE in one.jurisdiction)
    head = next(
        one.id for one in province.people if one.department_id == office and one.role is Role.DEPARTMENT_HEAD
    )
    actor = readers.access.actor(head)
    assert actor is not None, "everybody of the demo province works there"
    (account,) = readers.access.accounts(AccountFilter(person_id=head), Page(1)).rows
    owner = replace(actor, account_id=account.id)
    app.exports.request(owner, RequestExport(ExportKind.PROBLEMS, ProblemFilter(unfed_back=True)))


def _newest(making: ReportMaking, kind: ReportKind, now: datetime) -> ReportPeriod:
    """The newest period of this kind that is over."""
    today = business_date(now)
    for days in range(LONGEST_MONTH + 1):
        try:
            return making.period(kind, today - timedelta(days=days))
        except InvalidValue:
            continue  # It is not over by now, or no week closes on this day.
    raise AssertionError("every month is over within 31 days")
