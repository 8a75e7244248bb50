"""Accounts, and the remembered answers of their calls."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from yanbao.application.access import EVERYTHING, SYSTEM, Scope
from yanbao.application.ports.identity import AccountFilter
from yanbao.application.ports.paging import Page
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage
from yanbao.domain.directory.organisation import Role
from yanbao.domain.identity.account import Account
from yanbao.domain.refusals import Conflict, NotFound
from yanbao.domain.values import AccountId, Client

from ...support.accounts import an_account
from ...support.builders import (
    NOW,
    WEINAN,
    XIAN,
    a_department_tree,
    a_person,
    an_enterprise,
    an_id,
    seen_from,
)
from ...support.settling import settle_in
from ..conftest import World

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


def test_changes_of_an_account_are_stored_and_announced(world: World) -> None:
    settle_in(world.storage, SYSTEM, an_account(OFFICER))
    world.reacting.seen.clear()
    with world.storage.work(SYSTEM) as work:
        account = work.accounts.get(an_account(OFFICER).id, within=EVERYTHING)
        account.set_password("new-digest", LATER)
        account.logged_in(OFFICER, Client.APP, LATER)
        announced = list(account.events)
        work.accounts.save(account)
        work.commit()
    stored = get(world.storage, account)
    assert (stored.password_digest, stored.password_set_at) == ("new-digest", LATER)
    assert stored.former == (an_account(OFFICER).password_digest,)
    assert not stored.must_change_password
    assert world.reacting.seen == [announced] and len(announced) == 2


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
    rows = readers.access.accounts(AccountFilter(), Page(10)).rows
    assert [row.username for row in rows] == ["a-qian", "b_zhao"]
    row = rows[1]
    assert (row.id, row.person_id, row.person_name) == (locked.id, OFFICER.id, "赵值班")
    assert (row.role, row.locked_until) == (Role.DUTY_PERSON, LATER)
    assert (row.disabled, row.must_change_password) == (True, True)

    def found(text: str) -> list[str]:
        return [row.username for row in readers.access.accounts(AccountFilter(text), Page(10)).rows]

    assert found("zhao") == ["b_zhao"]
    assert found("_") == ["b_zhao"]
    assert found("%") == []
    assert found("") == ["a-qian", "b_zhao"]


def test_accounts_are_looked_up_by_id(storage: Storage, readers: Readers) -> None:
    one, two = an_account(OFFICER), an_account(HEAD, "head")
    settle_in(storage, SYSTEM, one, two)
    listed = {row.id: row for row in readers.access.accounts(AccountFilter(), Page(10)).rows}
    assert readers.access.accounts_by_id([two.id, AccountId(an_id("nobody"))]) == {two.id: listed[two.id]}
    assert readers.access.accounts_by_id([one.id, two.id]) == listed


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


def test_a_key_is_claimed_with_the_writes_of_a_step_or_nothing_is_stored(storage: Storage) -> None:
    one, two = an_account(OFFICER), an_account(HEAD, "head")
    settle_in(storage, SYSTEM, one)
    with storage.work(SYSTEM) as work:
        assert work.answers.find(one.id, "key-1") is None
        work.answers.claim_with_writes(one.id, "key-1", fingerprint="f", reference="ref", at=NOW)
        assert work.answers.find(one.id, "key-1") == ("f", "ref")
        work.commit()
    with pytest.raises(Conflict), storage.work(SYSTEM) as work:
        work.accounts.save(two)
        work.answers.claim_with_writes(one.id, "key-1", fingerprint="f", reference="again", at=LATER)
        work.commit()
    with storage.work(SYSTEM) as work:
        assert work.answers.find(one.id, "key-1") == ("f", "ref")
        assert work.accounts.by_username("head") is None


def claimed(
    storage: Storage, account: Account, key: str, fingerprint: str, reference: str
) -> tuple[str, str] | None:
    """What a call with this key finds there."""
    with storage.work(SYSTEM) as work:
        found = work.answers.claim(account.id, key, fingerprint=fingerprint, reference=reference, at=LATER)
        work.commit()
    return found
