"""Read the commitments of a day as they stood at an instant, from their current reports and, where needed, older ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import bindparam, select

from ....application.access import Scope
from ....application.ports.commitment import CommitmentAsOf
from ....domain.commitment.report import Report
from ....domain.values import CommitmentId
from ..batches import in_batches
from ..codec import load_report
from ..scope import of_enterprise
from ..tables.commitment import commitment, commitment_version
from ..tables.directory import enterprise, region
from .paging import Reading

_DAY: Final = (
    select(
        commitment.c.id,
        commitment.c.enterprise_id,
        enterprise.c.name.label("enterprise_name"),
        commitment.c.kind,
        commitment.c.region_id,
        region.c.name.label("region_name"),
        commitment.c.due_at,
        commitment.c.revision,
        commitment.c.status,
        commitment.c.origin,
        commitment.c.late,
        commitment.c.reported_at,
    )
    .select_from(
        commitment.join(enterprise, enterprise.c.id == commitment.c.enterprise_id).join(
            region, region.c.id == commitment.c.region_id
        )
    )
    .where(commitment.c.business_date == bindparam("day"))
)
_VERSIONS: Final = (
    select(commitment_version.c.commitment_id, commitment_version.c.report)
    .where(commitment_version.c.commitment_id.in_(bindparam("ids", expanding=True)))
    .order_by(commitment_version.c.commitment_id, commitment_version.c.revision)
)


def day_as_of(reading: Reading, day: date, at: datetime, scope: Scope) -> Sequence[CommitmentAsOf]:
    """One statement for the day, and one more for the few that were corrected or reported from `at` on."""
    seen = of_enterprise(scope, commitment.c.region_id, commitment.c.enterprise_id)
    rows = reading.rows(_DAY.where(seen), {"day": day})
    versions = _versions(
        reading,
        [
            row.id
            for row in rows
            if row.revision > 1 or (row.reported_at is not None and row.reported_at >= at)
        ],
    )
    found = [_as_of(row, versions.get(row.id), at) for row in rows]
    # Sort here, by code point: the databases sort Chinese names by their own languages.
    return sorted(found, key=lambda one: (one.region_id, one.enterprise_name, one.enterprise_id))


def _versions(reading: Reading, ids: Sequence[CommitmentId]) -> Mapping[CommitmentId, Sequence[Report]]:
    """All reports of each commitment, oldest first."""
    found: dict[CommitmentId, list[Report]] = {}
    for batch in in_batches(ids):
        for row in reading.rows(_VERSIONS, {"ids": batch}):
            found.setdefault(row.commitment_id, []).append(load_report(row.report))
    return found


def _as_of(row: Any, versions: Sequence[Report] | None, at: datetime) -> CommitmentAsOf:
    status, origin, late, first = row.status, row.origin, row.late, row.reported_at
    if versions is not None:
        before = [report for report in versions if report.signed.at < at]
        status = before[-1].form.status if before else None
        origin = before[-1].origin if before else None
        late = before[-1].late if before else None
        first = before[0].signed.at if before else None
    return CommitmentAsOf(
        enterprise_id=row.enterprise_id,
        enterprise_name=row.enterprise_name,
        kind=row.kind,
        region_id=row.region_id,
        region_name=row.region_name,
        due_at=row.due_at,
        status=status,
        origin=origin,
        late=late,
        first_reported_at=first,
    )
