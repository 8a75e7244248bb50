"""The certificate watch: opens, raises and ends the alerts of certificates, and reminds once per window."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from ...domain.alert.alert import Alert
from ...domain.alert.form import (
    AlertKind,
    AlertOrigin,
    AlertStatement,
    CertificateDue,
    certificate_alert_id,
    window_key,
)
from ...domain.alert.recipients import ALERT_ADDRESSED
from ...domain.alert.watch import Window, dues_of, newest_window, next_look
from ...domain.alert.workflow import AlertState
from ...domain.deadlines import business_date, day_end, day_start
from ...domain.directory.certificate import Certificate
from ...domain.directory.enterprise import Enterprise
from ...domain.directory.events import DirectoryChanged
from ...domain.directory.organisation import DepartmentSnapshot
from ...domain.exchange.duty import Topic
from ...domain.handling.feedback import Addressee
from ...domain.notice.notice import AlertTopic, MessageKind, Sms
from ...domain.policy import Policy
from ...domain.refusals import NotFound
from ...domain.signed import Signed
from ...domain.values import CertificateId, MessageId, RegionId, fact_id
from ..access import EVERYTHING
from ..handling.places import city_of
from ..handling.receivers import Receivers
from ..handling.reminding import Reminder, ReminderPlan, ReminderSource, remind
from ..handling.words import listed
from ..notice.inbox import SmsText
from ..policies import PolicyBook
from ..ports.signals import Clock, Doorbell
from ..ports.work import Storage, UnitOfWork
from .kind import ALERTS
from .telling import alert_concern_of
from .words import expiring_of, expiry_words, statement_of

WATCH_NAME: Final = "系统证书监测"
RENEWED: Final = "证书已延期换证或已更新"


class CertificateWatch:
    """Looks at each certificate on the days on which its alert changes, and at no other certificate."""

    def __init__(self, storage: Storage, clock: Clock, policies: PolicyBook, doorbell: Doorbell) -> None:
        self._storage = storage
        self._clock = clock
        self._policies = policies
        self._doorbell = doorbell

    def look(self) -> int:
        """Look at what is due today; return of how many certificates somebody was reminded.

        After downtime each certificate has its newest window only. Raises RemindersMissing at the end when
        some certificates could not be looked at.
        """
        source = ReminderSource(
            name="certificates",
            due=lambda work, now, limit: work.certificates.to_watch(business_date(now), limit=limit),
            planner=self._planner,
            postpone=lambda work, certificate, at: work.certificates.watch_again(
                certificate.id, None if at is None else business_date(at)
            ),
            topic=lambda day, due: ALERTS.topic_of(MessageKind.CERTIFICATE_EXPIRING, day, due),
        )
        return remind(source, self._storage, self._clock, self._doorbell)

    def _planner(
        self, work: UnitOfWork, certificates: Sequence[Certificate], now: datetime
    ) -> Callable[[Certificate], ReminderPlan]:
        today = business_date(now)
        policy = self._policies.of_the_province(work, today, now=now)
        alerts = work.alerts.of_certificates([one.id for one in certificates])
        renewals = work.certificates.of_same_holders(certificates)

        def plan(certificate: Certificate) -> ReminderPlan:
            known = {alert.id: alert for alert in alerts.get(certificate.id, ())}
            reminders: list[Reminder] = []
            again: list[date] = []
            renewed = _renewed(certificate, renewals[certificate.id])
            for due in () if renewed else dues_of(certificate):
                if (window := newest_window(due, certificate.kind, today, policy)) is not None:
                    alert = self._stated(
                        work, known.pop(certificate_alert_id(due), None), certificate, window, now
                    )
                    reminders += _reminders(work, alert, certificate, window, now)
                if (day := next_look(due, certificate.kind, today, policy)) is not None:
                    again.append(day)
            end_all(work, known.values(), now)
            return ReminderPlan(reminders, day_start(min(again)) if again else None)

        return plan

    def _stated(
        self, work: UnitOfWork, known: Alert | None, certificate: Certificate, window: Window, now: datetime
    ) -> Alert:
        """The alert of the window's due date, opened or changed to what holds today."""
        enterprise = work.enterprises.get(certificate.enterprise_id, within=EVERYTHING)
        today, by = business_date(now), Signed(person_id=None, name=WATCH_NAME, at=now)
        policy = self._policies.policy(work, enterprise.region_id, today, now=now)
        alert = known or work.alerts.find(certificate_alert_id(window.due))
        statement = AlertStatement(
            kind=AlertKind.CERTIFICATE,
            level=window.level,
            description=statement_of(certificate, window, today, _holder(work, certificate)),
            occurred_at=day_end(window.due.due_on),
            due=window.due,
        )
        if alert is None:
            alert = _opened(work, statement, window.due, enterprise, by, policy)
            work.alerts.save(alert)
        elif alert.level is not window.level or alert.state is AlertState.ENDED:
            alert.update(statement, source_version=alert.source_version + 1, by=by, policy=policy)
            work.alerts.save(alert)
        return alert


def end_renewed(work: UnitOfWork, event: DirectoryChanged, policies: PolicyBook) -> Iterable[Topic]:
    """End the alerts of due dates that a saved certificate has moved or renewed."""
    if event.what != "Certificate":
        return ()
    saved = work.certificates.get(CertificateId(UUID(event.subject)), within=EVERYTHING)
    siblings = work.certificates.of_same_holders([saved])[saved.id]
    standing = {
        certificate_alert_id(due) for one in siblings if not _renewed(one, siblings) for due in dues_of(one)
    }
    for alerts in work.alerts.of_certificates([one.id for one in siblings]).values():
        end_all(work, [alert for alert in alerts if alert.id not in standing], event.at)
    return ()


def end_all(work: UnitOfWork, alerts: Iterable[Alert], at: datetime) -> None:
    """End these alerts: their certificates were renewed."""
    by = Signed(person_id=None, name=WATCH_NAME, at=at)
    for alert in alerts:
        if alert.ended is None:
            version = alert.source_version + 1
            alert.update(alert.statement, source_version=version, by=by, policy=Policy(), ended=RENEWED)
            work.alerts.save(alert)


def expiring_now(work: UnitOfWork, sms: Sms, now: datetime, policies: PolicyBook) -> SmsText | None:
    """The text about certificates whose alerts have not ended; None when all have."""
    topic = sms.topic
    assert isinstance(topic, AlertTopic)  # The table has this check for its kind only.
    today = business_date(now)
    policy = policies.of_the_province(work, today, now=now)
    found = work.alerts.find_all(topic.alert_ids)
    standing: list[tuple[Alert, str]] = []
    for alert in (found[id] for id in dict.fromkeys(topic.alert_ids) if id in found):
        due = alert.statement.due
        if due is None or alert.state is AlertState.ENDED:
            continue
        certificate = work.certificates.get(due.certificate_id, within=EVERYTHING)
        window = newest_window(due, certificate.kind, today, policy)
        if window is not None:
            standing.append((alert, expiry_words(certificate, window, today)))
    if not standing:
        return None
    first, words = standing[0]
    if len(standing) == 1:
        return SmsText(first.addressee.region_id, f"{first.addressee.name}的{words}，请及时办理。")
    over = sum(alert.statement.due.due_on < today for alert, _ in standing if alert.statement.due)
    which = f"，其中{over}项已过期" if over else ""
    names = listed(alert.addressee.name for alert, _ in standing)
    return SmsText(
        first.addressee.region_id, f"{len(standing)}项证书即将到期或已到期{which}，请登录系统办理：{names}。"
    )


def _reminders(
    work: UnitOfWork, alert: Alert, certificate: Certificate, window: Window, now: datetime
) -> list[Reminder]:
    concern = alert_concern_of(alert)
    people = Receivers(work, [concern]).of(concern, ALERT_ADDRESSED[alert.origin])
    key = window_key(alert.id, window.days)
    texts = expiring_of(alert.addressee.name, certificate, window, business_date(now))
    return [
        Reminder(
            person,
            alert.id,
            key,
            day_start(window.due.due_on - timedelta(days=window.days)),
            day_end(window.due.due_on),
            ALERTS.message(
                alert,
                MessageKind.CERTIFICATE_EXPIRING,
                MessageId(fact_id("certificate", key, person.id)),
                person,
                texts,
                now,
            ),
        )
        for person in people
    ]


def _opened(
    work: UnitOfWork,
    statement: AlertStatement,
    due: CertificateDue,
    enterprise: Enterprise,
    by: Signed,
    policy: Policy,
) -> Alert:
    return Alert.open(
        statement,
        id=certificate_alert_id(due),
        origin=AlertOrigin.WATCH,
        external_id=None,
        addressee=Addressee(
            None, enterprise.id, enterprise.name, enterprise.region_id, city_of(work, enterprise.region_id)
        ),
        reviewer=reviewer_of(work, enterprise.region_id),
        by=by,
        policy=policy,
    )


def reviewer_of(work: UnitOfWork, region_id: RegionId) -> DepartmentSnapshot:
    """The department that reviews alerts of our own: the lowest one that answers for the region."""
    department = work.departments.answering_for(region_id)
    if department is None:
        raise NotFound("主管部门")
    return DepartmentSnapshot.of(department)


def _renewed(certificate: Certificate, siblings: Sequence[Certificate]) -> bool:
    """Whether the holder has a certificate of the kind that lasts longer."""
    return any(one.expires_on > certificate.expires_on for one in siblings)


def _holder(work: UnitOfWork, certificate: Certificate) -> str:
    if certificate.person_id is None:
        return ""
    found = work.people.find_all([certificate.person_id]).get(certificate.person_id)
    return "" if found is None else found.name
