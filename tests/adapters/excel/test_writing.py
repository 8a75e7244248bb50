"""Templates and workbooks of refused rows: what is written can be read, and text stays text."""

from __future__ import annotations

import re
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from yanbao.adapters.excel.reading import read_table
from yanbao.adapters.excel.refused import write_refused
from yanbao.adapters.excel.template import write_template
from yanbao.application.directory.imports.columns import FORMS, Column, ImportKind
from yanbao.application.directory.imports.rows import Placed, Reading, recognise
from yanbao.application.directory.imports.tables import (
    BadTable,
    Broken,
    ImportResult,
    RefusedRow,
    Row,
    Sheet,
    Table,
    Value,
)

from ...application.directory.imports.tables import Bench, a_bench, a_code, a_table

KINDS = list(ImportKind)


@pytest.fixture(params=KINDS, ids=[kind.value for kind in KINDS])
def kind(request: pytest.FixtureRequest) -> ImportKind:
    chosen: ImportKind = request.param
    return chosen


@pytest.fixture
def template(kind: ImportKind, tmp_path: Path) -> Path:
    path = tmp_path / "模板.xlsx"
    write_template(kind, path)
    return path


def test_the_template_has_every_sheet_and_header_and_the_explanations(
    kind: ImportKind, template: Path
) -> None:
    book = load_workbook(template)
    assert book.sheetnames == [*(form.name for form in FORMS[kind]), "说明"]
    for form in FORMS[kind]:
        headers = [cell.value for cell in book[form.name][1]]
        assert headers == [column.header for column in form.columns]
        assert book[form.name].freeze_panes == "A2"


def test_every_column_is_explained_and_its_choices_are_listed(kind: ImportKind, template: Path) -> None:
    explained = {(row[0], row[1]): row for row in load_workbook(template)["说明"].values}
    for form in FORMS[kind]:
        for column in form.columns:
            row = explained[form.name, column.header]
            assert row[2] == ("是" if column.required else None)
            assert all(choice in str(row[4]) for choice in column.choices)


def test_choices_are_lists_and_codes_phones_and_dates_keep_their_form(
    kind: ImportKind, template: Path
) -> None:
    book = load_workbook(template)
    for form in FORMS[kind]:
        sheet = book[form.name]
        lists = {str(v.sqref): v.formula1 for v in sheet.data_validations.dataValidation}
        assert set(lists.values()) == {f'"{",".join(c.choices)}"' for c in form.columns if c.choices}
        assert all(len(formula) <= 257 for formula in lists.values())  # Excel: 255 between the quotes.
        for place, column in enumerate(form.columns):
            letter = "ABCDEFGHIJ"[place]
            wanted = {"DATE": "yyyy-mm-dd", "COUNT": "0", "AMOUNT": "0.###"}.get(column.form, "@")
            assert sheet.column_dimensions[letter].number_format == wanted


def test_an_empty_template_is_recognised_and_has_nothing_to_import(kind: ImportKind, template: Path) -> None:
    with pytest.raises(BadTable, match="没有数据行"):
        recognise(kind, read_table(template, kind))


def test_every_example_can_be_read(kind: ImportKind) -> None:
    def read(reading: Reading, column: Column) -> object:
        match column.form:
            case "TEXT":
                return reading.text(column.header)
            case "DATE":
                return reading.day(column.header)
            case "COUNT":
                return reading.count(column.header)
            case "AMOUNT":
                return reading.amount(column.header)
            case "CHOICE":
                return reading.choice(column.header, object)

    for form in FORMS[kind]:
        row = Row(2, tuple(column.example for column in form.columns))
        sheet = Sheet(form.name, tuple(column.header for column in form.columns), (row,))
        reading = Reading(Placed(form, sheet, {c.header: n for n, c in enumerate(form.columns)}), row)
        values = [read(reading, column) for column in form.columns if column.example]
        assert reading.errors == [] and None not in values


def test_a_filled_template_is_imported(tmp_path: Path) -> None:
    path = tmp_path / "企业.xlsx"
    write_template(ImportKind.ENTERPRISES, path)
    book = load_workbook(path)
    book["企业"].append([a_code(1), "试验花炮厂", "生产企业", "610526", "蒲城县1号", None])
    book["工房"].append([a_code(1), "01", "混药工房", "是", 2, 5.5])
    book.save(path)
    result = a_bench().run(ImportKind.ENTERPRISES, read_table(path, ImportKind.ENTERPRISES))
    assert (result.added, result.errors) == (1, ())


def _people(bench: Bench, *rows: dict[str, Any]) -> ImportResult:
    return bench.run(ImportKind.PEOPLE, a_table("人员", *rows), valid_only=True)


def test_refused_rows_carry_their_reasons_and_can_be_imported_once_mended(tmp_path: Path) -> None:
    bench, path = a_bench(), tmp_path / "未导入.xlsx"
    good = {"姓名": "欧阳试", "手机号码": 16000999999, "角色": "检查人员", "所属部门": "蒲城县应急管理局"}
    result = _people(bench, good, {**good, "姓名": "欧阳验", "角色": "检查员"})
    assert (result.added, result.refused) == (1, 1)
    write_refused(result, path)
    book = load_workbook(path)
    rows = list(book["人员"].values)
    assert rows[0] == ("姓名", "手机号码", "角色", "所属部门", "原因")
    assert rows[1][:4] == ("欧阳验", 16000999999, "检查员", "蒲城县应急管理局")
    assert str(rows[1][4]).startswith("角色：应为")
    book["人员"]["C2"] = "检查人员"
    book.save(path)
    again = bench.run(ImportKind.PEOPLE, read_table(path, ImportKind.PEOPLE))
    assert (again.added, again.errors) == (1, ())


def _refused(tmp_path: Path, *cells: Value, headers: tuple[str, ...] = ("姓名", "说明")) -> Any:
    path = tmp_path / "未导入.xlsx"
    row = RefusedRow("人员", 2, headers, cells, "不对")
    write_refused(ImportResult(ImportKind.PEOPLE, 1, True, refused=1, refused_rows=(row,)), path)
    return load_workbook(path)["人员"]


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "0012", "2026-11-24"])
def test_text_stays_text_and_never_becomes_a_formula(tmp_path: Path, text: str) -> None:
    cell = _refused(tmp_path, text)["A2"]
    assert (cell.value, cell.data_type, cell.number_format) == (text, "s", "@")
    assert cell.quotePrefix, "nor does it when somebody edits the cell"


FORMULAS = (
    "=HYPERLINK(1)",
    " =1+1",
    "\t=1+1",
    "＝1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "'=1",
    "\r=1",
    "{=1}",
)


def test_the_workbook_of_refused_rows_holds_no_formula_anywhere(tmp_path: Path) -> None:
    path = tmp_path / "未导入.xlsx"
    rows = tuple(
        RefusedRow("人员", 2, ("=A1", "@SUM(A1)"), (text, Broken(text, "公式"), text), text)
        for text in FORMULAS
    )
    write_refused(ImportResult(ImportKind.PEOPLE, 1, True, refused=len(rows), refused_rows=rows), path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert not [name for name, part in parts.items() if re.search(rb"<(\w+:)?(f|formula\d?)[\s>/]", part)]
    assert not [name for name in parts if "extern" in name.lower() or "connection" in name.lower()]
    cells = [cell for line in load_workbook(path)["人员"].iter_rows() for cell in line]
    assert len(cells) == 4 * (1 + len(FORMULAS))
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr"}
    assert {(cell.quotePrefix, cell.number_format) for cell in cells} == {(True, "@")}


def test_formulas_errors_dates_and_numbers_come_back_as_they_were_seen(tmp_path: Path) -> None:
    headers = ("甲", "乙", "丙", "丁", "戊")
    sheet = _refused(
        tmp_path,
        Broken("=A1", "公式"),
        Broken("#N/A", "错误"),
        date(2026, 11, 24),
        2.5,
        True,
        headers=headers,
    )
    assert [cell.data_type for cell in sheet[2]] == ["s", "s", "d", "n", "b", "s"]
    assert [cell.value for cell in sheet[2]][:2] == ["=A1", "#N/A"]
    assert sheet["C2"].number_format == "yyyy-mm-dd"


def test_what_excel_cannot_hold_is_cut_visibly_and_control_characters_are_replaced(tmp_path: Path) -> None:
    sheet = _refused(tmp_path, "字" * 40_000, "铃\x07\ud800")
    assert len(sheet["A2"].value) == 32_767 and sheet["A2"].value.endswith("…（已截断）")
    assert sheet["B2"].value == "铃\ufffd\ufffd"


def test_an_old_column_of_reasons_is_replaced_and_content_under_no_header_is_shown(tmp_path: Path) -> None:
    sheet = _refused(tmp_path, "张三", "旧原因", "多余", headers=("姓名", "原因"))
    assert list(sheet.values) == [("姓名", None, "原因"), ("张三", "多余", "不对")]


def test_without_refused_rows_there_is_an_empty_workbook(tmp_path: Path) -> None:
    path = tmp_path / "未导入.xlsx"
    write_refused(ImportResult(ImportKind.CERTIFICATES, 0, True), path)
    assert load_workbook(path).sheetnames == ["证书"]
    assert read_table(path, ImportKind.CERTIFICATES) == Table(())
