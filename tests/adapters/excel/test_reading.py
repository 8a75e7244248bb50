"""Reading workbooks and CSV files: what is understood, and what is refused with a code and a sentence."""

from __future__ import annotations

import random
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl.worksheet.worksheet import Worksheet

from yanbao.adapters.excel import reading as reading_module
from yanbao.adapters.excel.reading import read_table
from yanbao.application.directory.imports.columns import ImportKind
from yanbao.application.directory.imports.tables import (
    BadTable,
    Broken,
    BrokenFile,
    Sheet,
    Table,
    UnsupportedFile,
)
from yanbao.domain.refusals import FileTooLarge, Refused

from .books import a_book, a_csv, repacked, touched

PEOPLE = ImportKind.PEOPLE
ENTERPRISES = ImportKind.ENTERPRISES


def only(table: Table) -> Sheet:
    (sheet,) = table.sheets
    return sheet


def test_a_workbook_gives_its_cells_as_they_are(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["姓名", "手机号码", "日期", "药量"],
        ["张三", 16000000001, date(2026, 11, 24), 2.5],
        ["李四 ", "16000000002", "2026/11/24", True],
    ]
    sheet = only(read_table(a_book(tmp_path / "a.xlsx", 人员=rows), PEOPLE))
    assert (sheet.name, sheet.headers) == ("人员", ("姓名", "手机号码", "日期", "药量"))
    assert [row.number for row in sheet.rows] == [2, 3]
    first, second = (row.cells for row in sheet.rows)
    assert first == ("张三", 16000000001, datetime.fromisoformat("2026-11-24T00:00"), 2.5)
    assert second == ("李四 ", "16000000002", "2026/11/24", True)


def test_row_numbers_are_those_that_excel_shows_and_empty_rows_are_left_out(tmp_path: Path) -> None:
    def touch(sheet: Worksheet) -> None:
        sheet["A1"], sheet["B1"] = "姓名", "角色"
        sheet["A4"] = "张三"
        sheet["A6"], sheet["B6"] = "  ", "\u3000"
        sheet["B9"] = "检查人员"

    sheet = only(read_table(touched(tmp_path / "a.xlsx", touch), PEOPLE))
    assert [(row.number, row.cells) for row in sheet.rows] == [(4, ("张三",)), (9, (None, "检查人员"))]


def test_formulas_and_errors_are_marked_with_what_they_show(tmp_path: Path) -> None:
    def touch(sheet: Worksheet) -> None:
        sheet.append(["姓名", "手机号码", "角色"])
        sheet.append(["=A1", "#N/A", "检查人员"])
        text = sheet["C2"]
        text.value = "=字面"
        text.data_type = "s"

    (row,) = only(read_table(touched(tmp_path / "a.xlsx", touch), PEOPLE)).rows
    formula, error, text = row.cells
    assert isinstance(formula, Broken) and formula.shown == "=A1" and "公式" in formula.reason
    assert isinstance(error, Broken) and error.shown == "#N/A" and "错误值#N/A" in error.reason
    assert text == "=字面"


def test_sheets_without_content_and_the_explanations_are_left_out(tmp_path: Path) -> None:
    path = a_book(tmp_path / "a.xlsx", 企业=[["企业名称"], ["甲"]], Sheet2=[], 说明=[["随便"]])
    assert [sheet.name for sheet in read_table(path, ENTERPRISES).sheets] == ["企业"]


def test_one_sheet_of_a_workbook_can_be_chosen(tmp_path: Path) -> None:
    path = a_book(tmp_path / "a.xlsx", 企业=[["甲"], ["1"]], 工房=[["乙"], ["2"]])
    assert only(read_table(path, ENTERPRISES, sheet="工房")).headers == ("乙",)
    with pytest.raises(BadTable, match="没有工作表“车间”，应为企业、工房、仓库"):
        read_table(path, ENTERPRISES, sheet="车间")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030"])
def test_csv_files_in_three_encodings_are_understood(tmp_path: Path, encoding: str) -> None:
    path = a_csv(tmp_path / "a.csv", [["姓名", "手机号码"], ["张三㐂", "16000000001"]], encoding)
    sheet = only(read_table(path, PEOPLE))
    assert (sheet.name, sheet.headers) == ("人员", ("姓名", "手机号码"))
    assert [(row.number, row.cells) for row in sheet.rows] == [(2, ("张三㐂", "16000000001"))]


def test_a_csv_file_can_hold_any_sheet_of_its_kind(tmp_path: Path) -> None:
    path = a_csv(tmp_path / "a.csv", [["工房编号"], ["01"]])
    assert only(read_table(path, ENTERPRISES)).name == "企业"
    assert only(read_table(path, ENTERPRISES, sheet="工房")).name == "工房"


def test_a_csv_rows_number_is_that_of_the_record_also_after_line_breaks_and_empty_rows(
    tmp_path: Path,
) -> None:
    rows = [["姓名", "说明"], ["张三", "上\n下"], ["", ""], [], ["李四", "=1+1"]]
    sheet = only(read_table(a_csv(tmp_path / "a.csv", rows), PEOPLE))
    assert [row.number for row in sheet.rows] == [2, 5]
    assert isinstance(sheet.rows[1].cells[1], Broken)


@pytest.mark.parametrize(
    ("content", "refusal", "code"),
    [
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), UnsupportedFile, "UNSUPPORTED_FILE"),
        (b"\x00\x01\x02", UnsupportedFile, "UNSUPPORTED_FILE"),
        (b"\xff\xff\xff", UnsupportedFile, "UNSUPPORTED_FILE"),
        (b"", BrokenFile, "BROKEN_FILE"),
        (b" \r\n", BrokenFile, "BROKEN_FILE"),
        (b"PK\x03\x04" + bytes(50), BrokenFile, "BROKEN_FILE"),
        (b'a,b\n"c"d,e\n', BrokenFile, "BROKEN_FILE"),
        (b'a,b\n"c,e\n', BrokenFile, "BROKEN_FILE"),
    ],
)
def test_other_and_broken_files_are_refused(
    tmp_path: Path, content: bytes, refusal: type[Refused], code: str
) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    with pytest.raises(refusal) as caught:
        read_table(path, PEOPLE)
    assert caught.value.code == code and "文件" in caught.value.sentence


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFile, match="没有的\\.xlsx"):
        read_table(tmp_path / "没有的.xlsx", PEOPLE)


def test_an_archive_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(BrokenFile):
        read_table(path, PEOPLE)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(30 * 1024 * 1024))
    with pytest.raises(FileTooLarge, match="压缩比异常"):
        read_table(path, PEOPLE)


def test_a_file_of_too_many_bytes_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_module, "MOST_BYTES", 1024)
    path = a_book(tmp_path / "a.xlsx", 人员=[["姓名"], ["张三"]])
    with pytest.raises(FileTooLarge):
        read_table(path, PEOPLE)


def test_too_many_rows_are_refused_in_csv_and_workbook(tmp_path: Path) -> None:
    rows = [["姓名"], *[["张三"]] * 50_001]
    with pytest.raises(FileTooLarge, match="50000行"):
        read_table(a_csv(tmp_path / "a.csv", rows), PEOPLE)
    with pytest.raises(FileTooLarge, match="50000行"):
        read_table(a_book(tmp_path / "a.xlsx", 人员=rows), PEOPLE)


def test_a_sheet_may_lie_about_its_size(tmp_path: Path) -> None:
    path = a_book(tmp_path / "a.xlsx", 人员=[["姓名"], ["张三"]])
    repacked(path, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b'"A1:A2"', b'"A1:XFD1048576"'))
    assert [row.cells for row in only(read_table(path, PEOPLE)).rows] == [("张三",)]


def test_a_row_far_below_all_others_is_no_trap(tmp_path: Path) -> None:
    path = a_book(tmp_path / "a.xlsx", 人员=[["姓名"], ["张三"]])
    repacked(path, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b'r="2"', b'r="999999999"'))
    with pytest.raises(FileTooLarge, match="上限"):
        read_table(path, PEOPLE)


def test_a_row_of_too_many_columns_is_refused(tmp_path: Path) -> None:
    path = a_book(tmp_path / "a.xlsx", 人员=[["姓名"] * 101])
    with pytest.raises(FileTooLarge, match="101列"):
        read_table(path, PEOPLE)


def test_damage_anywhere_is_refused_or_harmless(tmp_path: Path) -> None:
    whole = a_book(tmp_path / "a.xlsx", 人员=[["姓名", "日期"], ["张三", date(2026, 11, 24)]]).read_bytes()
    dice = random.Random(7)
    refused = 0
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(dice.randint(1, 20)):
            damaged[dice.randrange(4, len(damaged))] = dice.randrange(256)
        path = tmp_path / "b.xlsx"
        path.write_bytes(damaged)
        try:
            read_table(path, PEOPLE)
        except Refused as refusal:
            # Whatever is damaged, people get a sentence; any other error fails the test.
            assert refusal.sentence
            refused += 1
    assert refused > 200
