"""The two columns that say where something is: city and county."""

from __future__ import annotations

from typing import Final

from ...domain.directory.organisation import Level
from ...domain.values import RegionId
from ..ports.directory import DirectoryReader
from ..ports.workbook import CellKind, Column

PLACE: Final = (
    Column("市", CellKind.TEXT, 12, "所在区域"),
    Column("县（区）", CellKind.TEXT, 12, "所在区域"),
)


class Places:
    """The names of all regions, read once for a workbook."""

    def __init__(self, directory: DirectoryReader) -> None:
        self._regions = {region.id: region for region in directory.regions()}

    def place(self, id: RegionId | None) -> tuple[str, str]:
        """City and county; the province stands in the first column, and so does a county directly under it."""
        region = None if id is None else self._regions.get(id)
        if region is None:
            return ("" if id is None else id), ""
        above = None if region.parent_id is None else self._regions.get(region.parent_id)
        if region.level is Level.COUNTY and above is not None and above.level is Level.CITY:
            return above.name, region.name
        return region.name, ""

    def name(self, id: RegionId) -> str:
        """The name of the region; its code if there is no such region any more."""
        region = self._regions.get(id)
        return id if region is None else region.name
