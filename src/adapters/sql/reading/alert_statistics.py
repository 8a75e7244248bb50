"""Count alerts for their statistics: by dimension and by period, with the time to the final feedback."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Text, cast, select

from ....application.ports.counts import AlertCounts, AlertDimension, Counted, Split
from ....domain.alert.groups import ALERT_GROUP_STATES, AlertGroup
from ....domain.deadlines import day_start
from ..constants import alert_unfed_back
from ..tables.alert import alert
from .alert_page import overdue
from .dividing import ONE_KEY, by_head, period_of, seconds_between
from .handling_statistics import Standings, counted
from .paging import Reading

_STANDINGS: Final = Standings.of(
    {
        group.value.lower(): states
        for group, states in ALERT_GROUP_STATES.items()
        if group is not AlertGroup.OVERDUE
    }
)
_KEYS: Final[dict[AlertDimension, Any]] = {
    AlertDimension.STATE: cast(alert.c.state, Text),
    AlertDimension.CATEGORY: cast(alert.c.risk_type, Text),
    AlertDimension.LEVEL: cast(alert.c.level, Text),
    AlertDimension.ORIGIN: cast(alert.c.origin, Text),
    AlertDimension.KIND: cast(alert.c.kind, Text),
}


def alert_statistics(
    reading: Reading, matching: ColumnElement[bool], split: Split[AlertDimension], at: datetime
) -> Counted[AlertCounts]:
    """Count the matching alerts in one statement."""
    chosen = _chosen(matching, split, on_postgresql=reading.on_postgresql)
    took = seconds_between(alert.c.opened_at, alert.c.fed_back_at, on_postgresql=reading.on_postgresql)
    return counted(
        reading,
        chosen.add_columns(_STANDINGS.number(alert.c.state).label("standing"), took.label("seconds")),
        chosen.where(alert_unfed_back(), overdue(at)),
        _STANDINGS,
        AlertCounts,
        by_key=split.by is not None,
        by_period=bool(split.starts),
        percentiles=split.percentiles,
    )


def _chosen(
    matching: ColumnElement[bool], split: Split[AlertDimension], *, on_postgresql: bool
) -> Select[Any]:
    """Select key and period of every alert that is counted."""
    if split.by is AlertDimension.REGION:
        source, key = by_head(alert, alert.c.region_id, split.heads)
    else:
        source, key = alert, ONE_KEY if split.by is None else _KEYS[split.by]
    starts = [day_start(day) for day in split.starts]
    period = period_of(alert.c.opened_at, starts, on_postgresql=on_postgresql)
    chosen: Any = select(key.label("key"), period.label("period"))
    counted_rows: Select[Any] = chosen.select_from(source).where(matching)
    return counted_rows
