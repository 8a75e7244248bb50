"""Reads the inbox from memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from ....application.ports.inbox import (
    InboxHealth,
    InboxMessageFilter,
    InboxMessageOrder,
    InboxMessageRow,
    InboxRecordFilter,
    InboxRecordOrder,
    InboxRecordRow,
)
from ....application.ports.paging import Page, Slice
from ....domain.deadlines import business_date
from ....domain.exchange.inbound import InboxMessage, InboxRecord, MessageOutcome, RecordState
from ..paging import By, Sorting, instant, instant_key
from ..tables import State, kept


class MemoryInboxReader:
    """Reads the committed inbox."""

    def __init__(self, state: Callable[[], State]) -> None:
        self._state = state

    def messages(
        self, where: InboxMessageFilter, page: Page, order: InboxMessageOrder = InboxMessageOrder.NEWEST
    ) -> Slice[InboxMessageRow]:
        return MESSAGE_ORDERS[order].slice_of(map(_message_row, self._messages(where)), page)

    def message_count(self, where: InboxMessageFilter) -> int:
        return len(self._messages(where))

    def messages_by_id(self, ids: Sequence[UUID]) -> Mapping[UUID, InboxMessageRow]:
        messages = self._state().inbox_messages
        return {id: _message_row(messages[id]) for id in ids if id in messages}

    def records(
        self, where: InboxRecordFilter, page: Page, order: InboxRecordOrder = InboxRecordOrder.NEWEST
    ) -> Slice[InboxRecordRow]:
        return RECORD_ORDERS[order].slice_of(map(_record_row, self._records(where)), page)

    def record_count(self, where: InboxRecordFilter) -> int:
        return len(self._records(where))

    def records_by_id(self, ids: Sequence[UUID]) -> Mapping[UUID, InboxRecordRow]:
        records = self._state().inbox_records
        return {id: _record_row(records[id]) for id in ids if id in records}

    def health(self) -> InboxHealth:
        state = self._state()
        messages, records = state.inbox_messages.values(), state.inbox_records.values()

        def count(wanted: RecordState) -> int:
            return sum(one.state is wanted for one in records)

        return InboxHealth(
            last_received_at=max((one.received_at for one in messages), default=None),
            last_settled_at=max((one.settled_at for one in records if one.settled_at), default=None),
            pending=count(RecordState.PENDING),
            quarantined=count(RecordState.QUARANTINED),
            unreadable=sum(one.outcome is MessageOutcome.UNREADABLE for one in messages),
        )

    def _messages(self, where: InboxMessageFilter) -> list[InboxMessage]:
        text = (where.text or "").strip().lower()
        return [
            one
            for one in self._state().inbox_messages.values()
            if (not where.kinds or one.kind in where.kinds)
            and (not where.outcomes or one.outcome in where.outcomes)
            and _on_days(one.received_at, where.first_day, where.last_day)
            and (not text or text in (one.message_id or "").lower())
        ]

    def _records(self, where: InboxRecordFilter) -> list[InboxRecord]:
        text = (where.text or "").strip().lower()
        return [
            one
            for one in self._state().inbox_records.values()
            if (not where.kinds or one.kind in where.kinds)
            and (not where.states or one.state in where.states)
            and (not where.faults or one.fault in where.faults)
            and _on_days(one.received_at, where.first_day, where.last_day)
            and where.message_id in (None, one.message_id)
            and any(text in part.lower() for part in (one.external_id, one.company_code, one.area_code))
        ]


_newest_message: Final = Sorting(
    (
        By[InboxMessageRow](lambda row: instant_key(row.received_at), True, instant),
        By[InboxMessageRow](lambda row: str(row.id), True, UUID),
    )
)
_newest_record: Final = Sorting(
    (
        By[InboxRecordRow](lambda row: instant_key(row.received_at), True, instant),
        By[InboxRecordRow](lambda row: str(row.id), True, UUID),
    )
)
MESSAGE_ORDERS: Final = {
    InboxMessageOrder.NEWEST: _newest_message,
    InboxMessageOrder.OLDEST: _newest_message.backwards(),
}
RECORD_ORDERS: Final = {
    InboxRecordOrder.NEWEST: _newest_record,
    InboxRecordOrder.OLDEST: _newest_record.backwards(),
}


def _on_days(at: datetime, first: date | None, last: date | None) -> bool:
    day = business_date(at)
    return (first is None or first <= day) and (last is None or day <= last)


def _message_row(message: InboxMessage) -> InboxMessageRow:
    return InboxMessageRow(
        id=message.id,
        kind=message.kind,
        message_id=message.message_id,
        received_at=message.received_at,
        outcome=message.outcome,
        size=len(message.raw),
        digest=message.digest,
        answer=kept(message.answer),
    )


def _record_row(record: InboxRecord) -> InboxRecordRow:
    return InboxRecordRow(
        id=record.id,
        message_id=record.message_id,
        kind=record.kind,
        external_id=record.external_id,
        version=record.version,
        company_code=record.company_code,
        area_code=record.area_code,
        received_at=record.received_at,
        state=record.state,
        fault=record.fault,
        sentence=record.sentence,
        subject=record.subject,
        enterprise_id=record.enterprise_id,
        region_id=record.region_id,
        settled_at=record.settled_at,
    )
