"""What stands around the rows: title, facts, headers, totals, count; and how the sheet is used and printed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from openpyxl.worksheet.worksheet import Worksheet

from yanbao.application.ports.workbook import Cell, CellKind, Chart, ChartKind, Column

from .written import a_book, a_sheet, read, written, xml

PLAIN = (
    Column("名称", CellKind.TEXT, 30),
    Column("数量", CellKind.INTEGER, 12, total=True),
    Column("药量", CellKind.DECIMAL, 12, total=True),
    Column("时长", CellKind.DURATION, 12, total=True),
)
ROWS = [(f"第{n}家", n, Decimal("0.1"), timedelta(hours=20)) for n in range(1, 4)]
GROUPED = (
    Column("区域", CellKind.TEXT, 14),
    Column("应报", CellKind.INTEGER, 10, "生产企业"),
    Column("按时率", CellKind.PERCENT, 10, "生产企业"),
    Column("应报", CellKind.INTEGER, 10, "批发企业"),
    Column("备注", CellKind.TEXT, 14),
)


def texts(sheet: Worksheet, row: int) -> list[object]:
    return [cell.value for cell in sheet[row]]


def test_above_the_table_stand_title_department_period_person_and_time() -> None:
    sheet = read(written(a_book(a_sheet(PLAIN, ROWS), conditions="区域：西安市"))).active
    assert (sheet.title, sheet["A1"].value) == ("企业", "企业档案")
    assert sheet["A2"].value == (
        "单位：陕西省应急管理厅　　期间：2026-11-01至2026-11-24　　制表人：王某某　　制表时间：2026-11-24 09:30\n"
        "查询条件：区域：西安市"
    )
    assert {"A1:D1", "A2:D2"} <= {str(merged) for merged in sheet.merged_cells.ranges}


def test_headers_stay_in_view_repeat_in_print_and_filter_the_rows_but_not_the_totals() -> None:
    sheet = read(written(a_book(a_sheet(PLAIN, ROWS, counted="家")))).active
    assert texts(sheet, 3) == ["名称", "数量", "药量", "时长"]
    assert (sheet.freeze_panes, sheet.print_title_rows, sheet.auto_filter.ref) == ("A4", "$3:$3", "A3:D6")


def test_groups_make_a_second_row_of_headers() -> None:
    sheet = read(written(a_book(a_sheet(GROUPED, [("西安市", 1, 1.0, 2, "")])))).active
    assert texts(sheet, 3) == ["区域", "生产企业", None, "批发企业", "备注"]
    assert texts(sheet, 4) == [None, "应报", "按时率", "应报", None]
    merged = {str(each) for each in sheet.merged_cells.ranges}
    assert merged >= {"A3:A4", "B3:C3", "E3:E4"}
    assert (sheet.freeze_panes, sheet.print_title_rows, sheet.auto_filter.ref) == ("A5", "$3:$4", "A4:E5")


def test_it_prints_on_a4_landscape_with_all_columns_on_a_page_and_numbered_pages() -> None:
    sheet = read(written(a_book(a_sheet(PLAIN, ROWS)))).active
    setup = sheet.page_setup
    assert (setup.orientation, int(setup.paperSize), setup.fitToHeight) == ("landscape", 9, 0)
    assert setup.fitToWidth in (None, 1)  # One page wide is what Excel takes for granted.
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.oddFooter.center.text == "第 &P 页  共 &N 页"


def test_every_cell_of_the_table_has_thin_lines() -> None:
    sheet = read(written(a_book(a_sheet(PLAIN, [("西安市", 1, 1.0, None)])))).active
    for row in sheet["A3:D4"]:
        for cell in row:
            border = cell.border
            assert {border.left.style, border.right.style, border.top.style, border.bottom.style} == {"thin"}


def test_the_last_rows_are_the_sums_the_count_and_the_notes() -> None:
    sheet = read(written(a_book(a_sheet(PLAIN, ROWS, counted="家", notes=["药量以核定为准。"])))).active
    assert texts(sheet, 7) == ["合计", 6, 0.3, timedelta(hours=60)]
    assert (sheet["A8"].value, sheet["A9"].value) == ("共3家", "药量以核定为准。")
    assert sheet.max_row == 9


def test_figures_that_cannot_be_added_up_come_with_the_sheet() -> None:
    totals = (None, 9, 0.5, None, "全省")
    sheet = read(written(a_book(a_sheet(GROUPED, [("西安市", 1, 1.0, 2, "")], totals=totals)))).active
    assert texts(sheet, 6) == ["合计", 9, 0.5, None, "全省"]


def test_no_workbook_has_a_formula_not_even_for_its_totals() -> None:
    assert "<f>" not in xml(written(a_book(a_sheet(PLAIN, ROWS))))


def test_a_list_without_rows_has_its_headers_and_says_so() -> None:
    sheet = read(written(a_book(a_sheet(PLAIN, [], counted="家")))).active
    assert sheet.auto_filter.ref == "A3:D3"
    assert texts(sheet, 4) == ["合计", None, None, None]
    assert sheet["A5"].value == "共0家"


def test_a_table_of_one_column_can_be_written() -> None:
    sheet = read(written(a_book(a_sheet(PLAIN[:1], [("甲",)], counted="家")))).active
    assert [sheet.cell(row, 1).value for row in range(3, 6)] == ["名称", "甲", "共1家"]


def test_a_row_is_as_high_as_its_longest_text() -> None:
    rows = [("短", 1, 1, None), ("长" * 200, 1, 1, None), ("一\n二\n三", 1, 1, None)]
    heights = read(written(a_book(a_sheet(PLAIN, rows)))).active.row_dimensions
    assert heights[4].height is None
    assert heights[5].height > heights[6].height > 40


def test_the_same_book_gives_the_same_bytes() -> None:
    first, second = (written(a_book(a_sheet(PLAIN, ROWS))) for _ in range(2))
    assert first == second


def test_what_people_typed_into_names_is_text_everywhere() -> None:
    evil = "<r><t>=1+1</t></r>\x01&"
    book = read(
        written(
            a_book(
                a_sheet(PLAIN, [], title=evil), a_sheet(PLAIN, [], title=evil), title=evil, prepared_by=evil
            )
        )
    )
    clean = evil.replace("\x01", "\ufffd")
    assert book.active["A1"].value == f"{clean}：{evil}".replace("\x01", "\ufffd")
    assert f"制表人：{clean}" in book.active["A2"].value
    assert book.properties.creator == clean
    assert book.sheetnames == ["<r><t>=1+1< t>< r> &", "<r><t>=1+1< t>< r> &（2）"]


@pytest.mark.parametrize("title", ["", "'", "[a]:*?/\\", "History", "长" * 40, "🧨" * 20])
def test_every_title_gives_a_name_that_excel_takes(title: str) -> None:
    names = read(written(a_book(a_sheet(PLAIN, [], title=title), a_sheet(PLAIN, [], title=title)))).sheetnames
    assert len({name.casefold() for name in names}) == 2
    for name in names:
        assert 1 <= len(name.encode("utf-16-le")) // 2 <= 31
        assert not set(name) & set("[]:*?/\\")
        assert name.casefold() != "history"
        assert name.strip("'") == name


# ---------------------------------------------------------------- charts


def test_a_chart_stands_behind_its_table_and_shows_its_cells() -> None:
    charts = [
        Chart(ChartKind.COLUMN, "各市应报", 0, (1, 3)),
        Chart(ChartKind.BAR, "各市按时率", 0, (2,)),
        Chart(ChartKind.LINE, "=走势", 0, (1,)),
    ]
    content = written(
        a_book(a_sheet(GROUPED, [("西安市", 1, 1.0, 2, ""), ("宝鸡市", 2, 0.5, 1, "")], charts=charts))
    )
    book = read(content)
    assert [sheet.title for sheet in book.worksheets] == ["企业"]
    assert [sheet.title for sheet in book.chartsheets] == ["各市应报", "各市按时率", "=走势"]
    assert [xml(content, f"xl/charts/chart{n}.xml").count("<c:ser>") for n in (1, 2, 3)] == [2, 1, 1]
    first = xml(content, "xl/charts/chart1.xml")
    assert "<c:f>企业!$A$5:$A$6</c:f>" in first
    assert "<c:f>企业!$B$5:$B$6</c:f>" in first
    assert "<c:v>生产企业：应报</c:v>" in first
    assert "<a:t>走势</a:t>" in xml(content, "xl/charts/chart3.xml")


def test_a_table_without_rows_has_no_charts() -> None:
    book = read(written(a_book(a_sheet(GROUPED, [], charts=[Chart(ChartKind.LINE, "走势", 0, (1,))]))))
    assert book.chartsheets == []


# ---------------------------------------------------------------- long tables


def test_rows_are_pulled_while_they_are_written_and_the_progress_is_told() -> None:
    pulled, told = [0], []

    def rows() -> Iterator[tuple[Cell, ...]]:
        for n in range(2_500):
            pulled[0] = n + 1
            yield (n,)

    def progress(done: int) -> None:
        told.append((done, pulled[0]))

    written(a_book(a_sheet([Column("序号", CellKind.INTEGER, 9)], rows())), progress=progress)
    assert told == [(1_000, 1_000), (2_000, 2_000), (2_500, 2_500)]


def test_a_table_too_long_for_one_sheet_goes_on_in_the_next_with_totals_at_the_end() -> None:
    columns = [Column("序号", CellKind.INTEGER, 9), Column("数", CellKind.INTEGER, 9, total=True)]
    sheet = a_sheet(columns, [(n, 1) for n in range(7)], counted="条")
    book = read(written(a_book(sheet), most_rows=3))
    assert book.sheetnames == ["企业", "企业（2）", "企业（3）"]
    assert [[row[0].value for row in sheet.iter_rows(min_row=4)] for sheet in book.worksheets] == [
        [0, 1, 2, "（接下一工作表）"],
        [3, 4, 5, "（接下一工作表）"],
        [6, "合计", "共7条"],
    ]
    assert book.worksheets[2]["B5"].value == 7
    assert book.worksheets[1]["A1"].value == "企业档案：企业（2）"


def test_a_table_that_just_fits_needs_no_other_sheet() -> None:
    book = read(written(a_book(a_sheet(PLAIN[:1], [("甲",)] * 3)), most_rows=3))
    assert book.sheetnames == ["企业"]


def test_what_the_progress_raises_ends_the_writing_and_leaves_no_file(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr("tempfile.tempdir", str(folder))

    class Cancelled(Exception):
        pass

    def cancel(done: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        written(a_book(a_sheet(PLAIN[:1], [("甲",)] * 1_000)), progress=cancel)
    (own,) = folder.iterdir()
    assert list(own.iterdir()) == []


def test_days_of_the_chart_are_days() -> None:
    columns = [Column("日期", CellKind.DATE, 12), Column("率", CellKind.PERCENT, 9)]
    rows = [(date(2026, 11, 1) + timedelta(days=n), 0.5) for n in range(3)]
    content = written(a_book(a_sheet(columns, rows, charts=[Chart(ChartKind.LINE, "走势", 0, (1,))])))
    assert 'formatCode="m-d"' in xml(content, "xl/charts/chart1.xml")
    assert datetime(2026, 11, 1, tzinfo=UTC).date() == read(content).active["A4"].value.date()
