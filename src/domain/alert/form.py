"""What an alert (预警) states: its kind, level, origin and cause, and the ids that follow from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Final
from uuid import UUID

from ..values import AlertId, CertificateId, fact_id


class AlertKind(Enum):
    """What an alert is about."""

    CERTIFICATE = "CERTIFICATE"
    RISK = "RISK"


ALERT_KIND_NAMES: Final = {AlertKind.CERTIFICATE: "证书报警", AlertKind.RISK: "风险报警"}


class AlertLevel(Enum):
    """The level of an alert, the gravest first."""

    RED = "RED"
    ORANGE = "ORANGE"
    YELLOW = "YELLOW"
    BLUE = "BLUE"

    @property
    def rank(self) -> int:
        """1 (RED) to 4 (BLUE), as the ministry counts them."""
        return list(AlertLevel).index(self) + 1

    def graver_than(self, other: AlertLevel) -> bool:
        return self.rank < other.rank


def level_of_rank(rank: int | None) -> AlertLevel | None:
    """The level of a rank from 1 to 4; None for None."""
    return None if rank is None else list(AlertLevel)[rank - 1]


ALERT_LEVEL_NAMES: Final = {
    AlertLevel.RED: "红色（重大）",
    AlertLevel.ORANGE: "橙色（较大）",
    AlertLevel.YELLOW: "黄色（一般）",
    AlertLevel.BLUE: "蓝色（低）",
}

ALERTED_AT_ONCE: Final = frozenset({AlertLevel.RED})
"""Alerts of these levels are told by SMS at once, in quiet hours too; their terms run from the same instant."""


class RiskType(Enum):
    """The cause of a risk alert."""

    OVER_PERSONS = "OVER_PERSONS"
    OVER_POWDER = "OVER_POWDER"
    OVER_STOCK = "OVER_STOCK"
    TEMPERATURE = "TEMPERATURE"
    HUMIDITY = "HUMIDITY"
    STATIC = "STATIC"
    VIDEO_OFFLINE = "VIDEO_OFFLINE"
    SENSOR_OFFLINE = "SENSOR_OFFLINE"
    SYSTEM_OFFLINE = "SYSTEM_OFFLINE"
    SMOKE_OR_FIRE = "SMOKE_OR_FIRE"
    INTRUSION = "INTRUSION"
    VEHICLE = "VEHICLE"
    WORK_AT_NIGHT_OR_STOPPED = "WORK_AT_NIGHT_OR_STOPPED"
    FLOW_ANOMALY = "FLOW_ANOMALY"
    WEATHER = "WEATHER"
    OTHER = "OTHER"


RISK_TYPE_NAMES: Final = {
    RiskType.OVER_PERSONS: "超员",
    RiskType.OVER_POWDER: "超药量",
    RiskType.OVER_STOCK: "超库存",
    RiskType.TEMPERATURE: "温度异常",
    RiskType.HUMIDITY: "湿度异常",
    RiskType.STATIC: "静电异常",
    RiskType.VIDEO_OFFLINE: "视频离线",
    RiskType.SENSOR_OFFLINE: "传感器离线",
    RiskType.SYSTEM_OFFLINE: "系统离线",
    RiskType.SMOKE_OR_FIRE: "烟雾或明火",
    RiskType.INTRUSION: "人员闯入",
    RiskType.VEHICLE: "车辆异常",
    RiskType.WORK_AT_NIGHT_OR_STOPPED: "夜间或停产期间作业",
    RiskType.FLOW_ANOMALY: "流向异常",
    RiskType.WEATHER: "气象预警",
    RiskType.OTHER: "其他",
}


LOOKED_BACK: Final = timedelta(days=7)
"""A spot check shows the gravest level of an enterprise's alerts in this time."""


class AlertOrigin(Enum):
    """Who raised it: the ministry (with its external id), or our certificate watch."""

    MINISTRY = "MINISTRY"
    WATCH = "WATCH"


ALERT_ORIGIN_NAMES: Final = {
    AlertOrigin.MINISTRY: "部级平台",
    AlertOrigin.WATCH: "本系统证书监测",
}


class Verification(Enum):
    """What the addressee has found on site."""

    TRUE = "TRUE"
    FALSE_ALARM = "FALSE_ALARM"
    DRILL = "DRILL"
    DEVICE_FAULT = "DEVICE_FAULT"


VERIFICATION_NAMES: Final = {
    Verification.TRUE: "真实",
    Verification.FALSE_ALARM: "误报",
    Verification.DRILL: "演练",
    Verification.DEVICE_FAULT: "设备故障",
}


class DueKind(Enum):
    """Which date of a certificate is due: its expiry, or the review of a special-operation card (复审)."""

    EXPIRY = "EXPIRY"
    REVIEW = "REVIEW"


DUE_KIND_NAMES: Final = {DueKind.EXPIRY: "有效期届满", DueKind.REVIEW: "复审到期"}


@dataclass(frozen=True, slots=True)
class CertificateDue:
    """The due date of one of our certificates; `due_on` is the last day on which it is valid or reviewed."""

    certificate_id: CertificateId
    kind: DueKind
    due_on: date


@dataclass(frozen=True, slots=True)
class AlertStatement:
    """What the source states, at its newest version.

    `risk_type` is None for a certificate alert. `due` is None unless the alert is about a certificate of our
    directory. `value` is the figure or text that was measured, such as 12人. `occurred_at` is an instant.
    """

    kind: AlertKind
    level: AlertLevel
    description: str
    occurred_at: datetime
    risk_type: RiskType | None = None
    due: CertificateDue | None = None
    value: str = ""


def ministry_alert_id(external_id: str) -> AlertId:
    """Make the id from the ministry's id; received twice, the id is the same."""
    return AlertId(fact_id("alert", "MINISTRY", external_id))


def certificate_alert_id(due: CertificateDue) -> AlertId:
    """Make the id from a certificate's due date: each due date has one alert."""
    return AlertId(fact_id("alert", "CERTIFICATE", due.certificate_id, due.kind.value, due.due_on))


def window_key(alert_id: UUID, window: int) -> str:
    """The permanent key of the reminder of one window of one alert."""
    return f"window|{alert_id}|{window}"
