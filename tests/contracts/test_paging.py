"""Every list can be walked page by page: each row once, none twice, also while rows are being added."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from yanbao.application.access import EVERYTHING, SYSTEM
from yanbao.application.ports.commitment import CommitmentFilter
from yanbao.application.ports.directory import (
    DepartmentFilter,
    EnterpriseFilter,
    PersonFilter,
    ShutdownPeriodFilter,
)
from yanbao.application.ports.exchange import Attempt, DutyFilter
from yanbao.application.ports.identity import AccountFilter
from yanbao.application.ports.notice import SmsFilter
from yanbao.application.ports.paging import Page, Slice
from yanbao.application.ports.problem import ProblemFilter
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage
from yanbao.domain.directory.organisation import Level
from yanbao.domain.exchange.duty import Topic
from yanbao.domain.values import PersonId

from ..support.accounts import an_account, an_audit_entry
from ..support.builders import (
    DAY,
    LINTONG,
    NOW,
    PROVINCE,
    PUCHENG,
    XIAN,
    YANGLING,
    a_department,
    a_duty,
    a_person,
    a_shutdown,
    an_enterprise,
    an_id,
)
from ..support.commitments import owed
from ..support.inspections import COUNTY_BUREAU, TO_THE_COUNTY
from ..support.notices import a_message, an_sms
from ..support.settling import settle_in
from .problem.problems import keep, made

RECEIVER = a_person("收信人", of=a_department())
REGIONS = (LINTONG, PUCHENG, XIAN, YANGLING)


@dataclass(frozen=True)
class Listing:
    """A list of a reader, and how to add its n-th row; several rows share all but the last order column."""

    name: str
    add: Callable[[Storage, int], None]
    read: Callable[[Readers, Page], Slice[Any]]


def _moment(n: int) -> Any:
    return NOW + timedelta(microseconds=n % 3)


def _enterprise(storage: Storage, n: int) -> None:
    settle_in(storage, SYSTEM, an_enterprise(f"{n}厂", region=REGIONS[n % 4]))


def _commitment(storage: Storage, n: int) -> None:
    enterprise = an_enterprise(f"{n}厂", region=REGIONS[n % 4])
    settle_in(storage, SYSTEM, enterprise, owed(enterprise, day=DAY + timedelta(days=n % 3)))


def _department(storage: Storage, n: int) -> None:
    level = (Level.CITY, Level.COUNTY)[n % 2]
    settle_in(
        storage, SYSTEM, a_department(f"{n}局", level=level, over=[REGIONS[n % 4]], parent=a_department())
    )


def _person(storage: Storage, n: int) -> None:
    settle_in(storage, SYSTEM, replace(a_person(f"人{n % 2}", of=a_department()), id=PersonId(an_id("p", n))))


def _shutdown(storage: Storage, n: int) -> None:
    settle_in(storage, SYSTEM, a_shutdown(REGIONS[n % 4], last=DAY + timedelta(days=n)))


def _duty(storage: Storage, n: int) -> None:
    with storage.work(SYSTEM) as work:
        work.outbox.add([a_duty(f"第{n}件", created=_moment(n))])
        work.commit()


def _attempt(storage: Storage, n: int) -> None:
    with storage.work(SYSTEM) as work:
        work.outbox.log(Attempt(an_id("attempt", n), Topic.SMS, str(n), _moment(n), 1, 200, "0", "", n, n, 0))
        work.commit()


def _message(storage: Storage, n: int) -> None:
    with storage.work(SYSTEM) as work:
        work.messages.add([a_message(RECEIVER, n, at=_moment(n))])
        work.commit()


def _sms(storage: Storage, n: int) -> None:
    with storage.work(SYSTEM) as work:
        work.texts.add([an_sms(RECEIVER, n, at=_moment(n))])
        work.commit()


def _account(storage: Storage, n: int) -> None:
    person = a_person(f"人{n}", of=a_department())
    settle_in(storage, SYSTEM, person, an_account(person, f"user{'_-.'[n % 3]}{n}"))


def _slot(storage: Storage, n: int) -> None:
    with storage.work(SYSTEM) as work:
        work.slots.add([(f"job-{n}", _moment(n))])
        work.commit()


def _audit(storage: Storage, n: int) -> None:
    with storage.work(SYSTEM) as work:
        work.audit.add([an_audit_entry(n, at=_moment(n))])
        work.commit()


def _problem(storage: Storage, n: int) -> None:
    keep(storage, made(f"第{n}个", at=_moment(n), to=TO_THE_COUNTY))


_DAYS = CommitmentFilter(DAY, DAY + timedelta(days=9))
LISTS: list[Listing] = [
    Listing(
        "enterprises",
        _enterprise,
        lambda r, page: r.directory.enterprise_page(EnterpriseFilter(), EVERYTHING, page),
    ),
    Listing(
        "departments",
        _department,
        lambda r, page: r.directory.department_page(DepartmentFilter(), EVERYTHING, page),
    ),
    Listing("people", _person, lambda r, page: r.directory.person_page(PersonFilter(), EVERYTHING, page)),
    Listing(
        "shutdown periods",
        _shutdown,
        lambda r, page: r.directory.shutdown_page(ShutdownPeriodFilter(), EVERYTHING, page),
    ),
    Listing("commitments", _commitment, lambda r, page: r.commitments.page(_DAYS, EVERYTHING, page)),
    Listing(
        "commitments below a region",
        _commitment,
        lambda r, page: r.commitments.page(replace(_DAYS, region_id=PROVINCE), EVERYTHING, page),
    ),
    Listing("problems", _problem, lambda r, page: r.problems.page(ProblemFilter(), EVERYTHING, page)),
    Listing(
        "problems below a region",
        _problem,
        lambda r, page: r.problems.page(ProblemFilter(region_id=XIAN, unfed_back=True), EVERYTHING, page),
    ),
    Listing(
        "problems of an addressee",
        _problem,
        lambda r, page: r.problems.page(ProblemFilter(to_department=COUNTY_BUREAU.id), EVERYTHING, page),
    ),
    Listing("duties", _duty, lambda r, page: r.exchange.duties(DutyFilter(), page)),
    Listing("attempts", _attempt, lambda r, page: r.exchange.attempts(None, page)),
    Listing("messages", _message, lambda r, page: r.notices.messages(RECEIVER.id, page)),
    Listing("texts", _sms, lambda r, page: r.notices.texts(SmsFilter(), EVERYTHING, page)),
    Listing("accounts", _account, lambda r, page: r.access.accounts(AccountFilter(), page)),
    Listing("slots", _slot, lambda r, page: r.operations.slots(page)),
    Listing("audit entries", _audit, lambda r, page: r.operations.audit_entries(page)),
]
every_list = pytest.mark.parametrize("listing", LISTS, ids=lambda listing: listing.name)


def walk(
    read: Callable[[Page], Slice[Any]], size: int, between: Callable[[int], None] = lambda page: None
) -> list[Any]:
    """All rows, page after page; something may happen between two pages."""
    rows: list[Any] = []
    after = None
    for number in range(100):
        found = read(Page(size, after))
        assert len(found.rows) == len(found.keys) <= size
        assert found.rows or after is None, "a page that was promised must not be empty"
        rows += found.rows
        if not found.has_next:
            return rows
        assert len(found.rows) == size, "only the last page may be short"
        after = found.keys[-1]
        between(number)
    raise AssertionError("the list has no end")


@pytest.fixture(autouse=True)
def receiver(storage: Storage) -> None:
    settle_in(storage, SYSTEM, RECEIVER)


@every_list
@pytest.mark.parametrize("size", [1, 3, 100])
def test_walking_all_pages_gives_every_row_once_in_the_order_of_one_page(
    storage: Storage, readers: Readers, listing: Listing, size: int
) -> None:
    for n in range(7):
        listing.add(storage, n)
    whole = listing.read(readers, Page(1000))
    assert not whole.has_next and len(whole.rows) >= 7
    assert walk(lambda page: listing.read(readers, page), size) == list(whole.rows)


@every_list
def test_rows_that_are_added_between_pages_double_and_hide_nothing(
    storage: Storage, readers: Readers, listing: Listing
) -> None:
    for n in range(0, 12, 2):
        listing.add(storage, n)
    before = list(listing.read(readers, Page(1000)).rows)
    odd = iter(range(1, 12, 2))
    walked = walk(
        lambda page: listing.read(readers, page), 2, lambda page: listing.add(storage, next(odd, 99 + page))
    )
    after = list(listing.read(readers, Page(1000)).rows)
    keys = [repr(row) for row in walked]
    assert len(keys) == len(set(keys))
    assert [row for row in walked if row in before] == before
    assert walked == [row for row in after if row in walked]


@every_list
def test_keys_are_positions_of_text_that_end_in_something_unique(
    storage: Storage, readers: Readers, listing: Listing
) -> None:
    for n in range(6):
        listing.add(storage, n)
    found = listing.read(readers, Page(1000))
    assert len(set(found.keys)) == len(found.rows)
    assert all(isinstance(part, str) for key in found.keys for part in key)


@every_list
def test_behind_the_last_row_there_is_nothing(storage: Storage, readers: Readers, listing: Listing) -> None:
    listing.add(storage, 1)
    last = listing.read(readers, Page(1000)).keys[-1]
    beyond = listing.read(readers, Page(10, last))
    assert (list(beyond.rows), list(beyond.keys), beyond.has_next) == ([], [], False)


def test_departments_are_listed_by_level_and_then_by_their_smallest_region(
    storage: Storage, readers: Readers
) -> None:
    both = a_department("联合局", level=Level.CITY, over=[YANGLING, LINTONG], parent=a_department())
    settle_in(storage, SYSTEM, both)
    rows = readers.directory.department_page(DepartmentFilter(), EVERYTHING, Page(100)).rows
    ranks = [(list(Level).index(row.level), min(row.jurisdiction), str(row.id)) for row in rows]
    assert len(ranks) == 8 and ranks == sorted(ranks)


def test_accounts_are_listed_by_user_name_character_by_character(storage: Storage, readers: Readers) -> None:
    for n in range(6):
        _account(storage, n)
    usernames = [row.username for row in readers.access.accounts(AccountFilter(), Page(100)).rows]
    assert usernames == sorted(usernames)
