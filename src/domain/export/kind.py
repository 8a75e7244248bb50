"""What can be exported."""

from __future__ import annotations

from enum import Enum
from typing import Final


class ExportKind(Enum):
    """A list or a statistic that a regulator can have as a workbook."""

    COMMITMENTS = "COMMITMENTS"
    INSPECTIONS = "INSPECTIONS"
    WEEKLY_FIGURES = "WEEKLY_FIGURES"
    PROBLEMS = "PROBLEMS"
    ALERTS = "ALERTS"
    ENTERPRISES = "ENTERPRISES"
    CERTIFICATES = "CERTIFICATES"
    SHUTDOWN_PERIODS = "SHUTDOWN_PERIODS"
    DEPARTMENTS = "DEPARTMENTS"
    PEOPLE = "PEOPLE"
    SMS_RECORDS = "SMS_RECORDS"
    EXCHANGE_ENTRIES = "EXCHANGE_ENTRIES"
    INBOX_MESSAGES = "INBOX_MESSAGES"
    INBOX_RECORDS = "INBOX_RECORDS"
    AUDIT_ENTRIES = "AUDIT_ENTRIES"


EXPORT_KIND_NAMES: Final = {
    ExportKind.COMMITMENTS: "安全承诺",
    ExportKind.INSPECTIONS: "巡查抽查记录",
    ExportKind.WEEKLY_FIGURES: "每周巡查抽查情况",
    ExportKind.PROBLEMS: "问题整改",
    ExportKind.ALERTS: "预警处置",
    ExportKind.ENTERPRISES: "企业档案",
    ExportKind.CERTIFICATES: "证书",
    ExportKind.SHUTDOWN_PERIODS: "停产期",
    ExportKind.DEPARTMENTS: "部门",
    ExportKind.PEOPLE: "人员",
    ExportKind.SMS_RECORDS: "短信记录",
    ExportKind.EXCHANGE_ENTRIES: "交换台账",
    ExportKind.INBOX_MESSAGES: "收到的报文",
    ExportKind.INBOX_RECORDS: "收到的记录",
    ExportKind.AUDIT_ENTRIES: "审计记录",
}
