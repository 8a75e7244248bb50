"""The definitions of the figures of commitments."""

from __future__ import annotations

from typing import Final

from ...domain.commitment.form import ProductionStatus
from ...domain.signed import Origin
from .figures import FigureDefinition, FigureSection

_COUNT: Final = "户次"

EXPECTED: Final = FigureDefinition(
    "expected", "应报", "统计日期内企业应上报的安全承诺，每户企业每日计1户次，不论是否已上报。", _COUNT
)
REPORTED: Final = FigureDefinition(
    "reported", "已报", "应报中已经上报的，包括按时、逾期和自动上报。", _COUNT, {"reported": True}
)
ON_TIME: Final = FigureDefinition(
    "on_time",
    "按时上报",
    "已报中首次人工上报早于上报时限的，以及系统自动上报停产的；更正不改变是否按时。",
    _COUNT,
    {"late": False},
)
LATE: Final = FigureDefinition(
    "late", "逾期上报", "已报中首次人工上报到达或晚于上报时限的；更正不改变是否逾期。", _COUNT, {"late": True}
)
AUTOMATIC: Final = FigureDefinition(
    "automatic",
    "自动上报停产",
    "已报中由系统按停产期自动上报、尚未被人工上报取代的。",
    _COUNT,
    {"origins": (Origin.AUTO,)},
)
UNREPORTED: Final = FigureDefinition(
    "unreported", "未上报", "应报中尚未上报的，不论上报时限是否已到。", _COUNT, {"reported": False}
)
IN_PRODUCTION: Final = FigureDefinition(
    "in_production",
    "在产",
    "已报中当前版本填报为在产的。",
    _COUNT,
    {"statuses": (ProductionStatus.IN_PRODUCTION,)},
)
STOPPED: Final = FigureDefinition(
    "stopped",
    "停产",
    "已报中当前版本填报为停产的，包括自动上报。",
    _COUNT,
    {"statuses": (ProductionStatus.STOPPED,)},
)
RATE: Final = FigureDefinition(
    "rate", "上报率", "已报除以应报，保留4位小数；应报为0时为空。", "0至1的小数", None
)
ON_TIME_RATE: Final = FigureDefinition(
    "on_time_rate", "按时上报率", "按时上报除以应报，保留4位小数；应报为0时为空。", "0至1的小数", None
)

COMMITMENT_FIGURES: Final = FigureSection(
    title="安全承诺",
    about="统计日期按承诺日期（Asia/Shanghai）计算，区域按企业当日所在区域计算并包括其下级；数字随每次上报即时更新。",
    query="commitmentStatistics",
    row="Tally",
    rows="commitments",
    figures=(
        EXPECTED,
        REPORTED,
        ON_TIME,
        LATE,
        AUTOMATIC,
        UNREPORTED,
        IN_PRODUCTION,
        STOPPED,
        RATE,
        ON_TIME_RATE,
    ),
)
