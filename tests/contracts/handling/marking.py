"""What waits for somebody, by menu: each number beside the list behind it, and the deadlines in that list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from yanbao.application.access import Actor
from yanbao.application.markers import AlertMarker, CommitmentMarker, Markers, ProblemMarker
from yanbao.application.notice.nudges import heard_by, nudged_by
from yanbao.application.ports.alert import AlertRow
from yanbao.application.ports.paging import Page
from yanbao.application.ports.problem import ProblemRow
from yanbao.domain.alert.workflow import ALERT_UNFED_BACK, AlertState
from yanbao.domain.directory.organisation import Person
from yanbao.domain.events import Event
from yanbao.domain.exchange.duty import Topic
from yanbao.domain.problem.workflow import UNFED_BACK

from .two_stores import EVERYBODY, Stage

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


class Nudged:
    """What everybody's markers show on one store, and whether whoever sees something else was nudged."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._topics: set[str] = set()
        stage.system.storage.after_commit = self._told  # type: ignore[attr-defined]
        self._shown = {person: self._figures(stage.actor(person)) for person in EVERYBODY}

    def check(self) -> None:
        """Compare with the last time, and begin anew."""
        for person, before in self._shown.items():
            actor = self._stage.actor(person)
            after = self._figures(actor)
            if after != before:
                heard = heard_by(actor, self._stage.system.app.browsing.regions_watched(actor))
                assert self._topics & heard, f"nobody nudges {person.name}: {before} has become {after}"
                self._shown[person] = after
        self._topics.clear()

    def _told(self, topics: frozenset[Topic], events: Sequence[Event]) -> None:
        self._topics.update(*(nudged_by(event) for event in events))

    def _figures(self, actor: Actor) -> object:
        """All numbers and deadlines; what the clock changes by itself is left out."""
        app = self._stage.system.app
        found = app.markers.of(actor)
        markers = [getattr(found, name) for name in Markers.__slots__ if name != "unreported_commitments"]
        return app.notices.unread(actor), [marker and (marker.count, marker.due) for marker in markers]
