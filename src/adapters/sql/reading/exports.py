"""Read the exports of one person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, func, select, true

from ....application.ports.export import ExportOrder, ExportRow
from ....application.ports.paging import Page, Slice
from ....domain.export.job import EXPORT_KEPT
from ....domain.export.kind import ExportKind
from ....domain.export.workflow import ExportState
from ....domain.values import ExportId, PersonId
from ..batches import in_batches
from ..exports import in_states
from ..tables.export import export_job
from .paging import Reading, instant, instant_key, slice_of, uuid
from .sorting import By, Sorting, backwards

_newest: Final = Sorting[ExportRow].by(
    By(export_job.c.requested_at, True, instant, lambda row: instant_key(row.requested_at)),
    By(export_job.c.id, True, uuid, lambda row: str(row.id)),
)
_ORDERS: Final = {ExportOrder.NEWEST: _newest, ExportOrder.OLDEST: backwards(_newest)}


class SqlExportReader(Reading):
    """Reads export jobs as their owners see them."""

    def page(
        self,
        person_id: PersonId,
        states: tuple[ExportState, ...],
        page: Page,
        order: ExportOrder = ExportOrder.NEWEST,
    ) -> Slice[ExportRow]:
        by = _ORDERS[order]
        statement = (
            select(export_job)
            .where(_own(person_id, states), by.rest(by.after(page)))
            .order_by(*by.order)
            .limit(page.first + 1)
        )
        return slice_of(self.rows(statement), page, _row, by.key)

    def count(self, person_id: PersonId, states: tuple[ExportState, ...]) -> int:
        return self.number(select(func.count()).select_from(export_job).where(_own(person_id, states)))

    def exports(self, ids: Sequence[ExportId], person_id: PersonId) -> Mapping[ExportId, ExportRow]:
        own = export_job.c.person_id == person_id
        found: dict[ExportId, ExportRow] = {}
        for batch in in_batches(ids):
            statement = select(export_job).where(self.of_these(export_job.c.id, batch, own))
            found |= {row.id: _row(row) for row in self.rows(statement)}
        return found

    def keys(self, ids: Sequence[ExportId]) -> Mapping[ExportId, str]:
        found: dict[ExportId, str] = {}
        for batch in in_batches(ids):
            of_these = self.of_these(export_job.c.id, batch, in_states(ExportState.READY))
            statement = select(export_job.c.id, export_job.c.file_key).where(of_these)
            found |= {row.id: row.file_key for row in self.rows(statement)}
        return found


def _own(person_id: PersonId, states: tuple[ExportState, ...]) -> ColumnElement[bool]:
    return and_(export_job.c.person_id == person_id, in_states(*states) if states else true())


def _row(row: Row[Any]) -> ExportRow:
    return ExportRow(
        id=row.id,
        kind=ExportKind(row.kind),
        state=row.state,
        requested_at=row.requested_at,
        rows_total=row.rows_total,
        rows_done=row.rows_done,
        file_name=row.file_name or "",
        size=row.file_size,
        ended_at=row.ended_at,
        expires_at=row.ended_at + EXPORT_KEPT if row.state is ExportState.READY else None,
        why=row.why,
    )
