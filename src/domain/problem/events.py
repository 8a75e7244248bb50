"""The events of problems, named in the past tense."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ..values import DepartmentId, EnterpriseId, ProblemId, RegionId
from .form import ProblemOrigin
from .workflow import ProblemAction, ProblemState


@dataclass(frozen=True, slots=True, kw_only=True)
class _ProblemFact:
    """`revision` counts every change of one problem from 1, without a gap, and orders what is pushed.

    `department_id` or `enterprise_id` is the addressee, `region_id` its region, `issuer_id` the reviewing
    department.
    `came_over`: it was over before it was received, so nobody has to be told.
    """

    problem_id: ProblemId
    origin: ProblemOrigin
    department_id: DepartmentId | None
    enterprise_id: EnterpriseId | None
    issuer_id: DepartmentId
    region_id: RegionId
    state: ProblemState
    revision: int
    at: datetime
    came_over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemIssued(_ProblemFact):
    """A problem was issued by a department, or received from the ministry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemAcknowledged(_ProblemFact):
    """The addressee has acknowledged the problem."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemTakenUp(_ProblemFact):
    """The addressee has verified the problem and started, or restarted, to rectify it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressReported(_ProblemFact):
    """The addressee has given interim feedback."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemFedBack(_ProblemFact):
    """The addressee has given the final feedback; now the issuer reviews."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemClosed(_ProblemFact):
    """The issuer has accepted the final feedback."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemReturned(_ProblemFact):
    """The issuer has sent the final feedback back, with a reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionRequested(_ProblemFact):
    """The addressee has asked for more time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionGranted(_ProblemFact):
    """The issuer has granted more time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionRefused(_ProblemFact):
    """The issuer has refused more time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemWithdrawn(_ProblemFact):
    """The issuer has withdrawn the problem before its final feedback, or the ministry at any time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemHandedOver(_ProblemFact):
    """The province has handed a problem of the ministry over; `former_id` is the department that had it."""

    former_id: DepartmentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemRestated(_ProblemFact):
    """The ministry has changed what it states, or its term."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemReopened(_ProblemFact):
    """The ministry states again what was closed or withdrawn."""


ProblemEvent = (
    ProblemIssued
    | ProblemAcknowledged
    | ProblemTakenUp
    | ProgressReported
    | ProblemFedBack
    | ProblemClosed
    | ProblemReturned
    | ExtensionRequested
    | ExtensionGranted
    | ExtensionRefused
    | ProblemWithdrawn
    | ProblemHandedOver
    | ProblemRestated
    | ProblemReopened
)


PROBLEM_EVENTS: Final[Mapping[ProblemAction | None, type[ProblemEvent]]] = {
    None: ProblemIssued,
    ProblemAction.ACKNOWLEDGE: ProblemAcknowledged,
    ProblemAction.RECTIFY: ProblemTakenUp,
    ProblemAction.REPORT_PROGRESS: ProgressReported,
    ProblemAction.FEED_BACK: ProblemFedBack,
    ProblemAction.CLOSE: ProblemClosed,
    ProblemAction.RETURN: ProblemReturned,
    ProblemAction.REQUEST_EXTENSION: ExtensionRequested,
    ProblemAction.GRANT_EXTENSION: ExtensionGranted,
    ProblemAction.REFUSE_EXTENSION: ExtensionRefused,
    ProblemAction.WITHDRAW: ProblemWithdrawn,
    ProblemAction.HAND_OVER: ProblemHandedOver,
    ProblemAction.RESTATE: ProblemRestated,
    ProblemAction.REOPEN: ProblemReopened,
}
"""The event that announces each action; None stands for the issue itself."""
