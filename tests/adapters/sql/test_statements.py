"""How many statements things take: few, and not more for more rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from yanbao.adapters.sql.storage import SqlStorage
from yanbao.application.access import EVERYTHING, SYSTEM
from yanbao.application.policies import PolicyBook
from yanbao.application.ports.commitment import CommitmentFilter
from yanbao.application.ports.directory import (
    CertificateFilter,
    DepartmentFilter,
    EnterpriseFilter,
    PersonFilter,
    ShutdownPeriodFilter,
)
from yanbao.application.ports.exchange import DutyFilter
from yanbao.application.ports.paging import Page
from yanbao.application.ports.readers import Readers
from yanbao.application.reactions import ReactionTable
from yanbao.domain.directory.enterprise import Enterprise
from yanbao.domain.directory.organisation import Level, Role
from yanbao.domain.exchange.duty import Topic

from ...support.accounts import a_session, an_account
from ...support.builders import (
    DAY,
    LINTONG,
    NOW,
    PROVINCE,
    XIAN,
    a_department,
    a_form_for,
    a_permit,
    a_person,
    a_shutdown,
    an_enterprise,
    seen_from,
)
from ...support.commitments import owed, signed
from ...support.databases import statements
from ...support.notices import a_message
from ...support.settling import settle_in

SPAN = (DAY - timedelta(days=3), DAY)
HEAD = a_person("厅长", Role.DEPARTMENT_HEAD, of=a_department())


def fill(storage: SqlStorage, first: int, last: int) -> list[Enterprise]:
    """Enterprises with everything that belongs to them, reported on DAY."""
    enterprises = [an_enterprise(f"厂{n}") for n in range(first, last)]
    people = [a_person("厂长", Role.ENTERPRISE_HEAD, of=e) for e in enterprises]
    settle_in(storage, SYSTEM, *enterprises, *people)
    settle_in(storage, SYSTEM, *(a_permit(e) for e in enterprises), *(a_shutdown(e) for e in enterprises))
    settle_in(storage, SYSTEM, *(owed(e) for e in enterprises))
    for enterprise in enterprises:
        submit(storage, enterprise)
    with storage.work(SYSTEM) as work:
        work.messages.add([a_message(HEAD, p.id) for p in people])
        work.commit()
    return enterprises


def submit(storage: SqlStorage, enterprise: Enterprise) -> None:
    with storage.work(SYSTEM) as work:
        commitment = work.commitments.find(enterprise.id, DAY)
        assert commitment is not None
        known = work.facts.take([enterprise.id], DAY, at=NOW)[enterprise.id]
        commitment.submit(a_form_for(enterprise), facts=known, by=signed())
        work.commitments.save(commitment)
        work.commit()


def test_a_report_takes_three_statements_on_postgresql_and_seven_on_sqlite(
    engine: Engine, storage: SqlStorage
) -> None:
    enterprises = [an_enterprise("甲"), an_enterprise("乙")]
    heads = [a_person("厂长", Role.ENTERPRISE_HEAD, of=e) for e in enterprises]
    settle_in(storage, SYSTEM, *enterprises, *heads, *map(a_permit, enterprises), *map(owed, enterprises))
    real = SqlStorage(engine, reactions=ReactionTable(PolicyBook()))
    submit(real, enterprises[0])
    with statements(engine) as seen:
        submit(real, enterprises[1])
    assert len(seen) == (3 if engine.dialect.name == "postgresql" else 7)
    assert "commitment_tally" in seen[-1]


Read = Callable[[Readers, list[Enterprise]], object]
READS: dict[str, tuple[int, Read]] = {
    "enterprises": (1, lambda r, es: r.directory.enterprises([e.id for e in es], seen_from(XIAN))),
    "enterprise page": (
        1,
        lambda r, es: r.directory.enterprise_page(EnterpriseFilter(), EVERYTHING, Page(50)),
    ),
    "workshops": (1, lambda r, es: r.directory.workshops([e.id for e in es])),
    "certificates": (1, lambda r, es: r.directory.certificates_of([e.id for e in es])),
    "people": (1, lambda r, es: r.directory.people_of_enterprises([e.id for e in es], seen_from(XIAN))),
    "departments": (1, lambda r, es: r.directory.department_page(DepartmentFilter(), EVERYTHING, Page(50))),
    "certificate page": (
        1,
        lambda r, es: r.directory.certificate_page(CertificateFilter(), seen_from(XIAN), Page(50)),
    ),
    "people page": (1, lambda r, es: r.directory.person_page(PersonFilter(), seen_from(XIAN), Page(50))),
    "shutdowns": (
        1,
        lambda r, es: r.directory.shutdown_page(ShutdownPeriodFilter(), seen_from(XIAN), Page(50)),
    ),
    "history": (1, lambda r, es: r.commitments.page(CommitmentFilter(*SPAN), EVERYTHING, Page(50))),
    "on day": (1, lambda r, es: r.commitments.on_day([e.id for e in es], DAY, seen_from(LINTONG))),
    "reports": (1, lambda r, es: r.commitments.reports([owed(e).id for e in es])),
    "tallies": (1, lambda r, es: r.commitments.tallies([PROVINCE, XIAN, LINTONG], *SPAN, seen_from(XIAN))),
    "daily tallies": (1, lambda r, es: r.commitments.daily_tallies(XIAN, *SPAN, EVERYTHING)),
    "duties": (1, lambda r, es: r.exchange.duties(DutyFilter(), Page(50))),
    "duty counts": (1, lambda r, es: r.exchange.duty_counts(Topic.MINISTRY_COMMITMENT, *SPAN)),
    "messages": (1, lambda r, es: r.notices.messages(HEAD.id, Page(50))),
    "audit": (1, lambda r, es: r.operations.audit_entries(Page(50))),
}


@pytest.mark.parametrize("name", READS)
def test_a_reader_takes_as_many_statements_for_many_rows_as_for_one(
    engine: Engine, storage: SqlStorage, name: str
) -> None:
    expected, read = READS[name]
    settle_in(storage, SYSTEM, HEAD)
    filled = SqlStorage(engine, reactions=ReactionTable(PolicyBook()))
    enterprises = fill(filled, 0, 1)
    for more in (8, 8):
        readers = storage.readers()
        with statements(engine) as seen:
            assert read(readers, enterprises)
        assert len(seen) == expected
        enterprises += fill(filled, more, more + 8) if len(enterprises) == 1 else []


def test_facts_of_any_number_take_one_statement(engine: Engine, storage: SqlStorage) -> None:
    enterprises = [an_enterprise(f"厂{n}") for n in range(30)]
    settle_in(storage, SYSTEM, *enterprises, *map(a_permit, enterprises), a_shutdown(XIAN))
    for ids in ([enterprises[0].id], [e.id for e in enterprises]):
        with storage.work(SYSTEM) as work, statements(engine) as seen:
            assert len(work.facts.take(ids, DAY, at=NOW)) == len(ids)
        assert len(seen) == 1


def test_who_is_asking_takes_one_statement(engine: Engine, storage: SqlStorage) -> None:
    account = an_account(HEAD)
    session = a_session(account)
    settle_in(storage, SYSTEM, HEAD, account, session)
    reader = storage.readers().access
    with statements(engine) as seen:
        found = reader.session(session.token_digest)
    assert found is not None
    assert found.actor.level is Level.PROVINCE
    assert found.actor.scope.regions == {PROVINCE}
    assert len(seen) == 1


def test_a_claim_is_two_statements_that_name_the_pending_so_that_their_index_is_used(
    engine: Engine, storage: SqlStorage
) -> None:
    """As a parameter the state would hide the partial index from a plan that is made once for all parameters."""
    settle_in(storage, SYSTEM, HEAD)
    fill(SqlStorage(engine, reactions=ReactionTable(PolicyBook())), 0, 8)
    with storage.work(SYSTEM) as work, statements(engine) as seen:
        claims = work.outbox.claim(
            Topic.MINISTRY_COMMITMENT, now=NOW + timedelta(days=1), limit=20, lease=timedelta(minutes=2)
        )
    assert len(claims) == 8
    assert len(seen) == 2, "first whatever has crashed, then the rest"
    assert all(statement.count("'PENDING'") >= 2 for statement in seen)
