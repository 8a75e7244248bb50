"""Writes the import template of each kind: headers, lists to choose from, and a sheet of explanations."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from openpyxl import Workbook
from openpyxl.styles import Alignment
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from ...application.directory.imports.columns import FORMS, IMPORT_NAMES, Column, Form, ImportKind, SheetForm
from ...application.directory.imports.tables import MOST_ROWS
from .looks import BORDER, HEADER_FILL, OPTIONAL_FILL, fit_to_page, put_header, put_text
from .reading import EXPLANATIONS
from .texts import width_of

_NUMBER_FORMATS: Final[dict[Form, str]] = {
    "TEXT": "@",
    "CHOICE": "@",
    "DATE": "yyyy-mm-dd",
    "COUNT": "0",
    "AMOUNT": "0.###",
}
_FORM_NAMES: Final[dict[Form, str]] = {
    "TEXT": "文本",
    "CHOICE": "",
    "DATE": "日期，如2026-11-24、2026/11/24、2026年11月24日或20261124",
    "COUNT": "整数",
    "AMOUNT": "数字，最多三位小数",
}
_NOTES: Final = (
    "深色表头的列必填，浅色表头的列可空；列的顺序不限，不需要的可空列可以删去。",
    "空的单元格不改动系统中已有的内容；重复导入只更新，不会重复新增，也不会删除。",
    "任何一行有误则全部不导入，并逐行说明原因；单元格不得为公式、错误值，不得换行。",
    "代码、手机号码等列已设为文本格式，粘贴时请选择“只粘贴值”，以免末尾数字被Excel改变。",
)
_WIDTHS: Final = (10, 20, 8, 46, 60, 34)


def write_template(kind: ImportKind, path: Path) -> None:
    """Write the empty workbook; an existing file is replaced."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for form in FORMS[kind]:
        _write_sheet(book.create_sheet(form.name), form)
    _write_explanations(book.create_sheet(EXPLANATIONS), kind)
    book.properties.creator = "yanbao"
    book.properties.title = f"{IMPORT_NAMES[kind]}导入模板"
    book.save(path)


def _write_sheet(sheet: Worksheet, form: SheetForm) -> None:
    for place, column in enumerate(form.columns, start=1):
        put_header(sheet, place, column.header, HEADER_FILL if column.required else OPTIONAL_FILL)
        letter = get_column_letter(place)
        dimension = sheet.column_dimensions[letter]
        dimension.width = max(width_of(column.header), width_of(column.example), 10) + 4
        dimension.number_format = _NUMBER_FORMATS[column.form]
        if column.choices:
            validation = _list(column)
            validation.add(f"{letter}2:{letter}{MOST_ROWS + 1}")
            sheet.add_data_validation(validation)
    sheet.row_dimensions[1].height = 26
    sheet.freeze_panes = "A2"
    fit_to_page(sheet)
    sheet.sheet_view.zoomScale = 110


def _list(column: Column) -> DataValidation:
    return DataValidation(
        type="list",
        formula1=f'"{",".join(column.choices)}"',
        allow_blank=not column.required,
        showErrorMessage=True,
        errorTitle=column.header,
        error=f"请从列表中选择：{'、'.join(column.choices)}"[:225],
    )


def _write_explanations(sheet: Worksheet, kind: ImportKind) -> None:
    for row, note in enumerate(_NOTES, start=1):
        put_text(sheet, row, 1, f"{row}. {note}")
    first = len(_NOTES) + 2
    for place, header in enumerate(("工作表", "列", "必填", "含义", "可填的值或格式", "示例"), start=1):
        put_header(sheet, place, header, HEADER_FILL, row=first)
        sheet.column_dimensions[get_column_letter(place)].width = _WIDTHS[place - 1]
    row = first
    for form in FORMS[kind]:
        for column in form.columns:
            row += 1
            allowed = "、".join(column.choices) or _FORM_NAMES[column.form]
            texts = (
                form.name,
                column.header,
                "是" if column.required else "",
                column.meaning,
                allowed,
                column.example,
            )
            for place, text in enumerate(texts, start=1):
                cell = put_text(sheet, row, place, text)
                cell.border = BORDER
                cell.alignment = Alignment(wrap_text=True, vertical="center")
    sheet.row_dimensions[first].height = 24
    sheet.freeze_panes = f"A{first + 1}"
    sheet.sheet_view.showGridLines = False
    fit_to_page(sheet)
