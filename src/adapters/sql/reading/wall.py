"""Read what the wall screen shows of one region: what is owed, and the newest events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, String, bindparam, case, func, literal, select, union_all

from ....application.ports.wall import EventSubject, NewsKey, Owed
from ....domain.alert.form import AlertLevel
from ....domain.problem.form import Severity
from ....domain.signed import Origin
from ....domain.values import RegionId
from ..constants import alert_unfed_back, submitted, unfed_back
from ..tables.alert import alert
from ..tables.commitment import commitment
from ..tables.directory import region_closure
from ..tables.inspection import inspection
from ..tables.problem import problem
from .alert_page import overdue as alert_overdue
from .paging import Reading
from .problem_page import overdue


def _within(region_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether the region is the parameter `region` or lies below it."""
    below = select(region_closure.c.descendant).where(region_closure.c.ancestor == bindparam("region"))
    return region_id.in_(below)


def _owed(by: ColumnElement[Any], late: ColumnElement[bool]) -> tuple[Any, ...]:
    counted = func.coalesce(func.sum(case((late, 1), else_=0)), 0)
    return by.label("grade"), func.count().label("unfed_back"), counted.label("overdue")


_now: Final = bindparam("now", type_=problem.c.issued_at.type)
_PROBLEMS: Final = (
    select(*_owed(problem.c.severity, overdue(_now)))
    .where(unfed_back(), _within(problem.c.region_id))
    .group_by(problem.c.severity)
)
_ALERTS: Final = (
    select(*_owed(alert.c.level, alert_overdue(_now)))
    .where(alert_unfed_back(), _within(alert.c.region_id))
    .group_by(alert.c.level)
)


def _newest(
    subject: EventSubject, table: Any, at: ColumnElement[Any], *conditions: ColumnElement[bool]
) -> Select[Any]:
    """The newest of one table, as a sub-query: SQLite sorts and limits no part of a union by itself."""
    name = literal(subject.value, String, literal_execute=True)
    of_table = (
        select(name.label("subject"), table.c.id.label("id"), at.label("at"))
        .where(*conditions)
        .order_by(at.desc(), table.c.id)
        .limit(bindparam("most"))
        .subquery()
    )
    return select(of_table)


_since: Final = bindparam("since", type_=problem.c.changed_at.type)
_news = union_all(
    _newest(
        EventSubject.COMMITMENT,
        commitment,
        func.coalesce(commitment.c.reported_at, commitment.c.due_at, type_=commitment.c.due_at.type),
        commitment.c.business_date == bindparam("today"),
        commitment.c.late.is_(True),
        _within(commitment.c.region_id),
    ),
    _newest(
        EventSubject.INSPECTION,
        inspection,
        inspection.c.submitted_at,
        submitted(),
        inspection.c.origin == Origin.MANUAL,
        inspection.c.submitted_at >= _since,
        _within(inspection.c.department_region_id),
    ),
    _newest(
        EventSubject.PROBLEM,
        problem,
        problem.c.changed_at,
        problem.c.changed_at >= _since,
        _within(problem.c.region_id),
    ),
    _newest(
        EventSubject.ALERT,
        alert,
        alert.c.changed_at,
        alert.c.changed_at >= _since,
        _within(alert.c.region_id),
    ),
).subquery("news")
_NEWS: Final = select(_news).order_by(_news.c.at.desc(), _news.c.id).limit(bindparam("most"))


class SqlWallReader(Reading):
    """Figures and news of a region; one statement each."""

    def problems_owed(self, region_id: RegionId, now: datetime) -> Mapping[Severity, Owed]:
        return self._owed(_PROBLEMS, region_id, now)

    def alerts_owed(self, region_id: RegionId, now: datetime) -> Mapping[AlertLevel, Owed]:
        return self._owed(_ALERTS, region_id, now)

    def newest(self, region_id: RegionId, today: date, since: datetime, *, first: int) -> Sequence[NewsKey]:
        params = {"region": region_id, "today": today, "since": since, "most": first}
        return [NewsKey(EventSubject(row.subject), row.id, row.at) for row in self.rows(_NEWS, params)]

    def _owed(self, statement: Select[Any], region_id: RegionId, now: datetime) -> Mapping[Any, Owed]:
        rows = self.rows(statement, {"region": region_id, "now": now})
        return {row.grade: Owed(row.unfed_back, int(row.overdue)) for row in rows}
