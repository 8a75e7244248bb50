"""Sessions, who is asking, and the business events that they leave."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from yanbao.application.access import SYSTEM, Actor
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage
from yanbao.domain.directory.events import EnterpriseViewed
from yanbao.domain.directory.organisation import Level, Role
from yanbao.domain.identity.events import LoggedIn, LogInFailed
from yanbao.domain.values import Client, PersonId

from ...support.accounts import a_session, an_account
from ...support.builders import (
    LINTONG,
    NOW,
    PROVINCE,
    a_department_tree,
    a_person,
    an_enterprise,
    an_id,
    seen_as,
    seen_by,
)
from ...support.settling import settle_in

COUNTY = a_department_tree()[4]
ENTERPRISE = an_enterprise()
OFFICER = a_person("赵值班", of=COUNTY)
HEAD = a_person("钱厂长", Role.ENTERPRISE_HEAD, of=ENTERPRISE)
LATER = NOW + timedelta(minutes=5)


@pytest.fixture(autouse=True)
def people(storage: Storage) -> None:
    settle_in(storage, SYSTEM, ENTERPRISE, OFFICER, HEAD)


# ---------------------------------------------------------------- sessions


def test_a_session_is_found_by_its_digest_with_the_actor_it_stands_for(
    storage: Storage, readers: Readers
) -> None:
    account = an_account(OFFICER)
    session = a_session(account, client=Client.APP)
    settle_in(storage, SYSTEM, account, session)
    facts = readers.access.session("digest-1")
    assert facts is not None
    assert facts.actor == Actor(
        person_id=OFFICER.id,
        name="赵值班",
        role=Role.DUTY_PERSON,
        level=Level.COUNTY,
        department_id=COUNTY.id,
        enterprise_id=None,
        scope=seen_as(COUNTY.id, LINTONG),
        account_id=account.id,
        session_id=session.id,
        client=Client.APP,
        must_change_password=False,
    )
    assert (facts.session_id, facts.created_at, facts.last_seen_at) == (session.id, NOW, NOW)
    assert (facts.revoked_at, facts.account_disabled) == (None, False)
    assert (facts.must_change_password, facts.password_set_at) == (True, account.password_set_at)
    assert readers.access.session("digest-2") is None


def test_a_session_of_an_enterprises_person_reaches_the_enterprise_and_no_region(
    storage: Storage, readers: Readers
) -> None:
    account = replace(an_account(HEAD), must_change_password=False, disabled=True)
    settle_in(storage, SYSTEM, account, a_session(account))
    facts = readers.access.session("digest-1")
    assert facts is not None
    assert (facts.actor.scope, facts.actor.level) == (seen_by(ENTERPRISE), None)
    assert (facts.actor.enterprise_id, facts.actor.department_id) == (ENTERPRISE.id, None)
    assert (facts.account_disabled, facts.must_change_password) == (True, False)


def test_a_session_of_somebody_who_has_left_is_none(storage: Storage, readers: Readers) -> None:
    account = an_account(OFFICER)
    settle_in(storage, SYSTEM, account, a_session(account), replace(OFFICER, active=False))
    assert readers.access.session("digest-1") is None


def test_a_session_is_touched_forward_and_never_back(storage: Storage, readers: Readers) -> None:
    account = an_account(OFFICER)
    session = a_session(account)
    settle_in(storage, SYSTEM, account, session)
    for moment in (LATER, NOW, LATER - timedelta(microseconds=1)):
        with storage.work(SYSTEM) as work:
            work.sessions.touch([session.id], moment)
            work.commit()
    facts = readers.access.session("digest-1")
    assert facts is not None and facts.last_seen_at == LATER


def test_a_session_is_revoked_once(storage: Storage, readers: Readers) -> None:
    account = an_account(OFFICER)
    one, two = a_session(account, "one"), a_session(account, "two")
    settle_in(storage, SYSTEM, account, one, two)
    with storage.work(SYSTEM) as work:
        assert work.sessions.revoke([one.id, an_id("nothing")], at=NOW) == 1
        assert work.sessions.revoke([one.id], at=LATER) == 0
        assert work.sessions.revoke([], at=LATER) == 0
        work.commit()
    revoked, alive = readers.access.session("one"), readers.access.session("two")
    assert revoked is not None and revoked.revoked_at == NOW
    assert alive is not None and alive.revoked_at is None


def test_all_sessions_of_an_account_are_revoked_but_the_one_that_asks(
    storage: Storage, readers: Readers
) -> None:
    account, other = an_account(OFFICER), an_account(HEAD, "head")
    sessions = [a_session(account, token) for token in ("one", "two", "three")]
    settle_in(storage, SYSTEM, account, other, *sessions, a_session(other, "other"))
    with storage.work(SYSTEM) as work:
        assert work.sessions.revoke_all(account.id, at=NOW, but=sessions[0].id) == 2
        assert work.sessions.revoke_all(account.id, at=LATER) == 1
        work.commit()
    found = {token: readers.access.session(token) for token in ("one", "two", "three", "other")}
    assert {token: facts.revoked_at for token, facts in found.items() if facts is not None} == {
        "one": LATER,
        "two": NOW,
        "three": NOW,
        "other": None,
    }


# ---------------------------------------------------------------- actors


def test_the_actor_that_a_person_is_has_the_scope_of_its_department_or_enterprise(
    storage: Storage, readers: Readers
) -> None:
    provincial = a_person("孙处长", Role.DEPARTMENT_HEAD, of=a_department_tree()[0])
    settle_in(storage, SYSTEM, provincial)
    actors = [readers.access.actor(person.id) for person in (provincial, OFFICER, HEAD)]
    assert [(a.name, a.role, a.level, a.scope) for a in actors if a is not None] == [
        ("孙处长", Role.DEPARTMENT_HEAD, Level.PROVINCE, seen_as(a_department_tree()[0].id, PROVINCE)),
        ("赵值班", Role.DUTY_PERSON, Level.COUNTY, seen_as(COUNTY.id, LINTONG)),
        ("钱厂长", Role.ENTERPRISE_HEAD, None, seen_by(ENTERPRISE)),
    ]


def test_somebody_who_has_left_or_never_came_is_no_actor(storage: Storage, readers: Readers) -> None:
    settle_in(storage, SYSTEM, replace(OFFICER, active=False))
    assert readers.access.actor(OFFICER.id) is None
    assert readers.access.actor(PersonId(an_id("nobody"))) is None


# ---------------------------------------------------------------- business events


def test_log_ins_are_read_by_department_newest_first_with_an_open_end(
    storage: Storage, readers: Readers
) -> None:
    account = an_account(OFFICER)
    settle_in(storage, SYSTEM, account)
    moments = [NOW - timedelta(microseconds=1), NOW, NOW + timedelta(minutes=1), LATER]

    def logged_in(moment: object, person: object = OFFICER) -> LoggedIn:
        return LoggedIn(
            account_id=account.id,
            person_id=person.id,  # type: ignore[attr-defined]
            department_id=person.department_id,  # type: ignore[attr-defined]
            enterprise_id=person.enterprise_id,  # type: ignore[attr-defined]
            client=Client.APP,
            at=moment,  # type: ignore[arg-type]
        )

    with storage.work(SYSTEM) as work:
        for moment in moments:
            work.business_events.add(logged_in(moment))
        work.business_events.add(logged_in(NOW, HEAD))
        work.commit()
    found = readers.access.log_ins([COUNTY.id, a_department_tree()[0].id], NOW, LATER)
    rows = found[COUNTY.id]
    assert [row.at for row in rows] == [moments[2], moments[1]]
    assert {(row.person_id, row.person_name, row.client) for row in rows} == {
        (OFFICER.id, "赵值班", Client.APP)
    }
    assert not found.get(a_department_tree()[0].id)


def test_failed_log_ins_are_read_by_address_the_newest_first(storage: Storage, readers: Readers) -> None:
    def failed(address: str, moment: datetime) -> LogInFailed:
        return LogInFailed("lihong", None, address, Client.WEB, "UNAUTHENTICATED", moment)

    moments = [NOW, LATER, NOW + timedelta(microseconds=1)]
    with storage.work(SYSTEM) as work:
        for moment in moments:
            work.business_events.add(failed("10.1.2.3", moment))
        work.business_events.add(failed("10.1.2.30", LATER))
        work.commit()
    assert list(readers.access.failed_log_ins("10.1.2.3", 2)) == [moments[1], moments[2]]
    assert list(readers.access.failed_log_ins("10.1.2.3", 9)) == [moments[1], moments[2], moments[0]]
    assert list(readers.access.failed_log_ins("10.1.2.30", 9)) == [LATER]
    assert list(readers.access.failed_log_ins("10.1.2", 9)) == []


def test_views_of_an_enterprise_are_read_newest_first_with_an_open_end(
    storage: Storage, readers: Readers
) -> None:
    def viewed(minutes: int, enterprise: object = ENTERPRISE) -> EnterpriseViewed:
        return EnterpriseViewed(
            account_id=an_account(OFFICER).id,
            person_id=OFFICER.id,
            department_id=COUNTY.id,
            enterprise_id=enterprise.id,  # type: ignore[attr-defined]
            client=Client.WEB,
            at=NOW + timedelta(minutes=minutes),
        )

    other = an_enterprise("邻厂")
    settle_in(storage, SYSTEM, other)
    with storage.work(SYSTEM) as work:
        for event in (viewed(0), viewed(2), viewed(1), viewed(5), viewed(1, other)):
            work.business_events.add(event)
        work.commit()
    rows = readers.access.enterprise_views(ENTERPRISE.id, NOW, LATER)
    assert [(row.at - NOW) // timedelta(minutes=1) for row in rows] == [2, 1, 0]
    assert {(row.person_id, row.person_name, row.client) for row in rows} == {
        (OFFICER.id, "赵值班", Client.WEB)
    }
