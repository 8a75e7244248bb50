"""A cell of 40 MB ends the import within seconds, wherever in the file it stands: its length is found before it is parsed."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from yanbao.adapters.excel import workbooks
from yanbao.adapters.excel.reading import read_table
from yanbao.application.directory.imports.cells import trimmed
from yanbao.application.directory.imports.columns import ImportKind
from yanbao.application.directory.imports.rows import MOST_QUOTED, Rows, recognise
from yanbao.application.directory.imports.tables import Row, Sheet, Table
from yanbao.domain.refusals import FileTooLarge, Refused

from .books import a_book

PEOPLE = ImportKind.PEOPLE
HEADERS = ["姓名", "手机号码", "角色"]
HERE = "PLACEHOLDER"
LONG = 40 * 2**20


def with_cell(path: Path, cell: bytes) -> Path:
    """A workbook in which this XML is the first cell below the headers. Stored: it would pack too well."""
    a_book(path, 人员=[HEADERS, [HERE, "16000000001", "检查人员"]])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    begin = parts[name].index(b'<c r="A2"')
    end = parts[name].index(b"</c>", begin) + 4
    parts[name] = parts[name][:begin] + cell + parts[name][end:]
    return stored(path, parts)


def stored(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    "cell",
    [
        b'<c r="A2" t="inlineStr"><is><t>' + b"a" * LONG + b"</t></is></c>",
        b'<c r="A2" t="inlineStr"><is>' + b"<r><rPr><b/></rPr><t>a</t></r>" * (LONG // 30) + b"</is></c>",
        b'<c r="A2"><f>' + b"a" * LONG + b"</f></c>",
        b'<c r="A2"><v>' + b"7" * LONG + b"</v></c>",
        b'<c r="A2" t="e"><v>' + b"#" * LONG + b"</v></c>",
        b'<c r="A' + b"2" * LONG + b'"/>',
        b'<x:c r="A2"><x:v>' + b"7" * LONG + b"</x:v></x:c>",
    ],
    ids=["text", "runs of text", "formula", "number", "error", "place", "prefix"],
)
def test_a_cell_of_40_megabytes_is_refused_before_it_is_parsed(
    tmp_path: Path, cell: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = with_cell(tmp_path / "a.xlsx", cell)
    monkeypatch.setattr(workbooks, "load_workbook", lambda *_, **__: pytest.fail("it is being parsed"))
    with pytest.raises(FileTooLarge, match="有一个单元格过长"):
        read_table(path, PEOPLE)


def test_a_shared_text_of_40_megabytes_is_refused_before_it_is_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = with_cell(tmp_path / "a.xlsx", b'<c r="A2" t="s"><v>0</v></c>')
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    main = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    parts["xl/sharedStrings.xml"] = b'<sst xmlns="%s"><si><t>%s</t></si></sst>' % (main, b"a" * LONG)
    monkeypatch.setattr(workbooks, "load_workbook", lambda *_, **__: pytest.fail("it is being parsed"))
    with pytest.raises(FileTooLarge, match="有一个单元格过长"):
        read_table(stored(path, parts), PEOPLE)


def test_a_large_sheet_of_cells_as_long_as_excel_allows_is_read(tmp_path: Path) -> None:
    rows = [HEADERS, *[["龘" * 32_767, "16000000001", "检查人员"]] * 40]
    path = a_book(tmp_path / "a.xlsx", 人员=rows)
    (sheet,) = read_table(path, PEOPLE).sheets
    assert [len(str(row.cells[0])) for row in sheet.rows] == [32_767] * 40


def test_many_empty_cells_are_no_long_one(tmp_path: Path) -> None:
    empty = b"".join(b'<c r="A2" s="1"/>' for _ in range(70_000))
    (sheet,) = read_table(with_cell(tmp_path / "a.xlsx", empty), PEOPLE).sheets
    assert len(sheet.rows) == 1


@pytest.mark.parametrize(
    "text",
    ["姓名,手机号码\n" + "a" * LONG + ",16000000001\n", "a" * LONG, '姓名\n"' + "a" * LONG],
    ids=["cell", "header", "quote that does not end"],
)
def test_a_cell_of_40_megabytes_in_a_csv_file_is_refused_with_its_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileTooLarge, match=r"CSV文件第[12]行有超过131072个字的单元格"):
        read_table(path, PEOPLE)


# ---------------------------------------------------------------- the use case by itself


def checked(cell: str, header: str = "姓名") -> list[Any]:
    sheet = Sheet("人员", (header, "手机号码", "角色"), (Row(2, (cell, "16000000001", "检查人员")),))
    placed = recognise(PEOPLE, Table((sheet,)))
    rows = Rows(placed, lambda: None)
    for reading in rows.of(placed[0].form):
        reading.text("姓名")
    return [error for reading in rows.readings for error in reading.errors]


def test_a_remark_quotes_the_beginning_of_a_long_cell() -> None:
    (error,) = checked("字" * 1_000_000)
    assert (len(error.value), error.reason) == (MOST_QUOTED, "单元格有1000000个字，超过Excel的上限32767个。")


def test_a_refusal_quotes_the_beginning_of_a_long_header() -> None:
    with pytest.raises(Refused) as refused:
        checked("张三", "字" * 1_000_000)
    assert len(refused.value.sentence) < 400


def test_spaces_of_all_kinds_are_taken_off_in_one_go() -> None:
    """Taken off kind by kind, a megabyte of them in turn would take hours."""

    class Counted(str):
        strips = 0

        def strip(self, chars: str | None = None, /) -> str:  # type: ignore[override]
            Counted.strips += 1
            return super().strip(chars)

    assert trimmed(Counted("\u200b \u3000\ufeff\t" * 200_000 + "张 三" + "\u3000\u200b" * 200_000)) == "张 三"
    assert Counted.strips == 1
