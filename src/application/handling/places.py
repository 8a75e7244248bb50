"""Finds where a matter counts, and which department of the province answers for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ...domain.directory.organisation import DepartmentSnapshot, Level, Region
from ...domain.refusals import NotFound
from ...domain.values import EnterpriseId, RegionId
from ..ports.work import UnitOfWork


class Company(Protocol):
    """What an addressee needs of an enterprise."""

    @property
    def id(self) -> EnterpriseId: ...

    @property
    def name(self) -> str: ...

    @property
    def region_id(self) -> RegionId: ...


class Places:
    """Answers for one unit of work, with each look-up made once: regions and departments hardly ever change."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._lineages: dict[RegionId, Sequence[RegionId]] = {}
        self._regions: dict[RegionId, Region | None] = {}
        self._provinces: dict[RegionId, DepartmentSnapshot | None] = {}

    def city_of(self, region_id: RegionId) -> RegionId:
        """The region of city rank in whose figures a region counts; the region itself above that rank."""
        for id in self._lineage(region_id):
            region = self._region(id)
            if region is not None and region.level is Level.CITY:
                return id
        return region_id

    def province_above(self, region_id: RegionId) -> DepartmentSnapshot:
        """The province's department, which reviews what the ministry states of this region. Raises NotFound."""
        lineage = self._lineage(region_id)
        department = self._province(lineage[-1]) if lineage else None
        if department is None:
            raise NotFound("省级主管部门")
        return department

    def _lineage(self, id: RegionId) -> Sequence[RegionId]:
        if id not in self._lineages:
            self._lineages[id] = self._work.regions.lineage(id)
        return self._lineages[id]

    def _region(self, id: RegionId) -> Region | None:
        if id not in self._regions:
            self._regions[id] = self._work.regions.find(id)
        return self._regions[id]

    def _province(self, root: RegionId) -> DepartmentSnapshot | None:
        if root not in self._provinces:
            department = self._work.departments.answering_for(root)
            self._provinces[root] = None if department is None else DepartmentSnapshot.of(department, root)
        return self._provinces[root]
