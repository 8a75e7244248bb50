"""What the ministry states in the last days: the problems and warnings of the demo's first hour, by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ....application.ports.inbound import MinistryProblem, MinistryWarning
from ....domain.alert.form import AlertKind, AlertLevel, RiskType
from ....domain.exchange.inbound import InboundKind
from ....domain.problem.form import ProblemCategory, Severity

Stated = MinistryProblem | MinistryWarning

SHOW_AREA: Final = "610526"
NEIGHBOUR: Final = "610528"
SHOW_CITY_AREA: Final = "610502"
NO_AREA: Final = "619999"
"""Would lie in the province, but there is no such area."""
BEIJING: Final = "110105"
NO_COMPANY: Final = "91610526MA0000000J"
"""A credit code that no enterprise has."""
FOREIGN_COMPANY: Final = "91110105MA00000012"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that the ministry states: a problem or a warning, before any change.

    `company` is the place of an enterprise in the demo's list, 0 for the one with the shown accounts; None for
    a patrol problem. `foreign` is a credit code or an area that is not in the directory.
    """

    kind: InboundKind
    what: str
    company: int | None = None
    area: str = SHOW_AREA
    level: AlertLevel = AlertLevel.YELLOW
    risk: RiskType | None = None
    value: str = ""
    severity: Severity = Severity.GENERAL
    category: ProblemCategory = ProblemCategory.SYSTEM_NOT_USED
    days: int = 5
    """Days until a problem must be rectified."""
    foreign: str = ""


def _warning(company: int, level: AlertLevel, risk: RiskType | None, what: str, value: str = "") -> Item:
    return Item(InboundKind.WARNING, what, company=company, level=level, risk=risk, value=value)


def _patrol(
    what: str, *, area: str = SHOW_AREA, days: int = 5, severity: Severity = Severity.GENERAL
) -> Item:
    return Item(
        InboundKind.PATROL_PROBLEM,
        what,
        area=area,
        days=days,
        severity=severity,
        category=ProblemCategory.DUTY_ABSENCE,
    )


def _spot_check(company: int, what: str, *, days: int = 5, severity: Severity = Severity.GENERAL) -> Item:
    return Item(
        InboundKind.SPOT_CHECK_PROBLEM,
        what,
        company=company,
        days=days,
        severity=severity,
        category=ProblemCategory.ON_SITE_VIOLATION,
    )


ITEMS: Final = {
    "smoke": _warning(0, AlertLevel.RED, RiskType.SMOKE_OR_FIRE, "装药工房监测到烟雾，请立即核实处置。"),
    "persons": _warning(0, AlertLevel.ORANGE, RiskType.OVER_PERSONS, "插引工房人数超过核定人数。", "12人"),
    "heat": _warning(1, AlertLevel.YELLOW, RiskType.TEMPERATURE, "晾晒场温度超过允许值。", "41.5℃"),
    "video": _warning(0, AlertLevel.BLUE, RiskType.VIDEO_OFFLINE, "3号库视频离线超过30分钟。"),
    "permit": _warning(2, AlertLevel.BLUE, None, "部级台账显示许可证将于60日内到期，请核实。"),
    "expiring": _warning(0, AlertLevel.ORANGE, None, "部级台账显示主要负责人合格证将于15日内到期，请核实。"),
    "humidity": _warning(1, AlertLevel.YELLOW, RiskType.HUMIDITY, "药物库湿度低于允许值。", "38%"),
    "vehicle": _warning(0, AlertLevel.YELLOW, RiskType.VEHICLE, "危险品运输车辆在厂区停留超时。", "95分钟"),
    "flow": _warning(
        2, AlertLevel.ORANGE, RiskType.FLOW_ANOMALY, "产品流向登记与出库数量不一致。", "差160箱"
    ),
    "weather": _warning(0, AlertLevel.YELLOW, RiskType.WEATHER, "所在区域发布雷电预警。"),
    "static": _warning(1, AlertLevel.BLUE, RiskType.STATIC, "静电导除装置数值异常。", "12兆欧"),
    "night": _warning(
        0, AlertLevel.RED, RiskType.WORK_AT_NIGHT_OR_STOPPED, "夜间检测到工房有人作业。", "3人"
    ),
    "duty": _patrol("县级夜间值班无人应答视频点名。"),
    "training": _patrol("县级未按计划组织从业人员培训。", days=7),
    "register": _patrol("市级未及时核查企业停产复产情况。", area=SHOW_CITY_AREA, severity=Severity.MAJOR),
    "plan": _patrol("县级应急预案未按期修订。", area=NEIGHBOUR, days=6),
    "patrols": _patrol("县级巡查频次低于要求。", area=NEIGHBOUR),
    "duplicate": _patrol("县级承诺公告核查不到位。"),
    "overload": _spot_check(0, "装药工房定量超过核定药量。", severity=Severity.MAJOR, days=3),
    "grounding": _spot_check(0, "防静电接地线断开。"),
    "exits": _spot_check(1, "安全出口堆放包装材料。", days=1),
    "cards": _spot_check(2, "特种作业人员未随身携带操作证。"),
    "scrap": _spot_check(0, "余废药未按规定日清。", days=4),
    "unknown": Item(
        InboundKind.WARNING,
        "未建档企业的库存超过核定量。",
        company=0,
        risk=RiskType.OVER_STOCK,
        value="130%",
        foreign=NO_COMPANY,
    ),
    "nowhere": Item(InboundKind.PATROL_PROBLEM, "新设管理区未明确监管责任。", area=NO_AREA),
    "foreign": Item(
        InboundKind.WARNING,
        "外省企业的预警，误发至本省。",
        company=0,
        area=BEIJING,
        risk=RiskType.VEHICLE,
        foreign=FOREIGN_COMPANY,
    ),
}


def external_id(name: str) -> str:
    """The ministry's number of an item, such as `YJ-demo-000003`; the same for every demo."""
    prefix = {
        InboundKind.WARNING: "YJ",
        InboundKind.PATROL_PROBLEM: "XC",
        InboundKind.SPOT_CHECK_PROBLEM: "CC",
    }[ITEMS[name].kind]
    return f"{prefix}-demo-{list(ITEMS).index(name) + 1:06}"


def first_version(name: str, at: datetime, companies: Sequence[str]) -> Stated:
    """What the ministry states of the item at `at` (aware); `companies` are the enterprises' credit codes."""
    item = ITEMS[name]
    company = item.foreign or (None if item.company is None else companies[item.company % len(companies)])
    if item.kind is not InboundKind.WARNING:
        return MinistryProblem(
            external_id=external_id(name),
            version=1,
            area_code=item.area if company is None else None,
            company_code=company,
            category=item.category,
            severity=item.severity,
            description=item.what,
            rectify_on=(at + timedelta(days=item.days)).date(),
            found_at=at - timedelta(minutes=40),
            withdrawn=None,
        )
    assert company is not None, "a warning is about an enterprise"
    return MinistryWarning(
        external_id=external_id(name),
        version=1,
        area_code=item.area,
        company_code=company,
        kind=AlertKind.CERTIFICATE if item.risk is None else AlertKind.RISK,
        level=item.level,
        risk_type=item.risk,
        description=item.what,
        value=item.value,
        occurred_at=at - timedelta(minutes=5),
        certificate_number=None,
        expires_on=None if item.risk is not None else (at + timedelta(days=58)).date(),
        ended=None,
        reason="",
    )
