"""Tells people about a change of an alert, by in-app message and SMS, in the transaction of the change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final

from ...domain.alert.alert import Alert
from ...domain.alert.deadlines import told_at_once
from ...domain.alert.events import ALERT_EVENTS, AlertEvent
from ...domain.alert.form import AlertOrigin
from ...domain.alert.recipients import alert_recipients_of
from ...domain.alert.workflow import BY_SOURCE, AlertAction, AlertState
from ...domain.deadlines import business_date
from ...domain.directory.organisation import Person
from ...domain.exchange.duty import Topic
from ...domain.notice.notice import AlertTopic, Message, MessageKind, Sms
from ...domain.restore import epoch_of, in_epoch
from ...domain.values import AlertId, MessageId, PersonId, fact_id
from ..handling.receivers import Concern, Receivers
from ..handling.telling import tell_each
from ..handling.words import first_sentences
from ..notice.inbox import SmsText
from ..policies import PolicyBook
from ..ports.work import UnitOfWork
from .words import message_of, sms_of

KINDS: Final[Mapping[AlertAction | None, MessageKind]] = {
    None: MessageKind.ALERT_OPENED,
    AlertAction.RAISE: MessageKind.ALERT_RAISED,
    AlertAction.LOWER: MessageKind.ALERT_LOWERED,
    AlertAction.REOPEN: MessageKind.ALERT_REOPENED,
    AlertAction.END: MessageKind.ALERT_ENDED,
    AlertAction.FEED_BACK: MessageKind.ALERT_FED_BACK,
    AlertAction.CLOSE: MessageKind.ALERT_CLOSED,
    AlertAction.RETURN: MessageKind.ALERT_RETURNED,
    AlertAction.ESCALATE: MessageKind.ALERT_ESCALATED,
}
"""The kind of message for each action (None: the opening). Other actions send no message."""

ALERT_STILL_TRUE: Final[Mapping[MessageKind, Callable[[Alert], bool]]] = {
    MessageKind.ALERT_OPENED: lambda alert: alert.is_unfed_back,
    MessageKind.ALERT_RAISED: lambda alert: alert.is_unfed_back,
    MessageKind.ALERT_LOWERED: lambda alert: alert.is_unfed_back,
    MessageKind.ALERT_REOPENED: lambda alert: alert.is_unfed_back,
    MessageKind.ALERT_ENDED: lambda alert: alert.state is AlertState.ENDED,
    MessageKind.ALERT_FED_BACK: lambda alert: alert.state is AlertState.FED_BACK,
    MessageKind.ALERT_CLOSED: lambda alert: alert.state is AlertState.CLOSED,
    MessageKind.ALERT_RETURNED: lambda alert: alert.is_unfed_back,
    MessageKind.ALERT_ESCALATED: lambda alert: alert.state is not AlertState.ENDED,
}
"""For each kind, whether an SMS that has waited is still true."""

ALERT_AT_ONCE: Final = frozenset(
    {MessageKind.ALERT_OPENED, MessageKind.ALERT_RAISED, MessageKind.ALERT_REOPENED}
)
"""SMS of these kinds about a RED risk alert go out in quiet hours, too; all others wait."""


STATED: Final = frozenset(ALERT_EVENTS[action] for action in (None, *BY_SOURCE))
"""The events by which the source of an alert speaks."""


def alert_concern_of(alert: Alert) -> Concern:
    """The people and parties that the alert concerns."""
    return Concern(
        subject=f"Alert:{alert.id}",
        addressee=alert.addressee,
        reviewer_id=alert.reviewer.id,
        issued_by=None,
        responsible=(),
    )


def tell_of_alert(work: UnitOfWork, event: AlertEvent, policies: PolicyBook) -> Iterable[Topic]:
    """Send a message and an SMS to the people concerned, except the actor.

    What our own watch states is told by its reminders, which merge all certificates of a person.
    """
    if event.came_over:
        return ()  # Nobody knew of it, and nobody has anything to do.
    if event.origin is AlertOrigin.WATCH and type(event) in STATED:
        return ()
    alert = work.alerts.find(event.alert_id)
    assert alert is not None, "what announced itself has been saved"
    entry = alert.timeline[event.revision - 1]
    kind = KINDS[entry.action]
    concern = alert_concern_of(alert)
    epoch = epoch_of(in_epoch(policies.standing(work, now=event.at).restores, event.at))
    title, body = message_of(kind, alert, entry)

    def message_to(person: Person) -> Message:
        return Message(
            id=alert_notice_id(alert.id, event.revision, person.id),
            receiver_id=person.id,
            kind=kind,
            title=title,
            body=body,
            subject_type="Alert",
            subject_id=str(alert.id),
            created_at=event.at,
        )

    tell_each(
        work,
        Receivers(work, [concern]).of(concern, alert_recipients_of(entry.action, alert.origin)),
        message_of=message_to,
        topic=AlertTopic(business_date(event.at), kind, (alert.id,)),
        sms_id_of=lambda person: fact_id("sms", kind.value, (alert.id, event.revision), person.id, *epoch),
        together=False,
        at=event.at,
    )
    return (Topic.SMS,)


def alert_notice_id(id: AlertId, revision: int, receiver: PersonId) -> MessageId:
    """The id of the message that tells the receiver of this change."""
    return MessageId(fact_id("alert", id, revision, receiver))


def alert_notice_now(work: UnitOfWork, sms: Sms, now: datetime, policies: PolicyBook) -> SmsText | None:
    """The text of an SMS about a change, as of now; None when it is no longer true of any alert."""
    topic = sms.topic
    assert isinstance(topic, AlertTopic)  # The table has this check for its kinds only.
    found = work.alerts.find_all(topic.alert_ids)
    known = [found[id] for id in topic.alert_ids if id in found]
    alerts = [alert for alert in known if ALERT_STILL_TRUE[topic.kind](alert)]
    if not alerts:
        return None
    gravest_first = sorted(alerts, key=lambda alert: alert.level.rank)
    grave = any(told_at_once(alert.statement) for alert in alerts)
    return SmsText(
        alerts[0].addressee.region_id,
        first_sentences([sms_of(topic.kind, alert, now) for alert in gravest_first], "项预警"),
        at_once=grave and topic.kind in ALERT_AT_ONCE,
    )
