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
    """The issuer, or the ministry, has withdrawn the problem before its final feedback."""


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
}
"""The event that announces each action; None stands for the issue itself."""
