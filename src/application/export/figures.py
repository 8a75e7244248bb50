"""Columns and cells of the figures that statistics show: their names and units come from the catalogue of figures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from ..ports.workbook import Cell, CellKind, Column, Sheet
from ..statistics.figures import FigureDefinition, FigureSection

_KINDS: Final = {"秒": CellKind.DURATION, "0至1的小数": CellKind.PERCENT}
"""By the unit of the figure; others are counts."""
_EXPLAINED: Final = (
    Column("数字", CellKind.TEXT, 20),
    Column("单位", CellKind.TEXT, 12),
    Column("含义", CellKind.TEXT, 110),
)


def figure_columns(figures: Sequence[FigureDefinition], group: str = "") -> tuple[Column, ...]:
    """A column for each figure; their totals come with the statistic, because not all can be added up."""
    return tuple(
        Column(
            figure.name,
            _KINDS.get(figure.unit, CellKind.INTEGER),
            max(10, 2 * len(figure.name) + 4),
            group,
        )
        for figure in figures
    )


def figure_cells(figures: Sequence[FigureDefinition], counts: Any) -> tuple[Cell, ...]:
    """The values of the figures, which are attributes of `counts`; what is not known is empty."""
    return tuple(_cell(figure, getattr(counts, figure.field)) for figure in figures)


def explanations(*sections: FigureSection) -> Sheet:
    """The sheet that says what every figure counts."""
    rows = [(figure.name, figure.unit, figure.definition) for each in sections for figure in each.figures]
    return Sheet("数字的含义", _EXPLAINED, rows, notes=[f"{each.title}：{each.about}" for each in sections])


def _cell(figure: FigureDefinition, value: Any) -> Cell:
    if value is not None and figure.unit == "秒":
        return timedelta(seconds=value)
    cell: Cell = value
    return cell
