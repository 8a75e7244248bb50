"""Keeps written reports in memory, and reads them for lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final
from uuid import UUID

from ...application.access import Scope
from ...application.ports.paging import Page, Slice
from ...application.ports.report import RegionReportFilter, RegionReportOrder, RegionReportRow
from ...domain.refusals import NotFound
from ...domain.report.report import RegionReport, ReportFile
from ...domain.values import RegionReportId
from .paging import By, Sorting
from .sight import Sight
from .tables import State, kept
from .unit import Unit


class MemoryRegionReports:
    """Written reports by id, which is made from kind, period and region."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def freeze(self, report: RegionReport) -> RegionReport:
        state = self._unit.to_write()
        if report.region_id not in state.regions or report.department_id not in state.departments:
            raise NotFound("区域或部门")
        if report.id not in state.region_reports:
            state.region_reports.put(report.id, kept(replace(report, file=None)))
        return state.region_reports[report.id]

    def find(self, id: RegionReportId) -> RegionReport | None:
        return self._unit.reading().region_reports.get(id)

    def keep_file(self, id: RegionReportId, file: ReportFile) -> bool:
        state = self._unit.to_write()
        found = state.region_reports.get(id)
        if found is None or found.file is not None:
            return False
        state.region_reports.put(id, replace(found, file=kept(file)))
        return True


_then: Final = (
    By[RegionReportRow](lambda row: row.region_id, False, str),
    By[RegionReportRow](lambda row: str(row.id), False, UUID),
)
SORTINGS: Final = {
    order: Sorting(
        (By[RegionReportRow](lambda row: row.last_day.isoformat(), descending, date.fromisoformat), *_then)
    )
    for order, descending in ((RegionReportOrder.NEWEST, True), (RegionReportOrder.OLDEST, False))
}


class MemoryRegionReportReader:
    """Reads committed reports whose document is stored."""

    def __init__(self, state: Callable[[], State]) -> None:
        self._state = state

    def page(
        self,
        where: RegionReportFilter,
        scope: Scope,
        page: Page,
        order: RegionReportOrder = RegionReportOrder.NEWEST,
    ) -> Slice[RegionReportRow]:
        return SORTINGS[order].slice_of(self._matching(where, scope), page)

    def count(self, where: RegionReportFilter, scope: Scope) -> int:
        return len(self._matching(where, scope))

    def reports(
        self, ids: Sequence[RegionReportId], scope: Scope
    ) -> Mapping[RegionReportId, RegionReportRow]:
        wanted = set(ids)
        rows = self._matching(RegionReportFilter(), scope)
        return {row.id: row for row in rows if row.id in wanted}

    def _matching(self, where: RegionReportFilter, scope: Scope) -> list[RegionReportRow]:
        state = self._state()
        sight = Sight(state, scope)
        return [
            _row(report, report.file)
            for report in state.region_reports.values()
            if report.file is not None
            and sight.region(report.region_id)
            and where.kind in (None, report.kind)
            and where.region_id in (None, report.region_id)
        ]


def _row(report: RegionReport, file: ReportFile) -> RegionReportRow:
    return RegionReportRow(
        id=report.id,
        kind=report.kind,
        region_id=report.region_id,
        region_name=report.region_name,
        department_id=report.department_id,
        department_name=report.department_name,
        first_day=report.first_day,
        last_day=report.last_day,
        as_of=report.as_of,
        made_at=file.made_at,
        title=report.title,
        size=file.size,
        sha256=file.sha256,
    )
