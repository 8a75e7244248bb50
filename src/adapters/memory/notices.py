"""Keeps in-app messages and SMS in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from ...domain.notice.notice import Message, ReminderTopic, Sms, SmsState
from ...domain.refusals import NotFound
from ...domain.values import EnterpriseId, MessageId, PersonId
from .tables import kept, utc
from .unit import Unit

HANDED_OVER: Final = frozenset({SmsState.ACCEPTED, SmsState.DELIVERED, SmsState.UNKNOWN})


class MemoryMessages:
    """In-app messages."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def add(self, messages: Sequence[Message]) -> int:
        state = self._unit.to_write()
        before = len(state.messages)
        for message in messages:
            if message.receiver_id not in state.people:
                raise NotFound("人员")
            if message.id not in state.messages:
                state.messages.put(message.id, kept(message))
        return len(state.messages) - before

    def known(self, ids: Sequence[MessageId]) -> frozenset[MessageId]:
        return frozenset(self._unit.reading().messages.keys() & set(ids))

    def read(self, ids: Sequence[MessageId]) -> frozenset[MessageId]:
        messages = self._unit.reading().messages
        return frozenset(id for id in ids if id in messages and messages[id].read_at is not None)

    def mark_read(self, receiver_id: PersonId, ids: Sequence[MessageId] | None, *, at: datetime) -> int:
        state = self._unit.to_write()
        wanted = None if ids is None else set(ids)
        unread = [
            message
            for message in state.messages.values()
            if message.receiver_id == receiver_id
            and message.read_at is None
            and (wanted is None or message.id in wanted)
        ]
        for message in unread:
            state.messages.put(message.id, replace(message, read_at=utc(at)))
        return len(unread)


class MemoryTexts:
    """SMS and their delivery states."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def add(self, texts: Sequence[Sms]) -> int:
        state = self._unit.to_write()
        before = len(state.texts)
        for sms in texts:
            if sms.receiver_id not in state.people:
                raise NotFound("人员")
            if sms.id not in state.texts:
                state.texts.put(sms.id, kept(sms))
        return len(state.texts) - before

    def find(self, id: UUID) -> Sms | None:
        return self._unit.reading().texts.get(id)

    def find_all(self, ids: Sequence[UUID]) -> Mapping[UUID, Sms]:
        texts = self._unit.reading().texts
        return {id: texts[id] for id in ids if id in texts}

    def save(self, sms: Sms) -> None:
        state = self._unit.to_write()
        if sms.id not in state.texts:
            raise NotFound("短信")
        state.texts.put(sms.id, kept(sms))

    def save_all(self, texts: Sequence[Sms]) -> None:
        for sms in texts:
            self.save(sms)

    def doubt(self, *, at: datetime) -> int:
        state = self._unit.to_write()
        queued = [sms for sms in state.texts.values() if sms.state is SmsState.QUEUED]
        for sms in queued:
            state.texts.put(sms.id, replace(sms, state=SmsState.UNKNOWN, changed_at=utc(at)))
        return len(queued)

    def reminded_of(
        self, receiver_ids: Sequence[PersonId], day: date
    ) -> Mapping[tuple[PersonId, int], frozenset[EnterpriseId]]:
        wanted = set(receiver_ids)
        found: dict[tuple[PersonId, int], frozenset[EnterpriseId]] = {}
        for sms in self._unit.reading().texts.values():
            topic = sms.topic
            if isinstance(topic, ReminderTopic) and sms.receiver_id in wanted and topic.business_date == day:
                key = (sms.receiver_id, topic.stage)
                found[key] = found.get(key, frozenset()).union(topic.enterprise_ids)
        return found

    def by_gateway(self, keys: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], Sms]:
        wanted = set(keys)
        found: dict[tuple[str, str], Sms] = {}
        for sms in sorted(self._unit.reading().texts.values(), key=lambda sms: (sms.created_at, sms.id)):
            if sms.gateway_id is not None and (key := (sms.gateway_id, sms.phone.text)) in wanted:
                found[key] = sms
        return found

    def sent_since(self, phone: str, since: datetime) -> int:
        return sum(
            1
            for sms in self._unit.reading().texts.values()
            if sms.phone.text == phone
            and sms.state in HANDED_OVER
            and sms.handed_over_at is not None
            and sms.handed_over_at >= since
        )
