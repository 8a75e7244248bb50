"""Reads messages and SMS from memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from ....application.access import Scope
from ....application.ports.notice import SmsRow
from ....application.ports.paging import Page, Slice
from ....domain.notice.notice import Message, ReminderTopic, Sms, SmsState
from ....domain.values import MessageId, PersonId
from ..paging import instant_key, slice_of
from ..sight import Sight
from ..tables import State


class MemoryNoticeReader:
    """Reads committed messages and SMS."""

    def __init__(self, state: Callable[[], State]) -> None:
        self._state = state

    def messages(self, receiver_id: PersonId, page: Page, *, unread_only: bool = False) -> Slice[Message]:
        rows = [
            message
            for message in self._state().messages.values()
            if message.receiver_id == receiver_id and not (unread_only and message.read_at is not None)
        ]
        return slice_of(
            rows, page, key=lambda row: (instant_key(row.created_at), str(row.id)), descending=(True, True)
        )

    def messages_by_id(self, ids: Sequence[MessageId], receiver_id: PersonId) -> Mapping[MessageId, Message]:
        messages = self._state().messages
        return {id: messages[id] for id in ids if id in messages and messages[id].receiver_id == receiver_id}

    def unread(self, receiver_id: PersonId) -> int:
        messages = self._state().messages.values()
        return sum(1 for m in messages if m.receiver_id == receiver_id and m.read_at is None)

    def texts(self, scope: Scope, page: Page, *, business_date: date | None = None) -> Slice[SmsRow]:
        state = self._state()
        sight = Sight(state, scope)
        rows = [
            _row(state, sms)
            for sms in state.texts.values()
            if (business_date is None or sms.topic.business_date == business_date)
            and sight.person(state.people[sms.receiver_id])
        ]
        return slice_of(
            rows, page, key=lambda row: (instant_key(row.created_at), str(row.id)), descending=(True, True)
        )

    def text_counts(self, business_date: date) -> Mapping[SmsState, int]:
        texts = self._state().texts.values()
        return dict(Counter(sms.state for sms in texts if sms.topic.business_date == business_date))


def _row(state: State, sms: Sms) -> SmsRow:
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
        business_date=sms.topic.business_date,
        stage=sms.topic.stage if isinstance(sms.topic, ReminderTopic) else None,
    )
