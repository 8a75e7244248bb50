"""Finds where a matter counts, and which department of the province answers for it."""

from __future__ import annotations

from ...domain.directory.organisation import DepartmentSnapshot, Level
from ...domain.refusals import NotFound
from ...domain.values import RegionId
from ..ports.work import UnitOfWork


def city_of(work: UnitOfWork, region_id: RegionId) -> RegionId:
    """The region of city rank in whose figures a region counts; the region itself above that rank."""
    for id in work.regions.lineage(region_id):
        region = work.regions.find(id)
        if region is not None and region.level is Level.CITY:
            return id
    return region_id


def province_above(work: UnitOfWork, region_id: RegionId) -> DepartmentSnapshot:
    """The province's department, which reviews what the ministry states of this region. Raises NotFound."""
    lineage = work.regions.lineage(region_id)
    department = work.departments.answering_for(lineage[-1]) if lineage else None
    if department is None:
        raise NotFound("省级主管部门")
    return DepartmentSnapshot.of(department, lineage[-1])
