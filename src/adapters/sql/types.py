"""Column types with equal Python values on both databases: instants, decimals, enums, JSON, codes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Numeric, String, Text
from sqlalchemy import Enum as SqlEnum
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator, TypeEngine


class UtcDateTime(TypeDecorator[datetime]):
    """An instant, stored in UTC with microseconds and read back as aware. Raises ValueError for a naive one.

    SQLite has no such type: it stores the text `YYYY-MM-DD HH:MM:SS.ffffff`, which sorts like the instants.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None or value.utcoffset() is None:
            raise ValueError(f"a naive datetime must not reach the database: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class ExactDecimal(TypeDecorator[Decimal]):
    """A decimal that is read back with the same digits. SQLite would make it a float, so it is text there."""

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else Numeric())

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        return f"{value:f}" if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


PlainJson = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""Plain JSON values; JSONB on PostgreSQL. None is stored as NULL."""


class JsonText(TypeDecorator[Any]):
    """JSON values as ASCII text, for what others have written: JSONB refuses the NUL character in a text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(value, ensure_ascii=True)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


def code(length: int) -> TypeEngine[str]:
    """A short text, sorted by code point (collation C) whatever the language of the database is."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


def choice(values: type[Enum], name: str) -> SqlEnum:
    """An enum, stored by value, with a CHECK constraint; `name` is the name of the column."""
    return SqlEnum(
        values,
        native_enum=False,
        create_constraint=True,
        name=name,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )


def given_by_driver(kind: TypeEngine[Any], dialect: Dialect) -> bool:
    """Whether the driver's own value is the one that Python knows, whatever the type's decorator does to it.

    psycopg gives instants in the zone of the session, and every session here is in UTC.
    """
    return dialect.name == "postgresql" and isinstance(kind, (UtcDateTime, ExactDecimal))
