"""The inbox in the ledger: narrowed down, page by page, counted; and how much waits in it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.ports.exchange import Attempt
from yanbao.application.ports.inbox import (
    InboxHealth,
    InboxMessageFilter,
    InboxMessageOrder,
    InboxRecordFilter,
    InboxRecordOrder,
)
from yanbao.application.ports.paging import Page
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage
from yanbao.domain.deadlines import day_end, day_start
from yanbao.domain.exchange.duty import Topic
from yanbao.domain.exchange.inbound import InboundKind, MessageOutcome, RecordFault, RecordState
from yanbao.domain.refusals import InvalidValue

from ...support.builders import DAY, LINTONG, NOW, an_id
from .test_inbox import PATROL, WARNING, a_message, a_record, keep

TOMORROW = DAY + timedelta(days=1)
MICRO = timedelta(microseconds=1)

MESSAGES = [
    a_message("M-0", received_at=day_start(DAY)),
    a_message("M-1", "n-1"),
    a_message("Patrol-2", kind=PATROL, received_at=NOW + MICRO, outcome=MessageOutcome.CONFLICTING),
    a_message(
        "x",
        message_id=None,
        received_at=day_end(DAY),
        outcome=MessageOutcome.UNREADABLE,
        answer={"unreadable": "no"},
    ),
]
RECORDS = [
    a_record("W-0", received_at=day_start(DAY), state=RecordState.APPLIED, settled_at=NOW),
    a_record("W-1", received_at=NOW),
    a_record("P-2", kind=PATROL, received_at=NOW + MICRO, company_code="", area_code="610526"),
    a_record(
        "W-3",
        received_at=day_end(DAY),
        state=RecordState.QUARANTINED,
        fault=RecordFault.UNKNOWN_ENTERPRISE,
        company_code="91430121XYZ",
        message_id=MESSAGES[0].id,
        region_id=LINTONG,
    ),
]


@pytest.fixture
def kept(storage: Storage) -> Storage:
    keep(storage, *MESSAGES, *RECORDS)
    return storage


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({}, [3, 2, 1, 0]),
        ({"kinds": (PATROL,)}, [2]),
        ({"outcomes": (MessageOutcome.UNREADABLE, MessageOutcome.CONFLICTING)}, [3, 2]),
        ({"first_day": TOMORROW}, [3]),
        ({"last_day": DAY}, [2, 1, 0]),
        ({"first_day": DAY, "last_day": DAY, "text": "m-"}, [1, 0]),
        ({"text": "patrol"}, [2]),
        ({"text": "%"}, []),
    ],
)
def test_messages_can_be_narrowed(kept: Storage, readers: Readers, where: Any, expected: list[int]) -> None:
    filter, reader = InboxMessageFilter(**where), readers.inbox
    ids = [MESSAGES[number].id for number in expected]
    assert [row.id for row in reader.messages(filter, Page(10)).rows] == ids
    oldest = reader.messages(filter, Page(10), InboxMessageOrder.OLDEST).rows
    assert [row.id for row in oldest] == ids[::-1]
    assert reader.message_count(filter) == len(ids)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({}, [3, 2, 1, 0]),
        ({"kinds": (InboundKind.WARNING,)}, [3, 1, 0]),
        ({"states": (RecordState.PENDING, RecordState.APPLIED)}, [2, 1, 0]),
        ({"faults": (RecordFault.UNKNOWN_ENTERPRISE,)}, [3]),
        ({"faults": (RecordFault.MISSING,)}, []),
        ({"first_day": TOMORROW}, [3]),
        ({"last_day": DAY}, [2, 1, 0]),
        ({"message_id": MESSAGES[0].id}, [3]),
        ({"text": "w-1"}, [1]),
        ({"text": "430121xyz"}, [3]),
        ({"text": "610526"}, [2]),
        ({"kinds": (WARNING,), "last_day": DAY, "text": "W-"}, [1, 0]),
    ],
)
def test_records_can_be_narrowed(kept: Storage, readers: Readers, where: Any, expected: list[int]) -> None:
    filter, reader = InboxRecordFilter(**where), readers.inbox
    ids = [RECORDS[number].id for number in expected]
    assert [row.id for row in reader.records(filter, Page(10)).rows] == ids
    oldest = reader.records(filter, Page(10), InboxRecordOrder.OLDEST).rows
    assert [row.id for row in oldest] == ids[::-1]
    assert reader.record_count(filter) == len(ids)


def test_the_lists_go_page_by_page(kept: Storage, readers: Readers) -> None:
    for read, order in (
        (readers.inbox.messages, list(InboxMessageOrder)),
        (readers.inbox.records, list(InboxRecordOrder)),
    ):
        filter: Any = InboxMessageFilter() if read == readers.inbox.messages else InboxRecordFilter()
        for by in order:
            whole: list[UUID] = []
            page = Page(1)
            while True:
                part = read(filter, page, by)  # type: ignore[operator]
                whole += [row.id for row in part.rows]
                if not part.has_next:
                    break
                page = Page(1, part.keys[-1])
            assert whole == [row.id for row in read(filter, Page(9), by).rows]  # type: ignore[operator]
        with pytest.raises(InvalidValue):
            read(filter, Page(1, ("no instant", "no id")))  # type: ignore[operator]


def test_every_field_of_the_rows_comes_back(kept: Storage, readers: Readers) -> None:
    for message in MESSAGES:
        row = readers.inbox.messages_by_id([message.id, an_id("nothing")])[message.id]
        for name in ("id", "kind", "message_id", "received_at", "outcome", "digest", "answer"):
            assert getattr(row, name) == getattr(message, name), name
        assert row.size == len(message.raw)
    assert readers.inbox.messages_by_id([MESSAGES[3].id])[MESSAGES[3].id].unreadable == "no"
    for record in RECORDS:
        shown = readers.inbox.records_by_id([record.id])[record.id]
        for name in shown.__slots__:
            assert getattr(shown, name) == getattr(record, name), name


def test_health_counts_what_waits(storage: Storage, readers: Readers) -> None:
    assert readers.inbox.health() == InboxHealth(None, None, 0, 0, 0)
    keep(storage, *MESSAGES, *RECORDS)
    assert readers.inbox.health() == InboxHealth(day_end(DAY), NOW, 2, 1, 1)


def test_the_last_success_of_a_topic_is_its_newest_call_of_which_something_was_accepted(
    storage: Storage, readers: Readers
) -> None:
    def call(number: int, accepted: int, topic: Topic = Topic.MINISTRY_PROBLEM) -> Attempt:
        at = NOW + timedelta(minutes=number)
        return Attempt(an_id("call", number), topic, "m", at, 5, 200, "0", "", 20, accepted, 20 - accepted)

    with storage.work(SYSTEM) as work:
        for one in (call(1, 20), call(2, 1), call(3, 0), call(4, 7, Topic.MINISTRY_ALERT)):
            work.outbox.log(one)
        work.commit()
    found = {row.topic: row.last_success_at for row in readers.exchange.health(NOW)}
    assert found[Topic.MINISTRY_PROBLEM] == NOW + timedelta(minutes=2)
    assert found[Topic.MINISTRY_ALERT] == NOW + timedelta(minutes=4)
    assert found[Topic.SMS] is None
