"""The common look of our workbooks: headers, fonts, printing, and text cells that stay text."""

from __future__ import annotations

from datetime import date, time
from typing import Any, Final

from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from .texts import clean_text, width_of

REASON_WIDTH: Final = 70
_FONT: Final = "微软雅黑"
_LINE: Final = Side(style="thin", color="BFC8D2")
BORDER: Final = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
HEADER_FILL: Final = PatternFill("solid", fgColor="1F4E78")
OPTIONAL_FILL: Final = PatternFill("solid", fgColor="7F95AB")
REASON_FILL: Final = PatternFill("solid", fgColor="B42318")
_REASON_TEXT: Final = Font(name=_FONT, size=10, color="B42318")
_BODY: Final = Font(name=_FONT, size=10)
_HEADER: Final = Font(name=_FONT, size=11, bold=True, color="FFFFFF")


def put_text(sheet: Worksheet, row: int, column: int, text: str) -> Any:
    """Write text that is never a formula. Control characters are replaced; a text that is cut says so."""
    cell = sheet.cell(row, column)
    cell.value = clean_text(text)
    cell.data_type = "s"  # Otherwise openpyxl makes a formula of a text that begins with "=".
    cell.number_format = "@"
    cell.quotePrefix = True  # Editing it, or what is saved of it elsewhere, makes no formula of it either.
    cell.font = _BODY
    return cell


def put_header(sheet: Worksheet, column: int, text: str, fill: PatternFill, *, row: int = 1) -> None:
    cell = put_text(sheet, row, column, text)
    cell.font, cell.fill, cell.border = _HEADER, fill, BORDER
    cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)


def put_value(sheet: Worksheet, row: int, column: int, value: date | time | float) -> None:
    """Write a number, logical value, date or time in its own type."""
    cell = sheet.cell(row, column)
    cell.value, cell.font = value, _BODY
    cell.alignment = Alignment(horizontal="left")
    if isinstance(value, date):
        cell.number_format = "yyyy-mm-dd"


def put_reason(sheet: Worksheet, row: int, column: int, text: str) -> None:
    """Write a wrapped text and make its row high enough, up to 20 lines."""
    cell = put_text(sheet, row, column, text)
    cell.font = _REASON_TEXT
    lines = -(-width_of(text) // (REASON_WIDTH - 4))
    sheet.row_dimensions[row].height = 16 * min(max(1, lines), 20)
    cell.alignment = Alignment(wrap_text=True, vertical="top")


def fit_to_page(sheet: Worksheet) -> None:
    """Print in landscape on A4, with all columns on one page."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
