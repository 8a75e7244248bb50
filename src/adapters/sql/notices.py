"""Store in-app messages and SMS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert

from ...domain.notice.notice import (
    AlertTopic,
    Message,
    MessageKind,
    ProblemTopic,
    ReminderTopic,
    ShutdownTopic,
    Sms,
    SmsState,
    SmsTopic,
)
from ...domain.refusals import NotFound
from ...domain.values import EnterpriseId, MessageId, PersonId, Phone
from .batches import in_batches
from .tables.notice import message, sms
from .transaction import Transaction

HANDED_OVER: Final = (SmsState.ACCEPTED, SmsState.DELIVERED, SmsState.UNKNOWN)

# No RETURNING: the driver would parse one text with a parameter for every column of every row.
_ADD_MESSAGES: Final = (
    insert(message)
    .on_conflict_do_nothing(index_elements=[message.c.id])
    .execution_options(preserve_rowcount=True)
)
_KNOWN: Final = select(message.c.id).where(message.c.id.in_(bindparam("ids", expanding=True)))
_READ: Final = _KNOWN.where(message.c.read_at.is_not(None))
_mark_read = (
    update(message)
    .where(message.c.receiver_id == bindparam("receiver"), message.c.read_at.is_(None))
    .values(read_at=bindparam("now"))
)
_MARK_THESE: Final = _mark_read.where(message.c.id.in_(bindparam("ids", expanding=True)))


class SqlMessages:
    """In-app messages."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, messages: Sequence[Message]) -> int:
        rows = [
            {
                "id": m.id,
                "receiver_id": m.receiver_id,
                "kind": m.kind,
                "title": m.title,
                "body": m.body,
                "subject_type": m.subject_type,
                "subject_id": m.subject_id,
                "created_at": m.created_at,
                "read_at": m.read_at,
            }
            for m in messages
        ]
        if not rows:
            return 0
        return self._transaction.run(_ADD_MESSAGES, rows, missing=("人员", None)).rowcount

    def known(self, ids: Sequence[MessageId]) -> frozenset[MessageId]:
        return self._among(_KNOWN, ids)

    def read(self, ids: Sequence[MessageId]) -> frozenset[MessageId]:
        return self._among(_READ, ids)

    def mark_read(self, receiver_id: PersonId, ids: Sequence[MessageId] | None, *, at: datetime) -> int:
        params: dict[str, Any] = {"receiver": receiver_id, "now": at}
        if ids is None:
            return self._transaction.run(_mark_read, params).rowcount
        return sum(
            self._transaction.run(_MARK_THESE, params | {"ids": batch}).rowcount for batch in in_batches(ids)
        )

    def _among(self, statement: Select[tuple[UUID]], ids: Sequence[MessageId]) -> frozenset[MessageId]:
        found: set[MessageId] = set()
        for batch in in_batches(ids):
            found.update(row.id for row in self._transaction.run(statement, {"ids": batch}))
        return frozenset(found)


def message_of(row: Row[Any]) -> Message:
    return Message(
        id=row.id,
        receiver_id=row.receiver_id,
        kind=row.kind,
        title=row.title,
        body=row.body,
        subject_type=row.subject_type,
        subject_id=row.subject_id,
        created_at=row.created_at,
        read_at=row.read_at,
    )


_ADD_TEXTS: Final = (
    insert(sms).on_conflict_do_nothing(index_elements=[sms.c.id]).execution_options(preserve_rowcount=True)
)
_ONE: Final = select(sms).where(sms.c.id == bindparam("id"))
_THESE: Final = select(sms).where(sms.c.id.in_(bindparam("ids", expanding=True)))
_SAVE: Final = (
    update(sms)
    .where(sms.c.id == bindparam("old_id"))
    .values({c: bindparam(f"new_{c.name}") for c in sms.c if c.name != "id"})
)
_DOUBT: Final = (
    update(sms)
    .where(sms.c.state == SmsState.QUEUED)
    .values(state=SmsState.UNKNOWN, changed_at=bindparam("now", type_=sms.c.changed_at.type))
)
_TOLD: Final = select(sms.c.receiver_id, sms.c.stage, sms.c.enterprise_ids).where(
    sms.c.receiver_id.in_(bindparam("receivers", expanding=True)),
    sms.c.business_date == bindparam("day"),
    sms.c.kind.is_(None),
)
_BY_GATEWAY: Final = (
    select(sms)
    .where(
        sms.c.gateway_id.in_(bindparam("gateway_ids", expanding=True)),
        sms.c.phone.in_(bindparam("phones", expanding=True)),
    )
    .order_by(sms.c.created_at, sms.c.id)
)
_SENT_SINCE: Final = select(func.count()).where(
    sms.c.phone == bindparam("phone"),
    sms.c.state.in_(HANDED_OVER),
    sms.c.handed_over_at >= bindparam("since", type_=sms.c.handed_over_at.type),
)


class SqlTexts:
    """SMS with the state of their delivery."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, texts: Sequence[Sms]) -> int:
        rows = [_row_of(text) for text in texts]
        if not rows:
            return 0
        return self._transaction.run(_ADD_TEXTS, rows, missing=("人员", None)).rowcount

    def find(self, id: UUID) -> Sms | None:
        row = self._transaction.run(_ONE, {"id": id}).first()
        return None if row is None else text_of(row)

    def find_all(self, ids: Sequence[UUID]) -> Mapping[UUID, Sms]:
        found: dict[UUID, Sms] = {}
        for batch in in_batches(ids):
            found |= {row.id: text_of(row) for row in self._transaction.run(_THESE, {"ids": batch})}
        return found

    def save(self, sms: Sms) -> None:
        self.save_all([sms])

    def save_all(self, texts: Sequence[Sms]) -> None:
        rows = [_changes_of(text) for text in texts]
        if not rows:
            return
        found = self._transaction.run(_SAVE, rows if len(rows) > 1 else rows[0], missing=("人员", None))
        if found.rowcount != len(rows):
            raise NotFound("短信")

    def doubt(self, *, at: datetime) -> int:
        return self._transaction.run(_DOUBT, {"now": at}).rowcount

    def reminded_of(
        self, receiver_ids: Sequence[PersonId], day: date
    ) -> Mapping[tuple[PersonId, int], frozenset[EnterpriseId]]:
        found: dict[tuple[PersonId, int], frozenset[EnterpriseId]] = {}
        for ids in in_batches(receiver_ids):
            for row in self._transaction.run(_TOLD, {"receivers": ids, "day": day}):
                key = (row.receiver_id, row.stage)
                found[key] = found.get(key, frozenset()).union(_enterprises(row))
        return found

    def by_gateway(self, keys: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], Sms]:
        found: dict[tuple[str, str], Sms] = {}
        for batch in in_batches(keys):
            ids, phones = (list(dict.fromkeys(part)) for part in zip(*batch, strict=True))
            wanted = set(batch)
            for row in self._transaction.run(_BY_GATEWAY, {"gateway_ids": ids, "phones": phones}):
                if (key := (row.gateway_id, row.phone)) in wanted:
                    found[key] = text_of(row)  # The newest comes last.
        return found

    def sent_since(self, phone: str, since: datetime) -> int:
        return int(self._transaction.run(_SENT_SINCE, {"phone": phone, "since": since}).scalar_one())


def _row_of(text: Sms) -> dict[str, Any]:
    return {
        "id": text.id,
        "receiver_id": text.receiver_id,
        "phone": text.phone.text,
        **_columns_of(text.topic),
        "state": text.state,
        "created_at": text.created_at,
        "text": text.text,
        "gateway_id": text.gateway_id,
        "changed_at": text.changed_at,
        "note": text.note,
        "unanswered": text.unanswered,
        "handed_over_at": text.handed_over_at,
        "also": [_plain(topic) for topic in text.also] or None,
    }


def _changes_of(text: Sms) -> dict[str, Any]:
    row = _row_of(text)
    return {"old_id": text.id} | {f"new_{name}": value for name, value in row.items() if name != "id"}


_OF_TOPICS: Final = (
    "stage",
    "enterprise_ids",
    "region_id",
    "region_name",
    "kind",
    "problem_ids",
    "alert_ids",
    "marks",
    "shutdown_period_id",
)


def _columns_of(topic: SmsTopic) -> dict[str, Any]:
    """Return the columns of the topic; the columns of the other topic type are None."""
    columns = dict.fromkeys(_OF_TOPICS) | {"business_date": topic.business_date}
    match topic:
        case ReminderTopic():
            return columns | {
                "stage": topic.stage,
                "enterprise_ids": [str(id) for id in topic.enterprise_ids],
                "region_id": topic.region_id,
                "region_name": topic.region_name,
            }
        case ProblemTopic():
            return columns | {
                "kind": topic.kind,
                "problem_ids": [str(id) for id in topic.problem_ids],
                "marks": list(topic.marks),
            }
        case AlertTopic():
            return columns | {
                "kind": topic.kind,
                "alert_ids": [str(id) for id in topic.alert_ids],
                "marks": list(topic.marks),
            }
        case ShutdownTopic():
            return columns | {"kind": topic.kind, "shutdown_period_id": topic.period_id}


def _plain(topic: SmsTopic) -> dict[str, Any]:
    """Return a merged topic as plain JSON, under the names of the columns."""
    columns = _columns_of(topic)
    kind, period = columns["kind"], columns["shutdown_period_id"]
    return columns | {
        "business_date": topic.business_date.isoformat(),
        "kind": None if kind is None else kind.value,
        "shutdown_period_id": None if period is None else str(period),
    }


def _topic_of(plain: dict[str, Any]) -> SmsTopic:
    kind, period = plain["kind"], plain["shutdown_period_id"]
    typed = {
        "alert_ids": plain.get("alert_ids"),  # A topic that an earlier release merged has no such key.
        "business_date": date.fromisoformat(plain["business_date"]),
        "kind": None if kind is None else MessageKind(kind),
        "shutdown_period_id": None if period is None else UUID(period),
    }
    return _topic(SimpleNamespace(**plain | typed))


def _topic(row: Row[Any] | SimpleNamespace) -> SmsTopic:
    if row.kind is None:
        return ReminderTopic(row.business_date, row.stage, _enterprises(row), row.region_id, row.region_name)
    if row.shutdown_period_id is not None:
        return ShutdownTopic(row.business_date, row.kind, row.shutdown_period_id)
    if row.alert_ids is not None:
        return AlertTopic(
            row.business_date, row.kind, tuple(UUID(id) for id in row.alert_ids), tuple(row.marks)
        )
    ids = tuple(UUID(id) for id in row.problem_ids)
    return ProblemTopic(row.business_date, row.kind, ids, tuple(row.marks))


def _enterprises(row: Row[Any] | SimpleNamespace) -> tuple[EnterpriseId, ...]:
    return tuple(EnterpriseId(UUID(id)) for id in row.enterprise_ids)


def text_of(row: Row[Any]) -> Sms:
    return Sms(
        id=row.id,
        receiver_id=row.receiver_id,
        phone=Phone(row.phone),
        topic=_topic(row),
        state=row.state,
        created_at=row.created_at,
        text=row.text,
        gateway_id=row.gateway_id,
        changed_at=row.changed_at,
        note=row.note,
        unanswered=row.unanswered,
        handed_over_at=row.handed_over_at,
        also=tuple(_topic_of(plain) for plain in row.also or ()),
    )
