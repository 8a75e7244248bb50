"""Reads commitments from memory: lists, pages, and figures counted from the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from ....application.access import Scope
from ....application.ports.commitment import (
    CommitmentAsOf,
    CommitmentFilter,
    CommitmentOrder,
    CommitmentRow,
    Tally,
    seconds_late,
)
from ....application.ports.directory import RegionRow
from ....application.ports.paging import Page, Slice
from ....application.ports.waiting import Waiting
from ....domain.commitment.commitment import Commitment, commitment_id
from ....domain.commitment.form import ProductionStatus
from ....domain.commitment.report import Report
from ....domain.directory.enterprise import EnterpriseKind
from ....domain.signed import Origin
from ....domain.values import CommitmentId, EnterpriseId, RegionId
from ..paging import By, Sorting, instant, instant_key, number_key
from ..sight import Sight, subtree
from ..tables import State
from .directory import region_row


class MemoryCommitmentReader:
    """Reads committed rows of commitments and reports."""

    def __init__(self, state: Callable[[], State]) -> None:
        self._state = state

    def commitments(self, ids: Sequence[CommitmentId], scope: Scope) -> Mapping[CommitmentId, CommitmentRow]:
        state = self._state()
        sight = Sight(state, scope)
        found = (state.commitments.get(id) for id in ids)
        return {c.id: commitment_row(state, c) for c in found if c is not None and sight.commitment(c)}

    def page(
        self,
        where: CommitmentFilter,
        scope: Scope,
        page: Page,
        order: CommitmentOrder = CommitmentOrder.NEWEST,
    ) -> Slice[CommitmentRow]:
        return SORTINGS[order].slice_of(_matching(self._state(), where, scope), page)

    def count(self, where: CommitmentFilter, scope: Scope) -> int:
        return len(_matching(self._state(), where, scope))

    def unreported(self, day: date, scope: Scope) -> Waiting:
        rows = _matching(self._state(), CommitmentFilter(day, day, reported=False), scope)
        return Waiting(len(rows), min((row.due_at for row in rows), default=None))

    def on_day(
        self, enterprise_ids: Sequence[EnterpriseId], day: date, scope: Scope
    ) -> Mapping[EnterpriseId, CommitmentRow]:
        rows = self.commitments([commitment_id(id, day) for id in enterprise_ids], scope)
        return {row.enterprise_id: row for row in rows.values()}

    def day_as_of(self, day: date, at: datetime, scope: Scope) -> Sequence[CommitmentAsOf]:
        state = self._state()
        rows = [_as_of(state, c, at) for c in counted_commitments(state, day, day, scope, ())]
        return sorted(rows, key=lambda row: (row.region_id, row.enterprise_name, row.enterprise_id))

    def reports(self, ids: Sequence[CommitmentId]) -> Mapping[CommitmentId, Report]:
        found = (self._state().commitments.get(id) for id in ids)
        return {c.id: c.report for c in found if c is not None and c.report is not None}

    def versions(self, id: CommitmentId) -> Sequence[Report]:
        return list(reversed(self._state().reports.get(id, ())))

    def last_report(self, enterprise_id: EnterpriseId, before: date) -> Report | None:
        state = self._state()
        earlier = sorted(
            (
                c
                for c in state.commitments.values()
                if c.enterprise_id == enterprise_id and c.business_date < before
            ),
            key=lambda c: c.business_date,
            reverse=True,
        )
        manual = (
            report
            for c in earlier
            for report in reversed(state.reports.get(c.id, ()))
            if report.origin is Origin.MANUAL
        )
        return next(manual, None)

    def overview(
        self,
        region_id: RegionId,
        first_day: date,
        last_day: date,
        scope: Scope,
        kinds: Sequence[EnterpriseKind] = (),
    ) -> Sequence[tuple[RegionRow, Tally]]:
        regions = self._state().regions
        below = sorted(region.id for region in regions.values() if region.parent_id == region_id)
        shown = [region_row(regions[id]) for id in (region_id, *below) if id in regions]
        found = self.tallies([row.id for row in shown], first_day, last_day, scope, kinds)
        return [(row, found[row.id]) for row in shown]

    def tallies(
        self,
        regions: Sequence[RegionId],
        first_day: date,
        last_day: date,
        scope: Scope,
        kinds: Sequence[EnterpriseKind] = (),
    ) -> Mapping[RegionId, Tally]:
        state = self._state()
        counted = counted_commitments(state, first_day, last_day, scope, kinds)
        below = {region: subtree(state, [region]) for region in regions}
        return {
            region: tally_of(c for c in counted if c.region_id in members)
            for region, members in below.items()
        }

    def daily_tallies(
        self,
        region_id: RegionId,
        first_day: date,
        last_day: date,
        scope: Scope,
        kinds: Sequence[EnterpriseKind] = (),
    ) -> Mapping[date, Tally]:
        state = self._state()
        members = subtree(state, [region_id])
        by_day: dict[date, list[Commitment]] = {}
        for commitment in counted_commitments(state, first_day, last_day, scope, kinds):
            if commitment.region_id in members:
                by_day.setdefault(commitment.business_date, []).append(commitment)
        return {day: tally_of(by_day[day]) for day in sorted(by_day)}


_newest: Final = (
    By[CommitmentRow](lambda row: row.business_date.isoformat(), True, date.fromisoformat),
    By[CommitmentRow](lambda row: instant_key(row.reported_at or row.due_at), True, instant),
    By[CommitmentRow](lambda row: str(row.id), False, UUID),
)
_missing: Final = By[CommitmentRow](lambda row: str(int(row.revision == 0)), False, int)
SORTINGS: Final = {
    CommitmentOrder.NEWEST: Sorting(_newest),
    CommitmentOrder.REGION: Sorting((By[CommitmentRow](lambda row: row.region_id, False, str), *_newest)),
    CommitmentOrder.REPORTED: Sorting((_missing, *_newest[1:])),
    CommitmentOrder.LATENESS: Sorting(
        (
            replace(_missing, descending=True),
            By[CommitmentRow](lambda row: number_key(seconds_late(row)), True, int),
            *_newest,
        )
    ),
}


def _as_of(state: State, commitment: Commitment, at: datetime) -> CommitmentAsOf:
    before = [report for report in state.reports.get(commitment.id, ()) if report.signed.at < at]
    newest = before[-1] if before else None
    return CommitmentAsOf(
        enterprise_id=commitment.enterprise_id,
        enterprise_name=state.enterprises[commitment.enterprise_id].enterprise.name,
        kind=commitment.kind,
        region_id=commitment.region_id,
        region_name=state.regions[commitment.region_id].name,
        due_at=commitment.due_at,
        status=None if newest is None else newest.form.status,
        origin=None if newest is None else newest.origin,
        late=None if newest is None else newest.late,
        first_reported_at=before[0].signed.at if before else None,
    )


def tally_of(commitments: Iterable[Commitment]) -> Tally:
    """Count the figures of these commitments."""
    counts = dict.fromkeys((entry.name for entry in fields(Tally)), 0)
    for commitment in commitments:
        report = commitment.report
        counts["expected"] += 1
        if report is None:
            counts["unreported"] += 1
            continue
        in_production = report.form.status is ProductionStatus.IN_PRODUCTION
        counts["in_production" if in_production else "stopped"] += 1
        counts["late" if report.late else "on_time"] += 1
        counts["automatic"] += report.origin is Origin.AUTO
    return Tally(**counts)


def counted_commitments(
    state: State, first_day: date, last_day: date, scope: Scope, kinds: Sequence[EnterpriseKind]
) -> list[Commitment]:
    sight = Sight(state, scope)
    return [
        c
        for c in state.commitments.values()
        if first_day <= c.business_date <= last_day and (not kinds or c.kind in kinds) and sight.commitment(c)
    ]


def _matching(state: State, where: CommitmentFilter, scope: Scope) -> list[CommitmentRow]:
    counted = counted_commitments(state, where.first_day, where.last_day, scope, where.kinds)
    below = None if where.region_id is None else subtree(state, [where.region_id])
    if below is not None and where.directly:
        below &= {where.region_id}
    text = (where.text or "").strip().lower()
    rows = (commitment_row(state, c) for c in counted if below is None or c.region_id in below)
    return [
        row
        for row in rows
        if (where.enterprise_id is None or row.enterprise_id == where.enterprise_id)
        and (not where.statuses or row.status in where.statuses)
        and (not where.origins or row.origin in where.origins)
        and (where.late is None or row.late is where.late)
        and (where.reported is None or (row.revision > 0) is where.reported)
        and (where.excess is None or row.excess is where.excess)
        and (not where.reasons or row.stop_reason in where.reasons)
        and where.risk_grade in (None, row.risk_grade)
        and (text in row.enterprise_name.lower() or text in row.credit_code.lower())
    ]


def commitment_row(state: State, c: Commitment) -> CommitmentRow:
    enterprise = state.enterprises[c.enterprise_id].enterprise
    report = c.report
    stoppage = None if report is None else report.form.stoppage
    return CommitmentRow(
        id=c.id,
        enterprise_id=c.enterprise_id,
        enterprise_name=enterprise.name,
        credit_code=enterprise.credit_code.text,
        kind=c.kind,
        region_id=c.region_id,
        region_name=state.regions[c.region_id].name,
        business_date=c.business_date,
        due_at=c.due_at,
        state=c.state,
        revision=c.revision,
        status=None if report is None else report.form.status,
        origin=None if report is None else report.origin,
        late=None if report is None else report.late,
        reported_at=None if report is None else report.signed.at,
        reported_by=None if report is None else report.signed.name,
        risk_grade=None if report is None else report.form.risk_grade,
        excess=None if report is None else bool(report.excesses),
        stop_reason=None if stoppage is None else stoppage.reason,
        reopened_at=None if c.reopening is None else c.reopening.signed.at,
    )
