"""Read written reports for lists; those without a stored document are left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, func, select

from ....application.access import Scope
from ....application.ports.paging import Page, Slice
from ....application.ports.report import RegionReportFilter, RegionReportOrder, RegionReportRow
from ....domain.report.report import report_title
from ....domain.values import RegionReportId
from ..batches import in_batches
from ..scope import regions_in
from ..tables.report import report
from .paging import Reading, day, slice_of, uuid
from .sorting import By, Sorting

_SHOWN: Final = (
    "id",
    "kind",
    "region_id",
    "region_name",
    "department_id",
    "department_name",
    "first_day",
    "last_day",
    "as_of",
    "made_at",
    "size",
    "sha256",
)
_ROWS: Final = select(*(report.c[name] for name in _SHOWN))
_then: Final = (
    By[RegionReportRow](report.c.region_id, False, str, lambda row: row.region_id),
    By[RegionReportRow](report.c.id, False, uuid, lambda row: str(row.id)),
)
SORTINGS: Final = {
    order: Sorting.by(
        By[RegionReportRow](report.c.last_day, descending, day, lambda row: row.last_day.isoformat()), *_then
    )
    for order, descending in ((RegionReportOrder.NEWEST, True), (RegionReportOrder.OLDEST, False))
}


class SqlRegionReportReader(Reading):
    """Written reports whose document is stored."""

    def page(
        self,
        where: RegionReportFilter,
        scope: Scope,
        page: Page,
        order: RegionReportOrder = RegionReportOrder.NEWEST,
    ) -> Slice[RegionReportRow]:
        by = SORTINGS[order]
        rest = by.rest(by.after(page))
        rows = self.rows(_ROWS.where(_matching(where, scope), rest).order_by(*by.order).limit(page.first + 1))
        return slice_of(rows, page, _row, by.key)

    def count(self, where: RegionReportFilter, scope: Scope) -> int:
        return self.number(select(func.count()).select_from(report).where(_matching(where, scope)))

    def reports(
        self, ids: Sequence[RegionReportId], scope: Scope
    ) -> Mapping[RegionReportId, RegionReportRow]:
        found: dict[RegionReportId, RegionReportRow] = {}
        seen = _matching(RegionReportFilter(), scope)
        for batch in in_batches(ids):
            rows = self.rows(_ROWS.where(self.of_these(report.c.id, batch, seen)))
            found |= {row.id: _row(row) for row in rows}
        return found


def _matching(where: RegionReportFilter, scope: Scope) -> ColumnElement[bool]:
    conditions = [report.c.made_at.is_not(None), regions_in(scope, report.c.region_id)]
    if where.kind is not None:
        conditions.append(report.c.kind == where.kind)
    if where.region_id is not None:
        conditions.append(report.c.region_id == where.region_id)
    return and_(*conditions)


def _row(row: Row[Any]) -> RegionReportRow:
    shown = {name: getattr(row, name) for name in _SHOWN}
    return RegionReportRow(**shown, title=report_title(row.kind, row.region_name, row.last_day))
