"""Read commitments, reports, counts and the roll-up; the history page is in `commitment_page`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select, true

from ....application.access import Scope
from ....application.ports.commitment import (
    CommitmentAsOf,
    CommitmentFilter,
    CommitmentOrder,
    CommitmentRow,
    Tally,
)
from ....application.ports.directory import RegionRow
from ....application.ports.paging import Page, Slice
from ....application.ports.waiting import Waiting
from ....domain.commitment.report import Report
from ....domain.directory.enterprise import EnterpriseKind
from ....domain.signed import Origin
from ....domain.values import CommitmentId, EnterpriseId, RegionId
from ..batches import in_batches
from ..codec import load_report
from ..scope import below, of_enterprise, regions_in
from ..tables.commitment import commitment, commitment_tally, commitment_version
from ..tables.directory import region, region_closure
from ..tally import COUNTED_FROM_ROWS, COUNTS
from .commitment_day import day_as_of
from .commitment_page import (
    COMMITMENT,
    COMMITMENT_ROWS,
    choose_search,
    matching,
    named_by,
    page_statement,
    sorted_statement,
    sorting,
)
from .enterprises import region_layout
from .layout import Layout
from .page_search import PageSearch, RegionSizes, first_page
from .paging import Reading, like, part_of

_current = and_(
    commitment_version.c.commitment_id == commitment.c.id,
    commitment_version.c.revision == commitment.c.revision,
)
_REPORTS: Final = (
    select(commitment.c.id, commitment_version.c.report)
    .select_from(commitment.join(commitment_version, _current))
    .where(commitment.c.id.in_(bindparam("ids", expanding=True)))
)
_VERSIONS: Final = (
    select(commitment_version.c.report)
    .where(commitment_version.c.commitment_id == bindparam("id"))
    .order_by(commitment_version.c.revision.desc())
)
_LAST_REPORT: Final = (
    select(commitment_version.c.report)
    .select_from(commitment.join(commitment_version, _current))
    .where(
        commitment.c.enterprise_id == bindparam("enterprise_id"),
        commitment.c.business_date < bindparam("before"),
        # An automatic report never replaces a person's, so checking the current report is enough.
        commitment.c.origin == Origin.MANUAL,
    )
    .order_by(commitment.c.business_date.desc())
    .limit(1)
)
TOTALS: Final = {name: func.sum(commitment_tally.c[name]) for name in COUNTS}
_SUMS: Final = tuple(total.label(name) for name, total in TOTALS.items())


@dataclass(slots=True)
class _Counted:
    region: RegionRow
    tally: Tally


_REGION: Final = region_layout(region.c.id)
_OVERVIEW: Final = Layout(
    _Counted,
    region=_REGION,
    tally=Layout(Tally, **{name: func.coalesce(total, 0) for name, total in TOTALS.items()}),
)


def _region_with_parts(region_id: RegionId) -> Select[Any]:
    return _with_parts(select(*_REGION.columns), region_id)


def _with_parts(rows: Select[Any], region_id: RegionId) -> Select[Any]:
    shown = or_(region.c.id == region_id, region.c.parent_id == region_id)
    return rows.where(shown).order_by(region.c.id != region_id, region.c.id)


def _overview(
    region_id: RegionId, first_day: date, last_day: date, scope: Scope, kinds: Sequence[EnterpriseKind]
) -> Select[Any]:
    """Sum the roll-up for the region and for each region below it."""
    counted = [
        commitment_tally.c.region_id == region_closure.c.descendant,
        commitment_tally.c.business_date.between(first_day, last_day),
        commitment_tally.c.kind.in_(kinds) if kinds else true(),
        # Everything below a root of the scope is in scope: no condition is needed.
        true() if region_id in scope.regions else regions_in(scope, commitment_tally.c.region_id),
    ]
    rows = (
        select(*_OVERVIEW.columns)
        .select_from(region)
        .join(region_closure, region_closure.c.ancestor == region.c.id)
        .outerjoin(commitment_tally, and_(*counted))
        .group_by(region.c.id)
    )
    return _with_parts(rows, region_id)


class SqlCommitmentReader(Reading):
    """Commitments for lists, pages and figures."""

    def __init__(self, engine: Any) -> None:
        super().__init__(engine)
        self._region_sizes = RegionSizes(self)

    def commitments(self, ids: Sequence[CommitmentId], scope: Scope) -> Mapping[CommitmentId, CommitmentRow]:
        found: dict[CommitmentId, CommitmentRow] = {}
        visible = of_enterprise(scope, commitment.c.region_id, commitment.c.enterprise_id)
        for batch in in_batches(ids):
            statement = COMMITMENT_ROWS.where(self.of_these(commitment.c.id, batch, visible))
            found |= {row.id: row for row in self.shown(COMMITMENT, statement)}
        return found

    def page(
        self,
        where: CommitmentFilter,
        scope: Scope,
        page: Page,
        order: CommitmentOrder = CommitmentOrder.NEWEST,
    ) -> Slice[CommitmentRow]:
        by = sorting(order, on_postgresql=self.on_postgresql)
        after = by.after(page)
        named = named_by(where, self)
        asked = replace(where, text=like(where.text))
        if order is not CommitmentOrder.NEWEST:
            rows = self.listed(
                COMMITMENT,
                sorted_statement,
                asked,
                scope,
                named,
                order,
                self.on_postgresql,
                after,
                page.first + 1,
            )
            return part_of(rows, page, by.key)
        search = (
            choose_search(where, scope, self._region_sizes)
            if self.on_postgresql and named is None
            else PageSearch.DAYS
        )
        rows = first_page(
            self._region_sizes,
            search,
            lambda way: self.listed(
                COMMITMENT, page_statement, asked, scope, named, after, page.first + 1, way
            ),
        )
        return part_of(rows, page, by.key)

    def count(self, where: CommitmentFilter, scope: Scope) -> int:
        kept = _kept_figure(where)
        if kept is None or scope.enterprise_id is not None:
            condition = matching(where, scope, named_by(where, self))
            return self.number(select(func.count()).select_from(commitment).where(condition))
        tally = commitment_tally.c
        conditions: list[ColumnElement[bool]] = [
            tally.business_date.between(where.first_day, where.last_day),
            regions_in(scope, tally.region_id),
            tally.kind.in_(where.kinds) if where.kinds else true(),
        ]
        if where.region_id is not None and where.directly:
            conditions.append(tally.region_id == where.region_id)
        elif where.region_id is not None:
            conditions.append(below(tally.region_id, [where.region_id]))
        return self.number(select(func.coalesce(func.sum(kept), 0)).where(*conditions))

    def unreported(self, day: date, scope: Scope) -> Waiting:
        where = CommitmentFilter(day, day, reported=False)
        statement = select(func.count(), func.min(commitment.c.due_at)).where(matching(where, scope, None))
        count, due = tuple(self.rows(statement)[0])
        return Waiting(count, due)

    def on_day(
        self, enterprise_ids: Sequence[EnterpriseId], day: date, scope: Scope
    ) -> Mapping[EnterpriseId, CommitmentRow]:
        found: dict[EnterpriseId, CommitmentRow] = {}
        visible = of_enterprise(scope, commitment.c.region_id, commitment.c.enterprise_id)
        for batch in in_batches(enterprise_ids):
            statement = COMMITMENT_ROWS.where(
                self.of_these(commitment.c.enterprise_id, batch, visible), commitment.c.business_date == day
            )
            found |= {row.enterprise_id: row for row in self.shown(COMMITMENT, statement)}
        return found

    def day_as_of(self, day: date, at: datetime, scope: Scope) -> Sequence[CommitmentAsOf]:
        return day_as_of(self, day, at, scope)

    def reports(self, ids: Sequence[CommitmentId]) -> Mapping[CommitmentId, Report]:
        found: dict[CommitmentId, Report] = {}
        for batch in in_batches(ids):
            found |= {row.id: load_report(row.report) for row in self.rows(_REPORTS, {"ids": batch})}
        return found

    def versions(self, id: CommitmentId) -> Sequence[Report]:
        return [load_report(row.report) for row in self.rows(_VERSIONS, {"id": id})]

    def last_report(self, enterprise_id: EnterpriseId, before: date) -> Report | None:
        rows = self.rows(_LAST_REPORT, {"enterprise_id": enterprise_id, "before": before})
        return load_report(rows[0].report) if rows else None

    def overview(
        self,
        region_id: RegionId,
        first_day: date,
        last_day: date,
        scope: Scope,
        kinds: Sequence[EnterpriseKind] = (),
    ) -> Sequence[tuple[RegionRow, Tally]]:
        if scope.enterprise_id is not None:
            rows = self.listed(_REGION, _region_with_parts, region_id)
            found = self.tallies([row.id for row in rows], first_day, last_day, scope, kinds)
            return [(row, found[row.id]) for row in rows]
        asked = (region_id, first_day, last_day, scope, tuple(kinds))
        return [(each.region, each.tally) for each in self.listed(_OVERVIEW, _overview, *asked)]

    def tallies(
        self,
        regions: Sequence[RegionId],
        first_day: date,
        last_day: date,
        scope: Scope,
        kinds: Sequence[EnterpriseKind] = (),
    ) -> Mapping[RegionId, Tally]:
        found = dict.fromkeys(regions, Tally())
        for batch in in_batches(regions):
            source, columns, visible = tally_source(first_day, last_day, scope, kinds)
            statement = (
                select(region_closure.c.ancestor, *columns)
                .select_from(region_closure)
                .join(source, source.c.region_id == region_closure.c.descendant)
                .where(region_closure.c.ancestor.in_(batch), *visible)
                .group_by(region_closure.c.ancestor)
            )
            found |= {row.ancestor: tally_of(row) for row in self.rows(statement)}
        return found

    def daily_tallies(
        self,
        region_id: RegionId,
        first_day: date,
        last_day: date,
        scope: Scope,
        kinds: Sequence[EnterpriseKind] = (),
    ) -> Mapping[date, Tally]:
        source, columns, visible = tally_source(first_day, last_day, scope, kinds)
        statement = (
            select(source.c.business_date, *columns)
            .where(below(source.c.region_id, [region_id]), *visible)
            .group_by(source.c.business_date)
            .order_by(source.c.business_date)
        )
        # Skip days on which nothing is owed: their rows of the roll-up hold only zeros.
        return {row.business_date: tally_of(row) for row in self.rows(statement) if row.expected}


def tally_source(
    first_day: date,
    last_day: date,
    scope: Scope,
    kinds: Sequence[EnterpriseKind],
    *,
    within: RegionId | None = None,
) -> tuple[Any, Sequence[Any], Sequence[Any]]:
    """Return table, columns and conditions for figures: the roll-up's, or those of one enterprise's rows.

    `within` is a region below which the caller looks anyway.
    """
    table = commitment_tally if scope.enterprise_id is None else commitment
    conditions: list[ColumnElement[bool]] = [table.c.business_date.between(first_day, last_day)]
    if kinds:
        conditions.append(table.c.kind.in_(kinds))
    if table is commitment:
        conditions.append(of_enterprise(scope, commitment.c.region_id, commitment.c.enterprise_id))
        return table, COUNTED_FROM_ROWS, conditions
    # Everything below a root of the scope is in scope: no condition is needed.
    if within not in scope.regions:
        conditions.append(regions_in(scope, table.c.region_id))
    return table, _SUMS, conditions


def tally_of(row: Any) -> Tally:
    return Tally(**{name: int(getattr(row, name)) for name in COUNTS})


def _kept_figure(where: CommitmentFilter) -> Any:
    """Return the roll-up's column that counts what the filter asks for; None if the rows must be counted."""
    tally = commitment_tally.c
    if not where.of_a_figure:
        return None
    if where.late is not None:
        return tally.late if where.late else tally.on_time
    if where.reported is not None:
        return tally.expected - tally.unreported if where.reported else tally.unreported
    if where.origins:
        return tally.automatic
    statuses = {status.value for status in where.statuses}
    if statuses:
        return sum(tally[status.lower()] for status in sorted(statuses))
    return tally.expected
