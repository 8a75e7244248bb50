"""Native charts below the table of a worksheet: they show its cells, so they follow when somebody corrects one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from xlsxwriter import Workbook

from ....application.ports.workbook import CellKind, Chart, ChartKind, Column
from ..texts import clean_text
from .formats import FONT
from .rows import RowSheet

_TYPES: Final = {ChartKind.LINE: "line", ChartKind.COLUMN: "column", ChartKind.BAR: "bar"}
_COLOURS: Final = ("#1F4E78", "#C0504D", "#7F9F3F", "#E08E1B", "#6F5499", "#2E9AA8")
_FEW_POINTS: Final = 31
_ROW_PIXELS: Final = 20
_NARROWEST, _WIDEST = 560, 1_200
_AXES: Final = {CellKind.PERCENT: "0%", CellKind.DURATION: "[h]:mm"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the cells of a table stand: its sheet, the row of the titles, and the first and last row."""

    sheet: str
    columns: Sequence[Column]
    titles: int
    first: int
    last: int

    def cells(self, column: int) -> list[str | int]:
        """The range of a column, as XlsxWriter takes it."""
        return [self.sheet, self.first, column, self.last, column]


def draw(book: Workbook, sheet: RowSheet, chart: Chart, place: Place, at: int) -> int:
    """Insert the chart at the row `at`; return the first row that is free below it."""
    drawn = book.add_chart({"type": _TYPES[chart.kind]})
    assert drawn is not None, "XlsxWriter knows all types of _TYPES"
    points = place.last - place.first + 1
    for number, series in enumerate(chart.series):
        drawn.add_series(
            {
                "name": _name(place, series),
                "categories": place.cells(chart.labels),
                "values": place.cells(series),
                **_look(chart.kind, _COLOURS[number % len(_COLOURS)], points),
            }
        )
    font = {"name": FONT, "size": 9, "bold": False}
    value_axis: dict[str, object] = {
        "num_font": font,
        "major_gridlines": {"visible": True, "line": {"color": "#D9DEE3"}},
    }
    if form := _AXES.get(place.columns[chart.series[0]].kind):
        value_axis["num_format"] = form
    label_axis: dict[str, object] = {"num_font": font, "text_axis": True}
    if chart.kind is ChartKind.BAR:  # XlsxWriter calls the axis of the labels x, wherever it lies.
        label_axis["reverse"] = True
        value_axis["crossing"] = "max"
    drawn.set_x_axis(label_axis)
    drawn.set_y_axis(value_axis)
    drawn.set_title({"name": _plain(chart.title), "name_font": {"name": FONT, "size": 12, "bold": True}})
    drawn.set_legend({"none": True} if len(chart.series) == 1 else {"position": "bottom", "font": font})
    drawn.show_blanks_as("gap")
    height = 120 + 22 * points * len(chart.series) if chart.kind is ChartKind.BAR else 320
    drawn.set_size({"width": _width(place.columns), "height": height})
    sheet.insert_chart(at, 0, drawn, {"object_position": 2, "x_offset": 2, "y_offset": 2})
    return at + -(-height // _ROW_PIXELS) + 2


def _look(kind: ChartKind, colour: str, points: int) -> dict[str, object]:
    if kind is not ChartKind.LINE:
        return {"fill": {"color": colour}, "gap": 60}
    look: dict[str, object] = {"line": {"color": colour, "width": 2}}
    if points <= _FEW_POINTS:
        marker = {"type": "circle", "size": 5, "fill": {"color": colour}, "border": {"color": colour}}
        look["marker"] = marker
    return look


def _width(columns: Sequence[Column]) -> int:
    """As wide as the table, so that it does not make the printed page narrower."""
    return min(max(sum(7 * column.width + 5 for column in columns), _NARROWEST), _WIDEST)


def _name(place: Place, series: int) -> str | list[str | int]:
    column = place.columns[series]
    if column.group:
        return _plain(f"{column.group}：{column.title}")
    return [place.sheet, place.titles, series]


def _plain(text: str) -> str:
    """XlsxWriter takes a name that begins with = for a reference to a cell."""
    return clean_text(text).lstrip("=")
