"""The regions that get written reports: the province, and each region of city rank that has a department."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...domain.directory.organisation import Level
from ...domain.values import RegionId
from ..access import EVERYTHING
from ..ports.directory import DepartmentFilter, DepartmentRow, DirectoryReader, RegionRow
from ..ports.paging import Page

PAGE: int = 100


@dataclass(frozen=True, slots=True)
class ReportPlace:
    """A region, the department that signs its reports, and the regions directly below it, by code.

    `part_of` says for every region within it in which part it lies; None: in the region itself and in no part.
    """

    region: RegionRow
    department: DepartmentRow
    parts: Sequence[RegionRow]
    part_of: Mapping[RegionId, RegionId | None]

    @property
    def part_names(self) -> Mapping[RegionId | None, str]:
        """The names of the parts, and of what lies in the region itself."""
        return {**{part.id: part.name for part in self.parts}, None: f"{self.region.name}本级"}


def places_of(directory: DirectoryReader) -> Sequence[ReportPlace]:
    """The province first, then the cities by code. A region without a department of its own has no place."""
    regions = directory.regions()
    departments = _departments(directory)
    found = []
    for region in sorted(regions, key=lambda row: (row.parent_id is not None, row.id)):
        department = departments.get(region.id)
        if region.level is Level.COUNTY or department is None or department.level is not region.level:
            continue
        parts = [row for row in regions if row.parent_id == region.id]
        found.append(ReportPlace(region, department, parts, _part_of(region.id, regions)))
    return found


def _part_of(root: RegionId, regions: Sequence[RegionRow]) -> Mapping[RegionId, RegionId | None]:
    below: dict[RegionId, list[RegionId]] = {}
    for row in regions:
        if row.parent_id is not None:
            below.setdefault(row.parent_id, []).append(row.id)
    found: dict[RegionId, RegionId | None] = {root: None}
    waiting = [(part, part) for part in below.get(root, ())]
    while waiting:
        region, part = waiting.pop()
        found[region] = part
        waiting += [(child, part) for child in below.get(region, ())]
    return found


def _departments(directory: DirectoryReader) -> Mapping[RegionId, DepartmentRow]:
    """For each region, the department of highest rank with this region in its own jurisdiction."""
    found: dict[RegionId, DepartmentRow] = {}
    where = DepartmentFilter(levels=(Level.PROVINCE, Level.CITY))
    after = None
    while True:
        # LEVEL: the province's come first, so that the higher rank is kept.
        page = directory.department_page(where, EVERYTHING, Page(PAGE, after))
        for row in page.rows:
            for region in row.jurisdiction:
                found.setdefault(region, row)
        if not page.has_next:
            return found
        after = page.keys[-1]
