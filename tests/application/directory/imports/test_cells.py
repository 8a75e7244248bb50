"""One cell: the many ways in which people write a date, a number, a code or a choice."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from types import MappingProxyType

import pytest

from yanbao.application.directory.imports.cells import amount_in, choice_in, count_in, day_in, shown, text_in
from yanbao.application.directory.imports.tables import Broken, Value
from yanbao.domain.refusals import InvalidValue

DAY = date(2026, 11, 24)
MIDNIGHT = datetime.fromisoformat("2026-11-24T00:00")
"""Without a zone, as workbooks have it."""
HALF_PAST_NINE = datetime.fromisoformat("2026-11-24T09:30")


@pytest.mark.parametrize(
    "cell",
    [
        DAY,
        MIDNIGHT,
        "2026-11-24",
        "2026/11/24",
        "2026年11月24日",
        "20261124",
        20261124,
        20261124.0,
        " 2026-11-24\u3000",
        "２０２６-１１-２４",
        "2026-11-24 00:00:00",
        "2026/11/24 0:00",
    ],
)
def test_a_day_is_understood(cell: Value) -> None:
    assert day_in(cell) == DAY


def test_months_and_days_of_one_digit_are_understood() -> None:
    assert day_in("2026/3/1") == day_in("2026年3月1日") == day_in("2026-3-1") == date(2026, 3, 1)


@pytest.mark.parametrize(
    "cell",
    [
        "2026-02-30",
        "2026-13-01",
        "24.11.2026",
        "11/24/2026",
        "明天",
        46350,
        "202611",
        True,
        time(9, 30),
        HALF_PAST_NINE,
        "0026-11-24",
        "2226-11-24",
        Broken("=TODAY()", "公式"),
    ],
)
def test_what_is_no_day_is_refused(cell: Value) -> None:
    with pytest.raises(InvalidValue):
        day_in(cell)


@pytest.mark.parametrize("cell", [None, "", "  ", "\u3000", "\ufeff", "\u200b \u200b"])
def test_an_empty_cell_is_nothing(cell: Value) -> None:
    assert (text_in(cell), day_in(cell), amount_in(cell), count_in(cell)) == ("", None, None, None)
    assert choice_in(cell, MappingProxyType({"是": True})) is None


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("\u3000蒲城县 \u200b", "蒲城县"),
        (610526, "610526"),
        (610526.0, "610526"),
        (16000000001, "16000000001"),
        (16000000001.0, "16000000001"),
        ("=张三", "=张三"),
    ],
)
def test_text_is_trimmed_and_numbers_become_their_digits(cell: Value, text: str) -> None:
    assert text_in(cell) == text


@pytest.mark.parametrize(
    "cell",
    [
        915000000000000000,
        9.15e17,
        "上\n下",
        "左\t右",
        "铃\x07",
        "张\u200b三",
        "张\u202e三",
        "张\u3164三",
        "字" * 32_768,
        DAY,
        False,
        Broken("#N/A", "错误"),
    ],
)
def test_text_that_cannot_be_believed_is_refused(cell: Value) -> None:
    with pytest.raises(InvalidValue):
        text_in(cell)


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        (12, "12"),
        (0.1, "0.1"),
        (2.3000000000000003, "2.3"),
        ("1,200", "1200"),
        ("１２．５", "12.5"),
        ("-3", "-3"),
        (" 7 ", "7"),
    ],
)
def test_a_number_is_understood(cell: Value, number: str) -> None:
    assert amount_in(cell) == Decimal(number)


@pytest.mark.parametrize(
    "cell", ["1e5", "1_000", "NaN", "Infinity", "12人", "1,2", True, DAY, "--1", "9" * 40]
)
def test_what_is_no_number_is_refused(cell: Value) -> None:
    with pytest.raises(InvalidValue):
        amount_in(cell)


def test_a_count_is_whole() -> None:
    assert count_in("4.0") == count_in(4.0) == count_in(4) == 4
    with pytest.raises(InvalidValue, match="整数"):
        count_in(4.5)


def test_a_choice_is_one_of_its_names_whatever_the_width_of_its_brackets() -> None:
    choices = MappingProxyType({"经营（批发）许可证": 1, "其他": 2})
    assert choice_in("经营(批发)许可证", choices) == choice_in("经营（批发）许可证 ", choices) == 1
    with pytest.raises(InvalidValue, match="经营（批发）许可证、其他之一"):
        choice_in("许可证", choices)


def test_a_logical_cell_is_yes_or_no() -> None:
    choices = MappingProxyType({"是": True, "否": False})
    assert [choice_in(True, choices), choice_in(False, choices)] == [True, False]


@pytest.mark.parametrize(
    ("cell", "seen"),
    [
        (None, ""),
        (True, "TRUE"),
        (1.5, "1.5"),
        (MIDNIGHT, "2026-11-24"),
        (HALF_PAST_NINE, "2026-11-24 09:30:00"),
        (Broken("=A1", "公式"), "=A1"),
    ],
)
def test_what_stands_in_a_cell_can_be_shown(cell: Value, seen: str) -> None:
    assert shown(cell) == seen
