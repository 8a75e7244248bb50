"""Read in-app messages and SMS."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Engine,
    Integer,
    Row,
    and_,
    bindparam,
    case,
    column,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB

from ....application.access import Scope
from ....application.ports.notice import MessageOrder, SmsFilter, SmsOrder, SmsRow
from ....application.ports.paging import Page, Slice
from ....domain.notice.notice import Message, MessageKind, ReminderTopic, SmsState
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


OfTopic = Callable[[ColumnElement[Any], ColumnElement[Any]], ColumnElement[bool]]
"""A condition on the kind and the stage of one merged topic."""


class MergedTopics:
    """The topics in the column `also`, as rows: a table-valued function that each database spells differently."""

    def __init__(self, *, on_postgresql: bool) -> None:
        if on_postgresql:
            self._rows = func.jsonb_array_elements(sms.c.also).table_valued(column("value", JSONB))
            self._kind = self._rows.c.value["kind"].astext
            self._stage = self._rows.c.value["stage"].astext.cast(Integer)
        else:
            self._rows = func.json_each(sms.c.also).table_valued("value")
            self._kind = func.json_extract(self._rows.c.value, "$.kind")
            self._stage = func.json_extract(self._rows.c.value, "$.stage")

    def any(self, fits: OfTopic) -> ColumnElement[bool]:
        """Whether a merged topic fits."""
        return exists(select(literal(1)).select_from(self._rows).where(fits(self._kind, self._stage)))


class SqlNoticeReader(Reading):
    """Reads in-app messages and SMS."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._merged = MergedTopics(on_postgresql=self.on_postgresql)

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
            _texts.where(_matching(where, scope, self._merged), by.rest(by.after(page)))
            .order_by(*by.order)
            .limit(page.first + 1)
        )
        return slice_of(self.rows(statement), page, _text, by.key)

    def texts_by_id(self, ids: Sequence[UUID], scope: Scope) -> Mapping[UUID, SmsRow]:
        found: dict[UUID, SmsRow] = {}
        for batch in in_batches(ids):
            statement = _texts.where(sms.c.id.in_(batch), _matching(SmsFilter(), scope, self._merged))
            found |= {row.id: _text(row) for row in self.rows(statement)}
        return found

    def text_count(self, where: SmsFilter, scope: Scope) -> int:
        return self.number(
            select(func.count()).select_from(_to_person).where(_matching(where, scope, self._merged))
        )

    def text_counts(self, business_date: date) -> Mapping[SmsState, int]:
        return {row.state: row.number for row in self.rows(_TEXT_COUNTS, {"day": business_date})}


def _matching(where: SmsFilter, scope: Scope, merged: MergedTopics) -> ColumnElement[bool]:
    """All conditions of the filter and the scope."""
    return and_(
        person_in(scope, person.c.department_id, person.c.enterprise_id),
        true() if where.business_date is None else sms.c.business_date == where.business_date,
        sms.c.state.in_(where.states) if where.states else true(),
        _about(where.kinds, merged) if where.kinds else true(),
        true() if where.stage is None else or_(sms.c.stage == where.stage, merged.any(_stage(where.stage))),
        true() if where.receiver_id is None else sms.c.receiver_id == where.receiver_id,
        true() if where.enterprise_id is None else person.c.enterprise_id == where.enterprise_id,
    )


def _about(kinds: Sequence[MessageKind], merged: MergedTopics) -> ColumnElement[bool]:
    """Whether a topic is of one of the kinds. Reminders about unreported commitments have no `kind`."""
    reminders = ReminderTopic.kind in kinds
    names = [kind.value for kind in kinds]

    def of_merged(kind: ColumnElement[Any], stage: ColumnElement[Any]) -> ColumnElement[bool]:
        return or_(kind.in_(names), kind.is_(None)) if reminders else kind.in_(names)

    first = sms.c.kind.in_(kinds)
    return or_(first, sms.c.kind.is_(None) if reminders else false(), merged.any(of_merged))


def _stage(wanted: int) -> OfTopic:
    return lambda kind, stage: stage == wanted


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
        kinds=found.kinds,
        stages=found.stages,
        enterprise_ids=found.enterprise_ids,
        problem_ids=found.problem_ids,
        alert_ids=found.alert_ids,
        shutdown_period_ids=found.shutdown_period_ids,
        handed_over_at=row.handed_over_at,
    )
