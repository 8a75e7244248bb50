"""Every order of every list: the rows stand as it says, and pages of any size meet each row once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest

from yanbao.application.access import EVERYTHING, SYSTEM
from yanbao.application.ports.commitment import CommitmentFilter, CommitmentOrder, CommitmentRow
from yanbao.application.ports.directory import (
    CertificateFilter,
    CertificateOrder,
    DepartmentFilter,
    DepartmentOrder,
    DepartmentRow,
)
from yanbao.application.ports.exchange import DutyFilter, DutyOrder
from yanbao.application.ports.notice import MessageOrder, SmsFilter, SmsOrder
from yanbao.application.ports.paging import Page, Slice
from yanbao.application.ports.problem import ProblemFilter, ProblemOrder
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage
from yanbao.domain.directory.organisation import Level, Role
from yanbao.domain.problem.workflow import ProblemState
from yanbao.domain.refusals import InvalidValue

from ..support.builders import (
    CHANGAN,
    DAY,
    LINTONG,
    NOW,
    PUCHENG,
    XIAN,
    YANGLING,
    a_department,
    a_duty,
    a_permit,
    a_person,
    an_enterprise,
)
from ..support.commitments import owed, reported
from ..support.inspections import TO_THE_COUNTY
from ..support.notices import a_message, an_sms
from ..support.settling import settle_in
from .problem.problems import keep, made
from .test_paging import walk

RECEIVER = a_person("收信人", of=a_department())
REGIONS = (LINTONG, PUCHENG, CHANGAN, YANGLING)
DAYS = (DAY, DAY + timedelta(days=1))
INSTANTS = [NOW + timedelta(microseconds=n % 3, hours=n % 2) for n in range(9)]


def fill(storage: Storage) -> None:
    """Some rows for every list; several share all but the last sort column."""
    settle_in(storage, SYSTEM, RECEIVER)
    for n, at in enumerate(INSTANTS):
        enterprise = an_enterprise(f"{n}厂", region=REGIONS[n % 4])
        permit = a_permit(enterprise, expires=DAY + timedelta(days=n % 3))
        settle_in(storage, SYSTEM, enterprise, permit)
        for day in DAYS:
            commitment = (
                reported(enterprise, day=day, at=at + (day - DAY)) if n % 4 else owed(enterprise, day=day)
            )
            settle_in(storage, SYSTEM, commitment)
        _send(storage, n)
    states = list(ProblemState)
    for n, at in enumerate(INSTANTS):
        to = TO_THE_COUNTY if n % 2 else replace(TO_THE_COUNTY, region_id=PUCHENG)
        keep(storage, made(f"第{n}个", states[n % 7], at=at - timedelta(days=n % 2), to=to))


def _send(storage: Storage, n: int) -> None:
    with storage.work(SYSTEM) as work:
        work.outbox.add([a_duty(f"第{n}件", created=INSTANTS[n])])
        message = a_message(RECEIVER, n, at=INSTANTS[n])
        work.messages.add([replace(message, read_at=NOW + timedelta(days=1)) if n % 2 else message])
        work.texts.add([an_sms(RECEIVER, n, at=INSTANTS[n])])
        work.commit()


def desc(value: Any) -> float:
    """For the sort keys of a test: a day or instant, newest first."""
    return -value.toordinal() if type(value) is date else -value.timestamp()


def _at(row: CommitmentRow) -> Any:
    return row.reported_at or row.due_at


def _by_day(row: CommitmentRow) -> tuple[Any, ...]:
    return desc(row.business_date), desc(_at(row)), str(row.id)


def _late(row: CommitmentRow) -> int:
    """Whole seconds after the deadline."""
    assert row.reported_at is not None
    return int(row.reported_at.timestamp()) - int(row.due_at.timestamp())


def _region(row: DepartmentRow) -> str:
    return min(row.jurisdiction)


@dataclass(frozen=True)
class Order:
    """A list in one order, and the same order as a sort key of Python."""

    name: str
    read: Callable[[Readers, Page], Slice[Any]]
    key: Callable[[Any], Any]


def _commitments(order: CommitmentOrder, key: Callable[[CommitmentRow], Any]) -> Order:
    where = CommitmentFilter(DAYS[0], DAYS[1])
    return Order(
        f"commitments {order.value}", lambda r, page: r.commitments.page(where, EVERYTHING, page, order), key
    )


def _problems(order: ProblemOrder, key: Callable[[Any], Any]) -> Order:
    return Order(
        f"problems {order.value}",
        lambda r, page: r.problems.page(ProblemFilter(), EVERYTHING, page, order),
        key,
    )


def _certificates(order: CertificateOrder, key: Callable[[Any], Any]) -> Order:
    return Order(
        f"certificates {order.value}",
        lambda r, page: r.directory.certificate_page(CertificateFilter(), EVERYTHING, page, order),
        key,
    )


def _departments(order: DepartmentOrder, key: Callable[[DepartmentRow], Any]) -> Order:
    return Order(
        f"departments {order.value}",
        lambda r, page: r.directory.department_page(DepartmentFilter(), EVERYTHING, page, order),
        key,
    )


def _messages(order: MessageOrder, key: Callable[[Any], Any]) -> Order:
    return Order(
        f"messages {order.value}",
        lambda r, page: r.notices.messages(RECEIVER.id, page, order=order),
        key,
    )


LEVELS = list(Level)
ORDERS = [
    _commitments(CommitmentOrder.NEWEST, _by_day),
    _commitments(CommitmentOrder.REGION, lambda row: (row.region_id, *_by_day(row))),
    _commitments(CommitmentOrder.REPORTED, lambda row: (row.revision == 0, desc(_at(row)), str(row.id))),
    _commitments(
        CommitmentOrder.LATENESS,
        lambda row: (row.revision > 0, -_late(row) if row.revision else 0, *_by_day(row)),
    ),
    _problems(ProblemOrder.NEWEST, lambda row: (desc(row.issued_at), str(row.id))),
    _problems(ProblemOrder.RECTIFY_DUE, lambda row: (row.rectify_due, str(row.id))),
    _problems(ProblemOrder.REGION, lambda row: (row.region_id, desc(row.issued_at), str(row.id))),
    _certificates(CertificateOrder.EXPIRY, lambda row: (row.expires_on, str(row.id))),
    _certificates(CertificateOrder.LATEST_EXPIRY, lambda row: (desc(row.expires_on), -row.id.int)),
    _certificates(CertificateOrder.REGION, lambda row: (row.region_id, row.expires_on, str(row.id))),
    _departments(DepartmentOrder.LEVEL, lambda row: (LEVELS.index(row.level), _region(row), str(row.id))),
    _departments(DepartmentOrder.REGION, lambda row: (_region(row), LEVELS.index(row.level), str(row.id))),
    _messages(MessageOrder.NEWEST, lambda row: (desc(row.created_at), -row.id.int)),
    _messages(MessageOrder.OLDEST, lambda row: (row.created_at, row.id.int)),
    _messages(MessageOrder.UNREAD, lambda row: (row.read_at is not None, desc(row.created_at), -row.id.int)),
    Order(
        "texts OLDEST",
        lambda r, page: r.notices.texts(SmsFilter(), EVERYTHING, page, SmsOrder.OLDEST),
        lambda row: (row.created_at, row.id.int),
    ),
    Order(
        "duties OLDEST",
        lambda r, page: r.exchange.duties(DutyFilter(), page, DutyOrder.OLDEST),
        lambda row: (row.created_at, row.id.int),
    ),
]
every_order = pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.name)


@every_order
def test_the_rows_stand_in_the_order_and_pages_of_any_size_meet_each_once(
    storage: Storage, readers: Readers, order: Order
) -> None:
    fill(storage)
    whole = order.read(readers, Page(1000)).rows
    assert len(whole) >= 7
    assert list(whole) == sorted(whole, key=order.key)
    for size in (1, 4):
        assert walk(lambda page: order.read(readers, page), size) == list(whole)


def test_a_position_of_another_order_is_refused(storage: Storage, readers: Readers) -> None:
    fill(storage)
    where = CommitmentFilter(DAYS[0], DAYS[1])
    key = readers.commitments.page(where, EVERYTHING, Page(2), CommitmentOrder.REGION).keys[-1]
    with pytest.raises(InvalidValue, match="分页位置"):
        readers.commitments.page(where, EVERYTHING, Page(2, key), CommitmentOrder.REPORTED)


def certificates(readers: Readers, **where: Any) -> list[Any]:
    rows = readers.directory.certificate_page(CertificateFilter(**where), EVERYTHING, Page(100)).rows
    assert readers.directory.certificate_count(CertificateFilter(**where), EVERYTHING) == len(rows)
    return [row.id for row in rows]


def test_of_renewed_certificates_only_the_newest_is_listed_unless_all_are_asked_for(
    storage: Storage, readers: Readers
) -> None:
    enterprise = an_enterprise("续证厂")
    old = a_permit(enterprise, number="旧证", expires=DAY)
    new = a_permit(enterprise, number="新证", expires=DAY + timedelta(days=900))
    settle_in(storage, SYSTEM, enterprise, old, new)
    assert certificates(readers) == [new.id]
    assert certificates(readers, renewed=True) == [old.id, new.id]
    assert certificates(readers, renewed=True, last_expiry=DAY) == [old.id]
    assert certificates(readers, first_expiry=DAY + timedelta(days=1)) == [new.id]
    assert certificates(readers, text="新") == certificates(readers, kinds=(new.kind,)) == [new.id]
    assert (
        certificates(readers, region_id=XIAN) == [new.id] and certificates(readers, region_id=PUCHENG) == []
    )
    assert certificates(readers, enterprise_id=an_enterprise("别家").id) == []


def test_certificates_are_found_by_their_holder_and_by_when_their_review_is_due(
    storage: Storage, readers: Readers
) -> None:
    enterprise = an_enterprise("持证厂")
    holder = a_person("持证人", Role.SAFETY_MANAGER, of=enterprise)
    permit = a_permit(enterprise)
    due = DAY + timedelta(days=30)
    own = replace(a_permit(enterprise, number="操作证"), person_id=holder.id, review_due_on=due)
    settle_in(storage, SYSTEM, enterprise, holder, permit, own)
    assert set(certificates(readers)) == {permit.id, own.id}
    assert certificates(readers, person_id=holder.id) == [own.id]
    assert certificates(readers, person_id=RECEIVER.id) == []
    assert certificates(readers, first_review=due, last_review=due) == [own.id]
    assert certificates(readers, first_review=due + timedelta(days=1)) == []
    assert certificates(readers, last_review=due - timedelta(days=1)) == []


def departments(readers: Readers, **where: Any) -> Sequence[str]:
    rows = readers.directory.department_page(DepartmentFilter(**where), EVERYTHING, Page(100)).rows
    assert readers.directory.department_count(DepartmentFilter(**where), EVERYTHING) == len(rows)
    return [row.name for row in rows]


def test_departments_are_found_by_text_level_parent_and_region(storage: Storage, readers: Readers) -> None:
    names = departments(readers)
    rows = {
        row.name: row
        for row in readers.directory.department_page(DepartmentFilter(), EVERYTHING, Page(9)).rows
    }
    city = next(row for row in rows.values() if row.jurisdiction == (XIAN,))
    below = [name for name in names if rows[name].parent_id == city.id]
    assert len(below) == 2 and departments(readers, parent_id=city.id) == below
    assert departments(readers, levels=(Level.CITY,)) == [n for n in names if rows[n].level is Level.CITY]
    assert departments(readers, region_id=XIAN) == [city.name, *below]
    assert departments(readers, text=city.name) == [city.name] and departments(readers, text="没有的") == []
    found = readers.directory.departments_below(city.id, EVERYTHING)
    assert [row.name for row in found] == below
