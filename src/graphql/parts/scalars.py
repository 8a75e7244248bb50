"""Scalars: instants with an offset, dates, decimals as text; and enumerations with Chinese names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, Final, TypeVar

import strawberry
from strawberry.types.scalar import ScalarDefinition

from ...domain.refusals import InvalidValue
from ...domain.values import SHANGHAI

Kind = TypeVar("Kind", bound=Enum)
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")  # Python also accepts ISO weeks: 2026-W48-2.


def _parse_instant(raw: object) -> datetime:
    if not isinstance(raw, str):
        raise InvalidValue("时间应为带时区的文本，例如 2026-11-24T09:30:00+08:00。")
    try:
        moment = datetime.fromisoformat(raw)
    except ValueError:
        raise InvalidValue("时间格式不正确，应如 2026-11-24T09:30:00+08:00。") from None
    if moment.tzinfo is None:
        raise InvalidValue("时间必须带时区，例如 2026-11-24T09:30:00+08:00。")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise InvalidValue("时间超出范围。") from None


def _parse_date(raw: object) -> date:
    if not isinstance(raw, str) or not _DAY.fullmatch(raw):
        raise InvalidValue("日期应写作 2026-11-24。")
    try:
        return date.fromisoformat(raw)
    except ValueError:
        raise InvalidValue("日期不存在或格式不正确，应写作 2026-11-24。") from None


def _parse_decimal(raw: object) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise InvalidValue("应为十进制数字。")
    try:
        number = Decimal(str(raw))
    except InvalidOperation:
        raise InvalidValue("应为十进制数字。") from None
    if not number.is_finite() or abs(number.adjusted()) > 20:
        raise InvalidValue("数字超出范围。")
    return number


def _render_decimal(value: Decimal | str) -> str:
    text = f"{Decimal(value):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


SCALARS: Final[Mapping[object, ScalarDefinition]] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="时刻。ISO 8601 with an offset, which input must carry; output is in +08:00.",
        serialize=lambda value: value.astimezone(SHANGHAI).isoformat(),
        parse_value=_parse_instant,
    ),
    date: strawberry.scalar(
        name="Date",
        description="日期。ISO 8601, `2026-11-24`, a day of Asia/Shanghai.",
        serialize=lambda value: value.isoformat(),
        parse_value=_parse_date,
    ),
    Decimal: strawberry.scalar(
        name="Decimal",
        description="十进制数。As text without exponent; input may be text or a number.",
        serialize=_render_decimal,
        parse_value=_parse_decimal,
    ),
}


LABELS: Final[dict[str, Mapping[str, str]]] = {}
"""Name of a GraphQL enum → the Chinese label of each value. `named_enum` fills it."""


def named_enum(enum: type[Kind], name: str, description: str, names: Mapping[Kind, str]) -> Any:
    """Register a domain enumeration in GraphQL; `names` says what each value is called in Chinese."""
    strawberry.enum(enum, name=name, description=description)
    definition: Any = enum.__strawberry_definition__  # type: ignore[attr-defined]
    for value in definition.values:
        value.description = names[enum[value.name]]
    LABELS[name] = {member.name: names[member] for member in enum}
    return enum
