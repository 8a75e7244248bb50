"""Read in-app messages and SMS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, bindparam, case, func, or_, select, true

from ....application.access import Scope
from ....application.ports.notice import MessageOrder, SmsFilter, SmsOrder, SmsRow
from ....application.ports.paging import Page, Slice
from ....domain.notice.notice import Message, ReminderTopic, SmsState
from ....domain.values import MessageId, PersonId
from ..batches import in_batches
from ..notices import message_of, text_of
from ..scope import person_in
from ..tables.directory import person
from ..tables.notice import message, sms
from .paging import Reading, instant, instant_key, slice_of, uuid
from .sorting import By, Sorting, backwards

_UNREAD: Final = (
    select(func.count())
    .select_from(message)
    .where(message.c.receiver_id == bindparam("receiver"), message.c.read_at.is_(None))
)
_TEXT_COUNTS: Final = (
    select(sms.c.state, func.count().label("number"))
    .where(sms.c.business_date == bindparam("day"))
    .group_by(sms.c.state)
)


_MESSAGE_COUNT: Final = (
    select(func.count()).select_from(message).where(message.c.receiver_id == bindparam("receiver"))
)
_to_person = sms.join(person, person.c.id == sms.c.receiver_id)
_texts: Final = select(sms, person.c.name.label("receiver_name")).select_from(_to_person)
_newest_message: Final = Sorting[Message].by(
    By(message.c.created_at, True, instant, lambda row: instant_key(row.created_at)),
    By(message.c.id, True, uuid, lambda row: str(row.id)),
)
_read = case((message.c.read_at.is_(None), 0), else_=1)
_MESSAGES: Final = {
    MessageOrder.NEWEST: _newest_message,
    MessageOrder.OLDEST: backwards(_newest_message),
    MessageOrder.UNREAD: Sorting[Message].by(
        By(_read, False, int, lambda row: "0" if row.read_at is None else "1"), *_newest_message.columns
    ),
}
_newest_text: Final = Sorting[SmsRow].by(
    By(sms.c.created_at, True, instant, lambda row: instant_key(row.created_at)),
    By(sms.c.id, True, uuid, lambda row: str(row.id)),
)
_TEXTS: Final = {SmsOrder.NEWEST: _newest_text, SmsOrder.OLDEST: backwards(_newest_text)}


class SqlNoticeReader(Reading):
    """Reads in-app messages and SMS."""

    def messages(
        self,
        receiver_id: PersonId,
        page: Page,
        *,
        unread_only: bool = False,
        order: MessageOrder = MessageOrder.NEWEST,
    ) -> Slice[Message]:
        by = _MESSAGES[order]
        statement = (
            select(message)
            .where(
                message.c.receiver_id == receiver_id,
                message.c.read_at.is_(None) if unread_only else true(),
                by.rest(by.after(page)),
            )
            .order_by(*by.order)
            .limit(page.first + 1)
        )
        return slice_of(self.rows(statement), page, message_of, by.key)

    def message_count(self, receiver_id: PersonId) -> int:
        return self.number(_MESSAGE_COUNT, {"receiver": receiver_id})

    def messages_by_id(self, ids: Sequence[MessageId], receiver_id: PersonId) -> Mapping[MessageId, Message]:
        found: dict[MessageId, Message] = {}
        for batch in in_batches(ids):
            statement = select(message).where(message.c.id.in_(batch), message.c.receiver_id == receiver_id)
            found |= {row.id: message_of(row) for row in self.rows(statement)}
        return found

    def unread(self, receiver_id: PersonId) -> int:
        return self.number(_UNREAD, {"receiver": receiver_id})

    def texts(
        self, where: SmsFilter, scope: Scope, page: Page, order: SmsOrder = SmsOrder.NEWEST
    ) -> Slice[SmsRow]:
        by = _TEXTS[order]
        statement = (
            _texts.where(_matching(where, scope), by.rest(by.after(page)))
            .order_by(*by.order)
            .limit(page.first + 1)
        )
        return slice_of(self.rows(statement), page, _text, by.key)

    def texts_by_id(self, ids: Sequence[UUID], scope: Scope) -> Mapping[UUID, SmsRow]:
        found: dict[UUID, SmsRow] = {}
        for batch in in_batches(ids):
            statement = _texts.where(sms.c.id.in_(batch), _matching(SmsFilter(), scope))
            found |= {row.id: _text(row) for row in self.rows(statement)}
        return found

    def text_count(self, where: SmsFilter, scope: Scope) -> int:
        return self.number(select(func.count()).select_from(_to_person).where(_matching(where, scope)))

    def text_counts(self, business_date: date) -> Mapping[SmsState, int]:
        return {row.state: row.number for row in self.rows(_TEXT_COUNTS, {"day": business_date})}


def _matching(where: SmsFilter, scope: Scope) -> ColumnElement[bool]:
    """All conditions of the filter and the scope. Reminders about unreported commitments have no `kind`."""
    about: list[ColumnElement[bool]] = [sms.c.kind.in_(where.kinds)]
    if ReminderTopic.kind in where.kinds:
        about.append(sms.c.kind.is_(None))
    return and_(
        person_in(scope, person.c.department_id, person.c.enterprise_id),
        true() if where.business_date is None else sms.c.business_date == where.business_date,
        sms.c.state.in_(where.states) if where.states else true(),
        or_(*about) if where.kinds else true(),
        true() if where.stage is None else sms.c.stage == where.stage,
        true() if where.receiver_id is None else sms.c.receiver_id == where.receiver_id,
        true() if where.enterprise_id is None else person.c.enterprise_id == where.enterprise_id,
    )


def _text(row: Row[Any]) -> SmsRow:
    found = text_of(row)
    return SmsRow(
        id=row.id,
        receiver_id=row.receiver_id,
        receiver_name=row.receiver_name,
        phone=row.phone,
        state=row.state,
        text=row.text,
        created_at=row.created_at,
        changed_at=row.changed_at,
        note=row.note,
        business_date=row.business_date,
        kind=found.topic.kind,
        stage=row.stage,
        enterprise_ids=found.enterprise_ids,
        problem_ids=found.problem_ids,
        shutdown_period_ids=found.shutdown_period_ids,
        handed_over_at=row.handed_over_at,
    )
