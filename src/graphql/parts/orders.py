"""Register the orders of the lists in the schema; each value says in Chinese what comes first."""

from __future__ import annotations

from ...application.ports.alert import AlertOrder
from ...application.ports.commitment import CommitmentOrder
from ...application.ports.directory import (
    CertificateOrder,
    DepartmentOrder,
    EnterpriseOrder,
    PersonOrder,
    SettingChangeOrder,
    ShutdownPeriodOrder,
)
from ...application.ports.exchange import AttemptOrder, DutyOrder
from ...application.ports.export import ExportOrder
from ...application.ports.identity import AccountOrder
from ...application.ports.inbox import InboxMessageOrder, InboxRecordOrder
from ...application.ports.inspection import DraftOrder, InspectionOrder
from ...application.ports.notice import MessageOrder, SmsOrder
from ...application.ports.operations import AuditEntryOrder, SlotOrder
from ...application.ports.problem import ProblemOrder
from ...application.ports.report import RegionReportOrder
from .scalars import named_enum

named_enum(
    CommitmentOrder,
    "CommitmentOrder",
    "承诺列表的排序。All but NEWEST cover at most 31 days.",
    {
        CommitmentOrder.NEWEST: "新的在前（按日期；同一日按上报时间，未上报的按上报时限）",
        CommitmentOrder.REGION: "按区域（代码，再按日期和时间）",
        CommitmentOrder.REPORTED: "按上报时间（新的在前，未上报的在最后）",
        CommitmentOrder.LATENESS: "按逾期（未上报的在前，再按超过时限的时间，最久的在前）",
    },
)
named_enum(
    InspectionOrder,
    "InspectionOrder",
    "检查记录列表的排序。All but NEWEST cover at most 31 days.",
    {
        InspectionOrder.NEWEST: "新的在前（按日期；同一日按提交时间）",
        InspectionOrder.REGION: "按区域（被检查单位所在区域的代码，再按日期和时间）",
        InspectionOrder.PROBLEMS: "按问题数（下发的问题，多的在前）",
    },
)
named_enum(
    ProblemOrder,
    "ProblemOrder",
    "问题列表的排序。RECTIFY_DUE is for what is not fed back, or for at most 31 days.",
    {
        ProblemOrder.NEWEST: "新的在前（按下发时间）",
        ProblemOrder.RECTIFY_DUE: "按整改期限（最近的在前）",
        ProblemOrder.REGION: "按区域（被检查单位所在区域的代码，再按下发时间）",
    },
)
named_enum(
    AlertOrder,
    "AlertOrder",
    "预警列表的排序。GRAVEST and FEED_BACK_DUE are for what is not fed back, or for at most 31 days.",
    {
        AlertOrder.NEWEST: "新的在前（按报警时间）",
        AlertOrder.GRAVEST: "等级高的在前（同级按报警时间）",
        AlertOrder.FEED_BACK_DUE: "按反馈时限（最近的在前）",
        AlertOrder.REGION: "按区域（企业所在区域的代码，再按报警时间）",
    },
)
named_enum(
    RegionReportOrder,
    "RegionReportOrder",
    "通报列表的排序。",
    {
        RegionReportOrder.NEWEST: "新的在前（按期间的最后一天，再按区域代码）",
        RegionReportOrder.OLDEST: "旧的在前（按期间的最后一天，再按区域代码）",
    },
)
named_enum(
    CertificateOrder,
    "CertificateOrder",
    "证书列表的排序。",
    {
        CertificateOrder.EXPIRY: "最早到期的在前",
        CertificateOrder.LATEST_EXPIRY: "最晚到期的在前",
        CertificateOrder.REGION: "按区域（企业所在区域的代码，再按到期日）",
    },
)
named_enum(
    DepartmentOrder,
    "DepartmentOrder",
    "部门列表的排序。",
    {
        DepartmentOrder.LEVEL: "按层级（省级在前，再按区域代码）",
        DepartmentOrder.REGION: "按区域（代码，市级之后为其县级）",
    },
)
named_enum(
    MessageOrder,
    "MessageOrder",
    "应用消息列表的排序。",
    {
        MessageOrder.NEWEST: "新的在前",
        MessageOrder.OLDEST: "旧的在前",
        MessageOrder.UNREAD: "未读的在前（再按时间，新的在前）",
    },
)
named_enum(
    SmsOrder,
    "SmsOrder",
    "短信列表的排序。",
    {SmsOrder.NEWEST: "新的在前", SmsOrder.OLDEST: "旧的在前"},
)
named_enum(
    DutyOrder,
    "ExchangeOrder",
    "交换台账的排序。",
    {DutyOrder.NEWEST: "新的在前", DutyOrder.OLDEST: "旧的在前"},
)
named_enum(
    InboxMessageOrder,
    "InboxMessageOrder",
    "收到的报文的排序。",
    {InboxMessageOrder.NEWEST: "新的在前", InboxMessageOrder.OLDEST: "旧的在前"},
)
named_enum(
    InboxRecordOrder,
    "InboxRecordOrder",
    "收到的记录的排序。",
    {InboxRecordOrder.NEWEST: "新的在前", InboxRecordOrder.OLDEST: "旧的在前"},
)
named_enum(
    EnterpriseOrder,
    "EnterpriseOrder",
    "企业列表的排序。",
    {
        EnterpriseOrder.REGION: "按区域（代码，再按信用代码）",
        EnterpriseOrder.CREDIT_CODE: "按信用代码",
        EnterpriseOrder.UPDATED: "最近更新的在前",
    },
)
named_enum(
    PersonOrder,
    "PersonOrder",
    "人员列表的排序。Names by code point.",
    {
        PersonOrder.REGION: "按单位（所在区域的代码，部门在前，同一单位的在一起，再按角色、姓名）",
        PersonOrder.ROLE: "按角色（负责人在前，再按姓名）",
        PersonOrder.NAME: "按姓名（编码顺序）",
    },
)
named_enum(
    ShutdownPeriodOrder,
    "ShutdownPeriodOrder",
    "停产期列表的排序。",
    {
        ShutdownPeriodOrder.NEWEST: "新的在前（按开始日期）",
        ShutdownPeriodOrder.OLDEST: "旧的在前（按开始日期）",
        ShutdownPeriodOrder.ENDING: "最早结束的在前",
    },
)
named_enum(
    SettingChangeOrder,
    "SettingChangeOrder",
    "参数变更列表的排序。",
    {SettingChangeOrder.NEWEST: "新的在前", SettingChangeOrder.OLDEST: "旧的在前"},
)
named_enum(
    DraftOrder,
    "InspectionDraftOrder",
    "情况表草稿列表的排序。",
    {
        DraftOrder.OLDEST: "旧的在前（按开始填写的时间）",
        DraftOrder.NEWEST: "新的在前（按开始填写的时间）",
    },
)
named_enum(
    AttemptOrder,
    "ExchangeAttemptOrder",
    "对外调用列表的排序。",
    {AttemptOrder.NEWEST: "新的在前", AttemptOrder.OLDEST: "旧的在前"},
)
named_enum(
    AccountOrder,
    "AccountOrder",
    "账号列表的排序。",
    {
        AccountOrder.USERNAME: "按用户名",
        AccountOrder.ROLE: "按角色（再按用户名）",
        AccountOrder.LOCKED: "按锁定（锁定至最晚的在前，未锁定过的在最后）",
    },
)
named_enum(
    SlotOrder,
    "ScheduleSlotOrder",
    "计划作业列表的排序。By the planned instant.",
    {SlotOrder.NEWEST: "新的在前", SlotOrder.OLDEST: "旧的在前"},
)
named_enum(
    AuditEntryOrder,
    "AuditEntryOrder",
    "审计记录列表的排序。",
    {AuditEntryOrder.NEWEST: "新的在前", AuditEntryOrder.OLDEST: "旧的在前"},
)
named_enum(
    ExportOrder,
    "ExportOrder",
    "导出列表的排序。",
    {ExportOrder.NEWEST: "新的在前", ExportOrder.OLDEST: "旧的在前"},
)
