"""Reads CSV files as Excel writes them: UTF-8, GB18030 (GBK) or UTF-16, with commas or tabs.

A file in another encoding is refused with the name of the encoding that it was taken for.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection
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
from ...domain.values import shortened

_SAVE_AS: Final = "请另存为“CSV UTF-8”或.xlsx后再导入。"
_IDEOGRAPHS: Final = re.compile("[\u4e00-\u9fff]")
_ENOUGH: Final = 3
"""So many Chinese characters in UTF-8 are no accident of GB18030."""
_HEAD: Final = 4_000
FORMULA: Final = "单元格是公式，请改为值（复制后选择性粘贴为数值）。"


def read_csv(content: bytes, name: str, known: Collection[str] = ()) -> Sheet:
    """Read one sheet. Rows are numbered by record, as in Excel, even when a cell holds line breaks.

    `known` are the headers that are expected: bytes in which none of them is found are in another encoding.
    Raises UnsupportedFile, BrokenFile or FileTooLarge.
    """
    encoding, text = _decoded(content)
    records = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    headers: tuple[str, ...] = ()
    rows: list[Row] = []
    try:
        for number, record in enumerate(records, start=1):
            if number == 1:
                headers = tuple(record)
                if encoding == "GB18030" and known and not any(one in text[:_HEAD] for one in known):
                    raise UnsupportedFile(
                        f"按GB18030编码读出的表头“{shortened(headers[0], 20)}”等都不认识，文件可能是其他编码（如Big5），{_SAVE_AS}"
                    )
            elif any(cell.strip() for cell in record):
                rows.append(Row(number, tuple(_value(cell) for cell in record)))
            if len(rows) > MOST_ROWS:
                raise FileTooLarge(f"一个文件最多{MOST_ROWS}行，请分成几个文件。")
    except csv.Error as error:
        if "field limit" in str(error):
            raise FileTooLarge(
                f"CSV文件第{records.line_num}行有超过{csv.field_size_limit()}个字的单元格，可能缺少引号。"
            ) from error
        # The message of the csv module is English and may quote the cell: give only the line number.
        raise BrokenFile(f"CSV文件第{records.line_num}行的引号或分隔符不正确。") from error
    return Sheet(name, headers, tuple(rows))


def _decoded(content: bytes) -> tuple[str, str]:
    """(encoding, text). The byte order mark decides, else UTF-8 if it fits, else GB18030."""
    if content.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        raise UnsupportedFile(f"文件的编码是UTF-32，不能导入，{_SAVE_AS}")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return "UTF-16", content.decode("utf-16")
        except UnicodeDecodeError as error:
            # It is cut off or changed: half a character, or half of a pair.
            raise UnsupportedFile(f"文件的编码是UTF-16，但内容有无效的字节，{_SAVE_AS}") from error
    if b"\0" in content:
        raise UnsupportedFile(f"文件不是CSV，或其编码是不带标记（BOM）的UTF-16，{_SAVE_AS}")
    try:
        return "UTF-8", content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # It is GB18030, or UTF-8 that was changed. GB18030 would make other characters of the latter.
        whole = content[: error.start].decode("utf-8-sig", "ignore")
        if len(_IDEOGRAPHS.findall(whole)) >= _ENOUGH:
            line = whole.count("\n") + 1
            raise UnsupportedFile(f"文件的编码是UTF-8，但第{line}行有无效的字节，{_SAVE_AS}") from error
    try:
        return "GB18030", content.decode("gb18030")
    except UnicodeDecodeError as error:
        # Neither of the two fits.
        raise UnsupportedFile(f"文件的编码不是UTF-8、GB18030（GBK）或UTF-16，{_SAVE_AS}") from error


def _delimiter(text: str) -> str:
    """A comma, or the tab with which Excel writes its Unicode text."""
    first = text.split("\n", 1)[0]
    return "\t" if "\t" in first and "," not in first else ","


def _value(cell: str) -> Value:
    return Broken(cell, FORMULA) if cell.lstrip().startswith("=") else cell
