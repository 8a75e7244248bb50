"""The input of an export: which list or statistic, with the same filter as there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

import strawberry

from ...application.export.exchange import AuditFilter
from ...application.export.exports import RequestExport
from ...application.export.inspections import WeekFilter
from ...application.ports.directory import ShutdownPeriodFilter
from ...domain.directory.enterprise import EnterpriseKind, StopReason
from ...domain.directory.shutdown import PeriodSource
from ...domain.export.kind import ExportKind
from ...domain.refusals import InvalidValue
from ...domain.values import EnterpriseId
from ..alert.inputs import AlertFilterInput, to_alert_filter
from ..commitment.inputs import CommitmentFilterInput
from ..commitment.inputs import to_filter as to_commitment_filter
from ..directory.filters import (
    CertificateFilterInput,
    DepartmentFilterInput,
    EnterpriseFilterInput,
    PersonFilterInput,
    to_certificates,
    to_departments,
    to_enterprises,
    to_people,
)
from ..exchange.fields import ExchangeFilterInput, to_duty_filter
from ..exchange.inbox import (
    InboxMessageFilterInput,
    InboxRecordFilterInput,
    to_message_filter,
    to_record_filter,
)
from ..inspection.inputs import InspectionFilterInput
from ..inspection.inputs import to_filter as to_inspection_filter
from ..notice.fields import SmsFilterInput, to_sms_filter
from ..parts.ids import region_of, uuid_of
from ..problem.inputs import ProblemFilterInput, to_problem_filter

UNSET = strawberry.UNSET


@strawberry.input(description="停产期查询条件；不填即不限。")
class ShutdownPeriodFilterInput:
    enterprise_id: strawberry.ID | None = strawberry.field(
        default=None, description="企业：对其生效的停产期。"
    )
    region_id: strawberry.ID | None = strawberry.field(default=None, description="区域，包括其下级。")
    covering: date | None = strawberry.field(default=None, description="覆盖这一天的。")
    source: PeriodSource | None = strawberry.field(default=None, description="来源。")
    reason: StopReason | None = strawberry.field(default=None, description="停产原因。")
    kind: EnterpriseKind | None = strawberry.field(default=None, description="企业类型。")
    cancelled: bool | None = strawberry.field(
        default=None, description="true仅已取消的，false仅未取消的，空为全部。"
    )


@strawberry.input(description="每周推送的一周。")
class WeekInput:
    week_ending: date = strawberry.field(description="推送日，须为每周推送的星期。")


@strawberry.input(description="审计记录查询条件。")
class AuditFilterInput:
    text: str | None = strawberry.field(default=None, description="操作、对象或操作人中的文字。")


@strawberry.input(
    description="导出什么：填写其中一项，条件与对应的列表相同。Exactly one, with the filter of that list.",
    one_of=True,
)
class ExportInput:
    commitments: CommitmentFilterInput | None = strawberry.field(default=UNSET, description="安全承诺。")
    inspections: InspectionFilterInput | None = strawberry.field(default=UNSET, description="巡查抽查记录。")
    weekly_figures: WeekInput | None = strawberry.field(default=UNSET, description="每周巡查抽查情况。")
    problems: ProblemFilterInput | None = strawberry.field(default=UNSET, description="问题整改。")
    alerts: AlertFilterInput | None = strawberry.field(default=UNSET, description="预警处置。")
    enterprises: EnterpriseFilterInput | None = strawberry.field(default=UNSET, description="企业档案。")
    certificates: CertificateFilterInput | None = strawberry.field(default=UNSET, description="证书。")
    shutdown_periods: ShutdownPeriodFilterInput | None = strawberry.field(
        default=UNSET, description="停产期。"
    )
    departments: DepartmentFilterInput | None = strawberry.field(default=UNSET, description="部门。")
    people: PersonFilterInput | None = strawberry.field(default=UNSET, description="人员。")
    sms_records: SmsFilterInput | None = strawberry.field(default=UNSET, description="短信记录。")
    exchange_entries: ExchangeFilterInput | None = strawberry.field(default=UNSET, description="交换台账。")
    inbox_messages: InboxMessageFilterInput | None = strawberry.field(
        default=UNSET, description="收到的报文。"
    )
    inbox_records: InboxRecordFilterInput | None = strawberry.field(default=UNSET, description="收到的记录。")
    audit_entries: AuditFilterInput | None = strawberry.field(
        default=UNSET, description="审计记录；审计管理员使用。"
    )


def _problems(given: ProblemFilterInput, now: datetime) -> Any:
    chosen = to_problem_filter(given)
    return replace(chosen, overdue_at=now) if given.overdue else chosen


def _alerts(given: AlertFilterInput, now: datetime) -> Any:
    chosen = to_alert_filter(given)
    return replace(chosen, overdue_at=now) if given.overdue else chosen


def _shutdown_periods(given: ShutdownPeriodFilterInput, now: datetime) -> ShutdownPeriodFilter:
    enterprise, region = given.enterprise_id, given.region_id
    return ShutdownPeriodFilter(
        None if enterprise is None else EnterpriseId(uuid_of("Enterprise", enterprise, field="enterpriseId")),
        None if region is None else region_of(region, field="regionId"),
        given.covering,
        given.source,
        given.reason,
        given.kind,
        given.cancelled,
    )


CONVERTERS: Final[dict[ExportKind, Callable[[Any, datetime], Any]]] = {
    ExportKind.COMMITMENTS: lambda given, now: to_commitment_filter(given),
    ExportKind.INSPECTIONS: lambda given, now: to_inspection_filter(given),
    ExportKind.WEEKLY_FIGURES: lambda given, now: WeekFilter(given.week_ending),
    ExportKind.PROBLEMS: _problems,
    ExportKind.ALERTS: _alerts,
    ExportKind.ENTERPRISES: lambda given, now: to_enterprises(given),
    ExportKind.CERTIFICATES: lambda given, now: to_certificates(given),
    ExportKind.SHUTDOWN_PERIODS: _shutdown_periods,
    ExportKind.DEPARTMENTS: lambda given, now: to_departments(given),
    ExportKind.PEOPLE: lambda given, now: to_people(given),
    ExportKind.SMS_RECORDS: lambda given, now: to_sms_filter(given),
    ExportKind.EXCHANGE_ENTRIES: lambda given, now: to_duty_filter(given),
    ExportKind.INBOX_MESSAGES: lambda given, now: to_message_filter(given),
    ExportKind.INBOX_RECORDS: lambda given, now: to_record_filter(given),
    ExportKind.AUDIT_ENTRIES: lambda given, now: AuditFilter(given.text or None),
}
"""How the filter of each kind is converted; its input is named like the kind. What is 现已逾期 is so when it is asked."""


def to_request(given: ExportInput, now: datetime) -> RequestExport:
    """Convert to the command. Raises InvalidValue or NotFound for wrong inputs."""
    for kind, convert in CONVERTERS.items():
        where = getattr(given, kind.name.lower())
        if where is not None and where is not UNSET:
            return RequestExport(kind, convert(where, now))
    raise InvalidValue("请填写要导出的内容。", field="what")
