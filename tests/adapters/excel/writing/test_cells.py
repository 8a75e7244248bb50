"""Cells have types: numbers are numbers, days are days, and whatever text says, it stays that text."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from yanbao.adapters.excel.texts import CUT
from yanbao.application.ports.workbook import LONGEST_TEXT, Cell, CellKind, Column

from .written import FIRST, a_book, a_sheet, read, written, xml

EVERY_KIND = [Column(kind.name, kind, 20) for kind in CellKind]


def one_cell(kind: CellKind, value: Cell) -> bytes:
    return written(a_book(a_sheet([Column("列", kind, 30), Column("另一列", width=30)], [(value, "")])))


def shown(text: str) -> str:
    """What Excel shows of a text in a file: _x000D_ and the like are characters; openpyxl leaves them as they are."""
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), text)


def test_every_kind_of_cell_has_its_type_and_its_format() -> None:
    moment = datetime(2026, 11, 24, 1, 2, 3, 999_999, tzinfo=UTC)
    row = ("文字", 12, Decimal("3.125"), 0.256, date(2026, 11, 24), moment, timedelta(hours=30, minutes=5))
    cells = read(written(a_book(a_sheet(EVERY_KIND, [row])))).active[FIRST]
    assert [(cell.value, cell.number_format, cell.data_type) for cell in cells] == [
        ("文字", "@", "s"),
        (12, "#,##0", "n"),
        (3.125, "#,##0.00", "n"),
        (0.256, "0.0%", "n"),
        (datetime.fromisoformat("2026-11-24"), "yyyy-mm-dd", "d"),
        (datetime.fromisoformat("2026-11-24T09:02:03"), "yyyy-mm-dd hh:mm", "d"),
        (timedelta(hours=30, minutes=5), "[h]:mm", "d"),
    ]


def test_what_is_not_known_is_an_empty_cell_of_the_same_look() -> None:
    cells = read(written(a_book(a_sheet(EVERY_KIND, [(None,) * len(EVERY_KIND)])))).active[FIRST]
    assert [cell.value for cell in cells] == [None] * len(EVERY_KIND)
    assert {cell.border.left.style for cell in cells} == {"thin"}


@pytest.mark.parametrize("kind", CellKind)
def test_a_text_is_allowed_in_every_column_and_stays_text(kind: CellKind) -> None:
    cell = read(one_cell(kind, "=1+1")).active.cell(FIRST, 1)
    assert (cell.value, cell.data_type, cell.number_format, cell.quotePrefix) == ("=1+1", "s", "@", True)


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\n=1", "'=1", "＝1", '=HYPERLINK("x")']
)
def test_no_text_becomes_a_formula_and_none_when_it_is_edited(text: str) -> None:
    content = one_cell(CellKind.TEXT, text)
    cell = read(content).active.cell(FIRST, 1)
    assert (cell.value, cell.data_type, cell.number_format, cell.quotePrefix) == (text, "s", "@", True)
    assert "<f>" not in xml(content)


HARD = (
    "<r><t>粗体</t></r>",  # XlsxWriter writes such a text as markup if it is left to it.
    "_x0041_",
    "&lt; ]]> <b>",
    "  两端的空格\t",
    "\r\n行\r行\n",
    "\x00\x1f\x0b\ud800\ufffe",
    "🧨" * 20_000,
)


@given(texts=st.lists(st.text(min_size=1), min_size=1, max_size=100))
@example(texts=HARD)
@settings(max_examples=25, deadline=None)
def test_any_text_comes_back_as_the_same_text(texts: Sequence[str]) -> None:
    columns = [Column("文字", CellKind.TEXT, 30), Column("数字", CellKind.INTEGER, 30)]
    content = written(a_book(a_sheet(columns, [(text, text) for text in texts])))
    rows = list(read(content).active.iter_rows(min_row=FIRST))
    for text, row in zip(texts, rows, strict=True):
        for cell in row:
            assert cell.data_type == "s"
            check_the_same(shown(cell.value), text)
    assert "<f>" not in xml(content)


def check_the_same(found: str, text: str) -> None:
    same = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "\ufffd", text)
    same = same.replace("\r\n", "\n").replace("\r", "\n")
    if len(same.encode("utf-16-le")) <= 2 * LONGEST_TEXT:
        assert found == same
    else:
        assert found.endswith(CUT)
        assert same.startswith(found.removesuffix(CUT))
        assert len(found.encode("utf-16-le")) in (2 * LONGEST_TEXT, 2 * LONGEST_TEXT - 2)


def test_a_text_that_is_cut_says_so() -> None:
    value = read(one_cell(CellKind.TEXT, "长" * (LONGEST_TEXT + 1))).active.cell(FIRST, 1).value
    assert value == "长" * (LONGEST_TEXT - len(CUT)) + CUT
    longest = "长" * LONGEST_TEXT
    assert read(one_cell(CellKind.TEXT, longest)).active.cell(FIRST, 1).value == longest


def test_a_text_that_looks_escaped_is_escaped_itself() -> None:
    assert "_x005F_x0041_" in html.unescape(xml(one_cell(CellKind.TEXT, "_x0041_")))


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (CellKind.INTEGER, 10**15, "1000000000000000"),
        (CellKind.DATE, date(1900, 2, 28), "1900-02-28"),
        (CellKind.TIME, datetime(1, 1, 1, tzinfo=UTC), "0001-01-01 08:05"),
        (CellKind.DURATION, timedelta(minutes=-90), "-1:30"),
    ],
)
def test_what_excel_cannot_show_as_a_number_is_written_as_text(
    kind: CellKind, value: Cell, text: str
) -> None:
    assert read(one_cell(kind, value)).active.cell(FIRST, 1).value == text


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (CellKind.TEXT, 1),
        (CellKind.INTEGER, True),
        (CellKind.INTEGER, 1.5),
        (CellKind.DECIMAL, float("nan")),
        (CellKind.PERCENT, Decimal("Infinity")),
        (CellKind.DATE, datetime(2026, 11, 24, tzinfo=UTC)),
        (CellKind.TIME, datetime(2026, 11, 24)),  # noqa: DTZ001 - this is what is refused.
        (CellKind.DURATION, 3),
    ],
)
def test_a_value_that_its_column_does_not_take_is_refused(kind: CellKind, value: Cell) -> None:
    with pytest.raises(ValueError, match=r"take|number"):
        one_cell(kind, value)


def test_a_row_of_another_width_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        written(a_book(a_sheet(EVERY_KIND, [("文字",)])))
