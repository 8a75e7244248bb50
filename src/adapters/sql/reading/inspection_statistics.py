"""Count records of inspections for their statistics: manual and automatic apart, with their distinct targets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, Select, Text, cast, func, literal, select, union_all

from ....application.ports.counts import Counted, RecordCounts
from ....domain.inspection.form import InspectionKind
from ....domain.inspection.groups import InspectionGroup
from ....domain.values import RegionId
from ..tables.inspection import inspection
from .dividing import by_head, period_of
from .inspection_page import in_group
from .paging import Reading

_WHOLE, _BY_KEY, _BY_PERIOD = range(3)
_TARGETS: Final = {
    InspectionKind.PATROL: inspection.c.target_region_id,
    InspectionKind.SPOT_CHECK: inspection.c.target_enterprise_id,
}
_NAMES: Final = tuple(group.value.lower() for group in InspectionGroup)


def inspection_statistics(
    reading: Reading,
    matching: ColumnElement[bool],
    kind: InspectionKind,
    heads: Sequence[RegionId],
    starts: Sequence[date],
) -> Counted[RecordCounts]:
    """Count the matching records in one statement; all are of this kind."""
    statement = _statement(matching, kind, heads, starts, on_postgresql=reading.on_postgresql)
    rows = reading.rows(statement)
    whole = [row for row in rows if row.part == _WHOLE]
    return Counted(
        whole=_counts(whole[0]) if whole else RecordCounts(),
        by_key={row.key: _counts(row) for row in rows if row.part == _BY_KEY},
        by_period={row.period: _counts(row) for row in rows if row.part == _BY_PERIOD} if starts else {},
    )


def _counts(row: Any) -> RecordCounts:
    return RecordCounts(**{name: int(getattr(row, name)) for name in _NAMES})


def _statement(
    matching: ColumnElement[bool],
    kind: InspectionKind,
    heads: Sequence[RegionId],
    starts: Sequence[date],
    *,
    on_postgresql: bool,
) -> Any:
    """Count once by key, period and target; from these lines then all figures, distinct targets included."""
    source, key = by_head(inspection, inspection.c.target_region_id, heads)
    groups = {group.value.lower(): in_group(group) for group in InspectionGroup}
    rows = (
        select(
            key.label("key"),
            period_of(inspection.c.business_date, starts, on_postgresql=on_postgresql).label("period"),
            _TARGETS[kind].label("target"),
            *(condition.label(name) for name, condition in groups.items()),
        )
        .select_from(source)
        .where(matching)
        .subquery("rows")
    )
    cells = (
        select(
            rows.c.key,
            rows.c.period,
            rows.c.target,
            *(cast(func.count().filter(rows.c[name]), Integer).label(name) for name in _NAMES),
        )
        .group_by(rows.c.key, rows.c.period, rows.c.target)
        .cte("cells")
    )
    # Few targets are ever counted for two keys: the whole is summed up from the keys, which are fewer rows.
    of_keys = _of_targets(cells, ("key",)).cte("of_keys")
    parts = [
        _part(_WHOLE, _of_targets(of_keys, ()).subquery("once"), ()),
        _part(_BY_KEY, of_keys, ("key",)),
    ]
    if starts:
        parts.append(_part(_BY_PERIOD, _of_targets(cells, ("period",)).subquery("of_periods"), ("period",)))
    return union_all(*parts)


def _of_targets(cells: Any, by: Sequence[str]) -> Select[Any]:
    """Sum up the records of each target, by these columns. Integers: sums of anything longer are numerics."""
    columns = [*(cells.c[name] for name in by), cells.c.target]
    return select(
        *columns, *(cast(func.sum(cells.c[name]), Integer).label(name) for name in _NAMES)
    ).group_by(*columns)


def _part(part: int, targets: Any, by: Sequence[str]) -> Select[Any]:
    """Count one part: the records, and the targets that have any."""
    return select(
        literal(part, Integer).label("part"),
        (targets.c.key if "key" in by else literal(None, Text)).label("key"),
        (targets.c.period if "period" in by else literal(None, Integer)).label("period"),
        func.coalesce(func.sum(targets.c.manual), 0).label("manual"),
        func.coalesce(func.sum(targets.c.automatic), 0).label("automatic"),
        func.count().filter(targets.c.inspected > 0).label("inspected"),
        func.count().filter(targets.c.seen_automatically > 0).label("seen_automatically"),
    ).group_by(*(targets.c[name] for name in by))
