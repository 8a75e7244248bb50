"""Store written reports with their frozen figures."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from ...domain.report.report import RegionReport, ReportFile
from ...domain.values import RegionReportId
from .codec import dump_report_figures, load_report_figures
from .tables.report import report
from .transaction import Transaction

_ADD: Final = insert(report).on_conflict_do_nothing()
_FIND: Final = select(report).where(report.c.id == bindparam("wanted"))
_KEEP_FILE: Final = (
    update(report)
    .where(report.c.id == bindparam("wanted"), report.c.made_at.is_(None))
    .values(made_at=bindparam("at"), size=bindparam("bytes"), sha256=bindparam("digest"))
)


class SqlRegionReports:
    """Written reports by id, which is made from kind, period and region."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def freeze(self, report: RegionReport) -> RegionReport:
        values = {
            "id": report.id,
            "kind": report.kind,
            "region_id": report.region_id,
            "region_name": report.region_name,
            "department_id": report.department_id,
            "department_name": report.department_name,
            "first_day": report.first_day,
            "last_day": report.last_day,
            "as_of": report.as_of,
            "figures": dump_report_figures(report.kind, report.figures),
            "frozen_at": report.frozen_at,
        }
        self._transaction.run(_ADD, values, missing=("区域或部门", None))
        stored = self.find(report.id)
        assert stored is not None, "it was added, or another one was there"
        return stored

    def find(self, id: RegionReportId) -> RegionReport | None:
        row = self._transaction.run(_FIND, {"wanted": id}).first()
        return None if row is None else _report(row)

    def keep_file(self, id: RegionReportId, file: ReportFile) -> bool:
        params = {"wanted": id, "at": file.made_at, "bytes": file.size, "digest": file.sha256}
        return self._transaction.run(_KEEP_FILE, params).rowcount == 1


def _report(row: Row[Any]) -> RegionReport:
    return RegionReport(
        id=row.id,
        kind=row.kind,
        region_id=row.region_id,
        region_name=row.region_name,
        department_id=row.department_id,
        department_name=row.department_name,
        first_day=row.first_day,
        last_day=row.last_day,
        as_of=row.as_of,
        figures=load_report_figures(row.kind, row.figures),
        frozen_at=row.frozen_at,
        file=None if row.made_at is None else ReportFile(row.size, row.sha256, row.made_at),
    )
