"""Reports the handling of alerts up to the ministry, in the transaction of the change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from ...domain.alert.alert import Alert
from ...domain.alert.events import ALERT_EVENTS, AlertEvent
from ...domain.alert.form import AlertOrigin
from ...domain.alert.workflow import BY_SOURCE, AlertAction
from ...domain.directory.certificate import PERMITS, Certificate
from ...domain.exchange.duty import Topic
from ...domain.values import CertificateId
from ..handling.reporting import last_final, moment, result_facts, state_duty
from ..policies import PolicyBook
from ..ports.work import UnitOfWork

OPENED: Final = "OPENED"

ACTIONS: Final = {event: action for action, event in ALERT_EVENTS.items()}
"""The action that each event announces."""

RESULTS: Final = frozenset({AlertAction.CLOSE, AlertAction.END})
"""What goes up of an alert of our own watch: the ministry does not know it until it has a result."""

OWN_WORDS: Final = frozenset({AlertAction.HANDLE})
"""Actions whose note is the enterprise's own words: nobody has reviewed them, so they do not go up."""


def report_alert(work: UnitOfWork, events: Sequence[AlertEvent], policies: PolicyBook) -> Iterable[Topic]:
    """Queue this state for the ministry, unless `goes_up` says no."""
    going = [event for event in events if goes_up(event.origin, ACTIONS[type(event)])]
    if not going:
        return ()
    alerts = work.alerts.find_all([event.alert_id for event in going])
    codes = work.enterprises.credit_codes([event.enterprise_id for event in going])
    dues = [alert.statement.due for alert in alerts.values() if alert.statement.due is not None]
    certificates = work.certificates.find_all([due.certificate_id for due in dues])
    duties = []
    for event in going:
        alert = alerts[event.alert_id]
        facts = alert_facts(
            alert, event.revision, codes[event.enterprise_id].text, _number(alert, certificates)
        )
        duties.append(
            state_duty(
                work,
                Topic.MINISTRY_ALERT,
                object_id=alert.id,
                external_id=alert.external_id or str(alert.id),
                revision=event.revision,
                at=event.at,
                facts=facts,
                policies=policies,
            )
        )
    work.outbox.add(duties)
    return (Topic.MINISTRY_ALERT,)


def goes_up(origin: AlertOrigin, action: AlertAction | None) -> bool:
    """Whether a change goes up: of the ministry's alerts what we do, of our own watch only results.

    What the ministry itself states does not go back to it, so its revisions here have gaps; they only order.
    """
    if origin is AlertOrigin.WATCH:
        return action in RESULTS
    return action is not None and action not in BY_SOURCE


def alert_facts(
    alert: Alert, revision: int, credit_code: str, certificate_number: str | None
) -> dict[str, Any]:
    """One state of an alert: enums by value, instants ISO with +08:00, days as YYYY-MM-DD.

    `handler` is the enterprise. `late`: the final feedback was late, or a deadline is missed. Verification
    and result are filled in only in the record of CLOSE, which has been reviewed.
    """
    entry = alert.timeline[revision - 1]
    closes = entry.action is AlertAction.CLOSE
    final = last_final(alert.feedbacks) if closes or alert.awaits_review is not None else None
    return {
        "external_id": alert.external_id,
        "local_id": str(alert.id),
        "origin": alert.origin.value,
        "kind": alert.statement.kind.value,
        "revision": revision,
        "action": OPENED if entry.action is None else entry.action.value,
        "state": entry.state.value,
        "level": entry.level.value,
        "at": moment(entry.signed.at),
        "handler": alert.addressee.name,
        "region_code": str(alert.addressee.region_id),
        "credit_code": credit_code,
        "note": "" if entry.action in OWN_WORDS else entry.note,
        "verification": alert.verification.value if closes and alert.verification else None,
        **result_facts(final if closes else None),
        "late": alert.overdue(entry.signed.at) or (final is not None and final.late),
        "certificate_number": certificate_number,
    }


def _number(alert: Alert, certificates: Mapping[CertificateId, Certificate]) -> str | None:
    """The number of an enterprise's permit. A personal certificate may be numbered by the identity card."""
    due = alert.statement.due
    if due is None:
        return None
    certificate = certificates[due.certificate_id]
    return certificate.number if certificate.kind in PERMITS else None
