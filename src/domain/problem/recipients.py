"""Who is notified of a problem, as tables by origin, addressee and action."""

from __future__ import annotations

from enum import Enum
from typing import Final

from ..handling.recipients import Recipient
from .form import ProblemOrigin
from .workflow import ProblemAction


class ProblemPath(Enum):
    """Where a problem comes from, and who has it now."""

    OWN_TO_DEPARTMENT = "OWN_TO_DEPARTMENT"
    OWN_TO_ENTERPRISE = "OWN_TO_ENTERPRISE"
    MINISTRY_TO_PROVINCE = "MINISTRY_TO_PROVINCE"
    MINISTRY_HANDED_OVER = "MINISTRY_HANDED_OVER"
    MINISTRY_TO_ENTERPRISE = "MINISTRY_TO_ENTERPRISE"


PROBLEM_PATH_NAMES: Final = {
    ProblemPath.OWN_TO_DEPARTMENT: "本系统部门→部门",
    ProblemPath.OWN_TO_ENTERPRISE: "本系统部门→企业",
    ProblemPath.MINISTRY_TO_PROVINCE: "部级平台→省级部门",
    ProblemPath.MINISTRY_HANDED_OVER: "部级平台→转办部门",
    ProblemPath.MINISTRY_TO_ENTERPRISE: "部级平台→企业",
}

ADDRESSED: Final = {
    ProblemPath.OWN_TO_DEPARTMENT: frozenset({Recipient.RESPONSIBLE}),
    ProblemPath.OWN_TO_ENTERPRISE: frozenset({Recipient.RESPONSIBLE}),
    ProblemPath.MINISTRY_TO_PROVINCE: frozenset({Recipient.PROVINCE_HEADS}),
    ProblemPath.MINISTRY_HANDED_OVER: frozenset({Recipient.RESPONSIBLE, Recipient.PROVINCE_HEADS}),
    ProblemPath.MINISTRY_TO_ENTERPRISE: frozenset({Recipient.ENTERPRISE_HEAD, Recipient.PROVINCE_HEADS}),
}
"""By where it comes from and who has it: who is told of issue and decisions, and reminded."""

FOR_THE_REVIEWER: Final = frozenset({ProblemAction.FEED_BACK, ProblemAction.REQUEST_EXTENSION})
UNLOOKED: Final = frozenset({Recipient.REVIEWER_DUTY})
"""Who is told when nobody has looked in time at what waits for the reviewer."""
UNTOLD: Final = frozenset({ProblemAction.ACKNOWLEDGE, ProblemAction.RECTIFY, ProblemAction.REPORT_PROGRESS})
"""Actions of the addressee of which nobody is notified; the timeline shows them."""


def path_of(origin: ProblemOrigin, *, to_enterprise: bool, handed_over: bool) -> ProblemPath:
    """The way that a problem has taken."""
    if origin is ProblemOrigin.DEPARTMENT:
        return ProblemPath.OWN_TO_ENTERPRISE if to_enterprise else ProblemPath.OWN_TO_DEPARTMENT
    if to_enterprise:
        return ProblemPath.MINISTRY_TO_ENTERPRISE
    return ProblemPath.MINISTRY_HANDED_OVER if handed_over else ProblemPath.MINISTRY_TO_PROVINCE


def recipients_of(action: ProblemAction | None, path: ProblemPath) -> frozenset[Recipient]:
    """Who is notified of this action; None stands for the issue."""
    if action in UNTOLD:
        return frozenset()
    if action in FOR_THE_REVIEWER:
        return frozenset({Recipient.REVIEWER})
    return ADDRESSED[path]


def reminder_recipients_of(path: ProblemPath, *, escalated: bool) -> frozenset[Recipient]:
    """Who is reminded of a term; when it is overdue (`escalated`), the department one level up as well."""
    return ADDRESSED[path] | ({Recipient.SUPERIOR} if escalated else set())
