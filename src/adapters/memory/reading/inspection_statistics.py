"""Counts records of inspections in memory for their statistics."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from ....application.ports.counts import Counted, RecordCounts
from ....application.ports.inspection import InspectionRow
from ....domain.inspection.groups import INSPECTION_GROUP_ORIGINS, OF_TARGETS, InspectionGroup
from ....domain.values import RegionId
from ..tables import State
from .counting import counted, head_of


def inspection_statistics(
    state: State, rows: Sequence[InspectionRow], heads: Sequence[RegionId], starts: Sequence[date]
) -> Counted[RecordCounts]:
    """Count these records by the target's region and by period."""
    head = head_of(state, heads)
    return counted(
        rows,
        _counts,
        key=lambda row: head(row.target_region_id),
        day=lambda row: row.business_date,
        starts=starts,
    )


def in_group(row: InspectionRow, group: InspectionGroup) -> bool:
    """Whether the group has the record."""
    return row.origin is INSPECTION_GROUP_ORIGINS[group] and (row.target_is_area or group not in OF_TARGETS)


def _counts(rows: Sequence[InspectionRow]) -> RecordCounts:
    def number(group: InspectionGroup) -> int:
        found = [row for row in rows if in_group(row, group)]
        if group in OF_TARGETS:
            return len({row.target_enterprise_id or row.target_region_id for row in found})
        return len(found)

    return RecordCounts(
        manual=number(InspectionGroup.MANUAL),
        automatic=number(InspectionGroup.AUTOMATIC),
        inspected=number(InspectionGroup.INSPECTED),
        seen_automatically=number(InspectionGroup.SEEN_AUTOMATICALLY),
    )
