"""Native charts, each on a page of its own behind its table: they show its cells, so they follow a correction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from xlsxwriter import Workbook

from ....application.ports.workbook import CellKind, Chart, ChartKind, Column
from ..texts import clean_text
from .formats import A4, FONT, FOOTER

_TYPES: Final = {ChartKind.LINE: "line", ChartKind.COLUMN: "column", ChartKind.BAR: "bar"}
_COLOURS: Final = ("#1F4E78", "#C0504D", "#7F9F3F", "#E08E1B", "#6F5499", "#2E9AA8")
_FEW_POINTS: Final = 31
_AXES: Final = {CellKind.PERCENT: "0%", CellKind.DURATION: "[h]:mm"}
_DATES: Final = (CellKind.DATE, CellKind.TIME)


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


def draw(book: Workbook, name: str, chart: Chart, place: Place) -> None:
    """Add a sheet of this name with the chart."""
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
    labels, values = _axes(chart, place, points)
    if chart.kind is ChartKind.BAR:
        # The labels stand at the left, from top to bottom as in the table, and the values below the last one.
        drawn.set_y_axis({**labels, "reverse": True, "crossing": "max"})
        drawn.set_x_axis(values)
    else:
        drawn.set_x_axis(labels)
        drawn.set_y_axis(values)
    drawn.set_title({"name": _plain(chart.title), "name_font": {"name": FONT, "size": 16, "bold": True}})
    font = {"name": FONT, "size": 11}
    drawn.set_legend({"none": True} if len(chart.series) == 1 else {"position": "bottom", "font": font})
    drawn.show_blanks_as("gap")
    sheet = book.add_chartsheet(name)
    sheet.set_chart(drawn)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.set_margins(left=0.5, right=0.5, top=0.5, bottom=0.7)
    sheet.set_footer(FOOTER, {"margin": 0.3})


def _axes(chart: Chart, place: Place, points: int) -> tuple[dict[str, object], dict[str, object]]:
    """The axis of the labels and that of the values."""
    font = {"name": FONT, "size": 10 if points <= _FEW_POINTS else 7, "bold": False}
    labels: dict[str, object] = {"num_font": font, "text_axis": True}
    if place.columns[chart.labels].kind in _DATES:
        labels["num_format"] = "m-d" if points <= _FEW_POINTS else "yyyy-m-d"
        labels["num_font"] = {**font, "rotation": -45}
    if chart.kind is ChartKind.BAR:
        labels["interval_unit"] = 1
    values: dict[str, object] = {
        "num_font": {**font, "size": 10},
        "major_gridlines": {"visible": True, "line": {"color": "#D9DEE3"}},
        "line": {"none": True},
    }
    if form := _AXES.get(place.columns[chart.series[0]].kind):
        values["num_format"] = form
    if chart.kind is not ChartKind.LINE:
        values["min"] = 0  # A bar whose beginning is cut off misleads.
    return labels, values


def _look(kind: ChartKind, colour: str, points: int) -> dict[str, object]:
    if kind is not ChartKind.LINE:
        return {"fill": {"color": colour}, "gap": 60}
    look: dict[str, object] = {"line": {"color": colour, "width": 2.25}}
    if points <= _FEW_POINTS:
        look["marker"] = {
            "type": "circle",
            "size": 5,
            "fill": {"color": colour},
            "border": {"color": colour},
        }
    return look


def _name(place: Place, series: int) -> str | list[str | int]:
    column = place.columns[series]
    if column.group:
        return _plain(f"{column.group}：{column.title}")
    return [place.sheet, place.titles, series]


def _plain(text: str) -> str:
    """XlsxWriter takes a name that begins with = for a reference to a cell."""
    return clean_text(text).lstrip("=")
