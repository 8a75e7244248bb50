"""Register the domain's enumerations in the schema; each value is described by its Chinese name."""

from __future__ import annotations

from enum import Enum

from ...application.access import PERMISSION_NAMES, Permission
from ...application.exchange.health import HEALTH_COLOUR_NAMES, HealthColour
from ...application.ports.counts import (
    ALERT_DIMENSION_NAMES,
    PROBLEM_DIMENSION_NAMES,
    AlertDimension,
    ProblemDimension,
)
from ...application.ports.operations import SlotState
from ...application.statistics.periods import STEP_NAMES, Step
from ...domain.alert.form import (
    ALERT_KIND_NAMES,
    ALERT_LEVEL_NAMES,
    ALERT_ORIGIN_NAMES,
    DUE_KIND_NAMES,
    RISK_TYPE_NAMES,
    VERIFICATION_NAMES,
    AlertKind,
    AlertLevel,
    AlertOrigin,
    DueKind,
    RiskType,
    Verification,
)
from ...domain.alert.groups import ALERT_GROUP_NAMES, AlertGroup
from ...domain.alert.workflow import ALERT_ACTION_NAMES, ALERT_STATE_NAMES, AlertAction, AlertState
from ...domain.commitment.commitment import ACTION_NAMES, STATE_NAMES, CommitmentAction, CommitmentState
from ...domain.commitment.form import (
    POWDER_PROCESS_NAMES,
    PRODUCTION_STATUS_NAMES,
    PowderProcess,
    ProductionStatus,
)
from ...domain.directory.certificate import CERTIFICATE_NAMES, TRADE_NAMES, CertificateKind, Trade
from ...domain.directory.enterprise import KIND_NAMES, STOP_REASON_NAMES, EnterpriseKind, StopReason
from ...domain.directory.organisation import LEVEL_NAMES, ROLE_NAMES, Level, Role
from ...domain.directory.shutdown import PERIOD_SOURCE_NAMES, PeriodSource
from ...domain.exchange.duty import DUTY_STATE_NAMES, TOPIC_NAMES, DutyState, Topic
from ...domain.exchange.inbound import (
    INBOUND_KIND_NAMES,
    MESSAGE_OUTCOME_NAMES,
    RECORD_FAULT_NAMES,
    RECORD_STATE_NAMES,
    InboundKind,
    MessageOutcome,
    RecordFault,
    RecordState,
)
from ...domain.export.kind import EXPORT_KIND_NAMES, ExportKind
from ...domain.export.workflow import EXPORT_ACTION_NAMES, EXPORT_STATE_NAMES, ExportAction, ExportState
from ...domain.files.attachment import MEDIA_TYPE_NAMES, MediaType
from ...domain.inspection.form import (
    CHECK_MEANS_NAMES,
    CONCLUSION_NAMES,
    FINDING_RESULT_NAMES,
    INSPECTION_KIND_NAMES,
    CheckMeans,
    Conclusion,
    FindingResult,
    InspectionKind,
)
from ...domain.inspection.groups import INSPECTION_GROUP_NAMES, InspectionGroup
from ...domain.inspection.inspection import (
    INSPECTION_ACTION_NAMES,
    INSPECTION_STATE_NAMES,
    InspectionAction,
    InspectionState,
)
from ...domain.notice.notice import MESSAGE_KIND_NAMES, SMS_STATE_NAMES, MessageKind, SmsState
from ...domain.policy import (
    SETTING_DIRECTION_NAMES,
    SETTING_FORM_NAMES,
    SETTING_NAMES,
    SettingDirection,
    SettingForm,
    SettingKey,
)
from ...domain.problem.form import (
    CATEGORY_NAMES,
    PROBLEM_ORIGIN_NAMES,
    SEVERITY_NAMES,
    ProblemCategory,
    ProblemOrigin,
    Severity,
)
from ...domain.problem.groups import PROBLEM_GROUP_NAMES, ProblemGroup
from ...domain.problem.history import EXTENSION_OUTCOME_NAMES, ExtensionOutcome
from ...domain.problem.workflow import PROBLEM_ACTION_NAMES, PROBLEM_STATE_NAMES, ProblemAction, ProblemState
from ...domain.report.report import REPORT_KIND_NAMES, ReportKind
from ...domain.signed import ORIGIN_NAMES, Origin
from ...domain.supervision import SETTING_CHANGE_NAMES, SettingChangeKind
from ...domain.values import Client
from .scalars import named_enum


class TallyGroup(Enum):
    """Names one figure of a tally; clients use it to get the list behind that figure."""

    EXPECTED = "EXPECTED"
    REPORTED = "REPORTED"
    IN_PRODUCTION = "IN_PRODUCTION"
    STOPPED = "STOPPED"
    UNREPORTED = "UNREPORTED"
    ON_TIME = "ON_TIME"
    LATE = "LATE"
    AUTOMATIC = "AUTOMATIC"


TALLY_NAMES = {
    TallyGroup.EXPECTED: "应报",
    TallyGroup.REPORTED: "已报",
    TallyGroup.IN_PRODUCTION: "在产",
    TallyGroup.STOPPED: "停产",
    TallyGroup.UNREPORTED: "未上报",
    TallyGroup.ON_TIME: "按时上报",
    TallyGroup.LATE: "逾期上报",
    TallyGroup.AUTOMATIC: "自动上报停产",
}

named_enum(TallyGroup, "TallyGroup", "统计数字。Each leads to its list.", TALLY_NAMES)
named_enum(Step, "Step", "统计周期。How long one period of a statistic is.", STEP_NAMES)
named_enum(ProblemDimension, "ProblemDimension", "问题统计按什么分列。", PROBLEM_DIMENSION_NAMES)
named_enum(AlertDimension, "AlertDimension", "预警统计按什么分列。", ALERT_DIMENSION_NAMES)
named_enum(ProblemGroup, "ProblemGroup", "问题统计的数字。Each leads to its list.", PROBLEM_GROUP_NAMES)
named_enum(AlertGroup, "AlertGroup", "预警统计的数字。Each leads to its list.", ALERT_GROUP_NAMES)
named_enum(
    InspectionGroup,
    "InspectionGroup",
    "检查统计的数字。Each leads to its list of records.",
    INSPECTION_GROUP_NAMES,
)
named_enum(Level, "Level", "层级。The rank of a region or department.", LEVEL_NAMES)
named_enum(Role, "Role", "角色。What a person is in the system.", ROLE_NAMES)
named_enum(
    Client,
    "Client",
    "客户端。Through which client somebody works.",
    {Client.WEB: "网页端", Client.APP: "移动端"},
)
named_enum(EnterpriseKind, "EnterpriseKind", "企业类型。", KIND_NAMES)
named_enum(StopReason, "StopReason", "停产原因。", STOP_REASON_NAMES)
named_enum(PeriodSource, "PeriodSource", "停产期的来源。Who made a shutdown period.", PERIOD_SOURCE_NAMES)
named_enum(CertificateKind, "CertificateKind", "证书种类。", CERTIFICATE_NAMES)
named_enum(Trade, "Trade", "特种作业的作业类别。", TRADE_NAMES)
named_enum(
    ProductionStatus,
    "ProductionStatus",
    "生产状态，由企业上报。未上报 is the absence of a report.",
    PRODUCTION_STATUS_NAMES,
)
named_enum(PowderProcess, "PowderProcess", "涉药工序。", POWDER_PROCESS_NAMES)
named_enum(CommitmentState, "CommitmentState", "承诺状态。Where a commitment stands.", STATE_NAMES)
named_enum(CommitmentAction, "CommitmentAction", "对承诺可做的操作。", ACTION_NAMES)
named_enum(
    Origin,
    "Origin",
    "来源：由人填写，或由系统自动生成。Of a report of a commitment, and of a record of an inspection.",
    ORIGIN_NAMES,
)
named_enum(
    InspectionKind,
    "InspectionKind",
    "检查类型。Of a department's area, or of an enterprise.",
    INSPECTION_KIND_NAMES,
)
named_enum(
    InspectionState,
    "InspectionState",
    "检查状态。A submitted one is a record and never changes.",
    INSPECTION_STATE_NAMES,
)
named_enum(InspectionAction, "InspectionAction", "对草稿可做的操作。", INSPECTION_ACTION_NAMES)
named_enum(CheckMeans, "CheckMeans", "核查方式。How it was checked who is on duty.", CHECK_MEANS_NAMES)
named_enum(
    FindingResult,
    "FindingResult",
    "检查结果。NOT_OK needs a note, and a problem or a rectification.",
    FINDING_RESULT_NAMES,
)
named_enum(
    Conclusion,
    "Conclusion",
    "检查结论。NOT_VERIFIED is for automatic records only: nobody can choose it.",
    CONCLUSION_NAMES,
)
named_enum(ProblemCategory, "ProblemCategory", "问题类别。", CATEGORY_NAMES)
named_enum(Severity, "Severity", "严重程度。The deadlines follow from it.", SEVERITY_NAMES)
named_enum(ProblemOrigin, "ProblemOrigin", "问题来源。Who found it.", PROBLEM_ORIGIN_NAMES)
named_enum(ProblemState, "ProblemState", "问题状态。Where a problem stands.", PROBLEM_STATE_NAMES)
named_enum(ProblemAction, "ProblemAction", "对问题可做的操作。", PROBLEM_ACTION_NAMES)
named_enum(
    ExtensionOutcome,
    "ExtensionOutcome",
    "延期申请的结果。It lapses when the problem moves on undecided.",
    EXTENSION_OUTCOME_NAMES,
)
named_enum(AlertKind, "AlertKind", "预警类别。", ALERT_KIND_NAMES)
named_enum(AlertLevel, "AlertLevel", "预警等级。The terms follow from it.", ALERT_LEVEL_NAMES)
named_enum(RiskType, "RiskType", "风险类型。", RISK_TYPE_NAMES)
named_enum(AlertOrigin, "AlertOrigin", "预警来源。", ALERT_ORIGIN_NAMES)
named_enum(AlertState, "AlertState", "预警状态。Where an alert stands.", ALERT_STATE_NAMES)
named_enum(AlertAction, "AlertAction", "预警的操作，含预警来源所作的。", ALERT_ACTION_NAMES)
named_enum(
    Verification, "Verification", "核实结果。What the enterprise has found on site.", VERIFICATION_NAMES
)
named_enum(DueKind, "CertificateDueKind", "证书到期的种类。", DUE_KIND_NAMES)
named_enum(MediaType, "MediaType", "附件类型。By content, never by name.", MEDIA_TYPE_NAMES)
named_enum(ReportKind, "ReportKind", "通报的种类。How long a period it covers.", REPORT_KIND_NAMES)
named_enum(ExportKind, "ExportKind", "可导出的内容。", EXPORT_KIND_NAMES)
named_enum(
    ExportState, "ExportState", "导出的状态。A file exists only while it is READY.", EXPORT_STATE_NAMES
)
named_enum(ExportAction, "ExportAction", "导出的操作，含系统所作的。", EXPORT_ACTION_NAMES)
named_enum(SettingKey, "SettingKey", "可设置的参数。", SETTING_NAMES)
named_enum(SettingForm, "SettingForm", "参数值的写法。", SETTING_FORM_NAMES)
named_enum(SettingDirection, "SettingDirection", "下级的参数可以怎样不同于上级。", SETTING_DIRECTION_NAMES)
named_enum(SettingChangeKind, "SettingChangeKind", "对参数做了什么。", SETTING_CHANGE_NAMES)
named_enum(MessageKind, "MessageKind", "应用消息类别。", MESSAGE_KIND_NAMES)
named_enum(
    SmsState, "SmsState", "短信状态。ACCEPTED is not delivered: only a receipt says so.", SMS_STATE_NAMES
)
named_enum(
    Topic,
    "ExchangeTopic",
    "交换事项。What kind of duty an entry of the ledger is.",
    TOPIC_NAMES,
)
named_enum(
    DutyState,
    "DutyState",
    "交换状态。REFUSED and PARKED are dead letters, which can be sent again.",
    DUTY_STATE_NAMES,
)
named_enum(InboundKind, "InboundKind", "部级平台下发的接口。", INBOUND_KIND_NAMES)
named_enum(MessageOutcome, "InboxMessageOutcome", "收到的报文的处理情况。", MESSAGE_OUTCOME_NAMES)
named_enum(
    RecordState,
    "InboxRecordState",
    "收到的记录的状态。QUARANTINED waits for a person.",
    RECORD_STATE_NAMES,
)
named_enum(RecordFault, "InboxRecordFault", "收到的记录拒收或待处置的原因。", RECORD_FAULT_NAMES)
named_enum(HealthColour, "HealthColour", "状态灯的颜色。", HEALTH_COLOUR_NAMES)
named_enum(
    SlotState,
    "SlotState",
    "计划作业状态。",
    {SlotState.DUE: "待运行", SlotState.DONE: "已运行", SlotState.SKIPPED: "已跳过"},
)
named_enum(Permission, "Command", "权限项。What a role may ask for.", PERMISSION_NAMES)
