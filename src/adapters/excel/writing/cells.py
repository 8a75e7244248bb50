"""The XML of one cell of a table: a number in its own type, or text that is never a formula."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import isfinite
from typing import Any, Final
from xml.sax.saxutils import escape

from ....application.ports.workbook import LONGEST_TEXT, Cell, CellKind
from ....domain.values import SHANGHAI
from ..texts import clean_text

CellXml = Callable[[int, Cell], str]
"""Makes the XML of a cell from the number of its row, counted from 1, and its value."""

_DAY: Final = timedelta(days=1)
_DAY_ZERO: Final = date(1899, 12, 30).toordinal()
_FIRST_TRUE_DAY: Final = 61
"""1900-03-01. Excel counts a 29 February 1900: the days before are another day to it than to others."""
_MOST_DIGITS: Final = 10**15
"""Excel keeps 15 digits of a number; a longer one is written as text."""
_UNPLAIN: Final = re.compile(r"[&<>\x00-\x1f\ud800-\udfff\ufffe\uffff]|_x|^\s|\s\Z")
_LOOKS_ESCAPED: Final = re.compile(r"_(?=x[0-9a-fA-F]{4}_)")


def cell_xml(letters: str, kind: CellKind, number_style: int, text_style: int) -> CellXml:
    """Make the function for the cells of the column `letters`; the styles are indices of the workbook's formats.

    It raises ValueError for a value that a column of this kind does not take.
    """
    number = _NUMBERS.get(kind)
    text_head = f'" s="{text_style}" t="inlineStr"><is>'
    number_head = f'" s="{number_style}"><v>'
    blank = f'" s="{number_style}"/>'
    head = f'<c r="{letters}'

    def make(row: int, value: Cell) -> str:
        if value is None or value == "":
            return f"{head}{row}{blank}"
        if number is not None and not isinstance(value, str):
            shown = number(value)
            if not isinstance(shown, str):
                return f"{head}{row}{number_head}{shown!r}</v></c>"
            value = shown
        elif not isinstance(value, str):
            raise ValueError(f"a column of kind {kind.name} does not take {value!r}")
        return f"{head}{row}{text_head}{text_xml(value)}</is></c>"

    return make


def text_xml(text: str) -> str:
    """The element of a text: cleaned, escaped, and with the white space at its ends kept."""
    if len(text) <= LONGEST_TEXT // 2 and not _UNPLAIN.search(text):
        return f"<t>{text}</t>"
    # Excel reads _x0041_ as “A”: its first underscore must be escaped in the same manner.
    return f'<t xml:space="preserve">{escape(_LOOKS_ESCAPED.sub("_x005F_", clean_text(text)))}</t>'


def _integer(value: Any) -> int | str:
    if type(value) is not int:
        raise ValueError(f"an INTEGER column does not take {value!r}")
    return value if -_MOST_DIGITS < value < _MOST_DIGITS else str(value)


def _decimal(value: Any) -> float:
    if type(value) is not int and not isinstance(value, float | Decimal):
        raise ValueError(f"a DECIMAL or PERCENT column does not take {value!r}")
    if not isfinite(number := float(value)):
        raise ValueError(f"a workbook has no number for {value!r}")
    return number


def _date(value: Any) -> int | str:
    if type(value) is not date:
        raise ValueError(f"a DATE column does not take {value!r}")
    day = value.toordinal() - _DAY_ZERO
    return day if day >= _FIRST_TRUE_DAY else value.isoformat()


def _time(value: Any) -> float | str:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError(f"a TIME column takes aware datetimes, not {value!r}")
    local = value.astimezone(SHANGHAI)
    day = local.toordinal() - _DAY_ZERO
    if day < _FIRST_TRUE_DAY:
        return f"{local:%Y-%m-%d %H:%M}"
    return day + (local.hour * 3600 + local.minute * 60 + local.second) / 86_400


def _duration(value: Any) -> float | str:
    if not isinstance(value, timedelta):
        raise ValueError(f"a DURATION column does not take {value!r}")
    if value < timedelta(0):  # Excel shows a negative time as a row of #.
        minutes = -value // timedelta(minutes=1)
        return f"-{minutes // 60}:{minutes % 60:02}"
    return value / _DAY


_NUMBERS: Final[dict[CellKind, Callable[[Any], int | float | str]]] = {
    CellKind.INTEGER: _integer,
    CellKind.DECIMAL: _decimal,
    CellKind.PERCENT: _decimal,
    CellKind.DATE: _date,
    CellKind.TIME: _time,
    CellKind.DURATION: _duration,
}
