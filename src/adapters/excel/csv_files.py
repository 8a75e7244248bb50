"""Reads CSV files as Excel writes them: UTF-8 with or without a byte order mark, or GB18030."""

from __future__ import annotations

import csv
import io
from typing import Final

from ...application.directory.imports.tables import (
    MOST_ROWS,
    Broken,
    BrokenFile,
    FileTooLarge,
    Row,
    Sheet,
    UnsupportedFile,
    Value,
)

FORMULA: Final = "单元格是公式，请改为值（复制后选择性粘贴为数值）。"


def read_csv(content: bytes, name: str) -> Sheet:
    """Read one sheet. Rows are numbered by record, as in Excel, even when a cell holds line breaks.

    Raises UnsupportedFile, BrokenFile or FileTooLarge.
    """
    records = csv.reader(io.StringIO(_text(content), newline=""), strict=True)
    headers: tuple[str, ...] = ()
    rows: list[Row] = []
    try:
        for number, record in enumerate(records, start=1):
            if number == 1:
                headers = tuple(record)
            elif any(cell.strip() for cell in record):
                rows.append(Row(number, tuple(_value(cell) for cell in record)))
            if len(rows) > MOST_ROWS:
                raise FileTooLarge(f"一个文件最多{MOST_ROWS}行，请分成几个文件。")
    except csv.Error as error:
        # The message of the csv module is English and may quote the cell: give only the line number.
        raise BrokenFile(f"CSV文件第{records.line_num}行的引号或分隔符不正确。") from error
    return Sheet(name, headers, tuple(rows))


def _text(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content:
        raise UnsupportedFile("文件不是CSV，或编码不是UTF-8、GB18030，请另存为“CSV UTF-8”或.xlsx后再导入。")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:  # Try the next encoding.
            continue
    raise UnsupportedFile("文件的编码不是UTF-8或GB18030，请另存为“CSV UTF-8”或.xlsx后再导入。")


def _value(cell: str) -> Value:
    return Broken(cell, FORMULA) if cell.lstrip().startswith("=") else cell
