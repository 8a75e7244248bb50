"""Known addresses of accounts, and the count of attempts that concern no account."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage
from yanbao.domain.identity.events import LogInFailed
from yanbao.domain.identity.known_address import REMEMBERED, KnownAddress
from yanbao.domain.refusals import NotFound
from yanbao.domain.values import Client

from ...support.accounts import a_session, an_account
from ...support.builders import NOW, a_department_tree, a_person
from ...support.settling import settle_in

OFFICER = a_person("赵值班", of=a_department_tree()[4])
OTHER = a_person("李值班", of=a_department_tree()[4])
ACCOUNT, OTHERS = an_account(OFFICER), an_account(OTHER, "lizhiban")
LATER = NOW + timedelta(minutes=5)


@pytest.fixture(autouse=True)
def people(storage: Storage) -> None:
    settle_in(storage, SYSTEM, OFFICER, OTHER, an_account(OFFICER), an_account(OTHER, "lizhiban"))


def remember(storage: Storage, *addresses: KnownAddress) -> None:
    with storage.work(SYSTEM) as work:
        for known in addresses:
            work.known_addresses.save(known)
        work.commit()


def digests(storage: Storage) -> set[str]:
    """Those of the account that are known, of the four that the tests use."""
    with storage.work(SYSTEM) as work:
        return {d for d in "abcd" if work.known_addresses.find(ACCOUNT.id, d, at=NOW) is not None}


def test_every_field_of_a_known_address_comes_back_and_is_replaced(storage: Storage) -> None:
    known = KnownAddress(ACCOUNT.id, "a", NOW, 4, LATER)
    remember(storage, known)
    for expected in (known, KnownAddress(ACCOUNT.id, "a", LATER)):
        remember(storage, expected)
        with storage.work(SYSTEM) as work:
            assert work.known_addresses.find(ACCOUNT.id, "a", at=NOW) == expected
            assert work.known_addresses.find(OTHERS.id, "a", at=NOW) is None
            assert work.known_addresses.find(ACCOUNT.id, "b", at=NOW) is None


def test_an_address_of_nobodys_is_not_kept(storage: Storage) -> None:
    nobody = an_account(a_person("无此人", of=a_department_tree()[4]))
    with pytest.raises(NotFound, match="账号"):
        remember(storage, KnownAddress(nobody.id, "a", NOW))


def test_an_address_is_not_found_ninety_days_after_its_last_log_in(storage: Storage) -> None:
    remember(storage, KnownAddress(ACCOUNT.id, "a", NOW))
    with storage.work(SYSTEM) as work:
        find = work.known_addresses.find
        assert find(ACCOUNT.id, "a", at=NOW + REMEMBERED - timedelta(microseconds=1)) is not None
        assert find(ACCOUNT.id, "a", at=NOW + REMEMBERED) is None


def test_the_newest_addresses_are_kept_and_the_others_forgotten(storage: Storage) -> None:
    remember(
        storage, *(KnownAddress(ACCOUNT.id, d, NOW + timedelta(minutes=n)) for n, d in enumerate("dcba"))
    )
    remember(storage, KnownAddress(OTHERS.id, "d", NOW))
    with storage.work(SYSTEM) as work:
        work.known_addresses.keep_newest(ACCOUNT.id, 2)
        assert work.known_addresses.find(OTHERS.id, "d", at=NOW) is not None
        work.commit()
    assert digests(storage) == {"a", "b"}


def test_addresses_are_forgotten_by_account_and_by_age(storage: Storage) -> None:
    remember(storage, *(KnownAddress(ACCOUNT.id, d, NOW) for d in "abc"), KnownAddress(OTHERS.id, "a", LATER))
    with storage.work(SYSTEM) as work:
        work.known_addresses.forget(ACCOUNT.id, but="b")
        work.commit()
    assert digests(storage) == {"b"}
    with storage.work(SYSTEM) as work:
        assert work.known_addresses.forget_before(NOW) == 1
        assert work.known_addresses.forget_before(NOW) == 0
        work.commit()
    assert digests(storage) == set()
    with storage.work(SYSTEM) as work:
        assert work.known_addresses.find(OTHERS.id, "a", at=NOW) is not None
        work.known_addresses.forget(OTHERS.id)
        assert work.known_addresses.find(OTHERS.id, "a", at=NOW) is None


def test_unlocking_opens_every_address_of_the_account_and_no_other(storage: Storage) -> None:
    locked = [
        KnownAddress(of.id, d, NOW, 5, LATER) for of, d in ((ACCOUNT, "a"), (ACCOUNT, "b"), (OTHERS, "a"))
    ]
    remember(storage, *locked)
    with storage.work(SYSTEM) as work:
        work.known_addresses.unlock(ACCOUNT.id)
        work.commit()
    with storage.work(SYSTEM) as work:
        found = [work.known_addresses.find(k.account_id, k.digest, at=NOW) for k in locked]
    assert found == [*(replace(k, failures=0, locked_until=None) for k in locked[:2]), locked[2]]


def test_an_account_shows_the_latest_end_of_its_own_lock_and_those_of_its_addresses(
    storage: Storage, readers: Readers
) -> None:
    def shown() -> object:
        return readers.access.accounts_by_id([ACCOUNT.id])[ACCOUNT.id].locked_until

    assert shown() is None
    remember(storage, KnownAddress(ACCOUNT.id, "a", NOW, 5, LATER), KnownAddress(ACCOUNT.id, "b", NOW))
    assert shown() == LATER
    with storage.work(SYSTEM) as work:
        account = work.accounts.by_username("lihong", hold=True)
        assert account is not None
        account.locked_until = LATER + timedelta(seconds=1)
        work.accounts.save(account)
        work.commit()
    assert shown() == LATER + timedelta(seconds=1)


def test_a_session_knows_the_address_that_it_was_opened_from(storage: Storage) -> None:
    at_office = replace(a_session(ACCOUNT, "one"), known_address="a")
    anywhere = a_session(ACCOUNT, "two")
    settle_in(storage, SYSTEM, at_office, anywhere)
    with storage.work(SYSTEM) as work:
        assert work.sessions.known_address(at_office.id) == "a"
        assert work.sessions.known_address(anywhere.id) is None
        assert work.sessions.known_address(ACCOUNT.id) is None


def test_failures_are_counted_by_network(storage: Storage, readers: Readers) -> None:
    with storage.work(SYSTEM) as work:
        for address in ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1", None):
            failed = LogInFailed("nobody", None, address, Client.WEB, "LOG_IN_REFUSED", NOW)
            if address is not None:
                work.business_events.add(failed)
        work.commit()
    assert list(readers.access.failed_log_ins("2001:db8::/64", 9)) == [NOW, NOW]
    assert list(readers.access.failed_log_ins("2001:db8::1", 9)) == []


def test_stray_attempts_are_counted_each_once_also_at_the_same_moment(storage: Storage) -> None:
    def count(_: int) -> None:
        with storage.work(SYSTEM) as work:
            work.stray_attempts.count(7, NOW)
            work.commit()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count, range(12)))
    with storage.work(SYSTEM) as work:
        assert [work.stray_attempts.attempts(slot) for slot in (7, 8)] == [12, 0]
