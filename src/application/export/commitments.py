"""The list of commitments as a table: who owed a report, when it came, and what it states."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from ...domain.commitment.commitment import STATE_NAMES
from ...domain.commitment.form import PRODUCTION_STATUS_NAMES
from ...domain.commitment.report import Report
from ...domain.directory.enterprise import KIND_NAMES, STOP_REASON_NAMES
from ...domain.signed import ORIGIN_NAMES
from ...domain.values import Phone
from ..access import Actor
from ..commitment.commitments import Commitments
from ..ports.commitment import CommitmentFilter, CommitmentRow, seconds_late
from ..ports.readers import Readers
from ..ports.workbook import Cell, CellKind, Column
from .listing import Cells, Listing
from .places import PLACE, Places

_COLUMNS: Final = (
    Column("承诺日期", CellKind.DATE, 12),
    *PLACE,
    Column("企业名称", CellKind.TEXT, 30),
    Column("统一社会信用代码", CellKind.TEXT, 21),
    Column("企业类型", CellKind.TEXT, 10),
    Column("状态", CellKind.TEXT, 12, "上报情况"),
    Column("来源", CellKind.TEXT, 7, "上报情况"),
    Column("上报时限", CellKind.TIME, 17, "上报情况"),
    Column("上报时间", CellKind.TIME, 17, "上报情况"),
    Column("逾期时长", CellKind.DURATION, 10, "上报情况"),
    Column("上报人", CellKind.TEXT, 10, "上报情况"),
    Column("生产状态", CellKind.TEXT, 9, "承诺内容"),
    Column("停产原因", CellKind.TEXT, 10, "承诺内容"),
    Column("风险等级", CellKind.INTEGER, 9, "承诺内容"),
    Column("超出核定", CellKind.TEXT, 9, "承诺内容"),
    Column("在岗人数", CellKind.INTEGER, 9, "承诺内容", total=True),
    Column("承诺人", CellKind.TEXT, 10, "承诺内容"),
    Column("带班领导", CellKind.TEXT, 10, "承诺内容"),
    Column("带班电话", CellKind.TEXT, 14, "承诺内容"),
)


def list_commitments(commitments: Commitments, readers: Readers) -> Listing[CommitmentFilter, CommitmentRow]:
    """The listing; the reports of a page are read together."""

    def begin(actor: Actor, at: datetime) -> Cells[CommitmentRow]:
        places = Places(readers.directory)

        def cells(rows: Sequence[CommitmentRow]) -> Iterator[Sequence[Cell]]:
            reports = commitments.reports(actor, [row.id for row in rows if row.revision])
            for row in rows:
                yield _cells(row, reports.get(row.id), places, own=actor.enterprise_id is not None)

        return cells

    return Listing(CommitmentFilter, _COLUMNS, "条", commitments.count, commitments.page, begin)


def _cells(row: CommitmentRow, report: Report | None, places: Places, *, own: bool) -> Sequence[Cell]:
    late = timedelta(seconds=seconds_late(row)) if row.late else None
    return (
        row.business_date,
        *places.place(row.region_id),
        row.enterprise_name,
        row.credit_code,
        KIND_NAMES[row.kind],
        STATE_NAMES[row.state],
        None if row.origin is None else ORIGIN_NAMES[row.origin],
        row.due_at,
        row.reported_at,
        late,
        row.reported_by,
        None if row.status is None else PRODUCTION_STATUS_NAMES[row.status],
        None if row.stop_reason is None else STOP_REASON_NAMES[row.stop_reason],
        row.risk_grade,
        None if row.excess is None else ("是" if row.excess else "否"),
        *_stated(report, own=own),
    )


def _stated(report: Report | None, *, own: bool) -> Sequence[Cell]:
    """Persons present, promiser, leader on duty and phone; the whole number is for the enterprise itself."""
    if report is None:
        return None, None, None, None
    form = report.form
    figures = form.production or form.wholesale
    return (
        None if figures is None else figures.present_persons,
        report.promiser.name,
        form.duty_leader,
        _phone(form.duty_phone, own=own),
    )


def _phone(phone: Phone | None, *, own: bool) -> str | None:
    if phone is None:
        return None
    return phone.text if own else phone.masked
