"""Store the inbox: the messages of the ministry, and the records in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, bindparam, delete, literal, or_, select, tuple_, update
from sqlalchemy import insert as plain_insert
from sqlalchemy.dialects.postgresql import insert

from ...application.ports.inbox import KnownVersion, UsedNonce
from ...domain.exchange.inbound import InboundKind, InboxMessage, InboxRecord, MessageOutcome, RecordState
from ...domain.refusals import Conflict
from ...domain.values import EnterpriseId, RegionId
from .batches import in_batches
from .clock import database_time, database_time_plus
from .tables.directory import enterprise, region
from .tables.inbox import inbox_message, inbox_nonce, inbox_record
from .transaction import Transaction

_AT_ONCE: Final = 1_000
"""Keys in one statement; a key may be two parameters."""
_CONFLICTING: Final = literal(MessageOutcome.CONFLICTING, inbox_message.c.outcome.type, literal_execute=True)
_REFUSED: Final = literal(RecordState.REFUSED, inbox_record.c.state.type, literal_execute=True)
_QUARANTINED: Final = literal(RecordState.QUARANTINED, inbox_record.c.state.type, literal_execute=True)
_ADD_MESSAGE: Final = plain_insert(inbox_message)
_ADD_CONFLICTING: Final = insert(inbox_message).on_conflict_do_nothing(index_elements=[inbox_message.c.id])
_ADD_RECORD: Final = plain_insert(inbox_record)
_ADD_REFUSED: Final = insert(inbox_record).on_conflict_do_nothing(index_elements=[inbox_record.c.id])
_SAVE_MESSAGE: Final = (
    update(inbox_message)
    .where(inbox_message.c.id == bindparam("old_id"), inbox_message.c.outcome == MessageOutcome.UNREADABLE)
    .values(
        message_id=bindparam("new_message_id"),
        content_digest=bindparam("new_content_digest"),
        outcome=bindparam("new_outcome"),
        answer=bindparam("new_answer"),
    )
)
_ADD_NONCE: Final = plain_insert(inbox_nonce).values(added_at=database_time())
_FORGET_NONCES: Final = delete(inbox_nonce).where(inbox_nonce.c.added_at < database_time_plus("age"))
_CHANGING: Final = ("state", "fault", "sentence", "subject", "enterprise_id", "region_id", "settled_at")
_SAVE_RECORD: Final = (
    update(inbox_record)
    .where(inbox_record.c.id == bindparam("old_id"), inbox_record.c.state == bindparam("old_state"))
    .values({inbox_record.c[name]: bindparam(f"new_{name}") for name in _CHANGING})
)
_in_order = select(inbox_record).order_by(inbox_record.c.version, inbox_record.c.id)
_QUARANTINED_OF: Final = _in_order.where(
    inbox_record.c.state == _QUARANTINED,
    inbox_record.c.kind == bindparam("of_kind"),
    inbox_record.c.external_id == bindparam("of_id"),
)
_FOR_ENTERPRISE: Final = _in_order.where(
    inbox_record.c.state == _QUARANTINED,
    inbox_record.c.company_code
    == select(enterprise.c.credit_code).where(enterprise.c.id == bindparam("of_id")).scalar_subquery(),
)
_FOR_REGION: Final = _in_order.where(
    inbox_record.c.state == _QUARANTINED,
    or_(
        inbox_record.c.area_code == bindparam("of_id"),
        inbox_record.c.area_code
        == select(region.c.gb_code)
        .where(region.c.id == bindparam("of_id"), region.c.local)
        .scalar_subquery(),
    ),
)
_TAKEN: Final = "部级平台的同一份报文正在被另一进程接收，请重试。"


class SqlInbox:
    """Messages and records. `Conflict` is raised where somebody else came first."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def find_messages(
        self,
        *,
        ids: Sequence[UUID] = (),
        message_ids: Sequence[tuple[InboundKind, str]] = (),
    ) -> Sequence[InboxMessage]:
        found: dict[UUID, InboxMessage] = {}
        # One statement for each index: an OR over both would use none of them.
        told = inbox_message.c.outcome != _CONFLICTING
        key = tuple_(inbox_message.c.kind, inbox_message.c.message_id)
        wanted = [
            *(inbox_message.c.id.in_(batch) for batch in in_batches(ids, _AT_ONCE)),
            *(told & key.in_(batch) for batch in in_batches(message_ids, _AT_ONCE)),
        ]
        for condition in wanted:
            rows = self._transaction.run(select(inbox_message).where(condition))
            found |= {row.id: _message(row) for row in rows}
        return list(found.values())

    def add_messages(self, messages: Sequence[InboxMessage]) -> None:
        new = [_message_row(one) for one in messages if one.outcome is not MessageOutcome.CONFLICTING]
        conflicting = [_message_row(one) for one in messages if one.outcome is MessageOutcome.CONFLICTING]
        if new:
            self._transaction.run(_ADD_MESSAGE, new, taken=_TAKEN)
        if conflicting:
            self._transaction.run(_ADD_CONFLICTING, conflicting)

    def find_nonces(self, nonces: Sequence[str]) -> Sequence[UsedNonce]:
        found = select(inbox_nonce.c.nonce, inbox_nonce.c.digest, inbox_nonce.c.message_id)
        return [
            UsedNonce(row.nonce, row.digest, row.message_id)
            for batch in in_batches(nonces, _AT_ONCE)
            for row in self._transaction.run(found.where(inbox_nonce.c.nonce.in_(batch)))
        ]

    def add_nonces(self, used: Sequence[UsedNonce]) -> None:
        # In the order of the nonces, so that two receivers of the same ones never deadlock.
        rows = [
            {"nonce": one.nonce, "digest": one.digest, "message_id": one.message_id}
            for one in sorted(used, key=lambda one: one.nonce)
        ]
        if rows:
            self._transaction.run(_ADD_NONCE, rows, taken=_TAKEN)

    def forget_nonces(self, *, older_than: timedelta) -> int:
        return self._transaction.run(_FORGET_NONCES, {"age": -older_than.total_seconds()}).rowcount

    def save_message(self, message: InboxMessage) -> None:
        changed = {
            "old_id": message.id,
            "new_message_id": message.message_id,
            "new_content_digest": message.content_digest,
            "new_outcome": message.outcome,
            "new_answer": dict(message.answer),
        }
        if self._transaction.run(_SAVE_MESSAGE, changed, taken=_TAKEN).rowcount != 1:
            raise Conflict("该报文已被他人处置，请刷新后重试。")

    def known_versions(self, keys: Sequence[tuple[InboundKind, str]]) -> Sequence[KnownVersion]:
        key = tuple_(inbox_record.c.kind, inbox_record.c.external_id)
        columns = ("kind", "external_id", "version", "digest", "enterprise_id", "region_id")
        known = select(*(inbox_record.c[name] for name in columns)).where(inbox_record.c.state != _REFUSED)
        return [
            KnownVersion(**dict(row._mapping))
            for batch in in_batches(keys, _AT_ONCE)
            for row in self._transaction.run(known.where(key.in_(batch)))
        ]

    def add_records(self, records: Sequence[InboxRecord]) -> None:
        # In the order of the ids, so that two receivers of the same records never deadlock.
        in_order = sorted(records, key=lambda record: record.id)
        taken = [_record_row(one) for one in in_order if one.state is not RecordState.REFUSED]
        refused = [_record_row(one) for one in in_order if one.state is RecordState.REFUSED]
        if taken:
            self._transaction.run(_ADD_RECORD, taken, taken=_TAKEN)
        if refused:
            self._transaction.run(_ADD_REFUSED, refused)

    def find_records(self, ids: Sequence[UUID]) -> Mapping[UUID, InboxRecord]:
        found: dict[UUID, InboxRecord] = {}
        for batch in in_batches(ids, _AT_ONCE):
            rows = self._transaction.run(select(inbox_record).where(inbox_record.c.id.in_(batch)))
            found |= {row.id: _record(row) for row in rows}
        return found

    def quarantined_of(self, kind: InboundKind, external_id: str) -> Sequence[InboxRecord]:
        rows = self._transaction.run(_QUARANTINED_OF, {"of_kind": kind, "of_id": external_id})
        return [_record(row) for row in rows]

    def quarantined_for(
        self, *, enterprise_id: EnterpriseId | None = None, region_id: RegionId | None = None
    ) -> Sequence[InboxRecord]:
        found: dict[UUID, InboxRecord] = {}
        for statement, id in ((_FOR_ENTERPRISE, enterprise_id), (_FOR_REGION, region_id)):
            if id is not None:
                found |= {row.id: _record(row) for row in self._transaction.run(statement, {"of_id": id})}
        return list(found.values())

    def save_records(self, records: Sequence[InboxRecord], *, were: RecordState) -> None:
        rows = [
            {"old_id": one.id, "old_state": were} | {f"new_{name}": getattr(one, name) for name in _CHANGING}
            for one in sorted(records, key=lambda record: record.id)
        ]
        if not rows:
            return
        saved = self._transaction.run(_SAVE_RECORD, rows if len(rows) > 1 else rows[0]).rowcount
        if saved != len(rows):
            raise Conflict("该记录已被他人处置，请刷新后重试。")


def _message(row: Row[Any]) -> InboxMessage:
    return InboxMessage(
        id=row.id,
        kind=row.kind,
        message_id=row.message_id,
        nonce=row.nonce,
        received_at=row.received_at,
        headers=row.headers,
        raw=bytes(row.raw),
        digest=row.digest,
        content_digest=row.content_digest,
        outcome=row.outcome,
        answer=row.answer,
    )


def _message_row(message: InboxMessage) -> dict[str, Any]:
    return {
        "id": message.id,
        "kind": message.kind,
        "message_id": message.message_id,
        "nonce": message.nonce,
        "received_at": message.received_at,
        "headers": dict(message.headers),
        "raw": message.raw,
        "size": len(message.raw),
        "digest": message.digest,
        "content_digest": message.content_digest,
        "outcome": message.outcome,
        "answer": dict(message.answer),
    }


def _record(row: Row[Any]) -> InboxRecord:
    return InboxRecord(
        id=row.id,
        message_id=row.message_id,
        kind=row.kind,
        external_id=row.external_id,
        version=row.version,
        digest=row.digest,
        content=row.content,
        received_at=row.received_at,
        state=row.state,
        fault=row.fault,
        sentence=row.sentence,
        company_code=row.company_code,
        area_code=row.area_code,
        subject=row.subject,
        enterprise_id=row.enterprise_id,
        region_id=row.region_id,
        settled_at=row.settled_at,
    )


def _record_row(record: InboxRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "message_id": record.message_id,
        "kind": record.kind,
        "external_id": record.external_id,
        "version": record.version,
        "digest": record.digest,
        "content": dict(record.content),
        "company_code": record.company_code,
        "area_code": record.area_code,
        "received_at": record.received_at,
        "state": record.state,
        "fault": record.fault,
        "sentence": record.sentence,
        "subject": record.subject,
        "enterprise_id": record.enterprise_id,
        "region_id": record.region_id,
        "settled_at": record.settled_at,
    }
