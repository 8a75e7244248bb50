"""Takes in what the ministry has sent: keeps every message, judges every record, owes what must be processed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from ...domain.exchange.inbound import (
    TO_QUARANTINE,
    InboundKind,
    InboxMessage,
    InboxRecord,
    MessageOutcome,
    RecordFault,
    RecordState,
    inbox_record_id,
    refused_record_id,
)
from ...domain.values import EnterpriseId, RegionId, fact_id
from ..policies import PolicyBook
from ..ports.inbound import DeliveryAnswer, RecordAnswer
from ..ports.inbox import KnownVersion, UsedNonce
from ..ports.work import UnitOfWork
from .inbox_alarms import InboxAlarms
from .queueing import queue
from .reading import MessageRead, RecordRead, clean
from .routing import Routes, area_of, company_of, fault_sentence, known_already

LONGEST_SENTENCE: Final = 500
LONGEST_CODE: Final = 50

Key = tuple[InboundKind, str]


@dataclass(slots=True)
class _Object:
    """What is known of one object of the ministry: the digest of each version, and the newest assignment."""

    digests: dict[int, str] = field(default_factory=dict)
    assigned: int = 0
    enterprise_id: EnterpriseId | None = None
    region_id: RegionId | None = None

    @property
    def newest(self) -> int:
        return max(self.digests, default=0)

    def know(self, known: KnownVersion) -> None:
        self.digests[known.version] = known.digest
        if (known.enterprise_id or known.region_id) and known.version > self.assigned:
            self.assigned = known.version
            self.enterprise_id, self.region_id = known.enterprise_id, known.region_id


class Reception:
    """Takes in messages within one unit of work. Takes as many statements for many records as for one."""

    def __init__(self, work: UnitOfWork, policies: PolicyBook, now: datetime) -> None:
        self._work = work
        self._policies = policies
        self._now = now
        self._stored: set[UUID] = set()
        self._by_id: dict[UUID, InboxMessage] = {}
        self._by_nonce: dict[str, UsedNonce] = {}
        self._new_nonces: list[UsedNonce] = []
        self._by_message_id: dict[Key, InboxMessage] = {}
        self._objects: dict[Key, _Object] = {}
        self._addressed: set[Key] = set()
        self._records: dict[UUID, InboxRecord] = {}
        self._alarms = InboxAlarms(work, now)

    @property
    def queued(self) -> bool:
        """Whether something must be processed after the commit."""
        return any(record.state is RecordState.PENDING for record in self._records.values())

    def receive(self, read: Sequence[MessageRead]) -> Sequence[DeliveryAnswer]:
        """Take in new messages; one that came before has no effect. Raises Conflict: then receive it anew."""
        self._find_messages(read)
        self._look_up([one for one in read if self._earlier(one) is None])
        answers = [self._receive(one) for one in read]
        self._work.inbox.add_messages([one for id, one in self._by_id.items() if id not in self._stored])
        self._work.inbox.add_nonces(self._new_nonces)
        self._store_records()
        return answers

    def read_again(self, read: Sequence[MessageRead]) -> int:
        """Take in messages that were kept as unreadable; returns how many can be read now."""
        readable = [one for one in read if one.unreadable is None]
        self._find_messages(readable)
        self._look_up(readable)
        for one in readable:
            kept = self._by_id[one.id]
            found = replace(
                kept,
                outcome=MessageOutcome.READ,
                message_id=one.message_id,
                content_digest=one.content_digest,
            )
            other = self._by_message_id.get((one.delivery.kind, one.message_id or ""))
            if other is None:
                found = replace(found, answer=_answer_json(self._judge(one), None))
            elif other.content_digest == one.content_digest:
                # The same came again meanwhile and could be read: it has the number, and its answer.
                found = replace(found, message_id=None, answer=other.answer)
            else:
                found = replace(found, outcome=MessageOutcome.CONFLICTING)
                self._alarms.conflicting_message(found)
            self._work.inbox.save_message(found)
            self._know(found)
        self._store_records()
        return len(readable)

    # ------------------------------------------------------------ messages

    def _find_messages(self, read: Sequence[MessageRead]) -> None:
        nonces = [one.nonce for one in read if one.nonce is not None]
        self._by_nonce = {one.nonce: one for one in self._work.inbox.find_nonces(nonces)}
        ids = [id for one in read for id in (one.id, _conflict_id(one))]
        ids += [one.message_id for one in self._by_nonce.values()]
        found = self._work.inbox.find_messages(
            ids=list(dict.fromkeys(ids)),
            message_ids=[(one.delivery.kind, one.message_id) for one in read if one.message_id is not None],
        )
        for message in found:
            self._know(message)
            self._stored.add(message.id)

    def _know(self, message: InboxMessage) -> None:
        self._by_id[message.id] = message
        if message.outcome is MessageOutcome.CONFLICTING:
            return
        if message.message_id is not None:
            self._by_message_id[message.kind, message.message_id] = message

    def _earlier(self, read: MessageRead) -> InboxMessage | None:
        """The message that came before with its nonce, with its message id or with the same bytes.

        What could not be read then, and can be now, is as good as new.
        """
        used = self._used(read)
        found = (
            None if used is None else self._by_id[used.message_id],
            self._by_message_id.get((read.delivery.kind, read.message_id or "")),
            self._by_id.get(read.id),
        )
        return next((one for one in found if one is not None and not _readable_now(one, read)), None)

    def _used(self, read: MessageRead) -> UsedNonce | None:
        return self._by_nonce.get(read.nonce or "")

    def _remember(self, read: MessageRead, message: InboxMessage) -> None:
        """Remember the nonce, whatever becomes of the delivery: nothing else may come under it."""
        if read.nonce is not None and read.nonce not in self._by_nonce:
            used = UsedNonce(read.nonce, read.digest, message.id)
            self._by_nonce[read.nonce] = used
            self._new_nonces.append(used)

    def _receive(self, read: MessageRead) -> DeliveryAnswer:
        earlier, used = self._earlier(read), self._used(read)
        if earlier is None:
            return self._keep(read)
        same = earlier.digest == read.digest or earlier.content_digest == read.content_digest
        if used is not None:
            # A nonce is for one request: the same records in other bytes are no repetition of that.
            same = used.digest == read.digest
        if same and earlier.kind is read.delivery.kind and earlier.outcome is not MessageOutcome.CONFLICTING:
            self._remember(read, earlier)
            return _repeated(earlier)
        conflicting = self._message(
            read, MessageOutcome.CONFLICTING, {"conflicts_with": str(earlier.id)}, id=_conflict_id(read)
        )
        if conflicting.id not in self._by_id:
            self._know(conflicting)
        self._remember(read, conflicting)
        self._alarms.conflicting_message(conflicting)
        return DeliveryAnswer(read.message_id, conflicting=True)

    def _keep(self, read: MessageRead) -> DeliveryAnswer:
        told = self._judge(read)
        outcome = MessageOutcome.READ if read.unreadable is None else MessageOutcome.UNREADABLE
        message = self._message(read, outcome, _answer_json(told, read.unreadable), id=read.id)
        if (before := self._by_id.get(read.id)) is not None:
            message = replace(message, nonce=before.nonce)
            self._work.inbox.save_message(message)
        self._know(message)
        self._remember(read, message)
        if outcome is MessageOutcome.UNREADABLE:
            self._alarms.unreadable(message)
        return DeliveryAnswer(read.message_id, told, unreadable=read.unreadable)

    def _message(
        self, read: MessageRead, outcome: MessageOutcome, answer: Mapping[str, Any], *, id: UUID
    ) -> InboxMessage:
        return InboxMessage(
            id=id,
            kind=read.delivery.kind,
            message_id=read.message_id,
            nonce=read.nonce,
            received_at=self._now,
            headers=read.delivery.headers,
            raw=read.delivery.raw,
            digest=read.digest,
            content_digest=read.content_digest,
            outcome=outcome,
            answer=answer,
        )

    # ------------------------------------------------------------ records

    def _look_up(self, messages: Sequence[MessageRead]) -> None:
        """Find out at once what all records of these messages need."""
        kinds = [(one.delivery.kind, record) for one in messages for record in one.records]
        keys = list(dict.fromkeys((kind, one.external_id) for kind, one in kinds if one.external_id))
        for known in self._work.inbox.known_versions(keys):
            self._objects.setdefault((known.kind, known.external_id), _Object()).know(known)
        stated = [(kind, one.external_id, one.stated) for kind, one in kinds if one.stated is not None]
        root = self._policies.root(self._work, now=self._now)
        self._routes = Routes(self._work, root, [one for _, _, one in stated])
        lost = [(kind, id) for kind, id, one in stated if self._routes.fault(kind, one) in TO_QUARANTINE]
        if lost:
            self._addressed = known_already(self._work, lost)

    def _judge(self, read: MessageRead) -> Sequence[RecordAnswer]:
        """Judge the records of a message, in their order; returns what the ministry is told of each."""
        return [self._judge_record(read, place, record) for place, record in enumerate(read.records)]

    def _judge_record(self, of: MessageRead, place: int, read: RecordRead) -> RecordAnswer:
        kind, key = of.delivery.kind, (of.delivery.kind, read.external_id)
        if read.unfit is not None:
            return self._refuse(of, place, read, read.unfit.fault, read.unfit.sentence)
        assert read.stated is not None, "a record is unfit or states something"
        object = self._objects.setdefault(key, _Object())
        known = object.digests.get(read.version)
        if known == read.digest:
            return RecordAnswer(read.external_id, None, "")
        if known is not None:
            self._alarms.conflicting_record(kind, read.external_id, read.version, of.id)
            return self._refuse(of, place, read, RecordFault.CONFLICTING, "同一版本已收到过，内容不同")
        fault = self._routes.fault(kind, read.stated)
        if fault is RecordFault.OUTSIDE_PROVINCE:
            return self._refuse(of, place, read, fault, fault_sentence(fault, read.stated))
        record = self._record(of, read, inbox_record_id(kind, read.external_id, read.version))
        record = replace(record, enterprise_id=object.enterprise_id, region_id=object.region_id)
        if read.version < object.newest:
            record = replace(record, state=RecordState.IGNORED, settled_at=self._now)
        elif fault is not None and not self._has_addressee(key):
            record = replace(
                record,
                state=RecordState.QUARANTINED,
                fault=fault,
                sentence=fault_sentence(fault, read.stated),
            )
            self._alarms.quarantined(record)
        object.digests[read.version] = read.digest
        self._records[record.id] = record
        return RecordAnswer(read.external_id, None, "")

    def _has_addressee(self, key: Key) -> bool:
        """Whether somebody handles an earlier version, or was assigned one."""
        return key in self._addressed or self._objects[key].assigned > 0

    def _refuse(
        self, of: MessageRead, place: int, read: RecordRead, fault: RecordFault, why: str
    ) -> RecordAnswer:
        kind, sentence = of.delivery.kind, clean(why, LONGEST_SENTENCE)
        id = refused_record_id(kind, read.external_id, read.version, read.digest, f"{of.id}|{place}")
        refused = self._record(of, read, id)
        self._records[id] = replace(
            refused, state=RecordState.REFUSED, fault=fault, sentence=sentence, settled_at=self._now
        )
        return RecordAnswer(read.external_id, fault, sentence)

    def _record(self, of: MessageRead, read: RecordRead, id: UUID) -> InboxRecord:
        return InboxRecord(
            id=id,
            message_id=of.id,
            kind=of.delivery.kind,
            external_id=read.external_id,
            version=read.version,
            digest=read.digest,
            content=read.content,
            received_at=self._now,
            state=RecordState.PENDING,
            company_code="" if read.stated is None else clean(company_of(read.stated), LONGEST_CODE),
            area_code="" if read.stated is None else clean(area_of(read.stated), LONGEST_CODE),
        )

    #

    def _store_records(self) -> None:
        self._work.inbox.add_records(list(self._records.values()))
        pending = [one for one in self._records.values() if one.state is RecordState.PENDING]
        queue(self._work, pending, self._now)


def _conflict_id(read: MessageRead) -> UUID:
    """The id of the message as a conflicting one: stored once for these bytes and this nonce."""
    return fact_id("inbox-conflict", read.delivery.kind.value, read.digest, read.nonce)


def _readable_now(kept: InboxMessage, read: MessageRead) -> bool:
    return kept.id == read.id and kept.outcome is MessageOutcome.UNREADABLE and read.unreadable is None


def _answer_json(records: Sequence[RecordAnswer], unreadable: str | None) -> Mapping[str, Any]:
    if unreadable is not None:
        return {"unreadable": clean(unreadable, LONGEST_SENTENCE)}
    return {
        "records": [
            {"id": one.external_id, "fault": one.fault and one.fault.value, "sentence": one.sentence}
            for one in records
        ]
    }


def _repeated(earlier: InboxMessage) -> DeliveryAnswer:
    """What was answered the first time."""
    records = [
        RecordAnswer(one["id"], one["fault"] and RecordFault(one["fault"]), one["sentence"])
        for one in earlier.answer.get("records", ())
    ]
    unreadable = earlier.answer.get("unreadable")
    return DeliveryAnswer(earlier.message_id, records, unreadable=unreadable, repeated=True)
