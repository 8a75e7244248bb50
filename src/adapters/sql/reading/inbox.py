"""Read the inbox: messages and records of the ministry for the ledger, and how much waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, func, literal, select, true

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
from ....domain.deadlines import day_end, day_start
from ....domain.exchange.inbound import MessageOutcome, RecordState
from ..batches import in_batches
from ..tables.inbox import inbox_message, inbox_record
from .paging import Reading, contains, instant, instant_key, slice_of, uuid
from .sorting import By, Sorting, backwards

_message, _record = inbox_message.c, inbox_record.c
_MESSAGES: Final = select(
    _message.id,
    _message.kind,
    _message.message_id,
    _message.received_at,
    _message.outcome,
    _message.size,
    _message.digest,
    _message.answer,
)
_RECORDS: Final = select(
    _record.id,
    _record.message_id,
    _record.kind,
    _record.external_id,
    _record.version,
    _record.company_code,
    _record.area_code,
    _record.received_at,
    _record.state,
    _record.fault,
    _record.sentence,
    _record.subject,
    _record.enterprise_id,
    _record.region_id,
    _record.settled_at,
)
_newest_message: Final = Sorting[InboxMessageRow].by(
    By(_message.received_at, True, instant, lambda row: instant_key(row.received_at)),
    By(_message.id, True, uuid, lambda row: str(row.id)),
)
_newest_record: Final = Sorting[InboxRecordRow].by(
    By(_record.received_at, True, instant, lambda row: instant_key(row.received_at)),
    By(_record.id, True, uuid, lambda row: str(row.id)),
)
_MESSAGE_ORDERS: Final = {
    InboxMessageOrder.NEWEST: _newest_message,
    InboxMessageOrder.OLDEST: backwards(_newest_message),
}
_RECORD_ORDERS: Final = {
    InboxRecordOrder.NEWEST: _newest_record,
    InboxRecordOrder.OLDEST: backwards(_newest_record),
}


def waiting(state: RecordState) -> Any:
    """Count the records in this state by its partial index."""
    is_so = _record.state == literal(state, _record.state.type, literal_execute=True)
    return select(func.count()).select_from(inbox_record).where(is_so).scalar_subquery()


def unreadable() -> Any:
    """Count the messages that could not be read, by their partial index."""
    wanted = literal(MessageOutcome.UNREADABLE, _message.outcome.type, literal_execute=True)
    is_so = _message.outcome == wanted
    return select(func.count()).select_from(inbox_message).where(is_so).scalar_subquery()


_HEALTH: Final = select(
    select(_message.received_at)
    .order_by(_message.received_at.desc())
    .limit(1)
    .scalar_subquery()
    .label("last_received_at"),
    select(_record.settled_at)
    .where(_record.settled_at.is_not(None))
    .order_by(_record.settled_at.desc())
    .limit(1)
    .scalar_subquery()
    .label("last_settled_at"),
    waiting(RecordState.PENDING).label("pending"),
    waiting(RecordState.QUARANTINED).label("quarantined"),
    unreadable().label("unreadable"),
)


class SqlInboxReader(Reading):
    """The inbox as the ledger shows it."""

    def messages(
        self, where: InboxMessageFilter, page: Page, order: InboxMessageOrder = InboxMessageOrder.NEWEST
    ) -> Slice[InboxMessageRow]:
        by = _MESSAGE_ORDERS[order]
        statement = _MESSAGES.where(_messages_asked(where), by.rest(by.after(page)))
        rows = self.rows(statement.order_by(*by.order).limit(page.first + 1))
        return slice_of(rows, page, _message_row, by.key)

    def message_count(self, where: InboxMessageFilter) -> int:
        return self.number(select(func.count()).select_from(inbox_message).where(_messages_asked(where)))

    def messages_by_id(self, ids: Sequence[UUID]) -> Mapping[UUID, InboxMessageRow]:
        found: dict[UUID, InboxMessageRow] = {}
        for batch in in_batches(ids):
            rows = self.rows(_MESSAGES.where(self.of_these(_message.id, batch, true())))
            found |= {row.id: _message_row(row) for row in rows}
        return found

    def records(
        self, where: InboxRecordFilter, page: Page, order: InboxRecordOrder = InboxRecordOrder.NEWEST
    ) -> Slice[InboxRecordRow]:
        by = _RECORD_ORDERS[order]
        statement = _RECORDS.where(_records_asked(where), by.rest(by.after(page)))
        rows = self.rows(statement.order_by(*by.order).limit(page.first + 1))
        return slice_of(rows, page, _record_row, by.key)

    def record_count(self, where: InboxRecordFilter) -> int:
        return self.number(select(func.count()).select_from(inbox_record).where(_records_asked(where)))

    def records_by_id(self, ids: Sequence[UUID]) -> Mapping[UUID, InboxRecordRow]:
        found: dict[UUID, InboxRecordRow] = {}
        for batch in in_batches(ids):
            rows = self.rows(_RECORDS.where(self.of_these(_record.id, batch, true())))
            found |= {row.id: _record_row(row) for row in rows}
        return found

    def health(self) -> InboxHealth:
        (row,) = self.rows(_HEALTH)
        return InboxHealth(
            row.last_received_at, row.last_settled_at, row.pending, row.quarantined, row.unreadable
        )


def _messages_asked(where: InboxMessageFilter) -> ColumnElement[bool]:
    return and_(
        _message.kind.in_(where.kinds) if where.kinds else true(),
        _message.outcome.in_(where.outcomes) if where.outcomes else true(),
        _on_days(_message.received_at, where.first_day, where.last_day),
        contains(where.text, _message.message_id),
    )


def _records_asked(where: InboxRecordFilter) -> ColumnElement[bool]:
    return and_(
        _record.kind.in_(where.kinds) if where.kinds else true(),
        _record.state.in_(where.states) if where.states else true(),
        _record.fault.in_(where.faults) if where.faults else true(),
        _on_days(_record.received_at, where.first_day, where.last_day),
        true() if where.message_id is None else _record.message_id == where.message_id,
        contains(where.text, _record.external_id, _record.company_code, _record.area_code),
    )


def _on_days(column: Any, first: date | None, last: date | None) -> ColumnElement[bool]:
    return and_(
        true() if first is None else column >= day_start(first),
        true() if last is None else column < day_end(last),
    )


def _message_row(row: Row[Any]) -> InboxMessageRow:
    return InboxMessageRow(**dict(row._mapping))


def _record_row(row: Row[Any]) -> InboxRecordRow:
    return InboxRecordRow(**dict(row._mapping))
