"""Statistics of alerts: by state, risk type, level, region, origin or kind, and by time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from enum import Enum
from typing import Any, Final

from ...domain.alert.form import (
    ALERT_KIND_NAMES,
    ALERT_LEVEL_NAMES,
    ALERT_ORIGIN_NAMES,
    RISK_TYPE_NAMES,
    AlertKind,
)
from ...domain.alert.groups import AlertGroup
from ...domain.alert.workflow import ALERT_STATE_NAMES
from ..access import Actor, Permission, check
from ..alert.alerts import Alerts
from ..ports.alert import AlertFilter
from ..ports.counts import AlertCounts, AlertDimension, Split
from ..ports.readers import Readers
from ..ports.signals import Clock
from .areas import Areas, areas_of
from .lines import Line, Table, days_of, instant_of, steps_of
from .periods import Step

AlertLine = Line[AlertFilter, AlertCounts]
AlertTable = Table[AlertFilter, AlertCounts]

VALUES: Final[Mapping[AlertDimension, tuple[str, Mapping[Any, str]]]] = {
    AlertDimension.STATE: ("states", ALERT_STATE_NAMES),
    AlertDimension.CATEGORY: ("risk_types", RISK_TYPE_NAMES),
    AlertDimension.LEVEL: ("levels", ALERT_LEVEL_NAMES),
    AlertDimension.ORIGIN: ("origins", ALERT_ORIGIN_NAMES),
    AlertDimension.KIND: ("kinds", ALERT_KIND_NAMES),
}
"""Dimension → the field of the filter that asks for some of its values, and the names of the values."""


class AlertStatistics:
    """Counts the alerts opened on some days as they stand now."""

    def __init__(self, readers: Readers, alerts: Alerts, clock: Clock) -> None:
        self._readers = readers
        self._alerts = alerts
        self._clock = clock

    def table(
        self,
        actor: Actor,
        where: AlertFilter,
        by: AlertDimension | None = None,
        step: Step | None = None,
        *,
        at: datetime | None = None,
        overdue_only: bool = False,
        percentiles: bool = True,
    ) -> AlertTable:
        """Count what the list with the same filter shows. Overdue is told by `at`, else by now.

        `overdue_only`: only what is overdue by then. `percentiles` False leaves the 90th percentiles out. Raises InvalidValue without both days, for more than five
        years, too many periods or an instant to come, and as the list refuses the filter.
        """
        # An enterprise has no statistics of others, but it counts its own alerts.
        check(actor, Permission.READ_ALERTS if actor.enterprise_id else Permission.READ_STATISTICS)
        first, last = days_of(where.first_day, where.last_day)
        steps = steps_of(first, last, step)
        told = instant_of(at, self._clock.now())
        chosen = replace(where, overdue_at=told) if overdue_only else where
        self._alerts.check_filter(actor, chosen)
        areas = None
        if by is AlertDimension.REGION:
            areas = areas_of(self._readers.directory, actor, where.region_id)
        split = Split(
            by, areas.heads if areas else (), tuple(period.first_day for period, _ in steps), percentiles
        )
        found = self._readers.alerts.statistics(chosen, actor.scope, split, at=told)

        def line(key: str | None, label: str, counts: AlertCounts, where: AlertFilter) -> AlertLine:
            days = where.first_day or first, where.last_day or last
            return Line(key, label, *days, told, counts, where)

        return Table(
            whole=line(None, "合计", found.whole, chosen),
            lines=[
                line(key, label, found.by_key.get(_stored(by, key), AlertCounts()), narrowed)
                for key, label, narrowed in _narrowed(chosen, by, areas, found.by_key)
            ],
            periods=[
                line(
                    period.first_day.isoformat(),
                    label,
                    found.by_period.get(number, AlertCounts()),
                    replace(chosen, first_day=period.first_day, last_day=period.last_day),
                )
                for number, (period, label) in enumerate(steps)
            ],
        )


def rows_of(line: AlertLine, group: AlertGroup) -> AlertFilter:
    """Return the filter that lists exactly the alerts which the line counts in this group."""
    if group is AlertGroup.OVERDUE:
        return replace(line.where, group=group, overdue_at=line.at)
    return replace(line.where, group=group)


def _stored(by: AlertDimension | None, key: str) -> str | None:
    """The key as it is counted: certificate alerts have no risk type."""
    certificates = by is AlertDimension.CATEGORY and key == AlertKind.CERTIFICATE.value
    return None if certificates else key


def _narrowed(
    where: AlertFilter,
    by: AlertDimension | None,
    areas: Areas | None,
    counted: Mapping[str | None, AlertCounts],
) -> list[tuple[str, str, AlertFilter]]:
    """Return key, label and filter of every line; values that the filter does not ask for have none."""
    if areas is not None:
        return [
            (
                area.region_id,
                area.label,
                replace(where, region_id=area.region_id, directly=area.directly),
            )
            for area in areas.lines(counted)
        ]
    if by is None:
        return []
    field, names = VALUES[by]
    asked: tuple[Enum, ...] = getattr(where, field)

    def of(value: Enum) -> AlertFilter:
        only: Any = {field: (value,)}
        return replace(where, **only)

    lines = [(value.value, name, of(value)) for value, name in names.items() if not asked or value in asked]
    if by is not AlertDimension.CATEGORY:
        return lines
    # Every risk alert has a risk type, and no certificate alert has one: these make a line of their own.
    of_risk = lines if not where.kinds or AlertKind.RISK in where.kinds else []
    certificate = AlertKind.CERTIFICATE
    if asked or (where.kinds and certificate not in where.kinds):
        return of_risk
    own = (certificate.value, ALERT_KIND_NAMES[certificate], replace(where, kinds=(certificate,)))
    return [*of_risk, own]
