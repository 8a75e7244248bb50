"""The definitions of the figures of alerts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ...domain.alert.groups import ALERT_GROUP_NAMES, ALERT_GROUP_STATES, AlertGroup
from ...domain.alert.workflow import AlertState
from .figures import FigureDefinition, FigureSection

_COUNT: Final = "个"
_SECONDS: Final = "秒"


def _figure(group: AlertGroup, definition: str, narrows: Mapping[str, Any] | None = None) -> FigureDefinition:
    states = tuple(state for state in AlertState if state in ALERT_GROUP_STATES[group])
    field, name = group.value.lower(), ALERT_GROUP_NAMES[group]
    return FigureDefinition(
        field, name, definition, _COUNT, {"states": states} if narrows is None else narrows
    )


ALERT_FIGURES: Final = FigureSection(
    title="预警",
    about="统计日期按报警日期（Asia/Shanghai）计算，统计的是这些日子的预警现在的处置情况；等级为现在的等级，区域按报警时企业所在区域计算并包括其下级。同一预警的更新、升级和再次报警不另计数。",
    query="alertStatistics",
    row="AlertCounts",
    rows="alerts",
    figures=(
        _figure(AlertGroup.OPENED, "统计日期内的预警，等于未反馈、已反馈、已解除之和。", {}),
        _figure(
            AlertGroup.UNFED_BACK,
            "预警中企业尚欠最终反馈的，包括被退回、升级或再次报警后尚未重新反馈的。",
            {"unfed_back": True},
        ),
        _figure(AlertGroup.FED_BACK, "预警中已有最终反馈、等待核查或已办结的。"),
        _figure(AlertGroup.CLOSED, "已反馈中经核查办结的。"),
        _figure(
            AlertGroup.ENDED, "预警中办结之前已由来源（部级平台或证书监测）解除的，不论解除前是否已反馈。"
        ),
        _figure(
            AlertGroup.OVERDUE,
            "未反馈中，在统计时刻签收或反馈的时限已到而尚未履行的。",
            {"overdue": True},
        ),
        FigureDefinition(
            "mean_feedback_seconds",
            "平均反馈用时",
            "已反馈的预警从报警到最后一次最终反馈的用时（每个预警不足1秒的舍去）的平均值，四舍五入到秒；退回和升级不重新起算。",
            _SECONDS,
            None,
        ),
        FigureDefinition(
            "p90_feedback_seconds",
            "九成反馈用时",
            "上述用时的第90百分位数：至少九成预警的用时不超过它的最小的一个用时，不作插值。",
            _SECONDS,
            None,
        ),
    ),
)
