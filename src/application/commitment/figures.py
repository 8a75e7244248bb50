"""Figures of the commitments: overview and completeness. They always match the lists behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from ...domain.deadlines import business_date
from ...domain.directory.enterprise import EnterpriseKind
from ...domain.refusals import Forbidden, NotFound
from ...domain.values import RegionId
from ..access import Actor, Permission, check
from ..day_range import check_range
from ..ports.commitment import Tally
from ..ports.directory import RegionRow
from ..ports.readers import Readers
from ..ports.signals import Clock
from ..within import own_region, sees_region


@dataclass(frozen=True, slots=True)
class RegionFigures:
    """The tally of one region with everything below it, over [first_day, last_day].

    `directly`: only enterprises that lie in the region itself and in no region below it.
    """

    region: RegionRow
    tally: Tally
    first_day: date
    last_day: date
    kinds: tuple[EnterpriseKind, ...] = ()
    directly: bool = False


@dataclass(frozen=True, slots=True)
class Overview:
    """One region as a whole and each region directly below it, over the same days.

    The parts add up to the whole.
    """

    whole: RegionFigures
    parts: Sequence[RegionFigures]


class Figures:
    """Reads counts from the stored roll-up: the cost depends on the regions shown, not the years stored."""

    def __init__(self, readers: Readers, clock: Clock) -> None:
        self._readers = readers
        self._clock = clock

    def overview(
        self,
        actor: Actor,
        region_id: RegionId | None = None,
        first_day: date | None = None,
        last_day: date | None = None,
        kinds: Sequence[EnterpriseKind] = (),
    ) -> Overview:
        """The overview of a region in scope (None: the actor's own) over some days (None: today).

        Raises NotFound for a region outside the scope, InvalidValue for more than 366 days. Raises Forbidden
        when no region is named and the actor has none, like people of enterprises.
        """
        check(actor, Permission.READ_COMMITMENTS)
        today = business_date(self._clock.now())
        first = first_day or last_day or today
        last = last_day or first_day or today
        check_range(first, last)
        chosen = self._chosen(actor, region_id)
        found = self._readers.commitments.overview(chosen, first, last, actor.scope, kinds)
        if not found:
            raise NotFound("区域", field="regionId")
        figures = [RegionFigures(region, tally, first, last, tuple(kinds)) for region, tally in found]
        own = self._directly(figures)
        return Overview(whole=figures[0], parts=[*figures[1:], *own])

    def daily(
        self,
        actor: Actor,
        region_id: RegionId,
        first_day: date,
        last_day: date,
        kinds: Sequence[EnterpriseKind] = (),
    ) -> Mapping[date, Tally]:
        """One tally per day for a region in scope; days on which nothing was owed are missing."""
        check(actor, Permission.READ_COMMITMENTS)
        regions = {row.id: row for row in self._readers.directory.regions()}
        if region_id not in regions or not sees_region(actor, region_id, regions):
            raise NotFound("区域", field="regionId")
        check_range(first_day, last_day)
        return self._readers.commitments.daily_tallies(region_id, first_day, last_day, actor.scope, kinds)

    def _chosen(self, actor: Actor, asked: RegionId | None) -> RegionId:
        """The region asked for, or the actor's own. Regions are read only when needed."""
        roots = actor.scope.regions
        if asked is None and len(roots) == 1:
            return next(iter(roots))
        if asked is not None and asked in roots:
            return asked
        regions = {row.id: row for row in self._readers.directory.regions()}
        chosen = asked or self._own(actor, regions)
        if chosen not in regions or not sees_region(actor, chosen, regions):
            raise NotFound("区域", field="regionId")
        return chosen

    @staticmethod
    def _directly(figures: Sequence[RegionFigures]) -> Sequence[RegionFigures]:
        """A part for what lies in the region itself and in none below it, so that the parts add up."""
        whole, *parts = figures
        names = ("expected", "in_production", "stopped", "unreported", "on_time", "late", "automatic")
        rest = {
            name: getattr(whole.tally, name) - sum(getattr(part.tally, name) for part in parts)
            for name in names
        }
        if not parts or not any(rest.values()):
            return ()
        return (replace(whole, tally=Tally(**rest), directly=True),)

    @staticmethod
    def _own(actor: Actor, regions: Mapping[RegionId, RegionRow]) -> RegionId:
        own = own_region(actor, regions)
        if own is None:
            raise Forbidden("您没有管辖的区域，不能查看承诺概览；本企业的承诺请在承诺列表中查询。")
        return own
