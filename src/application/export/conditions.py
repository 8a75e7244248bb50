"""What a filter asks for, in Chinese: the period, and the other conditions, so that a printed sheet says what it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from enum import Enum
from typing import Any, Final

from ...domain.alert.form import (
    ALERT_KIND_NAMES,
    ALERT_LEVEL_NAMES,
    ALERT_ORIGIN_NAMES,
    RISK_TYPE_NAMES,
    VERIFICATION_NAMES,
)
from ...domain.alert.groups import ALERT_GROUP_NAMES
from ...domain.alert.workflow import ALERT_STATE_NAMES
from ...domain.commitment.form import PRODUCTION_STATUS_NAMES
from ...domain.directory.certificate import CERTIFICATE_NAMES, TRADE_NAMES
from ...domain.directory.enterprise import KIND_NAMES, STOP_REASON_NAMES
from ...domain.directory.organisation import LEVEL_NAMES, ROLE_NAMES
from ...domain.directory.shutdown import PERIOD_SOURCE_NAMES
from ...domain.exchange.duty import DUTY_STATE_NAMES, TOPIC_NAMES
from ...domain.exchange.inbound import (
    INBOUND_KIND_NAMES,
    MESSAGE_OUTCOME_NAMES,
    RECORD_FAULT_NAMES,
    RECORD_STATE_NAMES,
)
from ...domain.inspection.form import CONCLUSION_NAMES, INSPECTION_KIND_NAMES
from ...domain.inspection.groups import INSPECTION_GROUP_NAMES
from ...domain.notice.notice import MESSAGE_KIND_NAMES, SMS_STATE_NAMES
from ...domain.problem.form import CATEGORY_NAMES, PROBLEM_ORIGIN_NAMES, SEVERITY_NAMES
from ...domain.problem.groups import PROBLEM_GROUP_NAMES
from ...domain.problem.workflow import PROBLEM_STATE_NAMES
from ...domain.signed import ORIGIN_NAMES
from ...domain.values import SHANGHAI
from ..access import Actor
from ..ports.counts import ALERT_DIMENSION_NAMES, PROBLEM_DIMENSION_NAMES
from ..ports.directory import DirectoryReader
from ..statistics.periods import STEP_NAMES

_VALUES: Final[Mapping[Enum, str]] = {
    member: name
    for names in (
        ALERT_DIMENSION_NAMES,
        ALERT_GROUP_NAMES,
        ALERT_KIND_NAMES,
        ALERT_LEVEL_NAMES,
        ALERT_ORIGIN_NAMES,
        ALERT_STATE_NAMES,
        CATEGORY_NAMES,
        CERTIFICATE_NAMES,
        CONCLUSION_NAMES,
        DUTY_STATE_NAMES,
        INBOUND_KIND_NAMES,
        INSPECTION_GROUP_NAMES,
        INSPECTION_KIND_NAMES,
        KIND_NAMES,
        LEVEL_NAMES,
        MESSAGE_KIND_NAMES,
        MESSAGE_OUTCOME_NAMES,
        ORIGIN_NAMES,
        PERIOD_SOURCE_NAMES,
        PROBLEM_DIMENSION_NAMES,
        PROBLEM_GROUP_NAMES,
        PROBLEM_ORIGIN_NAMES,
        PROBLEM_STATE_NAMES,
        PRODUCTION_STATUS_NAMES,
        RECORD_FAULT_NAMES,
        RECORD_STATE_NAMES,
        RISK_TYPE_NAMES,
        ROLE_NAMES,
        SEVERITY_NAMES,
        SMS_STATE_NAMES,
        STEP_NAMES,
        STOP_REASON_NAMES,
        TOPIC_NAMES,
        TRADE_NAMES,
        VERIFICATION_NAMES,
    )
    for member, name in names.items()
}
_PERIODS: Final = ("first_day", "last_day", "business_date", "week_ending")
"""Fields that are the period of the workbook."""
_FIELDS: Final[Mapping[str, str]] = {
    "by": "分列",
    "active": "在册、在岗",
    "cancelled": "已取消",
    "categories": "类别",
    "conclusions": "结论",
    "covering": "覆盖日期",
    "department_id": "部门",
    "directly": "不含下级区域",
    "enterprise_id": "企业",
    "excess": "超出核定",
    "faults": "原因",
    "at": "统计时刻",
    "group": "统计数字",
    "issued_in_scope": "本部门及下级部门下发的",
    "extension_requested": "待审批延期",
    "first_expiry": "有效期不早于",
    "first_review": "复审不早于",
    "handed_over": "已转办",
    "issuer_id": "下发部门",
    "kind": "类型",
    "kinds": "类型",
    "last_expiry": "有效期不晚于",
    "last_review": "复审不晚于",
    "late": "逾期上报",
    "level": "比较",
    "levels": "等级",
    "message_id": "报文",
    "origins": "来源",
    "outcomes": "处理情况",
    "overdue_at": "在此时已逾期",
    "parent_id": "上级部门",
    "person_id": "持证人",
    "reason": "原因",
    "reasons": "停产原因",
    "receiver_id": "接收人",
    "region_id": "区域",
    "renewed": "包括已换证的",
    "replaced": "包括已被人工记录取代的",
    "reported": "已上报",
    "responsible_id": "责任人",
    "reviewer_id": "核查部门",
    "risk_grade": "风险等级",
    "risk_types": "风险类型",
    "roles": "角色",
    "severities": "严重程度",
    "source": "来源",
    "stage": "提醒次序",
    "states": "状态",
    "step": "周期",
    "statuses": "生产状态",
    "target_department_id": "被巡查单位",
    "target_enterprise_id": "被抽查企业",
    "text": "文字",
    "to_department": "被巡查单位",
    "to_enterprise": "被抽查企业",
    "topic": "事项",
    "trades": "作业类别",
    "unfed_back": "未反馈",
    "verifications": "核实结果",
    "with_problems": "有问题",
}
"""What each other field of a filter is called; a test refuses a field that is missing here."""
_UNSAID: Final = frozenset({*_PERIODS, "percentiles"})
"""Fields that restrict no rows, or are said elsewhere."""
_PEOPLE: Final = frozenset({"person_id", "receiver_id", "responsible_id"})
_ENTERPRISES: Final = frozenset({"enterprise_id", "target_enterprise_id", "to_enterprise"})
_DEPARTMENTS: Final = frozenset(
    {"department_id", "issuer_id", "parent_id", "reviewer_id", "target_department_id", "to_department"}
)


def period_of(where: Any, at: datetime) -> str:
    """The days that the filter asks for; without any, the moment of the export."""
    asked = {name: getattr(where, name, None) for name in _PERIODS}
    if (day := asked["business_date"] or asked["week_ending"]) is not None:
        return f"{day}"
    first, last = asked["first_day"], asked["last_day"]
    if first is None and last is None:
        return f"截至{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    if first is None:
        return f"截至{last}"
    if last is None:
        return f"{first}起"
    return f"{first}" if first == last else f"{first}至{last}"


def conditions_of(where: Any, actor: Actor, directory: DirectoryReader) -> str:
    """The conditions that restrict the rows, besides the period; empty if there is none."""
    said = []
    for field in fields(where):
        value = getattr(where, field.name)
        if field.name in _UNSAID or value is None or value == () or value == "":
            continue
        if value is False and field.default is False:
            continue  # What is left out as usual is no condition.
        shown = _shown(field.name, value, actor, directory)
        said.append(
            _FIELDS[field.name]
            if value is True and field.default is False
            else f"{_FIELDS[field.name]}：{shown}"
        )
    return "；".join(said)


def _shown(name: str, value: Any, actor: Actor, directory: DirectoryReader) -> str:
    """A value in Chinese. Ids have been checked against the actor's scope; one that is gone is shown as such."""
    if isinstance(value, tuple):
        return "、".join(_shown(name, each, actor, directory) for each in value)
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Enum):
        return _VALUES[value]
    if isinstance(value, datetime):
        return f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return f"{value}"
    if name == "region_id":
        row: Any = directory.regions_by_id([value]).get(value)
    elif name in _ENTERPRISES:
        row = directory.enterprises([value], actor.scope).get(value)
    elif name in _DEPARTMENTS:
        row = directory.departments([value], actor.scope).get(value)
    elif name in _PEOPLE:
        row = directory.people([value], actor.scope).get(value)
    else:
        return str(value)
    return str(value) if row is None else row.name
