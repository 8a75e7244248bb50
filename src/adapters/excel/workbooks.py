"""Reads workbooks (.xlsx): checks the ZIP archive first, then reads row by row and ignores declared sizes."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import IO, Any, Final
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook

from ...application.directory.imports.tables import (
    MOST_ROWS,
    Broken,
    BrokenFile,
    FileTooLarge,
    Row,
    Sheet,
    Value,
)
from ...domain.values import shortened
from .csv_files import FORMULA

_DAMAGE: Final = (
    ParseError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    LookupError,
    ValueError,
    ArithmeticError,
    TypeError,
    AttributeError,
    RuntimeError,
    OSError,
)
"""Exceptions of lower libraries that openpyxl lets through for a damaged file."""
TOO_LONG_CELL: Final = "工作簿中有一个单元格过长，远超Excel的上限32767个字，不能导入，请删去后再导入。"
MOST_UNPACKED: Final = 500 * 1024 * 1024
MOST_RATIO: Final = 200
"""Most unpacked bytes for each packed byte. Normal sheets with repeated words reach a few dozen."""
_RATIO_MATTERS_FROM: Final = 20 * 1024 * 1024
MOST_PARTS: Final = 2_000
MOST_COLUMNS: Final = 100
MOST_CELLS: Final = 5_000_000
MOST_CELL: Final = 1024 * 1024
"""Most bytes of XML for one cell or shared text: some 30 for each character that Excel allows."""
_SHARED: Final = re.compile(rb"<(?:\w+:)?sst[\s>]"), re.compile(rb"si>"), re.compile(rb"sst>")
_SHEET: Final = (
    re.compile(rb"<(?:\w+:)?sheetData[\s>]"),
    re.compile(rb"[:/]c>|<(?:\w+:)?c\s[^<>]{0,200}/>"),
    re.compile(rb"sheetData>"),
)
"""Where texts or cells begin in a part, where each one ends, and where all end."""
MOST_LINES: Final = 1_048_576
"""Most lines of a sheet in Excel itself, empty lines included."""


def read_workbook(content: bytes) -> list[Sheet]:
    """Read all worksheets. Raises BrokenFile or FileTooLarge."""
    _check_directory(content)
    try:
        _check_cells(content)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        try:
            return [_sheet(sheet) for sheet in book.worksheets]
        finally:
            book.close()
    except _DAMAGE as error:
        # openpyxl has no exception of its own for damaged files: see `_DAMAGE`.
        raise BrokenFile("文件已损坏或不是有效的.xlsx工作簿，请在Excel中打开并另存后再导入。") from error


def _check_directory(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        # The archive is cut off or changed; its directory cannot be read.
        raise BrokenFile("文件已损坏，不能作为.xlsx工作簿打开。") from error
    unpacked = sum(part.file_size for part in parts)
    ratio = unpacked / max(1, len(content))
    if len(parts) > MOST_PARTS or unpacked > MOST_UNPACKED:
        raise FileTooLarge(f"工作簿解压后过大（{unpacked // 1024 // 1024}MB，{len(parts)}个部件）。")
    if unpacked > _RATIO_MATTERS_FROM and ratio > MOST_RATIO:
        raise FileTooLarge(f"工作簿的压缩比异常（{ratio:.0f}倍），不能导入。")


def _check_cells(content: bytes) -> None:
    """Raise FileTooLarge for a cell that openpyxl would work on for minutes: it is as long as a book."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for part in archive.infolist():
            if part.file_size > MOST_CELL:
                with archive.open(part) as xml:
                    _check_part(xml)


def _check_part(xml: IO[bytes]) -> None:
    text = xml.read(MOST_CELL)
    marks = next((marks for marks in (_SHARED, _SHEET) if marks[0].search(text)), None)
    if marks is None:
        return  # It has no cells: styles, a picture, a theme.
    _, one, end = marks
    last = 0  # Where the last cell ends, relative to the beginning of `text`.
    while text:
        for found in one.finditer(text, last):
            if found.end() - last > MOST_CELL:
                raise FileTooLarge(TOO_LONG_CELL)
            last = found.end()
        if end.search(text, last):
            return
        if len(text) - last > MOST_CELL:
            raise FileTooLarge(TOO_LONG_CELL)
        more = xml.read(MOST_CELL)
        text, last = (text[last:] + more if more else b""), 0


def _sheet(sheet: Any) -> Sheet:
    sheet.reset_dimensions()  # Ignore the declared size: it may claim a million columns.
    headers: tuple[str, ...] = ()
    rows: list[Row] = []
    cells = 0
    for number, line in _lines(sheet):
        cells += len(line)
        if cells > MOST_CELLS:
            raise FileTooLarge(f"工作表“{sheet.title}”的单元格过多，请删除多余的格式和列。")
        values = _without_tail(_value(cell) for cell in line)
        if len(values) > MOST_COLUMNS:
            raise FileTooLarge(f"工作表“{sheet.title}”第{number}行有{len(values)}列，最多{MOST_COLUMNS}列。")
        if number == 1:
            headers = tuple(_header(value) for value in values)
        elif any(not isinstance(value, str) or value.strip() for value in values if value is not None):
            rows.append(Row(number, values))
        if len(rows) > MOST_ROWS:
            raise FileTooLarge(f"一个文件最多{MOST_ROWS}行，请分成几个文件。")
    return Sheet(str(sheet.title), headers, tuple(rows))


def _without_tail(values: Iterable[Value]) -> tuple[Value, ...]:
    """Drop the empty cells at the end; a formatted row can have thousands of them."""
    kept = list(values)
    while kept and kept[-1] is None:
        kept.pop()
    return tuple(kept)


def _lines(sheet: Any) -> Iterator[tuple[int, tuple[Any, ...]]]:
    for number, line in enumerate(sheet.iter_rows(), start=1):
        if number > MOST_LINES:
            raise FileTooLarge(f"工作表“{sheet.title}”的行数超过Excel的上限。")
        yield number, line


def _value(cell: Any) -> Value:
    value = cell.value
    if value is None or value == "":
        return None
    if cell.data_type == "f":
        return Broken(str(getattr(value, "text", value)), FORMULA)
    if cell.data_type == "e":
        return Broken(str(value), f"单元格是错误值{shortened(str(value), 20)}，请改正后再导入。")
    if isinstance(value, str | bool | int | float | datetime | date | time):
        return value
    return Broken(str(value), "单元格的内容不是文本、数字或日期。")


def _header(value: Value) -> str:
    match value:
        case None:
            return ""
        case Broken():
            return value.shown
        case _:
            return str(value)
