"""The workflow of an alert (预警) as tables: states, actions, and which party may do what."""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum
from typing import Final

from ..handling.parties import Party
from ..refusals import Forbidden


class AlertState(Enum):
    """The state of an alert."""

    OPEN = "OPEN"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    HANDLING = "HANDLING"
    FED_BACK = "FED_BACK"
    RETURNED = "RETURNED"
    CLOSED = "CLOSED"
    ENDED = "ENDED"


ALERT_STATE_NAMES: Final = {
    AlertState.OPEN: "待签收",
    AlertState.ACKNOWLEDGED: "已签收",
    AlertState.HANDLING: "处置中",
    AlertState.FED_BACK: "已反馈待核查",
    AlertState.RETURNED: "已退回",
    AlertState.CLOSED: "已办结",
    AlertState.ENDED: "已解除",
}

ALERT_UNFED_BACK: Final = frozenset(
    {AlertState.OPEN, AlertState.ACKNOWLEDGED, AlertState.HANDLING, AlertState.RETURNED}
)
"""未反馈: the addressee still owes its final feedback. An alert that was returned owes it again."""

ALERT_OPEN: Final = ALERT_UNFED_BACK | {AlertState.FED_BACK}
"""未办结: somebody still has something to do."""


class AlertAction(Enum):
    """What can happen to an alert once it is open; the last five are done by its source."""

    ACKNOWLEDGE = "ACKNOWLEDGE"
    HANDLE = "HANDLE"
    REPORT_PROGRESS = "REPORT_PROGRESS"
    FEED_BACK = "FEED_BACK"
    CLOSE = "CLOSE"
    RETURN = "RETURN"
    ESCALATE = "ESCALATE"
    RAISE = "RAISE"
    LOWER = "LOWER"
    RESTATE = "RESTATE"
    REOPEN = "REOPEN"
    END = "END"


ALERT_ACTION_NAMES: Final = {
    AlertAction.ACKNOWLEDGE: "签收",
    AlertAction.HANDLE: "核实处置",
    AlertAction.REPORT_PROGRESS: "反馈处置进展",
    AlertAction.FEED_BACK: "反馈最终结果",
    AlertAction.CLOSE: "办结",
    AlertAction.RETURN: "退回",
    AlertAction.ESCALATE: "提级督办",
    AlertAction.RAISE: "等级升高",
    AlertAction.LOWER: "等级降低",
    AlertAction.RESTATE: "内容更新",
    AlertAction.REOPEN: "再次报警",
    AlertAction.END: "解除",
}

BY_SOURCE: Final = frozenset(
    {AlertAction.RAISE, AlertAction.LOWER, AlertAction.RESTATE, AlertAction.REOPEN, AlertAction.END}
)
"""Only the source of the alert does these: the ministry, or our certificate watch."""

_OVER: Final = (AlertState.FED_BACK, AlertState.CLOSED)

ALERT_TRANSITIONS: Final = {
    (AlertState.OPEN, AlertAction.ACKNOWLEDGE): AlertState.ACKNOWLEDGED,
    (AlertState.ACKNOWLEDGED, AlertAction.HANDLE): AlertState.HANDLING,
    (AlertState.HANDLING, AlertAction.HANDLE): AlertState.HANDLING,
    (AlertState.HANDLING, AlertAction.REPORT_PROGRESS): AlertState.HANDLING,
    (AlertState.HANDLING, AlertAction.FEED_BACK): AlertState.FED_BACK,
    (AlertState.FED_BACK, AlertAction.CLOSE): AlertState.CLOSED,
    (AlertState.FED_BACK, AlertAction.RETURN): AlertState.RETURNED,
    (AlertState.RETURNED, AlertAction.HANDLE): AlertState.HANDLING,
    **{(state, AlertAction.ESCALATE): state for state in AlertState if state in ALERT_OPEN},
    **{(state, AlertAction.RAISE): state for state in AlertState if state in ALERT_UNFED_BACK},
    **{(state, AlertAction.RAISE): AlertState.OPEN for state in _OVER},
    **{(state, AlertAction.LOWER): state for state in AlertState if state is not AlertState.ENDED},
    **{(state, AlertAction.RESTATE): state for state in AlertState if state is not AlertState.ENDED},
    (AlertState.ENDED, AlertAction.REOPEN): AlertState.OPEN,
    **{(state, AlertAction.END): AlertState.ENDED for state in AlertState if state in ALERT_OPEN},
    (AlertState.CLOSED, AlertAction.END): AlertState.CLOSED,
}
"""The whole workflow; a move that is not listed is refused.

A graver level makes a new round of an alert that was fed back or closed: what was answered is no answer to
it. HANDLE in HANDLING corrects the verification result. An alert that its source has ended owes nothing more.
RETURNED leads on through HANDLE only, so that the addressee confirms that the reason was read.
"""

ALERT_CARRIERS: Final = {
    AlertAction.ACKNOWLEDGE: Party.ADDRESSEE,
    AlertAction.HANDLE: Party.ADDRESSEE,
    AlertAction.REPORT_PROGRESS: Party.ADDRESSEE,
    AlertAction.FEED_BACK: Party.ADDRESSEE,
    AlertAction.CLOSE: Party.ISSUER,
    AlertAction.RETURN: Party.ISSUER,
    AlertAction.ESCALATE: Party.ISSUER,
}
"""The party that may do each action of a person. Party.ISSUER is the reviewing department (核查部门)."""

ALERT_PARTY_NAMES: Final = {Party.ADDRESSEE: "被预警企业", Party.ISSUER: "核查部门"}


def check_alert_party(action: AlertAction, parties: Collection[Party]) -> None:
    """Raise Forbidden unless one of these parties may do the action; people may do no action of the source."""
    whose = ALERT_CARRIERS.get(action)
    if whose is None:
        raise Forbidden(f"“{ALERT_ACTION_NAMES[action]}”由预警来源作出，不能人工办理。")
    if whose not in parties:
        raise Forbidden(f"只有{ALERT_PARTY_NAMES[whose]}可以{ALERT_ACTION_NAMES[action]}。")


def alert_actions_allowed(
    state: AlertState, parties: Collection[Party], *, can_escalate: bool
) -> frozenset[AlertAction]:
    """What table, guards and parties allow; also for the rows of lists, which have no aggregate.

    `can_escalate`: a department stands above the reviewing one. Overdue actions are still allowed.
    """
    possible = {action for origin_state, action in ALERT_TRANSITIONS if origin_state is state}
    if not can_escalate:
        possible.discard(AlertAction.ESCALATE)
    return frozenset(action for action in possible if ALERT_CARRIERS.get(action) in parties)
