"""Counts the alerts of monthly reports: those opened in the period, as they stood at its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from ...domain.alert.form import ALERT_KIND_NAMES, ALERT_LEVEL_NAMES, RISK_TYPE_NAMES, AlertLevel
from ...domain.alert.groups import ALERT_GROUP_STATES, AlertGroup
from ...domain.alert.history import AlertEntry
from ...domain.alert.workflow import ALERT_OPEN, ALERT_UNFED_BACK, AlertState
from ...domain.deadlines import business_date
from ...domain.report.figures import AlertFigures, AlertSection, OverdueAlert, percent
from ...domain.values import RegionId
from ..ports.alert import AlertReader, AlertRow
from .commitments import MOST_LISTED, place_of
from .places import ReportPlace
from .words import one_line

_GROUPS: Final = {
    name: ALERT_GROUP_STATES[group]
    for name, group in (
        ("opened", AlertGroup.OPENED),
        ("fed_back", AlertGroup.FED_BACK),
        ("closed", AlertGroup.CLOSED),
        ("ended", AlertGroup.ENDED),
        ("unfed_back", AlertGroup.UNFED_BACK),
    )
} | {"still_open": ALERT_OPEN}


@dataclass(frozen=True, slots=True)
class AlertAsOf:
    """An alert as it stood at the end of the period; `alert` shows it as it is now."""

    alert: AlertRow
    state: AlertState
    level: AlertLevel
    overdue: bool


@dataclass(frozen=True, slots=True)
class PeriodOfAlerts:
    """The alerts opened in [since, until), and those opened before that were open at its end, oldest first."""

    since: datetime
    until: datetime
    opened: Sequence[AlertAsOf]
    earlier: Sequence[AlertAsOf]


def period_of_alerts(alerts: AlertReader, since: datetime, until: datetime) -> PeriodOfAlerts:
    """Read the alerts of the whole province, once for the reports of all places."""
    rows = alerts.of_period(since, until)
    histories = alerts.histories([row.id for row in rows])
    found = [alert_as_of(row, histories[row.id].timeline, until) for row in rows]
    return PeriodOfAlerts(
        since,
        until,
        [one for one in found if one.alert.opened_at >= since],
        [one for one in found if one.alert.opened_at < since and one.state in ALERT_OPEN],
    )


def alert_as_of(alert: AlertRow, timeline: Sequence[AlertEntry], at: datetime) -> AlertAsOf:
    """The alert as it stood at an instant after its opening, from its timeline.

    The timeline keeps no terms to acknowledge, so the newest is taken. If a new round has begun since, an alert
    of which only the term to acknowledge had passed does not count as overdue.
    """
    last = [entry for entry in timeline if entry.signed.at < at][-1]
    due = last.feed_back_due
    if last.state is AlertState.OPEN:
        due = min(due, alert.acknowledge_due)
    return AlertAsOf(alert, last.state, last.level, last.state in ALERT_UNFED_BACK and due <= at)


def alert_section(place: ReportPlace, period: PeriodOfAlerts) -> AlertSection:
    """The figures of one place."""
    opened = [one for one in period.opened if one.alert.region_id in place.part_of]
    earlier = [one for one in period.earlier if one.alert.region_id in place.part_of]
    overdue = [one for one in (*earlier, *opened) if one.overdue]
    return AlertSection(
        since=period.since,
        until=period.until,
        whole=_line(place.region.name, opened),
        levels=_lines(ALERT_LEVEL_NAMES, opened, lambda one: one.level),
        kinds=_lines(ALERT_KIND_NAMES, opened, lambda one: one.alert.kind),
        parts=_ranked(place, opened),
        earlier_open=len(earlier),
        earlier_overdue=sum(one.overdue for one in earlier),
        overdue_count=len(overdue),
        overdue=tuple(
            _listed(place, number, one) for number, one in enumerate(overdue[:MOST_LISTED], start=1)
        ),
    )


def _line(name: str, alerts: Sequence[AlertAsOf]) -> AlertFigures:
    counts = {field: sum(one.state in states for one in alerts) for field, states in _GROUPS.items()}
    return AlertFigures(
        name=name,
        **counts,
        overdue=sum(one.overdue for one in alerts),
        rate=percent(counts["fed_back"], counts["fed_back"] + counts["unfed_back"]),
    )


def _lines(
    names: Mapping[Any, str], alerts: Sequence[AlertAsOf], key: Callable[[AlertAsOf], object]
) -> tuple[AlertFigures, ...]:
    """One line for each value in its order, zeros included."""
    return tuple(_line(name, [one for one in alerts if key(one) is value]) for value, name in names.items())


def _ranked(place: ReportPlace, alerts: Sequence[AlertAsOf]) -> tuple[AlertFigures, ...]:
    """One line for each part, the best rate first; lines where nothing was to be fed back come unranked.

    What lies in the region itself is no part: it comes last, unranked, and only if there is anything.
    """
    by_part: dict[RegionId | None, list[AlertAsOf]] = {}
    for one in alerts:
        by_part.setdefault(place.part_of[one.alert.region_id], []).append(one)
    lines = [_line(part.name, by_part.get(part.id, ())) for part in place.parts]
    rates = [Decimal(line.rate) for line in lines if line.rate is not None]
    placed = [
        replace(line, place=None if line.rate is None else place_of(line.rate, rates)) for line in lines
    ]
    ordered = sorted(placed, key=lambda line: (line.place is None, line.place or 0))
    own = by_part.get(None)
    return (*ordered, *([] if own is None else [_line(place.part_names[None], own)]))


def _listed(place: ReportPlace, number: int, one: AlertAsOf) -> OverdueAlert:
    alert = one.alert
    return OverdueAlert(
        number=number,
        enterprise=alert.enterprise_name,
        region=place.part_names[place.part_of[alert.region_id]],
        kind=ALERT_KIND_NAMES[alert.kind] if alert.risk_type is None else RISK_TYPE_NAMES[alert.risk_type],
        level=ALERT_LEVEL_NAMES[one.level],
        description=one_line(alert.description),
        opened_on=business_date(alert.opened_at),
    )
