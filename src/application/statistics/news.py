"""Says in one Chinese sentence what has happened, for the wall screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ...domain.alert.form import ALERT_LEVEL_NAMES, RISK_TYPE_NAMES
from ...domain.alert.workflow import AlertState
from ...domain.commitment.form import ProductionStatus
from ...domain.inspection.form import INSPECTION_KIND_NAMES
from ...domain.problem.form import SEVERITY_NAMES, ProblemOrigin
from ...domain.problem.problem import MINISTRY_NAME
from ...domain.problem.workflow import ProblemState
from ...domain.values import shortened
from ..ports.alert import AlertRow
from ..ports.commitment import CommitmentRow, seconds_late
from ..ports.inspection import InspectionRow
from ..ports.problem import ProblemRow

LONGEST: Final = 60
"""A wall screen has one line for each event: longer descriptions are cut."""

Shown = CommitmentRow | InspectionRow | ProblemRow | AlertRow

_PROBLEMS: Final[dict[ProblemState, Callable[[ProblemRow, str], str]]] = {
    ProblemState.ISSUED: lambda row, who: (
        f"{who}向{row.addressee_name}下发{SEVERITY_NAMES[row.severity]}问题"
    ),
    ProblemState.ACKNOWLEDGED: lambda row, who: f"{row.addressee_name}已签收{who}下发的问题",
    ProblemState.RECTIFYING: lambda row, who: f"{row.addressee_name}正在整改{who}下发的问题",
    ProblemState.FED_BACK: lambda row, who: f"{row.addressee_name}已反馈整改结果，待{row.issuer_name}核查",
    ProblemState.RETURNED: lambda row, who: f"{row.issuer_name}退回{row.addressee_name}的整改反馈",
    ProblemState.CLOSED: lambda row, who: f"{row.issuer_name}办结{row.addressee_name}的问题",
    ProblemState.WITHDRAWN: lambda row, who: f"{who}撤回下发给{row.addressee_name}的问题",
}
_ALERTS: Final[dict[AlertState, Callable[[AlertRow, str], str]]] = {
    AlertState.OPEN: lambda row, what: f"{row.enterprise_name}发生{what}",
    AlertState.ACKNOWLEDGED: lambda row, what: f"{row.enterprise_name}已签收{what}",
    AlertState.HANDLING: lambda row, what: f"{row.enterprise_name}正在处置{what}",
    AlertState.FED_BACK: lambda row, what: f"{row.enterprise_name}已反馈{what}，待{row.reviewer_name}核查",
    AlertState.RETURNED: lambda row, what: f"{row.reviewer_name}退回{row.enterprise_name}对{what}的反馈",
    AlertState.CLOSED: lambda row, what: f"{row.reviewer_name}办结{row.enterprise_name}的{what}",
    AlertState.ENDED: lambda row, what: f"{row.enterprise_name}的{what}已解除",
}


def sentence_of(row: Shown) -> str:
    """What has happened to it last, as one Chinese sentence without the time."""
    match row:
        case CommitmentRow():
            return _commitment(row)
        case InspectionRow():
            return _inspection(row)
        case ProblemRow():
            who = MINISTRY_NAME if row.origin is ProblemOrigin.MINISTRY else row.issuer_name
            return _about(_PROBLEMS[row.state](row, who), row.description)
        case AlertRow():
            kind = "证书" if row.risk_type is None else RISK_TYPE_NAMES[row.risk_type]
            return _about(
                _ALERTS[row.state](row, f"{ALERT_LEVEL_NAMES[row.level]}{kind}预警"), row.description
            )


def _commitment(row: CommitmentRow) -> str:
    minutes = max(seconds_late(row), 0) // 60
    hours, rest = divmod(minutes, 60)
    wait = (f"{hours}小时" if hours else "") + (f"{rest}分钟" if rest else "") or "不足1分钟"
    status = "在产" if row.status is ProductionStatus.IN_PRODUCTION else "停产"
    return f"{row.enterprise_name}逾期{wait}上报安全承诺（{status}）。"


def _inspection(row: InspectionRow) -> str:
    kind = INSPECTION_KIND_NAMES[row.kind]
    found = f"，下发问题{row.problems}个" if row.problems else f"，{row.conclusion_text.rstrip('。')}"
    return f"{row.department_name}{kind}{row.target_name}{found if found != '，' else ''}。"


def _about(what: str, description: str) -> str:
    return f"{what}：{shortened(description.rstrip('。'), LONGEST)}。"
