"""One sample of each kind of record in both directions; `yanbao exchange check` shows them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any, Final
from uuid import NAMESPACE_OID, uuid5

from ...application.ports.exchange import OutboundRecord, RecordKind
from ...application.ports.inbound import MinistryProblem, MinistryWarning
from ...domain.alert.form import AlertKind, AlertLevel
from ...domain.exchange.inbound import InboundKind
from ...domain.problem.form import Severity
from .outbound_profile import WORK
from .profile import Profile

COMPANY: Final = "91610526MA6Y000018"
"""A credit code with a correct check character; no enterprise has it."""
SAMPLE_TIME: Final = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)
"""10:00 in Shaanxi."""
SAMPLE_VERSION: Final = 20261130100000
"""A version that is a number and a time."""

_COMMITMENT: Final = {
    "credit_code": COMPANY,
    "enterprise_name": "蒲城示范花炮有限公司",
    "enterprise_kind": "PRODUCTION",
    "region_code": "610526",
    "business_date": "2026-11-30",
    "reported_at": "2026-11-30T08:12:00+08:00",
    "revision": 1,
    "origin": "MANUAL",
    "late": False,
    "status": "IN_PRODUCTION",
    "stop_reason": None,
    "hazardous_work": dict.fromkeys(WORK, 0) | {"maintenance": 1},
    "major_hazard": False,
    "risk_grade": 3,
    "promiser": "张三",
    "text": "今日在产，各项安全措施已落实。",
    "deleted": False,
}
_WEEKLY: Final = {
    "region_code": "610500",
    "region_name": "渭南市",
    "closes_on": "2026-11-27",
    "since": "2026-11-20T14:00:00+08:00",
    "until": "2026-11-27T14:00:00+08:00",
    "inspected": 15,
    "automatic": 11,
    "with_problems": 4,
    "rectified_on_site": 5,
    "issued": 6,
    "withdrawn": 1,
    "fed_back": 3,
    "unfed_back": 2,
    "overdue": 1,
    "text": "本周检查15家，发现问题4家。",
}
_RESULT: Final = {
    "external_id": "BJ-2026-000001",
    "revision": 5,
    "action": "FEED_BACK",
    "state": "FED_BACK",
    "at": "2026-11-30T10:00:00+08:00",
    "handler": "渭南市应急管理局",
    "region_code": "610526",
    "credit_code": COMPANY,
    "note": "",
    "situation": "现场核实，两路视频离线。",
    "measure": "已更换交换机并恢复在线。",
    "progress": None,
    "plan_date": "2026-12-02",
    "is_finish": True,
    "late": False,
}
SAMPLE_FACTS: Final[Mapping[RecordKind, Mapping[str, Any]]] = MappingProxyType(
    {
        RecordKind.COMMITMENT: _COMMITMENT,
        RecordKind.PATROL: _WEEKLY,
        RecordKind.SPOT_CHECK: _WEEKLY,
        RecordKind.PROBLEM: _RESULT
        | {
            "kind": "PATROL",
            "rectify_due": "2026-12-06T00:00:00+08:00",
            "delay_info": None,
            "delay_date": None,
        },
        RecordKind.ALERT: _RESULT
        | {
            "local_id": str(uuid5(NAMESPACE_OID, "sample alert")),
            "origin": "MINISTRY",
            "kind": "RISK",
            "level": "RED",
            "verification": "TRUE",
            "certificate_number": None,
        },
    }
)


def sample_record(kind: RecordKind, /, **changes: Any) -> OutboundRecord:
    """A record to send; its id follows from its kind, object and revision."""
    facts = {**SAMPLE_FACTS[kind], **changes}
    key = facts.get("credit_code") or facts["region_code"]
    name = (
        f"{kind.value}|{facts.get('external_id', key)}|{key}|{facts.get('revision', facts.get('closes_on'))}"
    )
    return OutboundRecord(uuid5(NAMESPACE_OID, name), facts)


def sample_problem(kind: InboundKind, profile: Profile) -> MinistryProblem:
    """A problem that the ministry might state, of a category that the profile knows."""
    of_area = kind is InboundKind.PATROL_PROBLEM
    return MinistryProblem(
        external_id="BJ-XC-2026-000001" if of_area else "BJ-CC-2026-000001",
        version=SAMPLE_VERSION,
        area_code="610526" if of_area or profile.inbound.problem_form(kind).fields.area_code else None,
        company_code=None if of_area else COMPANY,
        category=next(iter(profile.inbound.codes.category)),
        severity=Severity.MAJOR,
        description="巡查发现两家企业视频离线超过24小时。" if of_area else "抽查发现企业视频离线超过24小时。",
        rectify_on=date(2026, 12, 5),
        found_at=SAMPLE_TIME,
        withdrawn=None,
    )


def sample_warning(kind: AlertKind, profile: Profile) -> MinistryWarning:
    """A warning that the ministry might state."""
    risk = kind is AlertKind.RISK
    return MinistryWarning(
        external_id="BJ-FX-2026-000001" if risk else "BJ-ZS-2026-000001",
        version=SAMPLE_VERSION,
        area_code="610526",
        company_code=COMPANY,
        kind=kind,
        level=AlertLevel.ORANGE if risk else AlertLevel.RED,
        risk_type=next(iter(profile.inbound.codes.risk_type)) if risk else None,
        description="装药工房超员。" if risk else "安全生产许可证已过期。",
        value="6人（定员4人）" if risk else "",
        occurred_at=SAMPLE_TIME,
        certificate_number=None if risk else "（陕）YH安许证字〔2023〕000123",
        expires_on=None if risk else date(2026, 11, 29),
        ended=None,
        reason="",
    )
