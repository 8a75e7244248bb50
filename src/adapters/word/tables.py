"""Writes a table with three lines: heavy above and below, thin under the head and over the sum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from docx.document import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.table import CT_Row
from docx.shared import Length, Pt
from docx.table import Table as WordTable

from ...application.ports.report import Table
from .layout import CAPTION, CELL, HEAD_CELL, TYPE_WIDTH, StyleIds
from .text import clean

HEAVY, THIN = 12, 6
"""Widths of the lines, in eighths of a point."""
SIDES: Final = Pt(1.5)
"""The space beside the text of a cell: tables have up to eleven columns."""
ABOVE: Final = Pt(2)
SMALL: Final = 8
"""A table of so many rows stays on one page."""


def add_table(document: Document, ids: StyleIds, table: Table, *, keep_with_next: bool) -> None:
    """Add caption and table. The head is repeated on every page; no row is broken in two, nor a small table.

    `keep_with_next`: the last row stays on the page of what follows.
    """
    caption = document.add_paragraph(clean(table.caption))
    caption._p.get_or_add_pPr().style = ids[CAPTION]
    rows = [*table.rows, *([table.total] if table.total is not None else [])]
    made = document.add_table(rows=1 + len(rows), cols=len(table.columns))
    made.alignment, made.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    widths = _widths([column.weight for column in table.columns])
    _set_frame(made, widths)
    on_the_left = [column.left for column in table.columns]
    titles = [column.title for column in table.columns]
    lines = made._tbl.tr_lst
    _fill(lines[0], titles, [False] * len(titles), widths, ids[HEAD_CELL])
    _mark(lines[0], "w:tblHeader")
    _draw(lines[0], "bottom", THIN)
    for line, cells in zip(lines[1:], rows, strict=True):
        _fill(line, cells, on_the_left, widths, ids[CELL])
    if table.total is not None:
        _draw(lines[-1], "top", THIN)
    # No page has less than three rows of a table, or of its head and its end.
    together = range(len(lines) - 1) if len(rows) <= SMALL else (0, 1, 2, len(lines) - 3, len(lines) - 2)
    for number in together:
        _keep(lines[number])
    if keep_with_next:
        _keep(lines[-1])


def _widths(weights: Sequence[int]) -> list[Length]:
    return [Length(TYPE_WIDTH * weight // sum(weights)) for weight in weights]


def _set_frame(table: WordTable, widths: Sequence[Length]) -> None:
    properties = table._tbl.tblPr
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "bottom"):
        borders.append(_line(side, HEAVY))
    properties.append(borders)
    layout = properties.find(qn("w:tblLayout"))
    if layout is not None:
        properties.remove(layout)
        properties.append(layout)
    margins = OxmlElement("w:tblCellMar")
    for side, space in (("top", ABOVE), ("left", SIDES), ("bottom", ABOVE), ("right", SIDES)):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(round(space.pt * 20)))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    properties.append(margins)
    look = properties.find(qn("w:tblLook"))
    if look is not None:
        properties.remove(look)
        properties.append(look)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width


def _fill(
    row: CT_Row, cells: Sequence[str], on_the_left: Sequence[bool], widths: Sequence[Length], style_id: str
) -> None:
    _mark(row, "w:cantSplit")
    for cell, text, left, width in zip(row.tc_lst, cells, on_the_left, widths, strict=True):
        cell.width = width
        middle: Any = OxmlElement("w:vAlign")
        middle.set(qn("w:val"), "center")
        cell.get_or_add_tcPr().append(middle)
        (paragraph,) = cell.p_lst
        properties = paragraph.get_or_add_pPr()
        properties.style = style_id
        if left:
            properties.jc_val = WD_ALIGN_PARAGRAPH.LEFT
        paragraph.add_r().text = clean(text)


def _mark(row: CT_Row, name: str) -> None:
    row.get_or_add_trPr().append(OxmlElement(name))


def _keep(row: CT_Row) -> None:
    for cell in row.tc_lst:
        cell.p_lst[0].get_or_add_pPr().keepNext_val = True


def _draw(row: CT_Row, side: str, width: int) -> None:
    for cell in row.tc_lst:
        borders = OxmlElement("w:tcBorders")
        borders.append(_line(side, width))
        cell.get_or_add_tcPr().insert_element_before(borders, "w:vAlign")


def _line(side: str, width: int) -> Any:
    line: Any = OxmlElement(f"w:{side}")
    for name, value in (("val", "single"), ("sz", str(width)), ("space", "0"), ("color", "000000")):
        line.set(qn(f"w:{name}"), value)
    return line
