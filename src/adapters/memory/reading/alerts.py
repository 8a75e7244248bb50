"""Reads alerts from memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from ....application.access import Scope
from ....application.ports.alert import AlertFilter, AlertHistory, AlertOrder, AlertRow, WaitingAlerts
from ....application.ports.counts import AlertCounts, AlertDimension, Counted, Split
from ....application.ports.paging import Page, Slice
from ....application.ports.waiting import Waiting
from ....domain.alert.alert import Alert
from ....domain.alert.form import AlertKind
from ....domain.alert.groups import ALERT_GROUP_STATES
from ....domain.alert.workflow import ALERT_OPEN, AlertState
from ....domain.deadlines import business_date
from ....domain.handling.terms import Phase
from ....domain.values import AlertId, CertificateId, DepartmentId, EnterpriseId
from ..paging import By, Sorting, instant, instant_key
from ..sight import Sight, subtree
from ..tables import State
from .alert_statistics import alert_statistics


class MemoryAlertReader:
    """Reads committed alerts."""

    def __init__(self, state: Callable[[], State]) -> None:
        self._state = state

    def page(
        self, where: AlertFilter, scope: Scope, page: Page, order: AlertOrder = AlertOrder.NEWEST
    ) -> Slice[AlertRow]:
        rows = map(alert_row, _matching(self._state(), where, scope))
        return SORTINGS[order].slice_of(rows, page)

    def count(self, where: AlertFilter, scope: Scope) -> int:
        return len(_matching(self._state(), where, scope))

    def statistics(
        self, where: AlertFilter, scope: Scope, split: Split[AlertDimension], *, at: datetime
    ) -> Counted[AlertCounts]:
        state = self._state()
        return alert_statistics(state, _matching(state, where, scope), split, at)

    def alerts(self, ids: Sequence[AlertId], scope: Scope) -> Mapping[AlertId, AlertRow]:
        state = self._state()
        sight = Sight(state, scope)
        found = (state.alerts.get(id) for id in ids)
        return {a.id: alert_row(a) for a in found if a is not None and sight.alert(a)}

    def of_period(self, since: datetime, until: datetime) -> Sequence[AlertRow]:
        found = [
            alert
            for alert in self._state().alerts.values()
            if alert.opened.at < until
            and (
                alert.opened.at >= since or alert.state in ALERT_OPEN or alert.timeline[-1].signed.at >= until
            )
        ]
        return [alert_row(alert) for alert in sorted(found, key=lambda one: (one.opened.at, one.id))]

    def histories(self, ids: Sequence[AlertId]) -> Mapping[AlertId, AlertHistory]:
        found = (self._state().alerts.get(id) for id in ids)
        return {a.id: AlertHistory(a.feedbacks, a.timeline) for a in found if a is not None}

    def of_certificates(
        self, ids: Sequence[CertificateId], scope: Scope
    ) -> Mapping[CertificateId, Sequence[AlertRow]]:
        sight, wanted = Sight(self._state(), scope), set(ids)
        found: dict[CertificateId, list[AlertRow]] = {}
        for alert in sorted(self._state().alerts.values(), key=lambda a: (a.level.rank, a.id)):
            due = alert.statement.due
            if due and due.certificate_id in wanted and alert.state in ALERT_OPEN and sight.alert(alert):
                found.setdefault(due.certificate_id, []).append(alert_row(alert))
        return found

    def unfed_back(self, enterprise_id: EnterpriseId) -> Mapping[AlertKind, int]:
        owed = [
            alert.statement.kind
            for alert in self._state().alerts.values()
            if alert.is_unfed_back and alert.addressee.enterprise_id == enterprise_id
        ]
        return {kind: owed.count(kind) for kind in AlertKind}

    def waiting(
        self, department_id: DepartmentId | None, enterprise_id: EnterpriseId | None
    ) -> WaitingAlerts:
        state = self._state()
        every = list(state.alerts.values())
        owed = [
            alert
            for alert in every
            if enterprise_id is not None and alert.addressee.enterprise_id == enterprise_id
            if alert.is_unfed_back
        ]
        reviews = [
            alert
            for alert in every
            if department_id is not None and alert.reviewer.id == department_id
            if alert.state is AlertState.FED_BACK
        ]
        dues = (state.alert_review_dues.get(alert.id) for alert in reviews)
        return WaitingAlerts(
            certificate=_to_feed_back(owed, AlertKind.CERTIFICATE),
            risk=_to_feed_back(owed, AlertKind.RISK),
            reviews=Waiting(len(reviews), min(filter(None, dues), default=None)),
        )


def _to_feed_back(alerts: Iterable[Alert], kind: AlertKind) -> Waiting:
    found = [alert for alert in alerts if alert.statement.kind is kind]
    dues = (term.due for alert in found for term in alert.running_terms)
    return Waiting(len(found), min(dues, default=None))


_id: Final = By[AlertRow](lambda row: str(row.id), False, UUID)
_opened: Final = By[AlertRow](lambda row: instant_key(row.opened_at), True, instant)
SORTINGS: Final = {
    AlertOrder.NEWEST: Sorting((_opened, _id)),
    AlertOrder.GRAVEST: Sorting((By[AlertRow](lambda row: str(row.level.rank), False, int), _opened, _id)),
    AlertOrder.FEED_BACK_DUE: Sorting(
        (By[AlertRow](lambda row: instant_key(row.feed_back_due), False, instant), _id)
    ),
    AlertOrder.REGION: Sorting((By[AlertRow](lambda row: row.region_id, False, str), _opened, _id)),
}


def _matching(state: State, where: AlertFilter, scope: Scope) -> list[Alert]:
    sight = Sight(state, scope)
    below = None if where.region_id is None else subtree(state, [where.region_id])
    own = where.of_own_party(scope)
    return [
        alert
        for alert in state.alerts.values()
        if (below is None or alert.addressee.region_id in below)
        and (own or sight.alert_from_above(alert))
        and (not where.directly or alert.addressee.region_id == where.region_id)
        and _asked(where, alert)
    ]


def _asked(where: AlertFilter, alert: Alert) -> bool:
    """The alert matches the filter, apart from regions."""
    addressee, statement = alert.addressee, alert.statement
    day = business_date(alert.opened.at)
    text = (where.text or "").strip().lower()
    return (
        (where.first_day is None or day >= where.first_day)
        and (where.last_day is None or day <= where.last_day)
        and where.enterprise_id in (None, addressee.enterprise_id)
        and where.reviewer_id in (None, alert.reviewer.id)
        and (not where.kinds or statement.kind in where.kinds)
        and (not where.levels or statement.level in where.levels)
        and (not where.states or alert.state in where.states)
        and (where.group is None or alert.state in ALERT_GROUP_STATES[where.group])
        and (not where.origins or alert.origin in where.origins)
        and (not where.verifications or alert.verification in where.verifications)
        and (not where.risk_types or statement.risk_type in where.risk_types)
        and where.unfed_back in (None, alert.is_unfed_back)
        and (where.overdue_at is None or alert.overdue(where.overdue_at))
        and (text in statement.description.lower() or text in addressee.name.lower())
    )


def alert_row(alert: Alert) -> AlertRow:
    addressee, statement, reviewer = alert.addressee, alert.statement, alert.reviewer
    assert addressee.enterprise_id is not None, "an alert is addressed to an enterprise"
    final = [feedback.signed.at for feedback in alert.feedbacks if feedback.final]
    return AlertRow(
        id=alert.id,
        kind=statement.kind,
        origin=alert.origin,
        external_id=alert.external_id,
        enterprise_id=addressee.enterprise_id,
        enterprise_name=addressee.name,
        region_id=addressee.region_id,
        reviewer_id=reviewer.id,
        reviewer_name=reviewer.name,
        reviewer_level=reviewer.level,
        level=statement.level,
        risk_type=statement.risk_type,
        description=statement.description,
        value=statement.value,
        due=statement.due,
        occurred_at=statement.occurred_at,
        opened_at=alert.opened.at,
        acknowledge_due=alert.term(Phase.ACKNOWLEDGE).due,
        feed_back_due=alert.term(Phase.FEED_BACK).due,
        state=alert.state,
        verification=alert.verification,
        acknowledged_at=None if alert.acknowledged is None else alert.acknowledged.at,
        handled_at=None if alert.handled is None else alert.handled.at,
        fed_back_at=final[-1] if final else None,
        closed_at=None if alert.closed is None else alert.closed.at,
        escalated_at=None if alert.escalated is None else alert.escalated.at,
        ended_at=None if alert.ended is None else alert.ended.at,
        revision=alert.revision,
    )
