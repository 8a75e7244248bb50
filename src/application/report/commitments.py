"""Counts the commitments of written reports: one day as it stood at an instant, and a closed month."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from ...domain.commitment.form import ProductionStatus
from ...domain.directory.enterprise import KIND_NAMES, EnterpriseKind
from ...domain.report.figures import (
    CommitmentFigures,
    DailyReportFigures,
    LateEnterprise,
    SilentDays,
    SilentEnterprise,
    percent,
)
from ...domain.signed import Origin
from ...domain.values import EnterpriseId, RegionId
from ..access import EVERYTHING
from ..ports.commitment import CommitmentAsOf, CommitmentFilter, CommitmentOrder, CommitmentReader, Tally
from ..ports.paging import Page
from .places import ReportPlace

MOST_LISTED: Final = 200
"""A list of a document has so many lines at most; its sentence says how many there are in all."""
CHUNK: Final = 1_000
MINUTE: Final = timedelta(minutes=1)


def daily_figures(
    place: ReportPlace, day: date, at: datetime, rows: Sequence[CommitmentAsOf]
) -> DailyReportFigures:
    """The figures of one place; `rows` are those of the whole province, as they stood at `at`."""
    own = [row for row in rows if row.region_id in place.part_of]
    by_part: dict[RegionId | None, list[CommitmentAsOf]] = {}
    by_kind: dict[EnterpriseKind, list[CommitmentAsOf]] = {}
    for row in own:
        by_part.setdefault(place.part_of[row.region_id], []).append(row)
        by_kind.setdefault(row.kind, []).append(row)
    silent = [row for row in own if row.late is None]
    late = sorted((row for row in own if row.late), key=lambda row: row.due_at - _reported_at(row))
    return DailyReportFigures(
        day=day,
        as_of=at,
        whole=_line(place.region.name, _tally(own)),
        kinds=tuple(_line(KIND_NAMES[kind], _tally(by_kind.get(kind, ()))) for kind in EnterpriseKind),
        parts=ranked_parts(place, {part: _tally(found) for part, found in by_part.items()}),
        silent=tuple(
            SilentEnterprise(number, row.enterprise_name, row.region_name, KIND_NAMES[row.kind], row.due_at)
            for number, row in enumerate(silent[:MOST_LISTED], start=1)
        ),
        late=tuple(
            LateEnterprise(
                number,
                row.enterprise_name,
                row.region_name,
                row.due_at,
                _reported_at(row),
                (_reported_at(row) - row.due_at) // MINUTE,
            )
            for number, row in enumerate(late[:MOST_LISTED], start=1)
        ),
    )


def ranked_parts(
    place: ReportPlace, tallies: Mapping[RegionId | None, Tally]
) -> tuple[CommitmentFigures, ...]:
    """One line for each part, the best on-time rate first; equal rates share a place and stand by code.

    Parts without a commitment come unranked below the others. What lies in the region itself is no part: it
    comes last, unranked, and only if there is anything.
    """
    names = place.part_names
    lines = [_line(part.name, tallies.get(part.id, Tally())) for part in place.parts]
    rates = [Decimal(line.on_time_rate) for line in lines if line.on_time_rate is not None]
    placed = [
        replace(line, place=None if line.on_time_rate is None else place_of(line.on_time_rate, rates))
        for line in lines
    ]
    ordered = sorted(placed, key=lambda line: (line.place is None, line.place or 0))
    own = tallies.get(None)
    return (*ordered, *([] if own is None or own.expected == 0 else [_line(names[None], own)]))


def place_of(rate: str, rates: Iterable[Decimal]) -> int:
    """One more than the number of better rates."""
    return 1 + sum(other > Decimal(rate) for other in rates)


@dataclass(frozen=True, slots=True)
class MonthOfCommitments:
    """The commitments of a closed month: sums over its days, and who left out a day."""

    whole: CommitmentFigures
    kinds: tuple[CommitmentFigures, ...]
    parts: tuple[CommitmentFigures, ...]
    silent_count: int
    silent: tuple[SilentDays, ...]


def month_of_commitments(
    place: ReportPlace, first_day: date, last_day: date, commitments: CommitmentReader
) -> MonthOfCommitments:
    """The figures of one place. Nobody can report for a past day, so they never change."""
    root = place.region.id
    whole, *parts = commitments.overview(root, first_day, last_day, EVERYTHING)
    tallies: dict[RegionId | None, Tally] = {region.id: tally for region, tally in parts}
    tallies[None] = _difference(whole[1], tallies.values())
    kinds = {
        kind: commitments.tallies([root], first_day, last_day, EVERYTHING, [kind])[root]
        for kind in EnterpriseKind
    }
    silent = _silent_days(root, first_day, last_day, commitments)
    return MonthOfCommitments(
        whole=_line(place.region.name, whole[1]),
        kinds=tuple(_line(KIND_NAMES[kind], tally) for kind, tally in kinds.items()),
        parts=ranked_parts(place, tallies),
        silent_count=len(silent),
        silent=tuple(silent[:MOST_LISTED]),
    )


def _silent_days(
    region_id: RegionId, first_day: date, last_day: date, commitments: CommitmentReader
) -> list[SilentDays]:
    """Everybody who left out a day, the most days first, then by region and name."""
    where = CommitmentFilter(first_day, last_day, region_id=region_id, reported=False)
    days: dict[EnterpriseId, int] = {}
    named: dict[EnterpriseId, tuple[str, str, str, str]] = {}
    after = None
    while True:
        page = commitments.page(where, EVERYTHING, Page(CHUNK, after), CommitmentOrder.NEWEST)
        for row in page.rows:
            days[row.enterprise_id] = days.get(row.enterprise_id, 0) + 1
            named[row.enterprise_id] = (
                row.region_id,
                row.enterprise_name,
                row.region_name,
                KIND_NAMES[row.kind],
            )
        if not page.has_next:
            break
        after = page.keys[-1]
    ordered = sorted(days, key=lambda id: (-days[id], *named[id], id))
    return [
        SilentDays(number, named[id][1], named[id][2], named[id][3], days[id])
        for number, id in enumerate(ordered, start=1)
    ]


def _difference(whole: Tally, parts: Iterable[Tally]) -> Tally:
    """What lies in the region itself and in none below it."""
    counted = list(parts)
    return Tally(
        **{
            one.name: getattr(whole, one.name) - sum(getattr(part, one.name) for part in counted)
            for one in fields(Tally)
        }
    )


def _reported_at(row: CommitmentAsOf) -> datetime:
    assert row.first_reported_at is not None, "who is late has reported"
    return row.first_reported_at


def _tally(rows: Sequence[CommitmentAsOf]) -> Tally:
    return Tally(
        expected=len(rows),
        in_production=sum(row.status is ProductionStatus.IN_PRODUCTION for row in rows),
        stopped=sum(row.status is ProductionStatus.STOPPED for row in rows),
        unreported=sum(row.late is None for row in rows),
        on_time=sum(row.late is False for row in rows),
        late=sum(row.late is True for row in rows),
        automatic=sum(row.origin is Origin.AUTO for row in rows),
    )


def _line(name: str, tally: Tally) -> CommitmentFigures:
    return CommitmentFigures(
        name=name,
        expected=tally.expected,
        reported=tally.reported,
        in_production=tally.in_production,
        stopped=tally.stopped,
        unreported=tally.unreported,
        on_time=tally.on_time,
        late=tally.late,
        automatic=tally.automatic,
        rate=percent(tally.reported, tally.expected),
        on_time_rate=percent(tally.on_time, tally.expected),
    )
