"""Reading one cell as text, date, number or choice; raises InvalidValue with a reason in Chinese."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Final

from ....domain.refusals import InvalidValue
from ....domain.values import shortened
from ....domain.visible import has_invisible
from .tables import Broken, Value

LONGEST_CELL: Final = 32_767
"""What Excel itself can hold in one cell."""
_MOST_EXACT: Final = 10**15
_ENDS: Final = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\u200b\u200c\u200d\u2060\ufeff"
"""Every space of Unicode, the last being the full-width one, and the invisible ones."""
_DATES: Final = (
    re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T]00:00(?::00)?)?"),
    re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})(?: 0{1,2}:00(?::00)?)?"),
    re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日"),
    re.compile(r"(\d{4})(\d{2})(\d{2})"),
)
_FIRST_DAY: Final = date(1980, 1, 1)
_LAST_DAY: Final = date(2100, 12, 31)
_NUMBER: Final = re.compile(r"-?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?")


def shown(value: Value) -> str:
    """The cell as people see it."""
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case Broken():
            return value.shown
        case datetime():
            return str(value.date()) if value.time() == time.min else f"{value:%Y-%m-%d %H:%M:%S}"
        case float():
            return f"{value:.15g}"
        case _:
            return str(value)


def is_empty(value: Value) -> bool:
    return value is None or (isinstance(value, str) and not trimmed(value))


def trimmed(text: str) -> str:
    """The text without spaces at its ends; full-width and invisible spaces are removed, too."""
    return text.strip(_ENDS)


def text_in(value: Value) -> str:
    """The text, empty for an empty cell. A number gives its digits, as long as Excel keeps all of them."""
    match value:
        case None:
            return ""
        case Broken():
            raise InvalidValue(value.reason)
        case str():
            return _clean(value)
        case bool() | date() | time():
            raise InvalidValue("应为文本，现为日期或逻辑值，请将单元格设为文本格式后重新填写。")
        case int() | float():
            if abs(value) >= _MOST_EXACT:
                raise InvalidValue("数字超过15位，Excel已改变其末尾几位，请将单元格设为文本格式后重新填写。")
            return f"{value:.15g}" if isinstance(value, float) else str(value)


def day_in(value: Value) -> date | None:
    """The day of a date cell, or of one of the four ways to write a date; None for an empty cell."""
    if isinstance(value, datetime):
        if value.time() != time.min:
            raise InvalidValue(f"应只有日期，现带有时间{value:%H:%M:%S}。")
        return _plausible(value.date())
    if isinstance(value, date):
        return _plausible(value)
    if isinstance(value, bool | time):
        raise InvalidValue("应为日期，例如2026-11-24。")
    text = unicodedata.normalize("NFKC", text_in(value))
    if not text:
        return None
    for pattern in _DATES:
        found = pattern.fullmatch(text)
        if found is not None:
            year, month, day = map(int, found.groups())
            try:
                return _plausible(date(year, month, day))
            except ValueError:
                raise InvalidValue(f"没有“{text}”这一天。") from None
    raise InvalidValue(f"应为日期，例如2026-11-24、2026/11/24或2026年11月24日，现为“{shortened(text, 20)}”。")


def amount_in(value: Value) -> Decimal | None:
    """The number, None for an empty cell."""
    if isinstance(value, bool | date | time):
        raise InvalidValue("应为数字，现为日期或逻辑值。")
    if isinstance(value, float) and abs(value) < _MOST_EXACT:
        return Decimal(f"{value:.15g}")
    text = unicodedata.normalize("NFKC", text_in(value))
    if not text:
        return None
    if not _NUMBER.fullmatch(text) or len(text) > 30:
        raise InvalidValue(f"应为数字，不带单位，现为“{shortened(text, 20)}”。")
    return Decimal(text.replace(",", ""))


def count_in(value: Value) -> int | None:
    """The whole number, None for an empty cell."""
    amount = amount_in(value)
    if amount is None:
        return None
    if amount != amount.to_integral_value():
        raise InvalidValue(f"应为整数，现为{amount:f}。")
    return int(amount)


def choice_in(value: Value, choices: Mapping[str, object]) -> object | None:
    """The meaning of the name, None for an empty cell. Full-width characters match half-width ones."""
    text = ("是" if value else "否") if isinstance(value, bool) else text_in(value)
    if not text:
        return None
    narrow = unicodedata.normalize("NFKC", text)
    for name, meaning in choices.items():
        if unicodedata.normalize("NFKC", name) == narrow:
            return meaning
    raise InvalidValue(f"应为{'、'.join(choices)}之一，现为“{shortened(text, 20)}”。")


def _clean(raw: str) -> str:
    if len(raw) > LONGEST_CELL:
        raise InvalidValue(f"单元格有{len(raw)}个字，超过Excel的上限{LONGEST_CELL}个。")
    text = trimmed(raw)
    if any(c in "\r\n\t" for c in text):
        raise InvalidValue("单元格内不得换行或含有制表符。")
    if has_invisible(text):
        raise InvalidValue("单元格含有不可见的控制字符，请重新输入。")
    return text


def _plausible(day: date) -> date:
    if not _FIRST_DAY <= day <= _LAST_DAY:
        raise InvalidValue(f"日期应在{_FIRST_DAY}至{_LAST_DAY}之间，现为{day}。")
    return day
