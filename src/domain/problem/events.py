"""What happens to problems, in the past tense."""

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
    """`revision` counts every change of one problem from 1, without a gap: what is pushed keeps its order by it.

    `department_id` or `enterprise_id` is the addressee's, in `region_id`; `issuer_id` the department's that reviews.
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
    """The addressee has taken notice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemTakenUp(_ProblemFact):
    """The addressee has verified the problem and begun, or begun again, to rectify it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressReported(_ProblemFact):
    """Interim feedback came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemFedBack(_ProblemFact):
    """The final feedback came: now the issuer reviews."""


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
    """The issuer gave more time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionRefused(_ProblemFact):
    """The issuer gave no more time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemWithdrawn(_ProblemFact):
    """The issuer, or the ministry, took the problem back before its final feedback."""


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
"""What announces each action; None is the issue itself."""
