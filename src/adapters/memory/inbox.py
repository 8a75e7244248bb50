"""Keeps the inbox in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from ...application.ports.inbox import KnownVersion, UsedNonce
from ...domain.exchange.inbound import InboundKind, InboxMessage, InboxRecord, MessageOutcome, RecordState
from ...domain.refusals import Conflict, NotFound
from ...domain.values import EnterpriseId, RegionId
from .tables import State, kept, utc
from .unit import Unit

_TAKEN = "部级平台的同一份报文正在被另一进程接收，请重试。"


class MemoryInbox:
    """Messages and records."""

    def __init__(self, unit: Unit, database_clock: Callable[[], datetime]) -> None:
        self._unit = unit
        self._database_clock = database_clock

    def find_messages(
        self,
        *,
        ids: Sequence[UUID] = (),
        message_ids: Sequence[tuple[InboundKind, str]] = (),
    ) -> Sequence[InboxMessage]:
        return [
            kept(message)
            for message in self._unit.reading().inbox_messages.values()
            if message.id in ids
            or (
                message.outcome is not MessageOutcome.CONFLICTING
                and (message.kind, message.message_id) in message_ids
            )
        ]

    def add_messages(self, messages: Sequence[InboxMessage]) -> None:
        state = self._unit.to_write()
        for message in messages:
            known = message.id in state.inbox_messages
            if message.outcome is MessageOutcome.CONFLICTING:
                if known:
                    continue
            elif known or _repeats(state, message):
                raise Conflict(_TAKEN)
            state.inbox_messages.put(message.id, kept(message))

    def find_nonces(self, nonces: Sequence[str]) -> Sequence[UsedNonce]:
        known = self._unit.reading().inbox_nonces
        return [known[nonce][0] for nonce in dict.fromkeys(nonces) if nonce in known]

    def add_nonces(self, used: Sequence[UsedNonce]) -> None:
        if not used:
            return
        state, now = self._unit.to_write(), utc(self._database_clock())
        for one in used:
            if one.message_id not in state.inbox_messages:
                raise NotFound("关联的数据")
            if one.nonce in state.inbox_nonces:
                raise Conflict(_TAKEN)
            state.inbox_nonces.put(one.nonce, (one, now))

    def forget_nonces(self, *, older_than: timedelta) -> int:
        state, before = self._unit.to_write(), utc(self._database_clock()) - older_than
        old = [nonce for nonce, (_, added_at) in state.inbox_nonces.items() if added_at < before]
        for nonce in old:
            state.inbox_nonces.remove(nonce)
        return len(old)

    def save_message(self, message: InboxMessage) -> None:
        state = self._unit.to_write()
        before = state.inbox_messages.get(message.id)
        if before is None or before.outcome is not MessageOutcome.UNREADABLE:
            raise Conflict("该报文已被他人处置，请刷新后重试。")
        after = replace(
            before,
            message_id=message.message_id,
            content_digest=message.content_digest,
            outcome=message.outcome,
            answer=message.answer,
        )
        if after.outcome is not MessageOutcome.CONFLICTING and _repeats(state, after):
            raise Conflict(_TAKEN)
        state.inbox_messages.put(message.id, kept(after))

    def known_versions(self, keys: Sequence[tuple[InboundKind, str]]) -> Sequence[KnownVersion]:
        wanted = set(keys)
        return [
            KnownVersion(one.kind, one.external_id, one.version, one.digest, one.enterprise_id, one.region_id)
            for one in self._unit.reading().inbox_records.values()
            if one.state is not RecordState.REFUSED and (one.kind, one.external_id) in wanted
        ]

    def add_records(self, records: Sequence[InboxRecord]) -> None:
        state = self._unit.to_write()
        for record in records:
            if record.message_id not in state.inbox_messages:
                raise NotFound("关联的数据")
            if record.state is RecordState.REFUSED:
                if record.id in state.inbox_records:
                    continue
            elif any(
                other.state is not RecordState.REFUSED and _key(other) == _key(record)
                for other in state.inbox_records.values()
            ):
                raise Conflict(_TAKEN)
            state.inbox_records.put(record.id, kept(record))

    def find_records(self, ids: Sequence[UUID]) -> Mapping[UUID, InboxRecord]:
        records = self._unit.reading().inbox_records
        return {id: kept(records[id]) for id in ids if id in records}

    def quarantined_of(self, kind: InboundKind, external_id: str) -> Sequence[InboxRecord]:
        return self._quarantined(lambda one: (one.kind, one.external_id) == (kind, external_id))

    def quarantined_for(
        self, *, enterprise_id: EnterpriseId | None = None, region_id: RegionId | None = None
    ) -> Sequence[InboxRecord]:
        state = self._unit.reading()
        companies, areas = set[str](), set[str]()
        if enterprise_id is not None and (known := state.enterprises.get(enterprise_id)) is not None:
            companies = {known.enterprise.credit_code.text}
        if region_id is not None:
            region = state.regions.get(region_id)
            areas = {str(region_id)}
            if region is not None and region.local and region.gb_code is not None:
                areas.add(region.gb_code)
        return self._quarantined(lambda one: one.company_code in companies or one.area_code in areas)

    def save_records(self, records: Sequence[InboxRecord], *, were: RecordState) -> None:
        state = self._unit.to_write()
        for record in records:
            before = state.inbox_records.get(record.id)
            if before is None or before.state is not were:
                raise Conflict("该记录已被他人处置，请刷新后重试。")
            after = replace(
                before,
                state=record.state,
                fault=record.fault,
                sentence=record.sentence,
                subject=record.subject,
                enterprise_id=record.enterprise_id,
                region_id=record.region_id,
                settled_at=record.settled_at,
            )
            state.inbox_records.put(record.id, kept(after))

    def _quarantined(self, chosen: Callable[[InboxRecord], bool]) -> list[InboxRecord]:
        found = [
            kept(one)
            for one in self._unit.reading().inbox_records.values()
            if one.state is RecordState.QUARANTINED and chosen(one)
        ]
        return sorted(found, key=lambda one: (one.version, one.id))


def _key(record: InboxRecord) -> tuple[InboundKind, str, int]:
    return record.kind, record.external_id, record.version


def _repeats(state: State, message: InboxMessage) -> bool:
    """Whether another message that is not conflicting has its kind and message id."""
    return message.message_id is not None and any(
        (other.kind, other.message_id) == (message.kind, message.message_id)
        for other in state.inbox_messages.values()
        if other.id != message.id and other.outcome is not MessageOutcome.CONFLICTING
    )
