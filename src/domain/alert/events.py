"""The events of alerts, named in the past tense."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ..values import AlertId, DepartmentId, EnterpriseId, RegionId
from .form import AlertKind, AlertLevel, AlertOrigin
from .workflow import AlertAction, AlertState


@dataclass(frozen=True, slots=True, kw_only=True)
class _AlertFact:
    """`revision` counts every change of one alert from 1, without a gap, and orders what is pushed.

    `enterprise_id` is the addressee, `region_id` its region, `reviewer_id` the reviewing department.
    `came_over`: it was over before it was received, so nobody has to be told.
    """

    alert_id: AlertId
    kind: AlertKind
    origin: AlertOrigin
    level: AlertLevel
    enterprise_id: EnterpriseId
    reviewer_id: DepartmentId
    region_id: RegionId
    state: AlertState
    revision: int
    at: datetime
    came_over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertOpened(_AlertFact):
    """An alert was received from the ministry, or opened by the certificate watch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertAcknowledged(_AlertFact):
    """The enterprise has acknowledged the alert."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertHandled(_AlertFact):
    """The enterprise has verified the alert and handles it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertProgressReported(_AlertFact):
    """The enterprise has given interim feedback."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFedBack(_AlertFact):
    """The enterprise has given the final feedback; now the reviewing department reviews."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertClosed(_AlertFact):
    """The reviewing department has accepted the final feedback."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertReturned(_AlertFact):
    """The reviewing department has sent the final feedback back, with a reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertEscalated(_AlertFact):
    """The department above now reviews the alert; `former_id` is the department that reviewed it before."""

    former_id: DepartmentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRaised(_AlertFact):
    """The source has raised the level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLowered(_AlertFact):
    """The source has lowered the level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRestated(_AlertFact):
    """The source has changed what it states, at the same level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertReopened(_AlertFact):
    """The source states again what it had ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertEnded(_AlertFact):
    """The source has ended the alert: the cause is gone, or the certificate was renewed."""


AlertEvent = (
    AlertOpened
    | AlertAcknowledged
    | AlertHandled
    | AlertProgressReported
    | AlertFedBack
    | AlertClosed
    | AlertReturned
    | AlertEscalated
    | AlertRaised
    | AlertLowered
    | AlertRestated
    | AlertReopened
    | AlertEnded
)


ALERT_EVENTS: Final[Mapping[AlertAction | None, type[AlertEvent]]] = {
    None: AlertOpened,
    AlertAction.ACKNOWLEDGE: AlertAcknowledged,
    AlertAction.HANDLE: AlertHandled,
    AlertAction.REPORT_PROGRESS: AlertProgressReported,
    AlertAction.FEED_BACK: AlertFedBack,
    AlertAction.CLOSE: AlertClosed,
    AlertAction.RETURN: AlertReturned,
    AlertAction.ESCALATE: AlertEscalated,
    AlertAction.RAISE: AlertRaised,
    AlertAction.LOWER: AlertLowered,
    AlertAction.RESTATE: AlertRestated,
    AlertAction.REOPEN: AlertReopened,
    AlertAction.END: AlertEnded,
}
"""The event that announces each action; None stands for the opening."""
