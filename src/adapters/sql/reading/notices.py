"""Read in-app messages and SMS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import Row, bindparam, func, select, true

from ....application.access import Scope
from ....application.ports.notice import SmsRow
from ....application.ports.paging import Page, Slice
from ....domain.notice.notice import Message, SmsState
from ....domain.values import MessageId, PersonId
from ..batches import in_batches
from ..notices import message_of
from ..scope import person_in
from ..tables.directory import person
from ..tables.notice import message, sms
from .paging import Reading, behind, instant, instant_key, position, slice_of, uuid

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


class SqlNoticeReader(Reading):
    """Reads in-app messages and SMS, newest first."""

    def messages(self, receiver_id: PersonId, page: Page, *, unread_only: bool = False) -> Slice[Message]:
        after = position(page, instant, uuid)
        statement = (
            select(message)
            .where(
                message.c.receiver_id == receiver_id,
                message.c.read_at.is_(None) if unread_only else true(),
                behind(after, (message.c.created_at, True), (message.c.id, True)),
            )
            .order_by(message.c.created_at.desc(), message.c.id.desc())
            .limit(page.first + 1)
        )
        return slice_of(
            self.rows(statement), page, message_of, lambda row: (instant_key(row.created_at), str(row.id))
        )

    def messages_by_id(self, ids: Sequence[MessageId], receiver_id: PersonId) -> Mapping[MessageId, Message]:
        found: dict[MessageId, Message] = {}
        for batch in in_batches(ids):
            statement = select(message).where(message.c.id.in_(batch), message.c.receiver_id == receiver_id)
            found |= {row.id: message_of(row) for row in self.rows(statement)}
        return found

    def unread(self, receiver_id: PersonId) -> int:
        return self.number(_UNREAD, {"receiver": receiver_id})

    def texts(self, scope: Scope, page: Page, *, business_date: date | None = None) -> Slice[SmsRow]:
        after = position(page, instant, uuid)
        statement = (
            select(sms, person.c.name.label("receiver_name"))
            .join(person, person.c.id == sms.c.receiver_id)
            .where(
                person_in(scope, person.c.department_id, person.c.enterprise_id),
                true() if business_date is None else sms.c.business_date == business_date,
                behind(after, (sms.c.created_at, True), (sms.c.id, True)),
            )
            .order_by(sms.c.created_at.desc(), sms.c.id.desc())
            .limit(page.first + 1)
        )
        return slice_of(
            self.rows(statement), page, _text, lambda row: (instant_key(row.created_at), str(row.id))
        )

    def text_counts(self, business_date: date) -> Mapping[SmsState, int]:
        return {row.state: row.number for row in self.rows(_TEXT_COUNTS, {"day": business_date})}


def _text(row: Row[Any]) -> SmsRow:
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
        stage=row.stage,
    )
