"""Store alerts: one row each with the columns of lists; their history is in `alert_history`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, bindparam, func, insert, null, or_, select, update

from ...application.access import Scope
from ...application.ports.alert import AlertHistory
from ...domain.alert.alert import Alert
from ...domain.alert.form import AlertStatement, CertificateDue, DueKind
from ...domain.alert.workflow import AlertAction, AlertState
from ...domain.directory.organisation import DepartmentSnapshot
from ...domain.handling.feedback import Addressee
from ...domain.handling.terms import Phase, Term
from ...domain.refusals import Conflict, NotFound
from ...domain.signed import Signed
from ...domain.values import AlertId, CertificateId
from .alert_history import NOTHING_YET, add_histories, histories_of
from .batches import in_batches
from .constants import alert_unfed_back
from .history import last_signed
from .scope import of_enterprise
from .tables.alert import alert
from .transaction import Transaction

_ALL: Final = select(alert)
_ONE: Final = _ALL.where(alert.c.id == bindparam("wanted"))
_THESE: Final = _ALL.where(alert.c.id.in_(bindparam("ids", expanding=True)))
_OF_CERTIFICATES: Final = (
    _ALL.where(
        alert.c.certificate_id.in_(bindparam("ids", expanding=True)), alert.c.state != AlertState.ENDED
    )
    .order_by(alert.c.opened_at, alert.c.id)
    .with_for_update()
)
_ADD: Final = insert(alert)
_CHANGING: Final = (
    "reviewer_id",
    "reviewer_name",
    "reviewer_level",
    "reviewer_region_id",
    "level",
    "rank",
    "risk_type",
    "description",
    "value",
    "occurred_at",
    "source_version",
    "acknowledge_since",
    "acknowledge_due",
    "feed_back_since",
    "feed_back_due",
    "state",
    "verification",
    "acknowledged_at",
    "handled_at",
    "returned_at",
    "fed_back_at",
    "closed_at",
    "escalated_at",
    "ended_at",
    "changed_at",
    "revision",
)
_SAVE: Final = (
    update(alert)
    .where(alert.c.id == bindparam("old_id"), alert.c.version == bindparam("old_version"))
    .values(
        {alert.c.version: alert.c.version + 1, alert.c.remind_at: null()}
        | {alert.c[name]: bindparam(f"new_{name}") for name in _CHANGING}
    )
)
_to_look_at = (
    _ALL.where(alert_unfed_back())
    # Sort by remind_at even where all of it is NULL: this order matches the index.
    .order_by(alert.c.remind_at, alert.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_NEVER_LOOKED_AT: Final = _to_look_at.where(alert.c.remind_at.is_(None))
_DUE: Final = _to_look_at.where(alert.c.remind_at <= bindparam("now"))
_REMIND_AGAIN: Final = (
    update(alert).where(alert.c.id == bindparam("wanted")).values(remind_at=bindparam("again"))
)
_TO_REVIEW: Final = (
    _ALL.where(alert.c.review_at <= bindparam("now"))
    .order_by(alert.c.review_at, alert.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_CHECK_REVIEW: Final = (
    update(alert)
    .where(alert.c.id == bindparam("wanted"))
    # Once it has been checked, nothing is left to check; the time by which to look stays.
    .values(
        review_at=bindparam("again"),
        review_due=func.coalesce(bindparam("again", type_=alert.c.review_due.type), alert.c.review_due),
    )
)
_TAKEN: Final = "该预警已被他人修改，请刷新后重试。"


class SqlAlerts:
    """Alerts. Remembers the history of each alert it loaded, so that `save` writes only what is new."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._handed_out: dict[AlertId, tuple[int, AlertHistory]] = {}

    def save(self, alert: Alert) -> None:
        self.save_all([alert])

    def save_all(self, alerts: Sequence[Alert]) -> None:
        new = [alert for alert in alerts if alert.version == 0]
        old = [alert for alert in alerts if alert.version != 0]
        before = {alert.id: self._past(alert) for alert in old}
        if new:
            added = [_frozen(alert) | _changing(alert) | {"version": 1} for alert in new]
            self._transaction.run(_ADD, added, taken=_TAKEN)
        if old:
            changed = [
                {"old_id": alert.id, "old_version": alert.version}
                | {f"new_{name}": value for name, value in _changing(alert).items()}
                for alert in old
            ]
            if self._transaction.run(_SAVE, changed).rowcount != len(old):
                raise Conflict(_TAKEN)
        after = {alert.id: AlertHistory(alert.feedbacks, alert.timeline) for alert in alerts}
        add_histories(
            self._transaction, ((id, before.get(id, NOTHING_YET), now) for id, now in after.items())
        )
        for saved in alerts:
            saved.version += 1
            self._handed_out[saved.id] = (saved.version, after[saved.id])
            self._transaction.announce(saved.events)

    def find(self, id: AlertId) -> Alert | None:
        return next(iter(self._hand_out(self._transaction.run(_ONE, {"wanted": id}).all())), None)

    def find_all(self, ids: Sequence[AlertId]) -> Mapping[AlertId, Alert]:
        rows = [row for batch in in_batches(ids) for row in self._transaction.run(_THESE, {"ids": batch})]
        return {alert.id: alert for alert in self._hand_out(rows)}

    def get(self, id: AlertId, *, within: Scope) -> Alert:
        rows = self._transaction.run(_ONE.where(alerts_in(within)), {"wanted": id}).all()
        if not rows:
            raise NotFound("预警")
        return self._hand_out(rows)[0]

    def of_certificates(self, ids: Sequence[CertificateId]) -> Mapping[CertificateId, Sequence[Alert]]:
        batches = in_batches(ids)
        rows = [row for batch in batches for row in self._transaction.run(_OF_CERTIFICATES, {"ids": batch})]
        found: dict[CertificateId, list[Alert]] = {}
        for row, each in zip(rows, self._hand_out(rows), strict=True):
            found.setdefault(row.certificate_id, []).append(each)
        return found

    def to_remind(self, now: datetime, *, limit: int) -> Sequence[Alert]:
        rows = list(self._transaction.run(_NEVER_LOOKED_AT, {"most": limit}))
        rows += self._transaction.run(_DUE, {"now": now, "most": limit - len(rows)})
        return self._hand_out(rows)

    def remind_again(self, id: AlertId, at: datetime) -> None:
        self._transaction.run(_REMIND_AGAIN, {"wanted": id, "again": at})

    def to_review(self, now: datetime, *, limit: int) -> Sequence[Alert]:
        return self._hand_out(self._transaction.run(_TO_REVIEW, {"now": now, "most": limit}).all())

    def check_review(self, id: AlertId, at: datetime | None) -> None:
        self._transaction.run(_CHECK_REVIEW, {"wanted": id, "again": at})

    def _past(self, alert: Alert) -> AlertHistory:
        """Return its stored history. Raises Conflict when the alert was changed since it was loaded."""
        known = self._handed_out.get(alert.id)
        if known is None or known[0] != alert.version:
            self.find(alert.id)
            known = self._handed_out.get(alert.id)
        if known is None or known[0] != alert.version:
            raise Conflict(_TAKEN)
        return known[1]

    def _hand_out(self, rows: Sequence[Row[Any]]) -> list[Alert]:
        pasts = histories_of([row.id for row in rows], self._transaction.run)
        self._handed_out |= {row.id: (row.version, pasts[row.id]) for row in rows}
        return [_alert(row, pasts[row.id]) for row in rows]


def alerts_in(scope: Scope) -> ColumnElement[bool]:
    """Scope for single alerts: what lists by region show, and what the department reviews."""
    from_above = alerts_from_above(scope)
    if scope.department_id is None or scope.everything:
        return from_above
    return or_(from_above, alert.c.reviewer_id == scope.department_id)


def alerts_from_above(scope: Scope) -> ColumnElement[bool]:
    """Scope for lists of alerts: by the enterprise's region as stored, or by the enterprise."""
    return of_enterprise(scope, alert.c.region_id, alert.c.enterprise_id)


def certificate_due(
    certificate_id: CertificateId | None, kind: DueKind, due_on: date
) -> CertificateDue | None:
    """The due date of our certificate that an alert is about; None if it is about something else."""
    return None if certificate_id is None else CertificateDue(certificate_id, kind, due_on)


def _alert(row: Row[Any], past: AlertHistory) -> Alert:
    def last(action: AlertAction, at: datetime | None) -> Signed | None:
        # A new round has emptied the column: what was done before it no longer counts.
        return None if at is None else last_signed(past.timeline, action)

    return Alert(
        id=row.id,
        origin=row.origin,
        external_id=row.external_id,
        addressee=Addressee(None, row.enterprise_id, row.enterprise_name, row.region_id, row.city_id),
        reviewer=DepartmentSnapshot(
            row.reviewer_id, row.reviewer_name, row.reviewer_level, row.reviewer_region_id
        ),
        statement=AlertStatement(
            kind=row.kind,
            level=row.level,
            description=row.description,
            occurred_at=row.occurred_at,
            risk_type=row.risk_type,
            due=certificate_due(row.certificate_id, row.due_kind, row.due_on),
            value=row.value,
        ),
        opened=Signed(row.opened_by_id, row.opened_by_name, row.opened_at),
        terms=(
            Term(Phase.ACKNOWLEDGE, row.acknowledge_since, row.acknowledge_due),
            Term(Phase.FEED_BACK, row.feed_back_since, row.feed_back_due),
        ),
        source_version=row.source_version,
        state=row.state,
        verification=row.verification,
        acknowledged=last(AlertAction.ACKNOWLEDGE, row.acknowledged_at),
        handled=last(AlertAction.HANDLE, row.handled_at),
        returned=last(AlertAction.RETURN, row.returned_at),
        closed=last(AlertAction.CLOSE, row.closed_at),
        escalated=last(AlertAction.ESCALATE, row.escalated_at),
        ended=last(AlertAction.END, row.ended_at),
        feedbacks=tuple(past.feedbacks),
        timeline=tuple(past.timeline),
        version=row.version,
    )


def _frozen(opened: Alert) -> dict[str, Any]:
    """Return the columns that never change after the alert was opened."""
    addressee, due = opened.addressee, opened.statement.due
    return {
        "id": opened.id,
        "kind": opened.statement.kind,
        "origin": opened.origin,
        "external_id": opened.external_id,
        "enterprise_id": addressee.enterprise_id,
        "enterprise_name": addressee.name,
        "region_id": addressee.region_id,
        "city_id": addressee.city_id,
        "certificate_id": None if due is None else due.certificate_id,
        "due_kind": None if due is None else due.kind,
        "due_on": None if due is None else due.due_on,
        "opened_at": opened.opened.at,
        "opened_by_id": opened.opened.person_id,
        "opened_by_name": opened.opened.name,
    }


def _changing(changed: Alert) -> dict[str, Any]:
    statement, reviewer = changed.statement, changed.reviewer
    acknowledge, feed_back = changed.terms
    final = [feedback.signed.at for feedback in changed.feedbacks if feedback.final]
    signed = {
        "acknowledged_at": changed.acknowledged,
        "handled_at": changed.handled,
        "returned_at": changed.returned,
        "closed_at": changed.closed,
        "escalated_at": changed.escalated,
        "ended_at": changed.ended,
    }
    return {
        "reviewer_id": reviewer.id,
        "reviewer_name": reviewer.name,
        "reviewer_level": reviewer.level,
        "reviewer_region_id": reviewer.region_id,
        "level": statement.level,
        "rank": statement.level.rank,
        "risk_type": statement.risk_type,
        "description": statement.description,
        "value": statement.value,
        "occurred_at": statement.occurred_at,
        "source_version": changed.source_version,
        "acknowledge_since": acknowledge.since,
        "acknowledge_due": acknowledge.due,
        "feed_back_since": feed_back.since,
        "feed_back_due": feed_back.due,
        "state": changed.state,
        "verification": changed.verification,
        "fed_back_at": final[-1] if final else None,
        "changed_at": changed.timeline[-1].signed.at,
        "revision": changed.revision,
    } | {name: None if by is None else by.at for name, by in signed.items()}
