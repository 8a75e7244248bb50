"""Reads a file as a table; the content decides the kind of file, not the name."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ...application.directory.imports.columns import FORMS, ImportKind
from ...application.directory.imports.tables import (
    BadTable,
    BrokenFile,
    FileTooLarge,
    Sheet,
    Table,
    UnsupportedFile,
)
from .csv_files import read_csv
from .workbooks import read_workbook

MOST_BYTES: Final = 50 * 1024 * 1024
_OLE: Final = bytes.fromhex("d0cf11e0a1b11ae1")
_ZIP: Final = b"PK\x03\x04"
EXPLANATIONS: Final = "说明"
"""The sheet of explanations in the template; it is never imported."""


def read_table(path: Path, kind: ImportKind, *, sheet: str | None = None) -> Table:
    """Read the table in an .xlsx or .csv file; with `sheet`, only that sheet of a workbook.

    A CSV file is read as the sheet named `sheet`, by default as the first sheet of the kind. Raises
    UnsupportedFile, BrokenFile, FileTooLarge or BadTable, each with a Chinese sentence for people. It logs no
    content.
    """
    names = [form.name for form in FORMS[kind]]
    if sheet is not None and sheet not in names:
        raise BadTable(f"没有工作表“{sheet}”，应为{'、'.join(names)}。")
    content = _content(path)
    if content.startswith(_OLE):
        raise UnsupportedFile("这是旧版.xls文件或加密的工作簿，请在Excel中另存为不加密的.xlsx文件后再导入。")
    if not content.startswith(_ZIP):
        name = sheet or names[0]
        form = next(form for form in FORMS[kind] if form.name == name)
        return Table((read_csv(content, name, [column.header for column in form.columns]),))
    sheets = [found for found in read_workbook(content) if found.name != EXPLANATIONS]
    if sheet is not None:
        sheets = [found for found in sheets if found.name == sheet]
    return Table(tuple(found for found in sheets if not _is_blank(found)))


def _content(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise FileTooLarge(
                f"文件最大{MOST_BYTES // 1024 // 1024}MB，现为{size // 1024 // 1024}MB，请分成几个文件。"
            )
        content = path.read_bytes()
    except OSError as error:
        # Missing, a folder, or not readable: the operating system's reason goes into our sentence.
        raise UnsupportedFile(f"不能读取文件“{path.name}”：{error.strerror}。") from error
    if not content.strip():
        raise BrokenFile("文件是空的。")
    return content


def _is_blank(sheet: Sheet) -> bool:
    return not sheet.rows and not any(header.strip() for header in sheet.headers)
