"""Ports of alerts: the collection, the reader and its rows.

An alert is in scope if the scope has the enterprise's region at the time, or is that of the enterprise. The
reviewing department also sees the alert itself. What may not be seen is NotFound.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Protocol

from ...domain.alert.alert import Alert
from ...domain.alert.form import (
    AlertKind,
    AlertLevel,
    AlertOrigin,
    CertificateDue,
    RiskType,
    Verification,
)
from ...domain.alert.groups import AlertGroup
from ...domain.alert.history import AlertEntry
from ...domain.alert.workflow import AlertState
from ...domain.directory.organisation import Level
from ...domain.handling.feedback import Feedback
from ...domain.values import AlertId, CertificateId, DepartmentId, EnterpriseId, RegionId
from ..access import Scope
from .counts import AlertCounts, AlertDimension, Counted, Split
from .directory import RegionRow
from .paging import Page, Slice
from .rows import row
from .waiting import NOBODY_WAITS, Waiting


class Alerts(Protocol):
    """Alerts with everything that has happened to them."""

    def save(self, alert: Alert) -> None:
        """Add or change; its reminders are then checked again. Raises Conflict as `Inspections.save` does."""
        ...

    def save_all(self, alerts: Sequence[Alert]) -> None:
        """As `save` for each, in few statements; each alert may be there once."""
        ...

    def find(self, id: AlertId) -> Alert | None: ...

    def find_all(self, ids: Sequence[AlertId]) -> Mapping[AlertId, Alert]:
        """Those alerts that exist."""
        ...

    def get(self, id: AlertId, *, within: Scope) -> Alert:
        """The alert. Raises NotFound for an unknown one and for one that may not be seen."""
        ...

    def of_certificates(self, ids: Sequence[CertificateId]) -> Mapping[CertificateId, Sequence[Alert]]:
        """The alerts of these certificates that have not ended, of any origin, by opening; locks the rows."""
        ...

    def to_remind(self, now: datetime, *, limit: int) -> Sequence[Alert]:
        """Unfed-back alerts whose reminders must be checked by now, longest due first; locks the rows."""
        ...

    def remind_again(self, id: AlertId, at: datetime) -> None:
        """Check its reminders again at `at`, or as soon as it changes."""
        ...

    def to_review(self, now: datetime, *, limit: int) -> Sequence[Alert]:
        """Alerts whose review must be checked by now, longest due first; locks the rows."""
        ...

    def check_review(self, id: AlertId, at: datetime | None) -> None:
        """Check at `at` whether the reviewer has looked; None: no more. Stays when the alert changes."""
        ...


@row
class AlertRow:
    """An alert as lists show it; feedbacks and timeline are read separately.

    `acknowledge_due` and `feed_back_due` are the deadlines. `fed_back_at` is the last final feedback.
    `acknowledged_at`, `handled_at`, `closed_at` and `ended_at` are None until that happens, and again after a
    new round began. `region` is set if the reader had loaded it anyway.
    """

    id: AlertId
    kind: AlertKind
    origin: AlertOrigin
    external_id: str | None
    enterprise_id: EnterpriseId
    enterprise_name: str
    region_id: RegionId
    reviewer_id: DepartmentId
    reviewer_name: str
    reviewer_level: Level
    level: AlertLevel
    risk_type: RiskType | None
    description: str
    value: str
    due: CertificateDue | None
    occurred_at: datetime
    opened_at: datetime
    acknowledge_due: datetime
    feed_back_due: datetime
    state: AlertState
    verification: Verification | None
    acknowledged_at: datetime | None
    handled_at: datetime | None
    fed_back_at: datetime | None
    closed_at: datetime | None
    escalated_at: datetime | None
    ended_at: datetime | None
    revision: int
    region: RegionRow | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """`first_day` and `last_day` are the business days of the opening, both included; None: open there.

    `unfed_back` True: the enterprise still owes its final feedback. `overdue_at`: only those with a deadline
    unmet by then. `text` is searched in the description and the enterprise's name. `region_id`: the
    enterprise's region, with all regions below. `group`: only those that a figure counts; OVERDUE is used with
    `overdue_at`. `directly`: only the region `region_id` itself.
    """

    first_day: date | None = None
    last_day: date | None = None
    enterprise_id: EnterpriseId | None = None
    reviewer_id: DepartmentId | None = None
    region_id: RegionId | None = None
    kinds: tuple[AlertKind, ...] = ()
    levels: tuple[AlertLevel, ...] = ()
    states: tuple[AlertState, ...] = ()
    origins: tuple[AlertOrigin, ...] = ()
    risk_types: tuple[RiskType, ...] = ()
    verifications: tuple[Verification, ...] = ()
    unfed_back: bool | None = None
    overdue_at: datetime | None = None
    text: str | None = None
    group: AlertGroup | None = None
    directly: bool = False

    def of_own_party(self, scope: Scope) -> bool:
        """Whether it asks for alerts of the viewer's own party; these are listed in any region."""
        department, enterprise = scope.department_id, scope.enterprise_id
        pairs = ((department, self.reviewer_id), (enterprise, self.enterprise_id))
        return any(own is not None and asked is not None and own == asked for own, asked in pairs)


class AlertOrder(Enum):
    """How a list of alerts is sorted; the last resort is always the id.

    NEWEST: newest opening first. GRAVEST: gravest level first, then as NEWEST. FEED_BACK_DUE: nearest deadline
    first. GRAVEST and FEED_BACK_DUE are best with `unfed_back`. REGION: by region code, then as NEWEST.
    """

    NEWEST = "NEWEST"
    GRAVEST = "GRAVEST"
    FEED_BACK_DUE = "FEED_BACK_DUE"
    REGION = "REGION"


@dataclass(frozen=True, slots=True)
class AlertHistory:
    """Everything that has happened to one alert, oldest first."""

    feedbacks: Sequence[Feedback]
    timeline: Sequence[AlertEntry]


@dataclass(frozen=True, slots=True)
class WaitingAlerts:
    """What waits for one party: `certificate` and `risk` for an enterprise's feedback, `reviews` for a department.

    The deadline of the first two is the earliest term that still runs and is unmet; of the last it is the
    earliest time by which somebody should have looked.
    """

    certificate: Waiting = NOBODY_WAITS
    risk: Waiting = NOBODY_WAITS
    reviews: Waiting = NOBODY_WAITS


class AlertReader(Protocol):
    """Reads alerts for lists and counters."""

    def page(
        self, where: AlertFilter, scope: Scope, page: Page, order: AlertOrder = AlertOrder.NEWEST
    ) -> Slice[AlertRow]:
        """In the scope's regions, or anywhere if `where.of_own_party`."""
        ...

    def count(self, where: AlertFilter, scope: Scope) -> int: ...

    def statistics(
        self, where: AlertFilter, scope: Scope, split: Split[AlertDimension], *, at: datetime
    ) -> Counted[AlertCounts]:
        """Count what `page` lists, divided; overdue is what a deadline has passed of by `at`.

        With periods, `where` has both days.
        """
        ...

    def alerts(self, ids: Sequence[AlertId], scope: Scope) -> Mapping[AlertId, AlertRow]: ...

    def of_period(self, since: datetime, until: datetime) -> Sequence[AlertRow]:
        """Everywhere, oldest first: those opened in [since, until), and those opened before that are open now
        or have changed since `until`, so that they may have been open then.
        """
        ...

    def histories(self, ids: Sequence[AlertId]) -> Mapping[AlertId, AlertHistory]:
        """The history of each; ask only for ids that the caller has already been given as rows."""
        ...

    def of_certificates(
        self, ids: Sequence[CertificateId], scope: Scope
    ) -> Mapping[CertificateId, Sequence[AlertRow]]:
        """The alerts of these certificates that have neither been closed nor ended, gravest first."""
        ...

    def unfed_back(self, enterprise_id: EnterpriseId) -> Mapping[AlertKind, int]:
        """未反馈: how many alerts of this enterprise still owe final feedback, by kind; zero included."""
        ...

    def waiting(
        self, department_id: DepartmentId | None, enterprise_id: EnterpriseId | None
    ) -> WaitingAlerts:
        """What waits for this department or enterprise, in one statement."""
        ...
