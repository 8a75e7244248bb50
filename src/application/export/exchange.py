"""What goes out and comes in as tables: exchange ledger, inbox, SMS; and the audit trail."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ...domain.exchange.duty import DUTY_STATE_NAMES, TOPIC_NAMES
from ...domain.exchange.inbound import (
    INBOUND_KIND_NAMES,
    MESSAGE_OUTCOME_NAMES,
    RECORD_FAULT_NAMES,
    RECORD_STATE_NAMES,
)
from ...domain.notice.notice import MESSAGE_KIND_NAMES, SMS_STATE_NAMES
from ...domain.values import Phone
from ..access import Actor
from ..exchange.exchange import Exchange
from ..exchange.inbox import InboxLedger
from ..notice.notices import Notices
from ..operations.audit import AuditTrail
from ..ports.exchange import DutyFilter, DutyRow
from ..ports.inbox import InboxMessageFilter, InboxMessageRow, InboxRecordFilter, InboxRecordRow
from ..ports.notice import SmsFilter, SmsRow
from ..ports.operations import AuditEntry
from ..ports.paging import Page, Slice
from ..ports.workbook import Cell, CellKind, Column
from .listing import Cells, Listing, Row

_DUTY_COLUMNS: Final = (
    Column("事项", CellKind.TEXT, 28),
    Column("业务日期", CellKind.DATE, 12),
    Column("企业名称", CellKind.TEXT, 30, "对象"),
    Column("统一社会信用代码", CellKind.TEXT, 21, "对象"),
    Column("区域", CellKind.TEXT, 14, "对象"),
    Column("版本", CellKind.INTEGER, 7, "对象"),
    Column("状态", CellKind.TEXT, 14),
    Column("尝试次数", CellKind.INTEGER, 9, "发送"),
    Column("产生时间", CellKind.TIME, 17, "发送"),
    Column("应发送时间", CellKind.TIME, 17, "发送"),
    Column("最近发送时间", CellKind.TIME, 17, "发送"),
    Column("完成时间", CellKind.TIME, 17, "发送"),
    Column("代码", CellKind.TEXT, 12, "对方答复"),
    Column("内容", CellKind.TEXT, 34, "对方答复"),
    Column("报文编号", CellKind.TEXT, 38),
)
_MESSAGE_COLUMNS: Final = (
    Column("收到时间", CellKind.TIME, 17),
    Column("接口", CellKind.TEXT, 22),
    Column("部级平台报文编号", CellKind.TEXT, 38),
    Column("处理情况", CellKind.TEXT, 18),
    Column("字节数", CellKind.INTEGER, 11),
    Column("原文SHA-256", CellKind.TEXT, 66),
    Column("不能识别的技术原因", CellKind.TEXT, 34),
)
_RECORD_COLUMNS: Final = (
    Column("收到时间", CellKind.TIME, 17),
    Column("接口", CellKind.TEXT, 22),
    Column("部级平台编号", CellKind.TEXT, 24),
    Column("版本", CellKind.TEXT, 16),
    Column("企业信用代码", CellKind.TEXT, 21),
    Column("区域代码", CellKind.TEXT, 10),
    Column("状态", CellKind.TEXT, 14),
    Column("原因", CellKind.TEXT, 20, "拒收或待处置"),
    Column("说明", CellKind.TEXT, 44, "拒收或待处置"),
    Column("办理或拒收时间", CellKind.TIME, 17),
)
_SMS_COLUMNS: Final = (
    Column("产生时间", CellKind.TIME, 17),
    Column("业务日期", CellKind.DATE, 12),
    Column("接收人", CellKind.TEXT, 12),
    Column("手机号码", CellKind.TEXT, 15),
    Column("类别", CellKind.TEXT, 28),
    Column("内容", CellKind.TEXT, 60),
    Column("状态", CellKind.TEXT, 16),
    Column("交网关时间", CellKind.TIME, 17),
    Column("状态变化时间", CellKind.TIME, 17),
    Column("说明", CellKind.TEXT, 24),
)
_AUDIT_COLUMNS: Final = (
    Column("时间", CellKind.TIME, 17),
    Column("操作人", CellKind.TEXT, 16),
    Column("操作", CellKind.TEXT, 26),
    Column("对象", CellKind.TEXT, 50),
    Column("细节", CellKind.TEXT, 80),
)


def list_duties(exchange: Exchange) -> Listing[DutyFilter, DutyRow]:
    """The listing of the exchange ledger; names are those at the time."""
    return Listing(DutyFilter, _DUTY_COLUMNS, "条", exchange.duty_count, exchange.duties, _each(_duty))


def list_messages(inbox: InboxLedger) -> Listing[InboxMessageFilter, InboxMessageRow]:
    """The listing of the ministry's messages, without their bytes."""
    return Listing(
        InboxMessageFilter, _MESSAGE_COLUMNS, "条", inbox.message_count, inbox.messages, _each(_message)
    )


def list_records(inbox: InboxLedger) -> Listing[InboxRecordFilter, InboxRecordRow]:
    """The listing of the records in the ministry's messages, without their content."""
    return Listing(
        InboxRecordFilter, _RECORD_COLUMNS, "条", inbox.record_count, inbox.records, _each(_record)
    )


def list_texts(notices: Notices) -> Listing[SmsFilter, SmsRow]:
    """The listing of SMS; phone numbers are masked for everybody."""
    return Listing(SmsFilter, _SMS_COLUMNS, "条", notices.text_count, notices.texts, _each(_sms))


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """`text` is searched in action, subject and actor; None or empty: all entries."""

    text: str | None = None


def list_audit_entries(audit: AuditTrail) -> Listing[AuditFilter, AuditEntry]:
    """The listing of the audit trail."""

    def count(actor: Actor, where: AuditFilter) -> int:
        return audit.entry_count(actor, text=where.text)

    def page(actor: Actor, where: AuditFilter, page: Page) -> Slice[AuditEntry]:
        return audit.entries(actor, page, text=where.text)

    return Listing(AuditFilter, _AUDIT_COLUMNS, "条", count, page, _each(_entry))


def _each(cells: Callable[[Row], Sequence[Cell]]) -> Callable[[Actor, datetime], Cells[Row]]:
    """For rows that say everything by themselves."""

    def begin(actor: Actor, at: datetime) -> Cells[Row]:
        return lambda rows: map(cells, rows)

    return begin


def _duty(row: DutyRow) -> Sequence[Cell]:
    return (
        TOPIC_NAMES[row.topic],
        row.business_date,
        _fact(row, "enterprise_name"),
        _fact(row, "credit_code"),
        _fact(row, "region_name"),
        row.revision,
        DUTY_STATE_NAMES[row.state],
        row.attempts,
        row.created_at,
        row.due_at,
        row.sent_at,
        row.settled_at,
        row.answer_code,
        row.answer,
        row.message_id,
    )


def _fact(row: DutyRow, name: str) -> str | None:
    value: Any = row.facts.get(name)
    return value if isinstance(value, str) else None


def _message(row: InboxMessageRow) -> Sequence[Cell]:
    return (
        row.received_at,
        INBOUND_KIND_NAMES[row.kind],
        row.message_id,
        MESSAGE_OUTCOME_NAMES[row.outcome],
        row.size,
        row.digest,
        row.unreadable,
    )


def _record(row: InboxRecordRow) -> Sequence[Cell]:
    return (
        row.received_at,
        INBOUND_KIND_NAMES[row.kind],
        row.external_id,
        str(row.version),
        row.company_code,
        row.area_code,
        RECORD_STATE_NAMES[row.state],
        None if row.fault is None else RECORD_FAULT_NAMES[row.fault],
        row.sentence,
        row.settled_at,
    )


def _sms(row: SmsRow) -> Sequence[Cell]:
    return (
        row.created_at,
        row.business_date,
        row.receiver_name,
        Phone(row.phone).masked,
        "、".join(MESSAGE_KIND_NAMES[kind] for kind in row.kinds),
        row.text,
        SMS_STATE_NAMES[row.state],
        row.handed_over_at,
        row.changed_at,
        row.note,
    )


def _entry(entry: AuditEntry) -> Sequence[Cell]:
    return (
        entry.at,
        entry.actor_name,
        entry.action,
        entry.subject,
        json.dumps(entry.detail, ensure_ascii=False, default=str),
    )
