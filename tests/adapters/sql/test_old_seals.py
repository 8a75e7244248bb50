"""Entries that earlier releases sealed verify by the rule of then; new ones are chained to them by the new rule."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Engine, text

from yanbao.adapters.sql.audit import chained
from yanbao.adapters.sql.storage import SqlStorage
from yanbao.adapters.sql.tables.operations import audit_entry
from yanbao.application.access import SYSTEM

from ...support.accounts import an_audit_entry
from ...support.builders import NOW


def write(storage: SqlStorage, *names: str) -> None:
    with storage.work(SYSTEM) as work:
        work.audit.add([an_audit_entry(name, at=NOW + timedelta(seconds=n)) for n, name in enumerate(names)])
        work.commit()


def seal(storage: SqlStorage) -> int:
    with storage.work(SYSTEM) as work:
        sealed = work.audit.seal(limit=10, at=NOW + timedelta(hours=1))
        work.commit()
    return sealed


def sealed_by_an_earlier_release(engine: Engine) -> None:
    """As format 1 did it: the hash leaves out when the entry was sealed."""
    with engine.begin() as connection:
        previous = ""
        for number, row in enumerate(
            connection.execute(audit_entry.select().order_by(audit_entry.c.at, audit_entry.c.id)).all(),
            start=1,
        ):
            previous = chained(previous, number, row, None)
            connection.execute(
                audit_entry.update()
                .where(audit_entry.c.id == row.id)
                .values(sequence=number, hash=previous, sealed_at=NOW, seal_format=1)
            )


def verify(storage: SqlStorage) -> tuple[int, str | None]:
    with storage.work(SYSTEM) as work:
        return work.audit.verify()


def test_old_seals_verify_and_new_ones_follow_them(engine: Engine, storage: SqlStorage) -> None:
    write(storage, "甲", "乙")
    sealed_by_an_earlier_release(engine)
    assert verify(storage) == (2, None)
    write(storage, "丙")
    assert seal(storage) == 1
    assert verify(storage) == (3, None)


def falsify(engine: Engine, what: str, name: str) -> None:
    with engine.begin() as connection:
        connection.execute(
            text(f"UPDATE audit_entry SET {what} WHERE subject = :subject"), {"subject": f"Commitment:{name}"}
        )


def test_when_a_new_entry_was_sealed_cannot_be_changed_unseen(engine: Engine, storage: SqlStorage) -> None:
    write(storage, "甲", "乙")
    assert seal(storage) == 2
    falsify(engine, "sealed_at = '2026-11-24 00:00:00.000000'", "乙")
    assert verify(storage) == (2, str(an_audit_entry("乙").id))


def test_a_new_entry_cannot_be_passed_off_as_an_old_one(engine: Engine, storage: SqlStorage) -> None:
    write(storage, "甲", "乙")
    assert seal(storage) == 2
    falsify(engine, "seal_format = 1", "乙")
    assert verify(storage) == (2, str(an_audit_entry("乙").id))
