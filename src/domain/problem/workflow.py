"""The workflow of a problem (问题整改) as tables: states, actions, and which party may do what."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from enum import Enum
from typing import Final

from ..deadlines import day_end
from ..handling.parties import PARTY_NAMES, Party
from ..refusals import Forbidden
from .form import ProblemOrigin


class ProblemState(Enum):
    """The state of a problem."""

    ISSUED = "ISSUED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    RECTIFYING = "RECTIFYING"
    FED_BACK = "FED_BACK"
    RETURNED = "RETURNED"
    CLOSED = "CLOSED"
    WITHDRAWN = "WITHDRAWN"


PROBLEM_STATE_NAMES: Final = {
    ProblemState.ISSUED: "已下发待签收",
    ProblemState.ACKNOWLEDGED: "已签收",
    ProblemState.RECTIFYING: "整改中",
    ProblemState.FED_BACK: "已反馈待核查",
    ProblemState.RETURNED: "已退回",
    ProblemState.CLOSED: "已办结",
    ProblemState.WITHDRAWN: "已撤回",
}

UNFED_BACK: Final = frozenset(
    {ProblemState.ISSUED, ProblemState.ACKNOWLEDGED, ProblemState.RECTIFYING, ProblemState.RETURNED}
)
"""未反馈: the addressee still owes its final feedback. A problem that was returned owes it again."""

OPEN: Final = UNFED_BACK | {ProblemState.FED_BACK}
"""未办结: somebody still has something to do."""


class ProblemAction(Enum):
    """What can be done to a problem once it is issued; the last three only to a problem of the ministry."""

    ACKNOWLEDGE = "ACKNOWLEDGE"
    RECTIFY = "RECTIFY"
    REPORT_PROGRESS = "REPORT_PROGRESS"
    FEED_BACK = "FEED_BACK"
    CLOSE = "CLOSE"
    RETURN = "RETURN"
    REQUEST_EXTENSION = "REQUEST_EXTENSION"
    GRANT_EXTENSION = "GRANT_EXTENSION"
    REFUSE_EXTENSION = "REFUSE_EXTENSION"
    WITHDRAW = "WITHDRAW"
    HAND_OVER = "HAND_OVER"
    RESTATE = "RESTATE"
    REOPEN = "REOPEN"


PROBLEM_ACTION_NAMES: Final = {
    ProblemAction.ACKNOWLEDGE: "签收",
    ProblemAction.RECTIFY: "核实处置",
    ProblemAction.REPORT_PROGRESS: "反馈整改进展",
    ProblemAction.FEED_BACK: "反馈最终结果",
    ProblemAction.CLOSE: "办结",
    ProblemAction.RETURN: "退回",
    ProblemAction.REQUEST_EXTENSION: "申请延期",
    ProblemAction.GRANT_EXTENSION: "批准延期",
    ProblemAction.REFUSE_EXTENSION: "不批准延期",
    ProblemAction.WITHDRAW: "撤回",
    ProblemAction.HAND_OVER: "转办",
    ProblemAction.RESTATE: "内容更新",
    ProblemAction.REOPEN: "再次下发",
}

PROBLEM_DEEDS: Final = (
    PROBLEM_ACTION_NAMES
    | dict.fromkeys((ProblemAction.GRANT_EXTENSION, ProblemAction.REFUSE_EXTENSION), "审批延期申请")
    | {ProblemAction.RESTATE: "更新内容"}
)
"""The names of actions in refusals: 不能不批准延期 would say the opposite of what is meant."""

OF_THE_MINISTRY: Final = frozenset({ProblemAction.HAND_OVER, ProblemAction.RESTATE, ProblemAction.REOPEN})
"""Actions that only a problem of the ministry knows."""

_EXTENSION: Final = (
    ProblemAction.REQUEST_EXTENSION,
    ProblemAction.GRANT_EXTENSION,
    ProblemAction.REFUSE_EXTENSION,
)

PROBLEM_TRANSITIONS: Final = {
    (ProblemState.ISSUED, ProblemAction.ACKNOWLEDGE): ProblemState.ACKNOWLEDGED,
    (ProblemState.ACKNOWLEDGED, ProblemAction.RECTIFY): ProblemState.RECTIFYING,
    (ProblemState.RECTIFYING, ProblemAction.REPORT_PROGRESS): ProblemState.RECTIFYING,
    (ProblemState.RECTIFYING, ProblemAction.FEED_BACK): ProblemState.FED_BACK,
    (ProblemState.FED_BACK, ProblemAction.CLOSE): ProblemState.CLOSED,
    (ProblemState.FED_BACK, ProblemAction.RETURN): ProblemState.RETURNED,
    (ProblemState.RETURNED, ProblemAction.RECTIFY): ProblemState.RECTIFYING,
    **{(state, action): state for state in ProblemState if state in UNFED_BACK for action in _EXTENSION},
    **{(state, ProblemAction.WITHDRAW): ProblemState.WITHDRAWN for state in ProblemState if state in OPEN},
    **{
        (state, ProblemAction.HAND_OVER): ProblemState.ISSUED for state in ProblemState if state in UNFED_BACK
    },
    **{(state, ProblemAction.RESTATE): state for state in ProblemState},
    **{(state, ProblemAction.REOPEN): ProblemState.ISSUED for state in ProblemState if state not in OPEN},
}
"""The whole workflow; a move that is not listed is refused.

RETURNED leads on through RECTIFY only, so that the addressee confirms that the reason was read. Interim
feedback keeps RECTIFYING, final feedback ends it. An extension leaves the state as it is; it can be asked for
while the addressee owes its final feedback. No term runs while FED_BACK, so an open request lapses with the
final feedback.

Some guards are not in the table. An extension is decided only while a request is open, and asked for only
while none is. It is granted only while the requested day has not passed. No department withdraws a problem
after a final feedback; the ministry may. HAND_OVER needs a problem that the ministry addresses to a
department; RESTATE and REOPEN are done by the ministry alone.
"""


CARRIERS: Final = {
    ProblemAction.ACKNOWLEDGE: Party.ADDRESSEE,
    ProblemAction.RECTIFY: Party.ADDRESSEE,
    ProblemAction.REPORT_PROGRESS: Party.ADDRESSEE,
    ProblemAction.FEED_BACK: Party.ADDRESSEE,
    ProblemAction.CLOSE: Party.ISSUER,
    ProblemAction.RETURN: Party.ISSUER,
    ProblemAction.REQUEST_EXTENSION: Party.ADDRESSEE,
    ProblemAction.GRANT_EXTENSION: Party.ISSUER,
    ProblemAction.REFUSE_EXTENSION: Party.ISSUER,
    ProblemAction.WITHDRAW: Party.ISSUER,
    ProblemAction.HAND_OVER: Party.ISSUER,
    ProblemAction.RESTATE: Party.MINISTRY,
    ProblemAction.REOPEN: Party.MINISTRY,
}
"""The party that may do each action.

For a problem of the ministry the issuer is the province, but only the ministry withdraws it: see `carrier`.
"""


def carrier(action: ProblemAction, origin: ProblemOrigin) -> Party:
    """The party that may do the action."""
    if action is ProblemAction.WITHDRAW and origin is ProblemOrigin.MINISTRY:
        return Party.MINISTRY
    return CARRIERS[action]


def check_party(action: ProblemAction, origin: ProblemOrigin, parties: Collection[Party]) -> None:
    """Raise Forbidden unless one of these parties may do the action."""
    whose = carrier(action, origin)
    if whose not in parties:
        raise Forbidden(f"只有{PARTY_NAMES[whose]}可以{PROBLEM_DEEDS[action]}。")


def problem_actions_allowed(
    state: ProblemState,
    origin: ProblemOrigin,
    parties: Collection[Party],
    at: datetime,
    *,
    extension_until: date | None,
    fed_back_before: bool,
    to_department: bool,
) -> frozenset[ProblemAction]:
    """What table, guards and parties allow; also for the rows of lists, which have no aggregate.

    `extension_until` is the day that an open request asks for. `fed_back_before`: a final feedback was given
    at some time. `to_department`: it is addressed to a department. Overdue actions are still allowed.
    """
    possible = {action for origin_state, action in PROBLEM_TRANSITIONS if origin_state is state}
    if extension_until is None:
        possible -= {ProblemAction.GRANT_EXTENSION, ProblemAction.REFUSE_EXTENSION}
    else:
        possible.discard(ProblemAction.REQUEST_EXTENSION)
        if at >= day_end(extension_until):
            possible.discard(ProblemAction.GRANT_EXTENSION)
    if origin is not ProblemOrigin.MINISTRY:
        possible -= OF_THE_MINISTRY
        if fed_back_before:
            possible.discard(ProblemAction.WITHDRAW)
    elif not to_department:
        possible.discard(ProblemAction.HAND_OVER)
    return frozenset(action for action in possible if carrier(action, origin) in parties)
