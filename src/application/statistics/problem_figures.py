"""The definitions of the figures of problems."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ...domain.problem.groups import PROBLEM_GROUP_NAMES, PROBLEM_GROUP_STATES, ProblemGroup
from ...domain.problem.workflow import ProblemState
from .figures import FigureDefinition, FigureSection

_COUNT: Final = "个"
_SECONDS: Final = "秒"


def _figure(
    group: ProblemGroup, definition: str, narrows: Mapping[str, Any] | None = None
) -> FigureDefinition:
    states = tuple(state for state in ProblemState if state in PROBLEM_GROUP_STATES[group])
    field, name = group.value.lower(), PROBLEM_GROUP_NAMES[group]
    return FigureDefinition(field, name, definition, _COUNT, narrows or {"states": states})


PROBLEM_COUNTS: Final = (
    _figure(ProblemGroup.ISSUED, "统计日期内下发的问题，已撤回的除外。"),
    _figure(
        ProblemGroup.UNFED_BACK,
        "下发问题中尚欠最终反馈的，包括被退回、转办或再次下发后尚未重新反馈的。",
        {"unfed_back": True},
    ),
    _figure(ProblemGroup.FED_BACK, "下发问题中已有最终反馈、等待核查或已办结的；加未反馈等于下发问题。"),
    _figure(ProblemGroup.CLOSED, "已反馈中经核查办结的。"),
    _figure(ProblemGroup.WITHDRAWN, "统计日期内下发、后已撤回的问题，不计入下发问题，不论撤回前是否已反馈。"),
    _figure(
        ProblemGroup.OVERDUE,
        "未反馈中，在统计时刻签收、反馈或整改的时限已到而尚未履行的。",
        {"overdue": True},
    ),
)
FEEDBACK_TIMES: Final = (
    FigureDefinition(
        "mean_feedback_seconds",
        "平均反馈用时",
        "已反馈的问题从下发到最后一次最终反馈的用时（每个问题不足1秒的舍去）的平均值，四舍五入到秒；退回和转办不重新起算。",
        _SECONDS,
        None,
    ),
    FigureDefinition(
        "p90_feedback_seconds",
        "九成反馈用时",
        "上述用时的第90百分位数：至少九成问题的用时不超过它的最小的一个用时，不作插值。",
        _SECONDS,
        None,
    ),
)

PROBLEM_FIGURES: Final = FigureSection(
    title="问题",
    about="统计日期按下发日期（Asia/Shanghai）计算，统计的是这些日子下发的问题现在的办理情况；区域按下发时被检查单位所在区域计算并包括其下级。本系统部门下发的和部级平台下发的都计入，可按来源分列。",
    query="problemStatistics",
    row="ProblemCounts",
    rows="problems",
    figures=(*PROBLEM_COUNTS, *FEEDBACK_TIMES),
)
