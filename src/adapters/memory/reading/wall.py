"""Reads the wall screen's figures and news from memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime

from ....application.ports.wall import EventSubject, NewsKey, Owed
from ....domain.alert.form import AlertLevel
from ....domain.inspection.inspection import InspectionState
from ....domain.problem.form import Severity
from ....domain.signed import Origin
from ....domain.values import RegionId
from ..sight import subtree
from ..tables import State


class MemoryWallReader:
    """Reads committed objects."""

    def __init__(self, state: Callable[[], State]) -> None:
        self._state = state

    def problems_owed(self, region_id: RegionId, now: datetime) -> Mapping[Severity, Owed]:
        state = self._state()
        below = subtree(state, [region_id])
        here = [p for p in state.problems.values() if p.is_unfed_back and p.addressee.region_id in below]
        return {
            severity: Owed(len(some), sum(problem.overdue(now) for problem in some))
            for severity in Severity
            if (some := [problem for problem in here if problem.statement.severity is severity])
        }

    def alerts_owed(self, region_id: RegionId, now: datetime) -> Mapping[AlertLevel, Owed]:
        state = self._state()
        below = subtree(state, [region_id])
        here = [a for a in state.alerts.values() if a.is_unfed_back and a.addressee.region_id in below]
        return {
            level: Owed(len(some), sum(alert.overdue(now) for alert in some))
            for level in AlertLevel
            if (some := [alert for alert in here if alert.level is level])
        }

    def newest(self, region_id: RegionId, today: date, since: datetime, *, first: int) -> Sequence[NewsKey]:
        state = self._state()
        news = _news(state, subtree(state, [region_id]), today, since)
        return sorted(news, key=lambda one: (-one.at.timestamp(), one.id))[:first]


def _news(state: State, below: frozenset[RegionId], today: date, since: datetime) -> Iterator[NewsKey]:
    for commitment in state.commitments.values():
        report = commitment.report
        late_today = commitment.business_date == today and report is not None and report.late
        if late_today and report is not None and commitment.region_id in below:
            yield NewsKey(EventSubject.COMMITMENT, commitment.id, report.signed.at)
    for kept in state.inspections.values():
        inspection = kept.inspection
        by = inspection.submitted
        manual = inspection.state is InspectionState.SUBMITTED and inspection.origin is Origin.MANUAL
        if (
            manual
            and by is not None
            and by.at >= since
            and inspection.inspector.department.region_id in below
        ):
            yield NewsKey(EventSubject.INSPECTION, inspection.id, by.at)
    for subject, matters in (
        (EventSubject.PROBLEM, state.problems.values()),
        (EventSubject.ALERT, state.alerts.values()),
    ):
        for matter in matters:
            at = matter.timeline[-1].signed.at
            if at >= since and matter.addressee.region_id in below:
                yield NewsKey(subject, matter.id, at)
