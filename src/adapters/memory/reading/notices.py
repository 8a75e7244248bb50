"""Reads messages and SMS from memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from ....application.access import Scope
from ....application.ports.notice import MessageOrder, SmsFilter, SmsOrder, SmsRow
from ....application.ports.paging import Page, Slice
from ....domain.notice.notice import Message, ReminderTopic, Sms, SmsState
from ....domain.values import MessageId, PersonId
from ..paging import By, Sorting, instant, instant_key
from ..sight import Sight
from ..tables import State


class MemoryNoticeReader:
    """Reads committed messages and SMS."""

    def __init__(self, state: Callable[[], State]) -> None:
        self._state = state

    def messages(
        self,
        receiver_id: PersonId,
        page: Page,
        *,
        unread_only: bool = False,
        order: MessageOrder = MessageOrder.NEWEST,
    ) -> Slice[Message]:
        rows = [
            message
            for message in self._state().messages.values()
            if message.receiver_id == receiver_id and not (unread_only and message.read_at is not None)
        ]
        return MESSAGES[order].slice_of(rows, page)

    def message_count(self, receiver_id: PersonId) -> int:
        return sum(1 for m in self._state().messages.values() if m.receiver_id == receiver_id)

    def messages_by_id(self, ids: Sequence[MessageId], receiver_id: PersonId) -> Mapping[MessageId, Message]:
        messages = self._state().messages
        return {id: messages[id] for id in ids if id in messages and messages[id].receiver_id == receiver_id}

    def unread(self, receiver_id: PersonId) -> int:
        messages = self._state().messages.values()
        return sum(1 for m in messages if m.receiver_id == receiver_id and m.read_at is None)

    def texts(
        self, where: SmsFilter, scope: Scope, page: Page, order: SmsOrder = SmsOrder.NEWEST
    ) -> Slice[SmsRow]:
        return TEXTS[order].slice_of(_matching(self._state(), where, scope), page)

    def texts_by_id(self, ids: Sequence[UUID], scope: Scope) -> Mapping[UUID, SmsRow]:
        wanted = set(ids)
        return {row.id: row for row in _matching(self._state(), SmsFilter(), scope) if row.id in wanted}

    def text_count(self, where: SmsFilter, scope: Scope) -> int:
        return len(_matching(self._state(), where, scope))

    def text_counts(self, business_date: date) -> Mapping[SmsState, int]:
        texts = self._state().texts.values()
        return dict(Counter(sms.state for sms in texts if sms.topic.business_date == business_date))


_newest_message: Final = Sorting(
    (
        By[Message](lambda row: instant_key(row.created_at), True, instant),
        By[Message](lambda row: str(row.id), True, UUID),
    )
)
MESSAGES: Final = {
    MessageOrder.NEWEST: _newest_message,
    MessageOrder.OLDEST: _newest_message.backwards(),
    MessageOrder.UNREAD: Sorting(
        (By[Message](lambda row: str(int(row.read_at is not None)), False, int), *_newest_message.columns)
    ),
}
_newest_text: Final = Sorting(
    (
        By[SmsRow](lambda row: instant_key(row.created_at), True, instant),
        By[SmsRow](lambda row: str(row.id), True, UUID),
    )
)
TEXTS: Final = {SmsOrder.NEWEST: _newest_text, SmsOrder.OLDEST: _newest_text.backwards()}


def _matching(state: State, where: SmsFilter, scope: Scope) -> list[SmsRow]:
    sight = Sight(state, scope)
    rows = (_row(state, sms) for sms in state.texts.values() if sight.person(state.people[sms.receiver_id]))
    return [
        row
        for row in rows
        if where.business_date in (None, row.business_date)
        and (not where.states or row.state in where.states)
        and (not where.kinds or not set(row.kinds).isdisjoint(where.kinds))
        and (where.stage is None or where.stage in row.stages)
        and where.receiver_id in (None, row.receiver_id)
        and where.enterprise_id in (None, state.people[row.receiver_id].enterprise_id)
    ]


def _row(state: State, sms: Sms) -> SmsRow:
    topic = sms.topic
    return SmsRow(
        id=sms.id,
        receiver_id=sms.receiver_id,
        receiver_name=state.people[sms.receiver_id].name,
        phone=sms.phone.text,
        state=sms.state,
        text=sms.text,
        created_at=sms.created_at,
        changed_at=sms.changed_at,
        note=sms.note,
        business_date=topic.business_date,
        kind=topic.kind,
        stage=topic.stage if isinstance(topic, ReminderTopic) else None,
        kinds=sms.kinds,
        stages=sms.stages,
        enterprise_ids=sms.enterprise_ids,
        problem_ids=sms.problem_ids,
        alert_ids=sms.alert_ids,
        shutdown_period_ids=sms.shutdown_period_ids,
        handed_over_at=sms.handed_over_at,
    )
