"""Statements whose text is kept: the same values as from SQLAlchemy, writes that go together, refusals as before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, Select, bindparam, select, text

from yanbao.adapters.clock import FixedClock
from yanbao.adapters.sql.kept import Kept
from yanbao.adapters.sql.storage import SqlStorage
from yanbao.adapters.sql.tables.commitment import commitment, commitment_version
from yanbao.adapters.sql.tables.directory import certificate, enterprise
from yanbao.adapters.sql.tables.exchange import outbox
from yanbao.adapters.sql.tables.operations import audit_entry
from yanbao.adapters.sql.transaction import Transaction
from yanbao.application.access import SYSTEM, Actor
from yanbao.application.commitment.commitments import Commitments, SubmitCommitment
from yanbao.application.policies import PolicyBook
from yanbao.application.ports.operations import AuditEntry
from yanbao.application.ports.unavailable import Unavailable
from yanbao.application.reactions import ReactionTable
from yanbao.domain.commitment.commitment import Commitment
from yanbao.domain.directory.enterprise import Enterprise
from yanbao.domain.directory.organisation import Role
from yanbao.domain.refusals import Conflict

from ...support.accounts import an_account
from ...support.builders import (
    DAY,
    NOW,
    a_department_tree,
    a_duty,
    a_form_for,
    a_permit,
    a_person,
    a_region_tree,
    an_enterprise,
    an_id,
    seen_by,
)
from ...support.commitments import facts, owed, reported, signed
from ...support.databases import statements
from ...support.settling import settle_in
from .conftest import storage_on

ENTRY = AuditEntry(an_id("entry"), NOW, None, "系统", "Noted", "Region:610000", {"名": "值"})


@pytest.mark.parametrize(
    "table", [enterprise, certificate, commitment, commitment_version, outbox, audit_entry]
)
def test_rows_have_the_values_that_sqlalchemy_gives(storage: SqlStorage, engine: Engine, table: Any) -> None:
    one = an_enterprise()
    settle_in(storage, SYSTEM, one, a_permit(one), reported(one))
    with storage.work(SYSTEM) as work:
        work.outbox.add([a_duty(1)])
        work.audit.add([ENTRY])
        work.commit()
    statement: Select[Any] = select(table)
    with engine.connect() as connection:
        expected = [tuple(row) for row in connection.execute(statement)]
        connection.rollback()
        transaction = opened(connection)
        assert expected
        assert transaction.fetch(Kept(statement), {}) == expected


def test_constants_of_a_statement_and_parameters_that_occur_twice_keep_their_places(
    storage: SqlStorage, engine: Engine
) -> None:
    one, two = an_enterprise("一厂"), an_enterprise("二厂")
    settle_in(storage, SYSTEM, one, two)
    statement = Kept(
        select(enterprise.c.name)
        .where(
            enterprise.c.active.is_(True), enterprise.c.kind == one.kind, enterprise.c.id == bindparam("id")
        )
        .where(enterprise.c.name != "x", enterprise.c.id == bindparam("id"))
        .limit(1)
    )
    with engine.connect() as connection:
        transaction = opened(connection)
        found = [transaction.fetch(statement, {"id": each.id}) for each in (one, two)]
    assert found == [[("一厂",)], [("二厂",)]]


def test_writes_wait_for_the_next_statement_and_are_seen_by_it(storage: SqlStorage, engine: Engine) -> None:
    one = an_enterprise()
    settle_in(storage, SYSTEM, one, owed(one))
    with storage.work(SYSTEM) as work:
        duty = submitted(work.commitments.find(one.id, DAY), one)
        with statements(engine) as seen:
            work.commitments.save(duty)
            work.outbox.add([a_duty(1)])
            assert seen == []
            again = work.commitments.find(one.id, DAY)
        assert again == duty
        assert len(seen) == (2 if engine.dialect.name == "postgresql" else 4)


def test_what_was_changed_meanwhile_is_a_conflict_and_nothing_of_the_rest_is_stored(postgres: Engine) -> None:
    storage = storage_on(postgres)
    one = settled(storage)
    with pytest.raises(Conflict, match="该承诺已被他人修改"), storage.work(SYSTEM) as work:
        mine = work.commitments.find(one.id, DAY)
        with storage.work(SYSTEM) as other:
            theirs = submitted(other.commitments.find(one.id, DAY), one)
            other.commitments.save(theirs)
            other.commit()
        work.commitments.save(submitted(mine, one))
        work.audit.add([ENTRY])
        work.commit()
    with postgres.connect() as connection:
        assert connection.execute(select(audit_entry)).all() == []


def test_a_refusal_among_writes_that_go_together_speaks_of_the_right_one(
    storage: SqlStorage, engine: Engine
) -> None:
    one = settled(storage)
    with storage.work(SYSTEM) as work:
        work.audit.add([ENTRY])
        work.commit()
    with pytest.raises(Conflict, match="审计记录不得更改"), storage.work(SYSTEM) as work:
        work.commitments.save(submitted(work.commitments.find(one.id, DAY), one))
        work.audit.add([replace(ENTRY, action="Changed")])
        work.commit()
    with engine.connect() as connection:
        assert connection.execute(select(commitment.c.revision)).scalars().all() == [0]


def test_a_session_that_was_ended_is_an_outage_here_too_and_its_connection_is_not_kept(
    postgres: Engine,
) -> None:
    with postgres.connect() as connection:
        transaction = opened(connection)
        pid = transaction.fetch(Kept(select(text("pg_backend_pid()"))), {})
        with postgres.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid[0][0]})
            other.commit()
        with pytest.raises(Unavailable):
            transaction.fetch(Kept(select(enterprise)), {})
        assert connection.invalidated


def test_of_equal_calls_at_once_one_reports_and_all_get_its_answer(engine: Engine) -> None:
    real = SqlStorage(engine, reactions=ReactionTable(PolicyBook()))
    one = settled(real)
    head = a_person("厂长", Role.ENTERPRISE_HEAD, of=one)
    settle_in(real, SYSTEM, a_permit(one), head, an_account(head))
    app = Commitments(real, real.readers(), FixedClock(NOW), PolicyBook())
    actor = Actor(
        head.id, head.name, head.role, None, None, one.id, seen_by(one), account_id=an_account(head).id
    )
    command = SubmitCommitment(one.id, DAY, a_form_for(one))
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: app.submit(actor, command, key="device-1-0001"), range(4)))
    assert [answer.revision for answer in answers] == [1] * 4
    with engine.connect() as connection:
        assert len(connection.execute(select(commitment_version)).all()) == 1
        assert len(connection.execute(select(outbox)).all()) == 1


def settled(storage: SqlStorage) -> Enterprise:
    one = an_enterprise()
    settle_in(storage, SYSTEM, *a_region_tree(), *a_department_tree(), one, owed(one))
    return one


def submitted(duty: Commitment | None, one: Enterprise) -> Commitment:
    assert duty is not None
    duty.submit(a_form_for(one), facts=facts(one), by=signed())
    return duty


def opened(connection: Any) -> Transaction:
    connection.begin()
    transaction = Transaction()
    transaction.open_on(connection)
    return transaction
