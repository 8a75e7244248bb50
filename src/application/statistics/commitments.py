"""Statistics of commitments: of a region over some days, by period and by region, with ranks."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple, TypeVar

from ...domain.deadlines import business_date
from ...domain.directory.enterprise import EnterpriseKind
from ...domain.directory.organisation import LEVEL_NAMES, Level
from ...domain.inspection.form import Rank, rank_of
from ...domain.refusals import InvalidValue, NotFound
from ...domain.values import RegionId
from ..access import Actor, Permission, check
from ..ports.commitment import Tally
from ..ports.directory import RegionRow
from ..ports.readers import Readers
from ..ports.signals import Clock
from ..ports.statistics import TallyMargins, TallyQuestion
from ..within import own_region, sees_region
from .periods import Period, Step, check_days, periods

MOST_CELLS: Final = 10_000
"""The most figures of single regions in single periods that one answer holds."""

Key = TypeVar("Key", bound=Hashable)
_RANKS: Final = (Level.PROVINCE, Level.CITY, Level.COUNTY)
_COUNTS: Final = tuple(entry.name for entry in fields(Tally))


@dataclass(frozen=True, slots=True)
class CommitmentStatisticsQuery:
    """Both days included; today for a missing one if both are missing, else the other.

    `region_id`: None is the actor's own. `kinds`: empty is all. `step`: None is one period.
    `level`: which regions are compared; None is none. COUNTY includes cities without counties.
    """

    region_id: RegionId | None = None
    first_day: date | None = None
    last_day: date | None = None
    kinds: tuple[EnterpriseKind, ...] = ()
    step: Step | None = None
    level: Level | None = None


class PeriodTally(NamedTuple):
    """The figures of one period."""

    period: Period
    tally: Tally


@dataclass(frozen=True, slots=True)
class RegionLine:
    """The figures of one of the regions that are compared, with everything below it.

    `directly`: only of enterprises that lie in the region itself and in none that is compared; such a line
    has no rank. The rank is among the regions that expected something, by on-time rate.
    `periods`: as those of the table; None where there is no step, or there were more than MOST_CELLS in all.
    """

    region: RegionRow
    tally: Tally
    rank_by_on_time_rate: Rank | None
    periods: Sequence[PeriodTally] | None
    directly: bool = False


@dataclass(frozen=True, slots=True)
class CommitmentTable:
    """Statistics of one region; `periods` add up to the whole, and so do `regions`. All are of one moment.

    `periods` is empty where no step was asked for, `regions` (by code) where no level was.
    """

    region: RegionRow
    first_day: date
    last_day: date
    kinds: tuple[EnterpriseKind, ...]
    step: Step | None
    whole: Tally
    periods: Sequence[PeriodTally]
    regions: Sequence[RegionLine]


class CommitmentStatistics:
    """Sums the stored roll-up: the cost depends on the days asked for, not on how much is stored."""

    def __init__(self, readers: Readers, clock: Clock) -> None:
        self._readers = readers
        self._clock = clock

    def table(self, actor: Actor, query: CommitmentStatisticsQuery) -> CommitmentTable:
        """Raises Forbidden for an enterprise, NotFound for a region outside the scope.

        Raises InvalidValue for a range that is reversed, longer than five years or of too many periods, and
        for a level above the region's own.
        """
        check(actor, Permission.READ_STATISTICS)
        today = business_date(self._clock.now())
        first = query.first_day or query.last_day or today
        last = query.last_day or query.first_day or today
        check_days(first, last)
        asked = (Period(first, last),) if query.step is None else periods(first, last, query.step)
        regions = {row.id: row for row in self._readers.directory.regions()}
        chosen = self._chosen(actor, query.region_id, regions)
        lines = (chosen.id,) if query.level is None else _lines(actor, chosen, query.level, regions)
        question = TallyQuestion(
            chosen.id,
            tuple(period.first_day for period in asked),
            last,
            lines,
            query.kinds,
            everywhere=chosen.parent_id is None,
        )
        cells: Mapping[tuple[RegionId, int], Tally] | None = None
        if query.level is not None and query.step is not None and len(lines) * len(asked) <= MOST_CELLS:
            cells = self._readers.statistics.commitment_cells(question, actor.scope)
            margins = TallyMargins(_summed(cells, lambda key: key[0]), _summed(cells, lambda key: key[1]))
        else:
            margins = self._readers.statistics.commitment_margins(question, actor.scope)
        return CommitmentTable(
            region=chosen,
            first_day=first,
            last_day=last,
            kinds=query.kinds,
            step=query.step,
            whole=added(margins.periods.values()),
            periods=() if query.step is None else _series(asked, margins.periods),
            regions=() if query.level is None else _compared(lines, regions, asked, margins.lines, cells),
        )

    @staticmethod
    def _chosen(actor: Actor, asked: RegionId | None, regions: Mapping[RegionId, RegionRow]) -> RegionRow:
        id = asked or own_region(actor, regions)
        if id is None or id not in regions or not sees_region(actor, id, regions):
            raise NotFound("区域", field="regionId")
        return regions[id]


def added(tallies: Iterable[Tally]) -> Tally:
    """Return the sum of the tallies."""
    sums = dict.fromkeys(_COUNTS, 0)
    for tally in tallies:
        for name in _COUNTS:
            sums[name] += getattr(tally, name)
    return Tally(**sums)


def _summed(
    cells: Mapping[tuple[RegionId, int], Tally], key: Callable[[tuple[RegionId, int]], Key]
) -> dict[Key, Tally]:
    groups: dict[Key, list[Tally]] = {}
    for place, tally in cells.items():
        groups.setdefault(key(place), []).append(tally)
    return {place: added(group) for place, group in groups.items()}


def _lines(
    actor: Actor, chosen: RegionRow, level: Level, regions: Mapping[RegionId, RegionRow]
) -> tuple[RegionId, ...]:
    """Return the regions to compare: those of the level at or below the chosen one, as far as they are seen."""
    if _RANKS.index(level) < _RANKS.index(chosen.level):
        raise InvalidValue(
            f"{chosen.name}为{LEVEL_NAMES[chosen.level]}区域，不能按{LEVEL_NAMES[level]}区域比较。",
            field="regionLevel",
        )
    divided = {row.parent_id for row in regions.values()}
    compared = sorted(
        row.id
        for row in regions.values()
        if (
            row.level is level
            or (level is Level.COUNTY and row.level is Level.CITY and row.id not in divided)
        )
        and _is_below(row, chosen.id, regions)
        and sees_region(actor, row.id, regions)
    )
    return tuple(compared)


def _is_below(row: RegionRow, top: RegionId, regions: Mapping[RegionId, RegionRow]) -> bool:
    step: RegionId | None = row.id
    while step is not None and step != top:
        step = regions[step].parent_id
    return step == top


def _series(asked: Sequence[Period], by_period: Mapping[int, Tally]) -> list[PeriodTally]:
    return [PeriodTally(period, by_period.get(number, Tally())) for number, period in enumerate(asked)]


def _compared(
    lines: Sequence[RegionId],
    regions: Mapping[RegionId, RegionRow],
    asked: Sequence[Period],
    by_line: Mapping[RegionId, Tally],
    cells: Mapping[tuple[RegionId, int], Tally] | None,
) -> list[RegionLine]:
    """Return a line for each region compared, and one for each that has enterprises outside of all of them."""
    rates = {
        id: Decimal(str(rate)) for id in lines if (rate := by_line.get(id, Tally()).on_time_rate) is not None
    }
    every_rate = list(rates.values())
    outside = sorted(id for id, tally in by_line.items() if id not in lines and tally.expected)
    return [
        RegionLine(
            region=regions[id],
            tally=by_line.get(id, Tally()),
            rank_by_on_time_rate=rank_of(rates[id], every_rate) if id in rates else None,
            periods=None
            if cells is None
            else [
                PeriodTally(period, cells.get((id, number), Tally())) for number, period in enumerate(asked)
            ],
            directly=id not in lines,
        )
        for id in (*lines, *outside)
    ]
