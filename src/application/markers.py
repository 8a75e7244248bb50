"""What waits for the viewer, by menu: how many items, until when, and the filter that lists exactly these."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from ..domain.alert.form import AlertKind
from ..domain.alert.workflow import AlertState
from ..domain.deadlines import business_date, is_late
from ..domain.problem.workflow import ProblemState
from .access import Actor, Permission, may
from .ports.alert import AlertFilter
from .ports.commitment import CommitmentFilter
from .ports.problem import ProblemFilter
from .ports.readers import Readers
from .ports.signals import Clock
from .ports.waiting import Waiting

Where = TypeVar("Where")


@dataclass(frozen=True, slots=True)
class Marker(Generic[Where]):
    """`count` items wait; `where` lists exactly these. `due` is the earliest deadline among them.

    `overdue`: it has passed. None in `due`: no item has a deadline.
    """

    count: int
    due: datetime | None
    overdue: bool
    where: Where


@dataclass(frozen=True, slots=True)
class ProblemMarker(Marker[ProblemFilter]):
    """A marker whose items are problems."""


@dataclass(frozen=True, slots=True)
class AlertMarker(Marker[AlertFilter]):
    """A marker whose items are alerts."""


@dataclass(frozen=True, slots=True)
class CommitmentMarker(Marker[CommitmentFilter]):
    """A marker whose items are commitments."""


@dataclass(frozen=True, slots=True)
class Markers:
    """The markers of one party. None: the viewer has no such menu, by role, or because of its kind of party.

    Equal when nothing differs that a client can see of them.
    """

    patrol_problems: ProblemMarker | None
    spot_check_problems: ProblemMarker | None
    certificate_alerts: AlertMarker | None
    risk_alerts: AlertMarker | None
    problem_reviews: ProblemMarker | None
    alert_reviews: AlertMarker | None
    extension_requests: ProblemMarker | None
    unreported_commitments: CommitmentMarker | None

    @property
    def next_due(self) -> datetime | None:
        """The next instant at which a marker becomes overdue."""
        dues = (
            marker.due
            for marker in (
                self.patrol_problems,
                self.spot_check_problems,
                self.certificate_alerts,
                self.risk_alerts,
                self.problem_reviews,
                self.alert_reviews,
                self.extension_requests,
                self.unreported_commitments,
            )
            if marker is not None and not marker.overdue
        )
        return min(filter(None, dues), default=None)


class MarkerBoard:
    """Reads the markers of an actor's party: three statements, whatever it has."""

    def __init__(self, readers: Readers, clock: Clock) -> None:
        self._readers = readers
        self._clock = clock

    def of(self, actor: Actor) -> Markers:
        """The markers of the actor's department or enterprise, now; never refused: it has fewer menus then."""
        now = self._clock.now()
        problems, alerts = self._problems(actor, now), self._alerts(actor, now)
        return Markers(
            patrol_problems=problems[0],
            spot_check_problems=problems[1],
            certificate_alerts=alerts[0],
            risk_alerts=alerts[1],
            problem_reviews=problems[2],
            alert_reviews=alerts[2],
            extension_requests=problems[3],
            unreported_commitments=self._unreported(actor, now),
        )

    def _problems(self, actor: Actor, now: datetime) -> tuple[ProblemMarker | None, ...]:
        if not _sees(actor, Permission.READ_PROBLEMS):
            return (None, None, None, None)
        department, enterprise = actor.department_id, actor.enterprise_id
        waiting = self._readers.problems.waiting(department, enterprise)

        def marker(found: Waiting, where: ProblemFilter, has_menu: bool) -> ProblemMarker | None:
            return ProblemMarker(found.count, found.due, _passed(found, now), where) if has_menu else None

        decides = department is not None
        return (
            marker(
                waiting.patrol,
                ProblemFilter(to_department=department, unfed_back=True),
                department is not None,
            ),
            marker(
                waiting.spot_check,
                ProblemFilter(to_enterprise=enterprise, unfed_back=True),
                enterprise is not None,
            ),
            marker(
                waiting.reviews,
                ProblemFilter(issuer_id=department, states=(ProblemState.FED_BACK,)),
                decides and may(actor, Permission.CLOSE_PROBLEM),
            ),
            marker(
                waiting.extensions,
                ProblemFilter(issuer_id=department, extension_requested=True),
                decides and may(actor, Permission.GRANT_EXTENSION),
            ),
        )

    def _alerts(self, actor: Actor, now: datetime) -> tuple[AlertMarker | None, ...]:
        if not _sees(actor, Permission.READ_ALERTS):
            return (None, None, None)
        department, enterprise = actor.department_id, actor.enterprise_id
        waiting = self._readers.alerts.waiting(department, enterprise)

        def marker(found: Waiting, where: AlertFilter, has_menu: bool) -> AlertMarker | None:
            return AlertMarker(found.count, found.due, _passed(found, now), where) if has_menu else None

        def addressed(kind: AlertKind) -> AlertFilter:
            return AlertFilter(enterprise_id=enterprise, kinds=(kind,), unfed_back=True)

        return (
            marker(waiting.certificate, addressed(AlertKind.CERTIFICATE), enterprise is not None),
            marker(waiting.risk, addressed(AlertKind.RISK), enterprise is not None),
            marker(
                waiting.reviews,
                AlertFilter(reviewer_id=department, states=(AlertState.FED_BACK,)),
                department is not None and may(actor, Permission.CLOSE_ALERT),
            ),
        )

    def _unreported(self, actor: Actor, now: datetime) -> CommitmentMarker | None:
        if not _sees(actor, Permission.READ_COMMITMENTS):
            return None
        day = business_date(now)
        found = self._readers.commitments.unreported(day, actor.scope)
        where = CommitmentFilter(day, day, reported=False)
        return CommitmentMarker(found.count, found.due, _passed(found, now), where)


def _sees(actor: Actor, permission: Permission) -> bool:
    return may(actor, permission) and not actor.must_change_password


def _passed(found: Waiting, now: datetime) -> bool:
    return found.due is not None and is_late(now, found.due)
