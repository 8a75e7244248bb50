"""CSV files in the encodings that Excel and Chinese systems write: read, or refused with the encoding named."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from yanbao.adapters.excel.csv_files import read_csv
from yanbao.adapters.excel.reading import read_table
from yanbao.application.directory.imports.columns import FORMS, ImportKind
from yanbao.application.directory.imports.tables import UnsupportedFile

PEOPLE = ImportKind.PEOPLE
TEXT = "姓名,手机号码,角色\r\n张㐂,16000000001,检查人员\r\n"
GBK = "姓名,手机号码,角色\r\n张三,16000000001,检查人员\r\n"
CELLS = ("张㐂", "16000000001", "检查人员")


def cells(tmp_path: Path, content: bytes) -> tuple[object, ...]:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    (sheet,) = read_table(path, PEOPLE).sheets
    assert sheet.headers == ("姓名", "手机号码", "角色")
    (row,) = sheet.rows
    return row.cells


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        TEXT.encode("gb18030"),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        codecs.BOM_UTF16_LE + TEXT.replace(",", "\t").encode("utf-16-le"),
    ],
    ids=["UTF-8", "UTF-8 with mark", "GB18030", "UTF-16 LE", "UTF-16 BE", "Excel's Unicode text"],
)
def test_cells_are_read(tmp_path: Path, content: bytes) -> None:
    assert cells(tmp_path, content) == CELLS


def test_cells_in_gbk_are_read(tmp_path: Path) -> None:
    assert cells(tmp_path, GBK.encode("gbk"))[0] == "张三"


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (TEXT.encode("utf-16-le"), "UTF-16"),
        (TEXT.encode("utf-16-be"), "UTF-16"),
        (codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le")[:-1], "编码是UTF-16，但内容有无效的字节"),
        (codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"), "UTF-32"),
        (codecs.BOM_UTF32_BE + TEXT.encode("utf-32-be"), "UTF-32"),
        (TEXT.encode().replace("张".encode(), b"\xe5\xbc"), "编码是UTF-8，但第2行有无效的字节"),
        ("姓名,手機號碼,角色\r\n張三,16000000001,檢查人員\r\n".encode("big5"), "按GB18030编码读出的表头"),
        (b"\xff\xff\xff", "编码不是UTF-8、GB18030（GBK）或UTF-16"),
    ],
    ids=["LE", "BE", "half", "32 LE", "32 BE", "damaged", "Big5", "none"],
)
def test_any_other_encoding_is_refused_and_named(tmp_path: Path, content: bytes, named: str) -> None:
    with pytest.raises(UnsupportedFile) as refused:
        cells(tmp_path, content)
    assert named in refused.value.sentence and "CSV UTF-8" in refused.value.sentence


@pytest.mark.parametrize(
    "form", [form for forms in FORMS.values() for form in forms], ids=lambda form: form.name
)
def test_no_header_of_ours_in_gbk_is_taken_for_utf_8(form: object) -> None:
    headers = [column.header for column in form.columns]  # type: ignore[attr-defined]
    for first in range(len(headers)):
        turned = headers[first:] + headers[:first]
        assert read_csv(",".join(turned).encode("gbk"), "", headers).headers == tuple(turned)
