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
    """Read the rows once; count those of each target by key and by period, for distinct targets."""
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
        .cte("rows")
    )
    # Most targets are seen once in a period, so cells would be as many as rows; but few are counted for two keys.
    counted = [func.count().filter(rows.c[name]).label(name) for name in _NAMES]
    of_keys = _by(rows, ("key", "target"), counted).cte("of_keys")
    # Integers: PostgreSQL sums up anything longer as numerics.
    summed = [func.sum(cast(of_keys.c[name], Integer)).label(name) for name in _NAMES]
    parts = [
        _part(_WHOLE, _by(of_keys, ("target",), summed).subquery("once"), ()),
        _part(_BY_KEY, of_keys, ("key",)),
    ]
    if starts:
        of_periods = _by(rows, ("period", "target"), counted).subquery("of_periods")
        parts.append(_part(_BY_PERIOD, of_periods, ("period",)))
    return union_all(*parts)


def _by(rows: Any, by: Sequence[str], counts: Sequence[Any]) -> Select[Any]:
    columns = [rows.c[name] for name in by]
    return select(*columns, *counts).group_by(*columns)


def _part(part: int, targets: Any, by: Sequence[str]) -> Select[Any]:
    """Count one part: the records, and the targets that have any."""
    return select(
        literal(part, Integer).label("part"),
        (targets.c.key if "key" in by else literal(None, Text)).label("key"),
        (targets.c.period if "period" in by else literal(None, Integer)).label("period"),
        func.coalesce(func.sum(cast(targets.c.manual, Integer)), 0).label("manual"),
        func.coalesce(func.sum(cast(targets.c.automatic, Integer)), 0).label("automatic"),
        func.count().filter(targets.c.inspected > 0).label("inspected"),
        func.count().filter(targets.c.seen_automatically > 0).label("seen_automatically"),
    ).group_by(*(targets.c[name] for name in by))
