"""Counts alerts in memory for their statistics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from ....application.ports.counts import AlertCounts, AlertDimension, Counted, Split
from ....domain.alert.alert import Alert
from ....domain.alert.groups import ALERT_GROUP_STATES, AlertGroup
from ....domain.deadlines import business_date
from ....domain.handling.durations import mean_of, p90_of, seconds_between
from ..tables import State
from .counting import counted, head_of


def _risk_type(alert: Alert) -> str | None:
    risk_type = alert.statement.risk_type
    return None if risk_type is None else risk_type.value


_KEYS: Final[dict[AlertDimension, Callable[[Alert], str | None]]] = {
    AlertDimension.STATE: lambda alert: alert.state.value,
    AlertDimension.CATEGORY: _risk_type,
    AlertDimension.LEVEL: lambda alert: alert.statement.level.value,
    AlertDimension.ORIGIN: lambda alert: alert.origin.value,
    AlertDimension.KIND: lambda alert: alert.statement.kind.value,
}


def alert_statistics(
    state: State, alerts: Sequence[Alert], split: Split[AlertDimension], at: datetime
) -> Counted[AlertCounts]:
    """Count these alerts as the split divides them."""
    head = head_of(state, split.heads)
    key = None if split.by is None else _KEYS.get(split.by, lambda alert: head(alert.addressee.region_id))
    return counted(
        alerts,
        lambda part: _counts(part, at, percentiles=split.percentiles),
        key=key,
        day=lambda alert: business_date(alert.opened.at),
        starts=split.starts,
    )


def _counts(alerts: Sequence[Alert], at: datetime, *, percentiles: bool) -> AlertCounts:
    def number(group: AlertGroup) -> int:
        return sum(alert.state in ALERT_GROUP_STATES[group] for alert in alerts)

    times = [
        seconds_between(alert.opened.at, [f for f in alert.feedbacks if f.final][-1].signed.at)
        for alert in alerts
        if alert.state in ALERT_GROUP_STATES[AlertGroup.FED_BACK]
    ]
    return AlertCounts(
        opened=number(AlertGroup.OPENED),
        unfed_back=number(AlertGroup.UNFED_BACK),
        fed_back=number(AlertGroup.FED_BACK),
        closed=number(AlertGroup.CLOSED),
        ended=number(AlertGroup.ENDED),
        overdue=sum(alert.overdue(at) for alert in alerts),
        mean_feedback_seconds=mean_of(sum(times), len(times)),
        p90_feedback_seconds=p90_of(times) if percentiles else None,
    )
