"""The statistics as workbooks: a table by region or kind, a table by period, their charts, and what the figures mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from ...domain.inspection.form import INSPECTION_KIND_NAMES, InspectionKind
from ..access import Actor
from ..ports.alert import AlertFilter
from ..ports.counts import (
    ALERT_DIMENSION_NAMES,
    PROBLEM_DIMENSION_NAMES,
    AlertDimension,
    ProblemDimension,
)
from ..ports.problem import ProblemFilter
from ..ports.workbook import Cell, CellKind, Chart, ChartKind, Column, Sheet
from ..statistics.alert_figures import ALERT_FIGURES
from ..statistics.alerts import AlertStatistics
from ..statistics.figures import FigureDefinition, FigureSection
from ..statistics.inspection_figures import PATROL_FIGURES, SPOT_CHECK_FIGURES
from ..statistics.inspections import InspectionStatistics, InspectionStatisticsQuery
from ..statistics.lines import Line, Table
from ..statistics.periods import STEP_NAMES, Step
from ..statistics.problem_figures import PROBLEM_FIGURES
from ..statistics.problems import ProblemStatistics
from .figures import explanations, figure_cells, figure_columns

Filter = TypeVar("Filter")

MANY: Final = 24
"""So many lines are compared by bars that lie, because the names of more do not fit below upright ones."""
DAYS: Final = (Column("开始日期", CellKind.DATE, 13), Column("结束日期", CellKind.DATE, 13))


@dataclass(frozen=True, slots=True)
class Statistic(Generic[Filter]):
    """One statistic of the catalogue; `sheets` computes it, with the permission and scope of the statistic."""

    filter: type[Filter]
    tables: Callable[[Actor, Filter], Sequence[Sheet]]

    def count(self, actor: Actor, where: Filter) -> int:
        """How many rows all its sheets have."""
        return sum(len(list(sheet.rows)) for sheet in self.tables(actor, where))

    def sheets(self, actor: Actor, where: Filter, at: datetime, title: str) -> Sequence[Sheet]:
        """Its sheets; the rows are few, and computed at once."""
        return self.tables(actor, where)


AnyStatistic = Statistic[Any]


@dataclass(frozen=True, slots=True)
class ProblemStatisticsFilter(ProblemFilter):
    """The problems that are counted, and how they are divided; `overdue_at` is also when overdue is told."""

    by: ProblemDimension | None = None
    step: Step | None = None


@dataclass(frozen=True, slots=True)
class AlertStatisticsFilter(AlertFilter):
    """The alerts that are counted, and how they are divided; `overdue_at` is also when overdue is told."""

    by: AlertDimension | None = None
    step: Step | None = None


def problem_statistic(statistics: ProblemStatistics) -> Statistic[ProblemStatisticsFilter]:
    """The statistic of problems."""

    def tables(actor: Actor, where: ProblemStatisticsFilter) -> Sequence[Sheet]:
        chosen = ProblemFilter(**{each.name: getattr(where, each.name) for each in fields(ProblemFilter)})
        at = where.overdue_at
        table = statistics.table(actor, chosen, where.by, where.step, at=at, overdue_only=at is not None)
        by = None if where.by is None else PROBLEM_DIMENSION_NAMES[where.by]
        return [*_of_groups(PROBLEM_FIGURES, table, by, where.step), explanations(PROBLEM_FIGURES)]

    return Statistic(ProblemStatisticsFilter, tables)


def alert_statistic(statistics: AlertStatistics) -> Statistic[AlertStatisticsFilter]:
    """The statistic of alerts."""

    def tables(actor: Actor, where: AlertStatisticsFilter) -> Sequence[Sheet]:
        chosen = AlertFilter(**{each.name: getattr(where, each.name) for each in fields(AlertFilter)})
        at = where.overdue_at
        table = statistics.table(actor, chosen, where.by, where.step, at=at, overdue_only=at is not None)
        by = None if where.by is None else ALERT_DIMENSION_NAMES[where.by]
        return [*_of_groups(ALERT_FIGURES, table, by, where.step), explanations(ALERT_FIGURES)]

    return Statistic(AlertStatisticsFilter, tables)


def inspection_statistic(statistics: InspectionStatistics) -> Statistic[InspectionStatisticsQuery]:
    """The statistic of patrols, or of spot checks."""

    def tables(actor: Actor, where: InspectionStatisticsQuery) -> Sequence[Sheet]:
        section = PATROL_FIGURES if where.kind is InspectionKind.PATROL else SPOT_CHECK_FIGURES
        name = INSPECTION_KIND_NAMES[where.kind]
        records, problems = section.figures, PROBLEM_FIGURES.figures
        columns = (*figure_columns(records, f"{name}记录"), *figure_columns(problems, "下发的问题"))

        def cells(line: Line[Any, Any]) -> Sequence[Cell]:
            counts = line.counts
            return (*figure_cells(records, counts.records), *figure_cells(problems, counts.problems))

        table = statistics.table(actor, where)
        issued = len(records)
        return [
            *line_sheets(
                table,
                columns,
                cells,
                by=f"{name}按区域",
                step=where.step,
                compared=(0, issued),
                course=(2, 3, issued),
                subject=name,
            ),
            explanations(section, PROBLEM_FIGURES),
        ]

    return Statistic(InspectionStatisticsQuery, tables)


def _of_groups(
    section: FigureSection, table: Table[Any, Any], by: str | None, step: Step | None
) -> Sequence[Sheet]:
    figures: Sequence[FigureDefinition] = section.figures
    return line_sheets(
        table,
        figure_columns(figures),
        lambda line: figure_cells(figures, line.counts),
        by=by,
        step=step,
        compared=(0, 1, 5),
        course=(0, 2),
        subject=section.title,
    )


def line_sheets(
    table: Table[Any, Any],
    columns: Sequence[Column],
    cells: Callable[[Line[Any, Any]], Sequence[Cell]],
    *,
    by: str | None,
    step: Step | None,
    compared: Sequence[int],
    course: Sequence[int],
    subject: str,
) -> Sequence[Sheet]:
    """A sheet for the lines (`by` is its title), one for the periods; without either, one for the whole.

    `compared` and `course` are the figures, by their place among `columns`, that the charts show.
    """
    whole = cells(table.whole)
    found = []
    if by is not None:
        kind = ChartKind.COLUMN if len(table.lines) <= MANY else ChartKind.BAR
        found.append(
            Sheet(
                by,
                (Column(by.partition("按")[2] or by, CellKind.TEXT, 22), *columns),
                [(line.label, *cells(line)) for line in table.lines],
                [
                    Chart(
                        kind,
                        f"{subject}（{by.removeprefix(subject)}）",
                        0,
                        tuple(place + 1 for place in compared),
                    )
                ],
                totals=("合计", *whole),
            )
        )
    if step is not None:
        name = STEP_NAMES[step]
        found.append(
            Sheet(
                name,
                (Column("期间", CellKind.TEXT, 14), *DAYS, *columns),
                [(line.label, line.first_day, line.last_day, *cells(line)) for line in table.periods],
                [Chart(ChartKind.LINE, f"{subject}（{name}）", 0, tuple(place + 3 for place in course))],
                totals=("合计", table.whole.first_day, table.whole.last_day, *whole),
            )
        )
    if not found:
        found.append(
            Sheet(
                "合计",
                (*DAYS, *columns),
                [(table.whole.first_day, table.whole.last_day, *whole)],
            )
        )
    return found
