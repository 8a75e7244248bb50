"""Our quick rows are the rows that XlsxWriter writes itself: a release that keeps them otherwise fails here."""

from __future__ import annotations

import io
import re
import zipfile
from typing import cast

from xlsxwriter import Workbook

from yanbao.adapters.excel.writing.cells import cell_xml
from yanbao.adapters.excel.writing.rows import RowSheet, index_of
from yanbao.application.ports.workbook import CellKind

TEXTS = ("文字", "a < b & c", "  前后  ", "_x0041_", "行\n行")
NUMBERS = (0, -7, 1234.5, 0.1)


def book_of(ours: bool) -> str:
    file = io.BytesIO()
    book = Workbook(file, {"constant_memory": True})
    style = book.add_format({"num_format": "@", "border": 1})
    sheet = cast("RowSheet", book.add_worksheet("表", RowSheet))
    sheet.write_string(0, 0, "标题", style)
    for row, (text, number) in enumerate(zip(TEXTS, NUMBERS, strict=False), start=1):
        if ours:
            texts = cell_xml("A", CellKind.TEXT, index_of(style), index_of(style))
            numbers = cell_xml("B", CellKind.DECIMAL, index_of(style), index_of(style))
            sheet.add_row(
                row, [texts(row + 1, text), numbers(row + 1, number), texts(row + 1, None).replace("A", "C")]
            )
        else:
            sheet.write_string(row, 0, text, style)
            sheet.write_number(row, 1, number, style)
            sheet.write_blank(row, 2, None, style)
    sheet.write_string(9, 1, "后来的行", style)
    book.close()
    with zipfile.ZipFile(io.BytesIO(file.getvalue())) as archive:
        return archive.read("xl/worksheets/sheet1.xml").decode()


def test_our_rows_are_those_of_the_library() -> None:
    ours, theirs = (_normal(book_of(mine)) for mine in (True, False))
    assert ours == theirs
    assert "后来的行" in ours


def _normal(sheet: str) -> str:
    """Without what makes no difference: where white space is kept, and how a number is spelt."""
    sheet = sheet.replace(' xml:space="preserve"', "")
    return re.sub(r"<v>([^<]*)</v>", lambda found: f"<v>{float(found[1])!r}</v>", sheet)
