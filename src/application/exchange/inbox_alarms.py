"""Alarms about what the ministry has sent, to the province's duty persons: once an hour for each reason."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ...domain.exchange.inbound import (
    INBOUND_KIND_NAMES,
    RECORD_FAULT_NAMES,
    InboundKind,
    InboxMessage,
    InboxRecord,
)
from ..ports.work import UnitOfWork
from .alarms import hour_of, raise_alarm


class InboxAlarms:
    """The alarms of one unit of work; each reason costs its statements once."""

    def __init__(self, work: UnitOfWork, now: datetime) -> None:
        self._work = work
        self._now = now
        self._raised: set[str] = set()

    def unreadable(self, message: InboxMessage) -> None:
        self._raise(
            "unreadable",
            title="部级平台的报文不能识别",
            body=f"收到的{INBOUND_KIND_NAMES[message.kind]}报文不能识别，原文已留存。请查看原因，排除后重新处理。",
            subject=("InboxMessage", message.id),
        )

    def conflicting_message(self, message: InboxMessage) -> None:
        self._raise(
            "conflicting-message",
            title="部级平台的报文编号重复而内容不同",
            body=f"{INBOUND_KIND_NAMES[message.kind]}报文{message.message_id or ''}的编号或随机串已收到过，"
            "内容不同，没有采用。请与部级平台核对。",
            subject=("InboxMessage", message.id),
        )

    def conflicting_record(self, kind: InboundKind, external_id: str, version: int, message_id: UUID) -> None:
        self._raise(
            "conflicting-record",
            title="部级平台同一版本的记录内容不同",
            body=f"{INBOUND_KIND_NAMES[kind]}{external_id}的版本{version}已收到过，内容不同，已拒收。请与部级平台核对。",
            subject=("InboxMessage", message_id),
        )

    def quarantined(self, record: InboxRecord) -> None:
        assert record.fault is not None, "a quarantined record has a fault"
        self._raise(
            f"quarantined-{record.fault.value}",
            title="部级平台下发的数据待人工处置",
            body=f"{INBOUND_KIND_NAMES[record.kind]}{record.external_id}：{RECORD_FAULT_NAMES[record.fault]}。"
            "请在收到的记录中指定由谁办理，或补全档案。",
            subject=("InboxRecord", record.id),
        )

    def _raise(self, reason: str, *, title: str, body: str, subject: tuple[str, UUID]) -> None:
        if reason in self._raised:
            return
        self._raised.add(reason)
        raise_alarm(
            self._work,
            *("inbox", reason, hour_of(self._now)),
            title=title,
            body=f"{body}同一原因一小时内只提醒一次。",
            subject_type=subject[0],
            subject_id=str(subject[1]),
            at=self._now,
        )
