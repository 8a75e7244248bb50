"""Whom one can inspect: the target of a patrol or a spot check as it is now, with the city that counts it."""

from __future__ import annotations

from collections.abc import Sequence

from ...domain.directory.enterprise import Enterprise
from ...domain.directory.organisation import DepartmentSnapshot, Level
from ...domain.inspection.form import PatrolTarget, SpotCheckTarget
from ...domain.refusals import NotFound
from ...domain.values import RegionId
from ..ports.directory import EnterpriseRow, RegionRow


class Places:
    """The regions of the province, read once for one piece of work."""

    def __init__(self, rows: Sequence[RegionRow]) -> None:
        self._rows = {row.id: row for row in rows}

    def get(self, id: RegionId) -> RegionRow:
        """Raises NotFound."""
        row = self._rows.get(id)
        if row is None:
            raise NotFound("区域", field="regionId")
        return row

    def rank(self, id: RegionId) -> Level:
        return self.get(id).level

    def city_of(self, id: RegionId) -> RegionId:
        """What counts it in the weekly figures: its city; itself where the province governs it directly.

        So a county below the province (省直管) is counted as a city is, and the province itself as the province.
        """
        row = self.get(id)
        while row.parent_id is not None:
            parent = self.get(row.parent_id)
            if parent.parent_id is None:
                break
            row = parent
        return row.id

    def patrol(self, department: DepartmentSnapshot) -> PatrolTarget:
        """The department, with the region of it that is meant."""
        region_id = department.region_id
        return PatrolTarget(department, self.get(region_id).name, self.city_of(region_id))

    def spot_check(self, enterprise: Enterprise | EnterpriseRow) -> SpotCheckTarget:
        region_id = enterprise.region_id
        return SpotCheckTarget(
            enterprise.id,
            enterprise.name,
            enterprise.kind,
            region_id,
            self.get(region_id).name,
            self.city_of(region_id),
        )
