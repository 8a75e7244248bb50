"""Makes the target of a patrol or spot check, as it is now, with the city that counts it."""

from __future__ import annotations

from collections.abc import Sequence

from ...domain.directory.enterprise import Enterprise
from ...domain.directory.organisation import DepartmentSnapshot, Level
from ...domain.inspection.form import PatrolTarget, SpotCheckTarget
from ...domain.refusals import NotFound
from ...domain.values import RegionId
from ..ports.directory import EnterpriseRow, RegionRow


class Places:
    """The regions of the province, read once per use case."""

    def __init__(self, rows: Sequence[RegionRow]) -> None:
        self._rows = {row.id: row for row in rows}
        self._parents = {row.parent_id for row in rows}

    def get(self, id: RegionId) -> RegionRow:
        """The region; raises NotFound when it is unknown."""
        row = self._rows.get(id)
        if row is None:
            raise NotFound("区域", field="regionId")
        return row

    def rank(self, id: RegionId) -> Level:
        return self.get(id).level

    def city_of(self, id: RegionId) -> RegionId:
        """The region that counts it in the weekly figures: its city, or itself if its parent is the province.

        So a county directly below the province (省直管) counts as a city does, and the province as itself.
        """
        row = self.get(id)
        while row.parent_id is not None:
            parent = self.get(row.parent_id)
            if parent.parent_id is None:
                break
            row = parent
        return row.id

    def patrol(self, department: DepartmentSnapshot) -> PatrolTarget:
        """The target of a patrol: the department, with the region in its snapshot."""
        region_id = department.region_id
        region = self.get(region_id)
        return PatrolTarget(
            department, region.name, self.city_of(region_id), is_area=region_id not in self._parents
        )

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
