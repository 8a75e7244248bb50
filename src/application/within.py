"""Checks of the ids that a query names: what lies outside the actor's scope is not found, as if it were unknown."""

from __future__ import annotations

from collections.abc import Mapping

from ..domain.refusals import NotFound
from ..domain.values import DepartmentId, EnterpriseId, PersonId, RegionId
from .access import Actor
from .ports.directory import DirectoryReader, RegionRow


def check_region(
    directory: DirectoryReader, actor: Actor, id: RegionId | None, *, field: str = "regionId"
) -> None:
    """Raises NotFound unless the actor sees the region: below its own, the common parent, or its enterprise's.

    Reads nothing for a region of the actor's own jurisdiction. None passes, here and below.
    """
    if id is None or id in actor.scope.regions:
        return
    regions = {row.id: row for row in directory.regions()}
    if id not in regions or not (sees_region(actor, id, regions) or _of_enterprise(directory, actor, id)):
        raise NotFound("区域", field=field)


def sees_region(actor: Actor, id: RegionId, regions: Mapping[RegionId, RegionRow]) -> bool:
    """Whether the region lies in the actor's subtrees, or is the common parent of all of them."""
    roots = actor.scope.regions
    step: RegionId | None = id
    while step is not None:
        if step in roots or actor.scope.everything:
            return True
        step = regions[step].parent_id
    return len(roots) > 1 and all(root in regions and regions[root].parent_id == id for root in roots)


def own_region(actor: Actor, regions: Mapping[RegionId, RegionRow]) -> RegionId | None:
    """The region of the actor's jurisdiction, for several regions the one above them; None if it has none.

    Who sees everything has the province.
    """
    if actor.scope.everything:
        return next((row.id for row in regions.values() if row.parent_id is None), None)
    roots = sorted(actor.scope.regions)
    if len(roots) < 2:
        return roots[0] if roots else None
    parents = {regions[root].parent_id for root in roots if root in regions}
    return next((parent for parent in parents if parent is not None), roots[0])


def _of_enterprise(directory: DirectoryReader, actor: Actor, id: RegionId) -> bool:
    own = actor.scope.enterprise_id
    row = None if own is None else directory.enterprises([own], actor.scope).get(own)
    return row is not None and row.region_id == id


def check_enterprise(
    directory: DirectoryReader, actor: Actor, id: EnterpriseId | None, *, field: str = "enterpriseId"
) -> None:
    """Raises NotFound unless the enterprise is in the actor's scope; its own is, without a read."""
    if id is None or id == actor.scope.enterprise_id:
        return
    if id not in directory.enterprises([id], actor.scope):
        raise NotFound("企业", field=field)


def check_department(
    directory: DirectoryReader, actor: Actor, id: DepartmentId | None, *, field: str = "departmentId"
) -> None:
    """Raises NotFound unless the department is in the actor's scope; its own is, without a read."""
    if id is None or id == actor.department_id:
        return
    if id not in directory.departments([id], actor.scope):
        raise NotFound("部门", field=field)


def check_person(
    directory: DirectoryReader, actor: Actor, id: PersonId | None, *, field: str = "personId"
) -> None:
    """Raises NotFound unless the person is in the actor's scope; the actor itself is, without a read."""
    if id is None or id == actor.person_id:
        return
    if id not in directory.people([id], actor.scope):
        raise NotFound("人员", field=field)
