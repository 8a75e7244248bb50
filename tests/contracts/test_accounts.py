"""Accounts, sessions, who is asking, business events and remembered answers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from yanbao.application.access import EVERYTHING, SYSTEM, Actor, Scope
from yanbao.application.ports.reading import Page, Readers
from yanbao.application.ports.storage import Storage
from yanbao.domain.account import Account
from yanbao.domain.events import Client, EnterpriseViewed, LoggedIn, LogInFailed
from yanbao.domain.organisation import Level, Role
from yanbao.domain.refusals import Conflict, NotFound
from yanbao.domain.values import AccountId, PersonId

from ..support.builders import (
    LINTONG,
    NOW,
    PROVINCE,
    WEINAN,
    XIAN,
    a_department_tree,
    a_person,
    a_session,
    an_account,
    an_enterprise,
    an_id,
    seen_as,
    seen_by,
    seen_from,
    settle_in,
)
from .conftest import Rig

COUNTY = a_department_tree()[4]
ENTERPRISE = an_enterprise()
OFFICER = a_person("赵值班", of=COUNTY)
HEAD = a_person("钱厂长", Role.ENTERPRISE_HEAD, of=ENTERPRISE)
LATER = NOW + timedelta(minutes=5)


@pytest.fixture(autouse=True)
def people(storage: Storage) -> None:
    settle_in(storage, SYSTEM, ENTERPRISE, OFFICER, HEAD)


def get(storage: Storage, account: Account, scope: Scope = EVERYTHING) -> Account:
    with storage.work(SYSTEM) as work:
        return work.accounts.get(account.id, within=scope)


# ---------------------------------------------------------------- accounts


def test_every_field_of_an_account_comes_back(storage: Storage) -> None:
    account = replace(
        an_account(OFFICER),
        must_change_password=False,
        former=("d1", "d2"),
        failures=4,
        locked_until=LATER,
        disabled=True,
    )
    settle_in(storage, SYSTEM, account)
    with storage.work(SYSTEM) as work:
        for found in (
            work.accounts.get(account.id, within=EVERYTHING),
            work.accounts.by_username("lihong"),
            work.accounts.of_person(OFFICER.id),
        ):
            assert found == account
        assert work.accounts.by_username("nobody") is None
        assert work.accounts.of_person(HEAD.id) is None


def test_an_account_is_found_by_its_user_name_however_it_is_written(storage: Storage) -> None:
    settle_in(storage, SYSTEM, an_account(OFFICER, "LiHong"))
    with storage.work(SYSTEM) as work:
        for written in ("lihong", "LIHONG", "LiHong"):
            found = work.accounts.by_username(written)
            assert found is not None and found.id == an_account(OFFICER).id


@pytest.mark.parametrize("username", ["lihong", "LiHong"])
def test_a_user_name_that_is_taken_is_a_conflict(storage: Storage, username: str) -> None:
    settle_in(storage, SYSTEM, an_account(OFFICER))
    with pytest.raises(Conflict):
        settle_in(storage, SYSTEM, an_account(HEAD, username))
    with storage.work(SYSTEM) as work:
        assert work.accounts.of_person(HEAD.id) is None


def test_an_account_that_is_made_twice_at_once_is_a_conflict(storage: Storage) -> None:
    first, second = an_account(OFFICER), an_account(OFFICER)
    settle_in(storage, SYSTEM, first)
    with pytest.raises(Conflict):
        settle_in(storage, SYSTEM, second)


def test_changes_of_an_account_are_stored_and_announced(rig: Rig) -> None:
    settle_in(rig.storage, SYSTEM, an_account(OFFICER))
    rig.reacting.seen.clear()
    with rig.storage.work(SYSTEM) as work:
        account = work.accounts.get(an_account(OFFICER).id, within=EVERYTHING)
        account.set_password("new-digest", LATER)
        account.logged_in(OFFICER, Client.APP, LATER)
        announced = list(account.events)
        work.accounts.save(account)
        work.commit()
    stored = get(rig.storage, account)
    assert (stored.password_digest, stored.password_set_at) == ("new-digest", LATER)
    assert stored.former == (an_account(OFFICER).password_digest,)
    assert not stored.must_change_password
    assert rig.reacting.seen == [announced] and len(announced) == 2


def test_an_account_that_is_not_saved_has_not_changed(storage: Storage) -> None:
    settle_in(storage, SYSTEM, an_account(OFFICER))
    with storage.work(SYSTEM) as work:
        work.accounts.get(an_account(OFFICER).id, within=EVERYTHING).disable(True, NOW)
        work.commit()
    assert not get(storage, an_account(OFFICER)).disabled


@pytest.mark.parametrize("by", ["id", "user name"])
def test_of_many_who_hold_an_account_to_change_it_each_one_does(storage: Storage, by: str) -> None:
    settle_in(storage, SYSTEM, an_account(OFFICER))

    def fail(_: int) -> None:
        with storage.work(SYSTEM) as work:
            account: Account | None
            if by == "id":
                account = work.accounts.get(an_account(OFFICER).id, within=EVERYTHING, hold=True)
            else:
                account = work.accounts.by_username("LiHong", hold=True)
            assert account is not None
            account.log_in_failed(NOW)
            work.accounts.save(account)
            work.commit()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(fail, range(24)))
    assert get(storage, an_account(OFFICER)).failures == 24


def test_an_account_is_in_scope_with_its_person_and_else_unknown(storage: Storage) -> None:
    account = an_account(OFFICER)
    settle_in(storage, SYSTEM, account)
    assert get(storage, account, seen_from(XIAN)).id == account.id
    with pytest.raises(NotFound) as foreign:
        get(storage, account, seen_from(WEINAN))
    with pytest.raises(NotFound) as unknown:
        get(storage, replace(account, id=AccountId(an_id("nobody"))), seen_from(WEINAN))
    assert str(unknown.value) == str(foreign.value)


def test_accounts_are_listed_by_user_name_and_can_be_looked_for(storage: Storage, readers: Readers) -> None:
    locked = replace(an_account(OFFICER, "b_zhao"), locked_until=LATER, disabled=True)
    settle_in(storage, SYSTEM, locked, an_account(HEAD, "a-qian"))
    rows = readers.access.accounts(Page(10)).rows
    assert [row.username for row in rows] == ["a-qian", "b_zhao"]
    row = rows[1]
    assert (row.id, row.person_id, row.person_name) == (locked.id, OFFICER.id, "赵值班")
    assert (row.role, row.locked_until) == (Role.DUTY_PERSON, LATER)
    assert (row.disabled, row.must_change_password) == (True, True)

    def found(text: str) -> list[str]:
        return [row.username for row in readers.access.accounts(Page(10), text=text).rows]

    assert found("zhao") == ["b_zhao"]
    assert found("_") == ["b_zhao"]
    assert found("%") == []
    assert found("") == ["a-qian", "b_zhao"]


def test_accounts_are_looked_up_by_id(storage: Storage, readers: Readers) -> None:
    one, two = an_account(OFFICER), an_account(HEAD, "head")
    settle_in(storage, SYSTEM, one, two)
    listed = {row.id: row for row in readers.access.accounts(Page(10)).rows}
    assert readers.access.accounts_by_id([two.id, AccountId(an_id("nobody"))]) == {two.id: listed[two.id]}
    assert readers.access.accounts_by_id([one.id, two.id]) == listed


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
            work.sessions.touch(session.id, moment)
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


# ---------------------------------------------------------------- remembered answers


def test_an_answer_is_remembered_by_account_and_key(storage: Storage) -> None:
    one, two = an_account(OFFICER), an_account(HEAD, "head")
    settle_in(storage, SYSTEM, one, two)
    assert claimed(storage, one, "key-1", "f" * 64, "ref") is None
    assert claimed(storage, one, "key-1", "other", "other") == ("f" * 64, "ref")
    assert claimed(storage, one, "KEY-1", "k", "upper") is None
    assert claimed(storage, two, "key-1", "g", "two") is None
    assert claimed(storage, one, "key-1", "f" * 64, "again") == ("f" * 64, "ref")


def test_the_answer_of_a_claimed_key_may_come_later(storage: Storage) -> None:
    account = an_account(OFFICER)
    settle_in(storage, SYSTEM, account)
    with storage.work(SYSTEM) as work:
        assert work.answers.claim(account.id, "key-1", fingerprint="f", reference="", at=NOW) is None
        work.answers.settle(account.id, "key-1", reference="found")
        work.commit()
    assert claimed(storage, account, "key-1", "f", "else") == ("f", "found")


def test_a_claim_that_is_not_committed_leaves_the_key_free(storage: Storage) -> None:
    account = an_account(OFFICER)
    settle_in(storage, SYSTEM, account)
    with storage.work(SYSTEM) as work:
        work.answers.claim(account.id, "key-1", fingerprint="first", reference="ref", at=NOW)
    assert claimed(storage, account, "key-1", "second", "ref") is None


def claimed(
    storage: Storage, account: Account, key: str, fingerprint: str, reference: str
) -> tuple[str, str] | None:
    """What a call with this key finds there."""
    with storage.work(SYSTEM) as work:
        found = work.answers.claim(account.id, key, fingerprint=fingerprint, reference=reference, at=LATER)
        work.commit()
    return found
