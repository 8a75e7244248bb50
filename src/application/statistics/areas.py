"""The regions that a statistic has lines for: those directly below the one asked for, and it itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ...domain.values import RegionId
from ..access import Actor
from ..ports.directory import DirectoryReader, RegionRow


@dataclass(frozen=True, slots=True)
class Area:
    """A line's region. `directly`: only what lies in the region itself and in none below it."""

    region_id: RegionId
    label: str
    directly: bool


@dataclass(frozen=True, slots=True)
class Areas:
    """The heads, each with its whole subtree. What lies below no head has a line of its own region."""

    heads: tuple[RegionId, ...]
    _regions: Mapping[RegionId, RegionRow]

    def lines(self, counted: Iterable[str | None]) -> Sequence[Area]:
        """Return the lines in order of the region codes: every head, and each other region that was counted."""
        others = {RegionId(key) for key in counted if key is not None} - set(self.heads)
        directly = {**dict.fromkeys(self.heads, False), **dict.fromkeys(others, True)}
        return [Area(id, self._label(id, directly[id]), directly[id]) for id in sorted(directly)]

    def _label(self, id: RegionId, directly: bool) -> str:
        name = self._regions[id].name
        divided = any(region.parent_id == id for region in self._regions.values())
        return f"{name}（本级）" if directly and divided else name


def areas_of(directory: DirectoryReader, actor: Actor, region_id: RegionId | None) -> Areas:
    """Return the areas of a region that the actor may see; None: of everything that the actor sees.

    A department of one region then has a line for each region directly below it, one of several regions a line
    for each of these, an enterprise a line for each region it was in.
    """
    regions = {row.id: row for row in directory.regions()}
    if region_id is not None:
        roots = {region_id}
    elif actor.scope.everything:
        roots = {row.id for row in regions.values() if row.parent_id is None}
    else:
        roots = _topmost(actor.scope.regions, regions)
    if len(roots) != 1:
        return Areas(tuple(sorted(roots)), regions)
    (root,) = roots
    return Areas(tuple(sorted(row.id for row in regions.values() if row.parent_id == root)), regions)


def _topmost(roots: frozenset[RegionId], regions: Mapping[RegionId, RegionRow]) -> set[RegionId]:
    """Return the roots that lie below no other one."""

    def lies_below(id: RegionId) -> bool:
        above = regions[id].parent_id
        while above is not None:
            if above in roots:
                return True
            above = regions[above].parent_id
        return False

    return {id for id in roots if id in regions and not lies_below(id)}
