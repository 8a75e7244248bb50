"""Count alerts for their statistics: by dimension and by period, with the time to the final feedback."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, Text, cast, select

from ....application.access import Scope
from ....application.ports.alert import AlertFilter
from ....application.ports.counts import AlertCounts, AlertDimension, Counted, Split
from ....domain.alert.groups import ALERT_GROUP_STATES, AlertGroup
from ....domain.deadlines import day_start
from ..constants import alert_unfed_back
from ..tables.alert import alert
from .alert_page import matching, overdue
from .dividing import by_head, period_of, seconds_between
from .handling_statistics import ONE_KEY, counted
from .paging import Reading

_GROUPS: Final = {
    group.value.lower(): states
    for group, states in ALERT_GROUP_STATES.items()
    if group is not AlertGroup.OVERDUE
}
_KEYS: Final[dict[AlertDimension, Any]] = {
    AlertDimension.STATE: cast(alert.c.state, Text),
    AlertDimension.CATEGORY: cast(alert.c.risk_type, Text),
    AlertDimension.LEVEL: cast(alert.c.level, Text),
    AlertDimension.ORIGIN: cast(alert.c.origin, Text),
    AlertDimension.KIND: cast(alert.c.kind, Text),
}


def alert_statistics(
    reading: Reading, where: AlertFilter, scope: Scope, split: Split[AlertDimension], at: datetime
) -> Counted[AlertCounts]:
    """Count the alerts in one statement."""
    chosen = _chosen(where, scope, split, on_postgresql=reading.on_postgresql)
    took = seconds_between(alert.c.opened_at, alert.c.fed_back_at, on_postgresql=reading.on_postgresql)
    return counted(
        reading,
        chosen.add_columns(alert.c.state.label("state"), took.label("seconds")),
        chosen.where(alert_unfed_back(), overdue(at)),
        _GROUPS,
        AlertCounts,
        by_key=split.by is not None,
        by_period=bool(split.starts),
        percentiles=split.percentiles,
    )


def _chosen(
    where: AlertFilter, scope: Scope, split: Split[AlertDimension], *, on_postgresql: bool
) -> Select[Any]:
    """Select key and period of every alert that is counted."""
    if split.by is AlertDimension.REGION:
        source, key = by_head(alert, alert.c.region_id, split.heads)
    else:
        source, key = alert, ONE_KEY if split.by is None else _KEYS[split.by]
    starts = [day_start(day) for day in split.starts]
    period = period_of(alert.c.opened_at, starts, on_postgresql=on_postgresql)
    chosen: Any = select(key.label("key"), period.label("period"))
    counted_rows: Select[Any] = chosen.select_from(source).where(matching(where, scope))
    return counted_rows
