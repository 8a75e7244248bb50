"""Every order of the registers: directory, accounts, drafts, calls, schedule, trail; the property is that of `test_orders`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from enum import Enum
from typing import Any

import pytest

from yanbao.application.access import EVERYTHING, SYSTEM, Scope
from yanbao.application.ports.directory import (
    EnterpriseFilter,
    EnterpriseOrder,
    PersonFilter,
    PersonOrder,
    PersonRow,
    SettingChangeOrder,
    ShutdownPeriodFilter,
    ShutdownPeriodOrder,
)
from yanbao.application.ports.exchange import Attempt, AttemptOrder
from yanbao.application.ports.identity import AccountFilter, AccountOrder, AccountRow
from yanbao.application.ports.inspection import DraftOrder
from yanbao.application.ports.operations import AuditEntryOrder, SlotOrder
from yanbao.application.ports.paging import Page, Slice
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage
from yanbao.domain.directory.enterprise import EnterpriseKind, StopReason
from yanbao.domain.directory.organisation import Role
from yanbao.domain.exchange.duty import Topic
from yanbao.domain.refusals import InvalidValue
from yanbao.domain.values import PersonId

from ..support.accounts import an_account, an_audit_entry
from ..support.builders import (
    CHANGAN,
    DAY,
    LINTONG,
    NOW,
    PROVINCE,
    PUCHENG,
    WEINAN,
    XIAN,
    YANGLING,
    a_department_tree,
    a_person,
    a_shutdown,
    a_wholesaler,
    an_enterprise,
    an_id,
    seen_by,
    seen_from,
)
from ..support.inspections import INSPECTOR, a_draft
from ..support.settling import settle_in
from .directory.test_settings import a_change
from .inspection.inspections import settle_inspectors
from .test_orders import INSTANTS, Order, desc
from .test_paging import walk

REGIONS = (LINTONG, PUCHENG, CHANGAN, YANGLING)
NAMES = ("王五", "丁一", "安宁", "丁一")
ROLES = list(Role)
ENTERPRISES = [an_enterprise(f"{n}厂", region=REGIONS[n % 4]) for n in range(9)]
CITY = a_department_tree()[1]


def fill(storage: Storage) -> None:
    """Nine rows for every list; several share all but the last sort column."""
    settle_inspectors(storage)
    for n, at in enumerate(INSTANTS):
        with storage.work(SYSTEM) as work:
            work.enterprises.save(ENTERPRISES[n], at=at)
            work.settings.keep_change(a_change(REGIONS[n % 4], n % 3, name=str(n)))
            work.outbox.log(Attempt(an_id("attempt", n), Topic.SMS, str(n), at, 1, 200, "0", "", n, n, 0))
            work.slots.add([(f"job-{n}", at)])
            work.audit.add([an_audit_entry(n, at=at)])
            work.commit()
        role = (Role.SAFETY_MANAGER, Role.ENTERPRISE_HEAD)[n % 2]
        person = a_person(NAMES[n % 4], role, of=ENTERPRISES[n // 2 * 2])
        person = replace(person, id=PersonId(an_id("person", n)))
        account = an_account(person, f"user{'_-.'[n % 3]}{n}")
        settle_in(storage, SYSTEM, person, replace(account, locked_until=(None, at, NOW)[n % 3]))
        days = {"first": DAY + timedelta(days=n % 2), "last": DAY + timedelta(days=n % 3 + 2)}
        settle_in(storage, SYSTEM, a_shutdown(ENTERPRISES[n], **days), a_draft(key=f"draft-{n:04}", at=at))


def _enterprises(order: EnterpriseOrder, key: Callable[[Any], Any]) -> Order:
    return Order(
        f"enterprises {order.value}",
        lambda r, page: r.directory.enterprise_page(EnterpriseFilter(), EVERYTHING, page, order),
        key,
    )


def _people(order: PersonOrder, key: Callable[[PersonRow], Any]) -> Order:
    return Order(
        f"people {order.value}",
        lambda r, page: r.directory.person_page(PersonFilter(), EVERYTHING, page, order),
        key,
    )


def _shutdowns(order: ShutdownPeriodOrder, key: Callable[[Any], Any]) -> Order:
    return Order(
        f"shutdown periods {order.value}",
        lambda r, page: r.directory.shutdown_page(ShutdownPeriodFilter(), EVERYTHING, page, order),
        key,
    )


def _accounts(order: AccountOrder, key: Callable[[AccountRow], Any]) -> Order:
    return Order(
        f"accounts {order.value}", lambda r, page: r.access.accounts(AccountFilter(), page, order), key
    )


Read = Callable[[Readers, Page, Any], Slice[Any]]


def _by_time(name: str, orders: type[Enum], read: Read, key: Callable[[Any], tuple[Any, Any]]) -> list[Order]:
    """Newest and oldest first; the same columns in opposite directions."""
    newest, oldest = orders["NEWEST"], orders["OLDEST"]

    def backwards(row: Any) -> tuple[Any, Any]:
        at, last = key(row)
        return desc(at), -last.int if hasattr(last, "int") else [-ord(character) for character in last]

    return [
        Order(f"{name} NEWEST", lambda r, page: read(r, page, newest), backwards),
        Order(f"{name} OLDEST", lambda r, page: read(r, page, oldest), key),
    ]


def _job(row: PersonRow) -> tuple[Any, ...]:
    return ROLES.index(row.role), row.name, str(row.id)


ORDERS = [
    _enterprises(EnterpriseOrder.REGION, lambda row: (row.region_id, row.credit_code)),
    _enterprises(EnterpriseOrder.CREDIT_CODE, lambda row: row.credit_code),
    _enterprises(EnterpriseOrder.UPDATED, lambda row: (desc(row.updated_at), -row.id.int)),
    _people(PersonOrder.ROLE, _job),
    _people(PersonOrder.NAME, lambda row: (row.name, str(row.id))),
    _people(
        PersonOrder.REGION,
        lambda row: (
            row.region_id,
            row.enterprise_id is not None,
            str(row.enterprise_id or row.department_id),
            *_job(row),
        ),
    ),
    _shutdowns(ShutdownPeriodOrder.NEWEST, lambda row: (desc(row.first_day), -row.id.int)),
    _shutdowns(ShutdownPeriodOrder.OLDEST, lambda row: (row.first_day, row.id.int)),
    _shutdowns(ShutdownPeriodOrder.ENDING, lambda row: (row.last_day, row.id.int)),
    _accounts(AccountOrder.USERNAME, lambda row: row.username),
    _accounts(AccountOrder.ROLE, lambda row: (ROLES.index(row.role), row.username)),
    _accounts(
        AccountOrder.LOCKED,
        lambda row: (
            row.locked_until is None,
            desc(row.locked_until) if row.locked_until else 0,
            row.username,
        ),
    ),
    *_by_time(
        "setting changes",
        SettingChangeOrder,
        lambda r, page, order: r.directory.setting_changes(PROVINCE, None, EVERYTHING, page, order),
        lambda row: (row.signed.at, row.id),
    ),
    *_by_time(
        "drafts",
        DraftOrder,
        lambda r, page, order: r.inspections.drafts(INSPECTOR, page, order),
        lambda row: (row.opened_at, row.id),
    ),
    *_by_time(
        "attempts",
        AttemptOrder,
        lambda r, page, order: r.exchange.attempts(None, page, order),
        lambda row: (row.at, row.id),
    ),
    *_by_time(
        "slots",
        SlotOrder,
        lambda r, page, order: r.operations.slots(page, order=order),
        lambda row: (row.slot_at, row.job),
    ),
    *_by_time(
        "audit entries",
        AuditEntryOrder,
        lambda r, page, order: r.operations.audit_entries(page, order=order),
        lambda row: (row.at, row.id),
    ),
]
every_order = pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.name)


@every_order
def test_the_rows_stand_in_the_order_and_pages_of_any_size_meet_each_once(
    storage: Storage, readers: Readers, order: Order
) -> None:
    fill(storage)
    whole = order.read(readers, Page(1000)).rows
    assert len(whole) >= 9
    assert list(whole) == sorted(whole, key=order.key)
    for size in (1, 4):
        assert walk(lambda page: order.read(readers, page), size) == list(whole)


def test_the_first_page_of_the_default_is_the_first_order_of_the_list(readers: Readers) -> None:
    firsts = [EnterpriseOrder.REGION, PersonOrder.REGION, ShutdownPeriodOrder.NEWEST, AccountOrder.USERNAME]
    assert [next(iter(type(order))) for order in firsts] == firsts


def test_a_position_of_another_order_is_refused(storage: Storage, readers: Readers) -> None:
    fill(storage)
    key = readers.directory.enterprise_page(EnterpriseFilter(), EVERYTHING, Page(2)).keys[-1]
    with pytest.raises(InvalidValue, match="分页位置"):
        readers.directory.enterprise_page(
            EnterpriseFilter(), EVERYTHING, Page(2, key), EnterpriseOrder.UPDATED
        )
    key = readers.access.accounts(AccountFilter(), Page(2)).keys[-1]
    with pytest.raises(InvalidValue, match="分页位置"):
        readers.access.accounts(AccountFilter(), Page(2, key), AccountOrder.LOCKED)


# ---------------------------------------------------------------- filters


def test_people_are_found_by_text_role_employer_region_and_office(storage: Storage, readers: Readers) -> None:
    red, blue = an_enterprise("红厂", region=PUCHENG), an_enterprise("蓝厂", region=LINTONG)
    head, gone = (
        a_person("李红", Role.ENTERPRISE_HEAD, of=red),
        a_person("李走", Role.SAFETY_MANAGER, of=red, active=False),
    )
    other, officer = (
        a_person("周蓝", Role.ENTERPRISE_HEAD, of=blue),
        a_person("吴城", Role.DUTY_PERSON, of=CITY),
    )
    settle_in(storage, SYSTEM, red, blue, head, gone, other, officer)

    def found(scope: Scope = EVERYTHING, **where: Any) -> set[str]:
        rows = readers.directory.person_page(PersonFilter(**where), scope, Page(100)).rows
        assert readers.directory.person_count(PersonFilter(**where), scope) == len(rows)
        return {row.name for row in rows}

    assert found() == {"李红", "周蓝", "吴城"}
    assert found(active=None) == {"李红", "李走", "周蓝", "吴城"} and found(active=False) == {"李走"}
    assert found(text="李") == {"李红"} and found(text="139") == set()
    assert found(roles=(Role.ENTERPRISE_HEAD,)) == {"李红", "周蓝"}
    assert found(enterprise_id=red.id) == {"李红"} and found(department_id=CITY.id) == {"吴城"}
    assert found(region_id=WEINAN) == {"李红"} and found(region_id=XIAN) == {"周蓝", "吴城"}
    assert found(region_id=LINTONG) == {"周蓝"}
    assert found(seen_from(XIAN)) == {"周蓝", "吴城"} and found(seen_by(red)) == {"李红"}
    assert found(Scope()) == set()


def test_accounts_are_found_by_person_role_and_state(storage: Storage, readers: Readers) -> None:
    head, inspector = (
        a_person("局长", Role.DEPARTMENT_HEAD, of=CITY),
        a_person("检查", Role.INSPECTOR, of=CITY),
    )
    one, two = an_account(head, "one"), replace(an_account(inspector, "two"), disabled=True)
    settle_in(storage, SYSTEM, head, inspector, one, two)

    def found(**where: Any) -> list[str]:
        return [row.username for row in readers.access.accounts(AccountFilter(**where), Page(9)).rows]

    assert found() == ["one", "two"]
    assert found(person_id=inspector.id) == ["two"] == found(roles=(Role.INSPECTOR,))
    assert found(disabled=True) == ["two"] and found(disabled=False) == ["one"]
    assert found(text="检") == ["two"] and found(text="检", disabled=False) == []
    assert {
        row.username: row.person_id for row in readers.access.accounts(AccountFilter(), Page(9)).rows
    } == {
        "one": head.id,
        "two": inspector.id,
    }


def test_shutdown_periods_are_found_by_reason_kind_and_cancellation(
    storage: Storage, readers: Readers
) -> None:
    maker, dealer = an_enterprise("造厂"), a_wholesaler("批发公司")
    of_maker, of_dealer = a_shutdown(maker, reason=StopReason.HOLIDAY), a_shutdown(dealer)
    of_all, of_dealers = a_shutdown(XIAN), a_shutdown(WEINAN, kind=EnterpriseKind.WHOLESALE)
    gone = a_shutdown(CHANGAN, cancelled=True)
    settle_in(storage, SYSTEM, maker, dealer, of_maker, of_dealer, of_all, of_dealers, gone)

    def found(**where: Any) -> set[Any]:
        found = set(readers.directory.shutdown_page(ShutdownPeriodFilter(**where), EVERYTHING, Page(9)).rows)
        assert readers.directory.shutdown_count(ShutdownPeriodFilter(**where), EVERYTHING) == len(found)
        return found

    assert found() == {of_maker, of_dealer, of_all, of_dealers, gone}
    assert found(reason=StopReason.HOLIDAY) == {of_maker}
    assert found(cancelled=True) == {gone} and found(cancelled=False) == found() - {gone}
    assert found(kind=EnterpriseKind.WHOLESALE) == {of_dealer, of_all, of_dealers, gone}
    assert found(kind=EnterpriseKind.PRODUCTION) == {of_maker, of_all, gone}
