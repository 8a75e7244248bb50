"""What waits for somebody, by menu: each number beside the list behind it, and the deadlines in that list."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from yanbao.application.access import Actor
from yanbao.application.markers import AlertMarker, CommitmentMarker, Markers, ProblemMarker
from yanbao.application.ports.alert import AlertRow
from yanbao.application.ports.paging import Page
from yanbao.application.ports.problem import ProblemRow
from yanbao.domain.alert.workflow import ALERT_UNFED_BACK, AlertState
from yanbao.domain.directory.organisation import Person
from yanbao.domain.problem.workflow import UNFED_BACK

from .two_stores import Stage

ALL = Page(1_000)


def markers_and_their_lists(stage: Stage, by: Person, now: datetime) -> Markers:
    """The markers of somebody; fails where one counts something else than its list has."""
    actor = stage.actor(by)
    found = stage.system.app.markers.of(actor)
    for name in Markers.__slots__:
        marker = getattr(found, name)
        if marker is not None:
            _check(stage, actor, name, marker, now)
    return found


def _check(
    stage: Stage,
    actor: Actor,
    name: str,
    marker: ProblemMarker | AlertMarker | CommitmentMarker,
    now: datetime,
) -> None:
    app = stage.system.app
    dues: set[datetime] = set()
    match marker:
        case ProblemMarker():
            problems = app.problems.page(actor, marker.where, ALL).rows
            assert app.problems.count(actor, marker.where) == len(problems)
            rows: int = len(problems)
            dues.update(_problem_terms(problems))
        case AlertMarker():
            alerts = app.alerts.page(actor, marker.where, ALL).rows
            assert app.alerts.count(actor, marker.where) == len(alerts)
            rows = len(alerts)
            dues.update(_alert_terms(alerts))
        case CommitmentMarker():
            commitments = app.commitments.page(actor, marker.where, ALL).rows
            assert app.commitments.count(actor, marker.where) == len(commitments)
            rows = len(commitments)
            dues.update(row.due_at for row in commitments)
    assert marker.count == rows, name
    if name not in ("problem_reviews", "alert_reviews", "extension_requests"):
        assert marker.due == min(dues, default=None), name
    elif rows:
        assert marker.due is not None, f"{name}: somebody should look at it by then"
    assert marker.overdue == (marker.due is not None and marker.due <= now), name


def _problem_terms(rows: Iterable[ProblemRow]) -> Iterable[datetime]:
    """The deadlines that run and are unmet, as anybody would read them from the list."""
    for row in rows:
        if row.state in UNFED_BACK:
            yield row.rectify_due
            if row.acknowledged_at is None:
                yield row.acknowledge_due
            if row.first_feedback_at is None:
                yield row.feed_back_due


def _alert_terms(rows: Iterable[AlertRow]) -> Iterable[datetime]:
    for row in rows:
        if row.state in ALERT_UNFED_BACK:
            yield row.feed_back_due
            if row.state is AlertState.OPEN:
                yield row.acknowledge_due
