"""The demo province in bulk: regions and departments by the demo's own seeding, enterprises by COPY."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from enum import Enum
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg import sql

from yanbao.adapters.demo.province import Province, build_province
from yanbao.adapters.demo.seeding import seed
from yanbao.adapters.sql.storage import SqlStorage
from yanbao.domain.directory.organisation import Role
from yanbao.domain.values import fact_id

ACCOUNT: Final = (
    "id",
    "username",
    "person_id",
    "password_digest",
    "password_set_at",
    "must_change_password",
    "former",
    "failures",
    "disabled",
    "version",
)
NO_PASSWORD: Final = "nobody logs in with a password here"


def fill(
    storage: SqlStorage, connection: psycopg.Connection, *, enterprises: int, today: date, at: datetime
) -> None:
    """Write the province with that many enterprises; every department and every enterprise's head has an account."""
    province = build_province(enterprises=enterprises, today=today)
    offices = replace(
        province,
        people=tuple(person for person in province.people if person.department_id is not None),
        enterprises=(),
        certificates=(),
        shutdown_periods=(),
        accounts=(),
    )
    seed(storage, offices, password_digest=NO_PASSWORD, at=at)
    with connection.transaction():
        _enterprises(connection, province, at)
        _people(connection, province, at)
        _papers(connection, province)
    connection.execute("ANALYZE")


def _enterprises(connection: psycopg.Connection, province: Province, at: datetime) -> None:
    names = (
        *("id", "credit_code", "name", "kind", "region_id", "address", "active"),
        *("workshops_total", "powder_workshops_total", "warehouses_total", "approved_persons"),
        *("approved_powder_kg", "approved_boxes", "approved_stock_kg", "updated_at"),
    )
    rows = (
        (
            *(e.id, e.credit_code.text, e.name, e.kind, e.region_id, e.address, e.active),
            *(len(e.workshops), e.powder_workshops, len(e.warehouses), e.approved_persons),
            *(e.approved_powder_kg, e.approved_boxes, e.approved_stock_kg, at),
        )
        for e in province.enterprises
    )
    copy(connection, "enterprise", names, rows)
    copy(
        connection,
        "workshop",
        ("enterprise_id", "position", "number", "name", "powder", "approved_persons", "approved_powder_kg"),
        (
            (e.id, place, w.number, w.name, w.powder, w.approved_persons, w.approved_powder_kg)
            for e in province.enterprises
            for place, w in enumerate(e.workshops)
        ),
    )
    copy(
        connection,
        "warehouse",
        ("enterprise_id", "position", "number", "name", "approved_boxes", "approved_kg", "approved_persons"),
        (
            (e.id, place, w.number, w.name, w.approved_boxes, w.approved_kg, w.approved_persons)
            for e in province.enterprises
            for place, w in enumerate(e.warehouses)
        ),
    )


def _people(connection: psycopg.Connection, province: Province, at: datetime) -> None:
    people = [person for person in province.people if person.enterprise_id is not None]
    copy(
        connection,
        "person",
        ("id", "name", "phone", "role", "enterprise_id", "active"),
        ((p.id, p.name, p.phone.text, p.role, p.enterprise_id, p.active) for p in people),
    )
    heads: dict[UUID, UUID] = {}
    for person in people:
        if person.role is Role.ENTERPRISE_HEAD and person.enterprise_id is not None:
            heads.setdefault(person.enterprise_id, person.id)
    accounts = [(planned.username, planned.person_id) for planned in province.accounts]
    known = {person for _, person in accounts}
    accounts += [(f"head-{head}", head) for head in heads.values() if head not in known]
    copy(
        connection,
        "account",
        ACCOUNT,
        (
            (fact_id("account", name), name, person, NO_PASSWORD, at, False, "[]", 0, False, 1)
            for name, person in accounts
        ),
    )


def _papers(connection: psycopg.Connection, province: Province) -> None:
    copy(
        connection,
        "certificate",
        (
            *("id", "kind", "number", "enterprise_id", "person_id"),
            *("issued_on", "expires_on", "review_due_on", "trade"),
        ),
        (
            (
                *(c.id, c.kind, c.number, c.enterprise_id, c.person_id),
                *(c.issued_on, c.expires_on, c.review_due_on, c.trade),
            )
            for c in province.certificates
        ),
    )
    copy(
        connection,
        "shutdown_period",
        (
            *("id", "enterprise_id", "region_id", "kind"),
            *("first_day", "last_day", "reason", "note", "cancelled"),
        ),
        (
            (
                s.id,
                s.enterprise_id,
                s.region_id,
                s.kind,
                s.first_day,
                s.last_day,
                s.reason,
                s.note,
                s.cancelled,
            )
            for s in province.shutdown_periods
        ),
    )


def copy(
    connection: psycopg.Connection, table: str, names: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """COPY rows into a table; enumerations go as their values."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as target:
        for row in _plain(rows):
            target.write_row(row)


def _plain(rows: Iterable[Sequence[Any]]) -> Iterator[list[Any]]:
    for row in rows:
        yield [value.value if isinstance(value, Enum) else value for value in row]
