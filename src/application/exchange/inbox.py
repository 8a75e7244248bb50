"""The ledger of what the ministry has sent: seen by the province, assigned by hand, processed again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from ...domain.exchange.duty import Topic
from ...domain.exchange.events import InboxRecordAssigned, InboxReprocessed, RawMessageRead
from ...domain.exchange.inbound import (
    InboundKind,
    InboxMessage,
    InboxRecord,
    MessageOutcome,
    RecordState,
)
from ...domain.refusals import ActionNotAllowed, InvalidValue, NotFound
from ...domain.values import EnterpriseId, RegionId
from ..access import Actor, Permission, check
from ..once import once
from ..policies import PolicyBook
from ..ports.inbound import Delivery, MinistryReader
from ..ports.inbox import (
    InboxMessageFilter,
    InboxMessageOrder,
    InboxMessageRow,
    InboxRecordFilter,
    InboxRecordOrder,
    InboxRecordRow,
)
from ..ports.paging import Page, Slice
from ..ports.readers import Readers
from ..ports.signals import Clock, Doorbell
from ..ports.work import Storage, UnitOfWork
from .exchange import MOST_AT_ONCE
from .health import ExchangeHealth, exchange_health
from .queueing import requeue
from .reading import read_delivery
from .receiving import Reception


@dataclass(frozen=True, slots=True)
class AssignInboxRecord:
    """To whom a quarantined record belongs: an enterprise, or for a patrol problem a region."""

    record_id: UUID
    enterprise_id: EnterpriseId | None = None
    region_id: RegionId | None = None


@dataclass(frozen=True, slots=True)
class ReprocessInbox:
    """Records and messages to process again, at most 500.

    They are quarantined records, records whose processing was parked, and unreadable messages.
    """

    ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Reprocessed:
    """How many records and messages are processed again, and how many messages are still unreadable."""

    count: int
    unreadable: int


class InboxLedger:
    """What people of the province's department see and do with what the ministry has sent."""

    def __init__(
        self,
        storage: Storage,
        readers: Readers,
        clock: Clock,
        reader: MinistryReader,
        policies: PolicyBook,
        doorbell: Doorbell,
    ) -> None:
        self._storage = storage
        self._readers = readers
        self._clock = clock
        self._reader = reader
        self._policies = policies
        self._doorbell = doorbell

    # ------------------------------------------------------------ reading

    def messages(
        self,
        actor: Actor,
        where: InboxMessageFilter,
        page: Page,
        order: InboxMessageOrder = InboxMessageOrder.NEWEST,
    ) -> Slice[InboxMessageRow]:
        check(actor, Permission.READ_EXCHANGE)
        return self._readers.inbox.messages(where, page, order)

    def message_count(self, actor: Actor, where: InboxMessageFilter) -> int:
        check(actor, Permission.READ_EXCHANGE)
        return self._readers.inbox.message_count(where)

    def messages_by_id(self, actor: Actor, ids: Sequence[UUID]) -> Mapping[UUID, InboxMessageRow]:
        check(actor, Permission.READ_EXCHANGE)
        return self._readers.inbox.messages_by_id(ids)

    def records(
        self,
        actor: Actor,
        where: InboxRecordFilter,
        page: Page,
        order: InboxRecordOrder = InboxRecordOrder.NEWEST,
    ) -> Slice[InboxRecordRow]:
        check(actor, Permission.READ_EXCHANGE)
        return self._readers.inbox.records(where, page, order)

    def record_count(self, actor: Actor, where: InboxRecordFilter) -> int:
        check(actor, Permission.READ_EXCHANGE)
        return self._readers.inbox.record_count(where)

    def records_by_id(self, actor: Actor, ids: Sequence[UUID]) -> Mapping[UUID, InboxRecordRow]:
        check(actor, Permission.READ_EXCHANGE)
        return self._readers.inbox.records_by_id(ids)

    def raw_message(self, actor: Actor, id: UUID) -> InboxMessage:
        """The message as it arrived. Each reading is in the audit trail. Raises NotFound."""
        check(actor, Permission.READ_RAW_MESSAGE)
        with self._storage.work(actor) as work:
            found = work.inbox.find_messages(ids=[id])
            if not found:
                raise NotFound("收到的报文", field="id")
            work.note(RawMessageRead(message_id=id, at=self._clock.now()))
            work.commit()
        return found[0]

    def health(self, actor: Actor | None = None) -> ExchangeHealth:
        """How the exchange is, in counts only. Without an actor: for the system itself."""
        if actor is not None:
            check(actor, Permission.READ_HEALTH)
        return exchange_health(self._readers, self._clock.now())

    # ------------------------------------------------------------ putting right

    def assign(self, actor: Actor, command: AssignInboxRecord, *, key: str | None = None) -> InboxRecordRow:
        """Say to whom a quarantined record belongs, and have it processed, with its other quarantined versions.

        Raises NotFound, InvalidValue, and ActionNotAllowed if it is not quarantined.
        """
        check(actor, Permission.ASSIGN_INBOX_RECORD)
        now = self._clock.now()
        with self._storage.work(actor) as work:
            once(work, actor, key, command, now=now, act=lambda: self._assign(work, actor, command, now))
            work.commit()
        self._doorbell.ring(Topic.MINISTRY_INBOUND.value)
        return self._readers.inbox.records_by_id([command.record_id])[command.record_id]

    def _assign(self, work: UnitOfWork, actor: Actor, command: AssignInboxRecord, now: datetime) -> str:
        record = work.inbox.find_records([command.record_id]).get(command.record_id)
        if record is None:
            raise NotFound("收到的记录", field="id")
        _check_assignment(work, actor, record, command)
        if record.state is not RecordState.QUARANTINED:
            raise ActionNotAllowed("该记录不在待人工处置之列，不能指定。")
        versions = [
            replace(one, enterprise_id=command.enterprise_id, region_id=command.region_id)
            for one in work.inbox.quarantined_of(record.kind, record.external_id)
        ]
        requeue(work, versions, now)
        for one in versions:
            work.note(InboxRecordAssigned(one.id, command.enterprise_id, command.region_id, now))
        return str(record.id)

    def reprocess(self, actor: Actor, command: ReprocessInbox, *, key: str | None = None) -> Reprocessed:
        """Process again what waits for a person. Raises NotFound when one of the ids is nothing of that kind."""
        check(actor, Permission.REPROCESS_INBOX)
        now = self._clock.now()
        ids = tuple(dict.fromkeys(command.ids))
        if not 1 <= len(ids) <= MOST_AT_ONCE:
            raise InvalidValue(f"一次应选择1至{MOST_AT_ONCE}条，现为{len(ids)}条。", field="ids")
        with self._storage.work(actor) as work:
            told = once(work, actor, key, command, now=now, act=lambda: self._reprocess(work, ids, now))
            work.commit()
        self._doorbell.ring(Topic.MINISTRY_INBOUND.value)
        count, unreadable = told.split("|")
        return Reprocessed(int(count), int(unreadable))

    def _reprocess(self, work: UnitOfWork, ids: Sequence[UUID], now: datetime) -> str:
        records = work.inbox.find_records(ids)
        messages = [
            one
            for one in work.inbox.find_messages(ids=[id for id in ids if id not in records])
            if one.outcome is MessageOutcome.UNREADABLE
        ]
        quarantined = [one for one in records.values() if one.state is RecordState.QUARANTINED]
        parked = [one.id for one in records.values() if one.state is RecordState.PENDING]
        requeue(work, quarantined, now)
        revived = work.outbox.revive(parked, due_at=now)
        if len(quarantined) + revived + len(messages) != len(ids):
            raise NotFound("可重新处理的记录", field="ids")
        read = [
            read_delivery(self._reader, Delivery(one.kind, one.nonce, one.headers, one.raw))
            for one in messages
        ]
        readable = Reception(work, self._policies, now).read_again(read)
        for id in ids:
            what = "InboxRecord" if id in records else "InboxMessage"
            work.note(InboxReprocessed(what=what, subject=id, at=now))
        return f"{len(quarantined) + revived + readable}|{len(messages) - readable}"


def _check_assignment(
    work: UnitOfWork, actor: Actor, record: InboxRecord, command: AssignInboxRecord
) -> None:
    if record.kind is InboundKind.PATROL_PROBLEM:
        if command.region_id is None or command.enterprise_id is not None:
            raise InvalidValue("部级巡查问题应指定一个区域。", field="regionId")
        if not work.regions.within(command.region_id, actor.scope):
            raise NotFound("区域", field="regionId")
        return
    if command.enterprise_id is None or command.region_id is not None:
        raise InvalidValue("部级抽查问题和预警应指定一家企业。", field="enterpriseId")
    try:
        work.enterprises.get(command.enterprise_id, within=actor.scope)
    except NotFound as missing:
        raise NotFound("企业", field="enterpriseId") from missing
