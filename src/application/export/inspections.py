"""The records of patrols and spot checks, and the weekly figures, as tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from ...domain.inspection.form import CONCLUSION_NAMES, INSPECTION_KIND_NAMES
from ...domain.signed import ORIGIN_NAMES
from ..access import Actor
from ..inspection.inspections import Inspections
from ..inspection.weekly import Weekly, WeeklyLine
from ..ports.inspection import InspectionFilter, InspectionRow
from ..ports.paging import Page, Slice
from ..ports.readers import Readers
from ..ports.workbook import Cell, CellKind, Column
from .listing import Cells, Listing
from .places import Places

_COLUMNS: Final = (
    Column("日期", CellKind.DATE, 12),
    Column("类型", CellKind.TEXT, 7),
    Column("来源", CellKind.TEXT, 7),
    Column("检查部门", CellKind.TEXT, 24, "检查方"),
    Column("检查人", CellKind.TEXT, 10, "检查方"),
    Column("被巡查单位、被抽查企业", CellKind.TEXT, 32, "被检查方"),
    Column("市", CellKind.TEXT, 12, "被检查方"),
    Column("县（区）", CellKind.TEXT, 12, "被检查方"),
    Column("结论", CellKind.TEXT, 26),
    Column("下发问题数", CellKind.INTEGER, 11, "发现的问题", total=True),
    Column("现场已整改数", CellKind.INTEGER, 11, "发现的问题", total=True),
    Column("提交时间", CellKind.TIME, 17),
)
_WEEKLY_COLUMNS: Final = (
    Column("类型", CellKind.TEXT, 8),
    Column("区域", CellKind.TEXT, 16),
    Column("人工检查数", CellKind.INTEGER, 11, "检查的区域（巡查）或企业（抽查）"),
    Column("仅自动记录数", CellKind.INTEGER, 11, "检查的区域（巡查）或企业（抽查）"),
    Column("发现问题数", CellKind.INTEGER, 11, "检查的区域（巡查）或企业（抽查）"),
    Column("现场已整改", CellKind.INTEGER, 11, "问题"),
    Column("下发", CellKind.INTEGER, 9, "问题"),
    Column("撤回", CellKind.INTEGER, 9, "问题"),
    Column("已反馈", CellKind.INTEGER, 9, "问题"),
    Column("未反馈", CellKind.INTEGER, 9, "问题"),
    Column("其中逾期", CellKind.INTEGER, 10, "问题"),
    Column("固化时间", CellKind.TIME, 17),
)


def list_inspections(inspections: Inspections, readers: Readers) -> Listing[InspectionFilter, InspectionRow]:
    """The listing of records; names are those at the time of the inspection."""

    def begin(actor: Actor, at: datetime) -> Cells[InspectionRow]:
        places = Places(readers.directory)

        def cells(rows: Sequence[InspectionRow]) -> Iterator[Sequence[Cell]]:
            for row in rows:
                conclusion = (
                    row.conclusion_text if row.conclusion is None else CONCLUSION_NAMES[row.conclusion]
                )
                yield (
                    row.business_date,
                    INSPECTION_KIND_NAMES[row.kind],
                    ORIGIN_NAMES[row.origin],
                    row.department_name,
                    row.person_name,
                    row.target_name,
                    *places.place(row.target_region_id),
                    conclusion,
                    row.problems,
                    row.rectified_on_site,
                    row.submitted_at,
                )

        return cells

    return Listing(InspectionFilter, _COLUMNS, "条", inspections.count, inspections.page, begin)


@dataclass(frozen=True, slots=True)
class WeekFilter:
    """The week that closes on this business day."""

    week_ending: date


def list_weekly_figures(weekly: Weekly) -> Listing[WeekFilter, tuple[WeeklyLine, datetime | None]]:
    """The listing of one week, patrols first; a week has few rows, so they are one page."""

    def lines(actor: Actor, where: WeekFilter) -> Sequence[tuple[WeeklyLine, datetime | None]]:
        figures = weekly.figures(actor, where.week_ending)
        return [(line, figures.frozen_at) for line in figures.lines]

    def count(actor: Actor, where: WeekFilter) -> int:
        return len(lines(actor, where))

    def page(actor: Actor, where: WeekFilter, page: Page) -> Slice[tuple[WeeklyLine, datetime | None]]:
        found = lines(actor, where)
        return Slice(found, [()] * len(found), has_next=False)

    def begin(actor: Actor, at: datetime) -> Cells[tuple[WeeklyLine, datetime | None]]:
        return _weekly_cells

    return Listing(WeekFilter, _WEEKLY_COLUMNS, "行", count, page, begin)


def _weekly_cells(lines: Sequence[tuple[WeeklyLine, datetime | None]]) -> Iterator[Sequence[Cell]]:
    for line, frozen_at in lines:
        row = line.row
        yield (
            INSPECTION_KIND_NAMES[row.kind],
            line.region_name,
            row.inspected,
            row.automatic,
            row.with_problems,
            row.rectified_on_site,
            row.issued,
            row.withdrawn,
            row.fed_back,
            row.unfed_back,
            row.overdue,
            "尚未固化，初步数字" if frozen_at is None else frozen_at,
        )
