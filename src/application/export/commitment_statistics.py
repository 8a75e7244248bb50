"""The statistic of commitments as a workbook: by region with ranks, by period, and regions over periods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ...domain.directory.organisation import LEVEL_NAMES
from ..access import Actor
from ..ports.commitment import Tally
from ..ports.workbook import Cell, CellKind, Chart, ChartKind, Column, Sheet
from ..statistics.commitment_figures import COMMITMENT_FIGURES
from ..statistics.commitments import (
    CommitmentStatistics,
    CommitmentStatisticsQuery,
    CommitmentTable,
    RegionLine,
)
from ..statistics.periods import STEP_NAMES, period_name
from .figures import explanations, figure_cells, figure_columns
from .statistics import DAYS, MANY, Statistic

MOST_PERIODS_SIDE_BY_SIDE: Final = 31
"""More columns cannot be read on a printed page."""

_FIGURES: Final = COMMITMENT_FIGURES.figures
_PLACES: Final = {figure.field: place for place, figure in enumerate(_FIGURES)}
_EXPECTED, _ON_TIME = _PLACES["expected"], _PLACES["on_time"]
_RATE, _ON_TIME_RATE = _PLACES["rate"], _PLACES["on_time_rate"]


def commitment_statistic(statistics: CommitmentStatistics) -> Statistic[CommitmentStatisticsQuery]:
    """The statistic of commitments."""

    def tables(actor: Actor, where: CommitmentStatisticsQuery) -> Sequence[Sheet]:
        table = statistics.table(actor, where)
        sheets = []
        if where.level is not None:
            sheets.append(_by_region(table, LEVEL_NAMES[where.level]))
        if table.step is not None:
            sheets.append(_by_period(table))
            if table.regions:
                sheets.append(_rates(table))
        return [*(sheets or [_whole(table)]), explanations(COMMITMENT_FIGURES)]

    return Statistic(CommitmentStatisticsQuery, tables)


def _cells(tally: Tally) -> tuple[Cell, ...]:
    return figure_cells(_FIGURES, tally)


def _name(line: RegionLine) -> str:
    return f"{line.region.name}（本级）" if line.directly else line.region.name


def _by_region(table: CommitmentTable, level: str) -> Sheet:
    columns = (
        Column("区域", CellKind.TEXT, 18),
        *figure_columns(_FIGURES),
        Column("按时上报率名次", CellKind.INTEGER, 14),
    )
    rows = [
        (_name(line), *_cells(line.tally), rank.place if (rank := line.rank_by_on_time_rate) else None)
        for line in table.regions
    ]
    upright = ChartKind.COLUMN if len(rows) <= MANY else ChartKind.BAR
    charts = (
        Chart(upright, f"{table.region.name}各{level}区域应报与按时上报", 0, (1 + _EXPECTED, 1 + _ON_TIME)),
        Chart(ChartKind.BAR, f"{table.region.name}各{level}区域按时上报率", 0, (1 + _ON_TIME_RATE,)),
    )
    return Sheet("按区域", columns, rows, charts, totals=(table.region.name, *_cells(table.whole), None))


def _by_period(table: CommitmentTable) -> Sheet:
    assert table.step is not None, "the caller has asked for periods"
    step = table.step
    first = 1 + len(DAYS)
    name = STEP_NAMES[step]
    return Sheet(
        name,
        (Column("期间", CellKind.TEXT, 14), *DAYS, *figure_columns(_FIGURES)),
        [
            (period_name(period, step), period.first_day, period.last_day, *_cells(tally))
            for period, tally in table.periods
        ],
        (
            Chart(
                ChartKind.LINE,
                f"{table.region.name}上报率与按时上报率（{name}）",
                0,
                (first + _RATE, first + _ON_TIME_RATE),
            ),
        ),
        totals=("合计", table.first_day, table.last_day, *_cells(table.whole)),
    )


def _rates(table: CommitmentTable) -> Sheet:
    """On-time rates, a region a row and a period a column; without them, a sentence that says why."""
    assert table.step is not None, "the caller has asked for periods"
    title, step = "各区域各期按时上报率", table.step
    shown = [line for line in table.regions if line.periods is not None]
    if not shown or len(table.periods) > MOST_PERIODS_SIDE_BY_SIDE:
        why = f"本次共{len(table.periods)}期、{len(table.regions)}个区域，超过可并列显示的{MOST_PERIODS_SIDE_BY_SIDE}期，请缩短日期范围或改用更长的周期。"
        return Sheet(title, (Column("区域", CellKind.TEXT, 18),), (), notes=(why,))
    columns = (
        Column("区域", CellKind.TEXT, 18),
        *(
            Column(period_name(period, step), CellKind.PERCENT, 12, "按时上报率")
            for period, _ in table.periods
        ),
    )
    rows = [(_name(line), *(tally.on_time_rate for _, tally in line.periods or ())) for line in table.regions]
    totals = (table.region.name, *(tally.on_time_rate for _, tally in table.periods))
    return Sheet(title, columns, rows, totals=totals)


def _whole(table: CommitmentTable) -> Sheet:
    return Sheet(
        "合计",
        (Column("区域", CellKind.TEXT, 18), *DAYS, *figure_columns(_FIGURES)),
        [(table.region.name, table.first_day, table.last_day, *_cells(table.whole))],
    )
